"""Points of the country whose weather moves the price: where the wind and solar plants and the consumers are."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Feed = Literal["wind", "solar", "demand"]
FEEDS: tuple[Feed, ...] = get_args(Feed)
POINT_COLUMNS = ("temperature", "wind_speed", "clouds")
"""What is kept of the forecast for a point [°C, m/s at 10 m, % of the sky]."""
SPAIN = ((27.0, 44.5), (-18.5, 4.8))
"""Latitudes and longitudes [°], the islands included: a point outside is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place, what its weather moves, and why it was chosen. Degrees north and east."""

    id: str
    name: str
    latitude: float
    longitude: float
    feeds: tuple[Feed, ...]
    reason: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", self.id):
            raise ValueError(f"point id {self.id!r}: small letters, digits and _ only, at most 32")
        for value, (low, high) in zip((self.latitude, self.longitude), SPAIN, strict=True):
            if not low <= value <= high:
                raise ValueError(f"point {self.id}: {value} is not in Spain ({low} .. {high})")
        if not self.feeds or set(self.feeds) - set(FEEDS):
            raise ValueError(f"point {self.id}: feeds must be among {', '.join(FEEDS)}, got {self.feeds}")
        if not self.reason.strip():
            raise ValueError(f"point {self.id} has no reason")


def load_points(text: str) -> tuple[Point, ...]:
    """The points of a TOML document (tables `point`), in its order. ValueError names what is wrong."""
    points = tuple(_point(entry) for entry in tomllib.loads(text).get("point", []))
    ids = [point.id for point in points]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ValueError(f"points with the same id: {', '.join(twice)}")
    return points


def _point(entry: Mapping[str, Any]) -> Point:
    known = {"id", "name", "latitude", "longitude", "feeds", "reason"}
    if set(entry) != known:
        raise ValueError(f"point {entry.get('id')!r}: needs exactly {', '.join(sorted(known))}, got {', '.join(sorted(entry))}")
    place = {"latitude": float(entry["latitude"]), "longitude": float(entry["longitude"])}
    return Point(id=entry["id"], name=entry["name"], feeds=tuple(entry["feeds"]), reason=entry["reason"], **place)
