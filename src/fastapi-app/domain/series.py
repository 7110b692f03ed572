"""The series of the history: measurements, their fields and tags, and rows in columns.

One point is (measurement, tags, time); the time is the start of its slot, whole seconds of UTC. Field names, tag names and most tag
values come from closed sets, so nothing that a caller controls can reach a query unchecked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Value = float | int | str
FieldType = Literal["float", "int", "str"]

FIELDS: Mapping[str, Mapping[str, FieldType]] = {
    "energy_prices": {"price_eur_kwh": "float", "provider": "str", "as_of": "int"},
    "weather_data": {"temperature": "float", "humidity": "float", "pressure": "float", "as_of": "int"},
    "predictions": {
        "energy_score": "float",
        "production_class": "str",
        "price_p10": "float",
        "price_p50": "float",
        "price_p90": "float",
        "as_of": "int",
    },
    "consumption": {
        "kwh_in": "float",
        "kwh_out": "float",
        "kvarh_q1": "float",
        "kvarh_q2": "float",
        "kvarh_q3": "float",
        "kvarh_q4": "float",
        "quality": "str",
        "as_of": "int",
    },
}
"""Measurement -> field -> type. Units: €/kWh, °C, %, hPa at mean sea level, score 0-100, kWh, kVArh, `as_of` POSIX seconds."""

TAGS: Mapping[str, Mapping[str, str]] = {
    "energy_prices": {"source": "REE", "region": "spain", "market": "pvpc|spot", "resolution": "60|15"},
    "weather_data": {"source": "AEMET|OpenWeatherMap", "kind": "observed|forecast"},
    "predictions": {"model_version": r"[A-Za-z0-9_.:-]{1,64}", "confidence": "low|medium|high|any"},
    "consumption": {"supply_point": r"[0-9a-f]{16}", "resolution": "60|15"},
}
"""Measurement -> tag -> the pattern that its whole value must match."""


LATEST, ANY = "latest", "any"
"""Version and confidence of the predictions that hold the newest issue of each hour, one row an hour whatever it says."""


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """One series: a measurement and all of its tags, sorted by name. Checked at birth."""

    measurement: str
    tags: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        patterns = TAGS.get(self.measurement)
        if patterns is None:
            raise ValueError(f"unknown measurement {self.measurement!r}; known: {', '.join(TAGS)}")
        if [name for name, _ in self.tags] != sorted(patterns):
            raise ValueError(f"{self.measurement} needs the tags {sorted(patterns)} in order, got {self.tags}")
        for name, value in self.tags:
            if not re.fullmatch(patterns[name], value):
                raise ValueError(f"tag {name}={value!r} does not match {patterns[name]}")

    def tag(self, name: str) -> str:
        """Value of a tag."""
        return dict(self.tags)[name]


def series_key(measurement: str, **tags: str) -> SeriesKey:
    """A key from tags in any order."""
    return SeriesKey(measurement, tuple(sorted(tags.items())))


def price_key(market: str, resolution_minutes: int) -> SeriesKey:
    """Key of a price series."""
    return series_key("energy_prices", source="REE", region="spain", market=market, resolution=str(resolution_minutes))


def consumption_key(supply_point: str, resolution_minutes: int) -> SeriesKey:
    """Key of a curve of consumption; the supply point is the keyed hash of its CUPS."""
    return series_key("consumption", supply_point=supply_point, resolution=str(resolution_minutes))


@dataclass(frozen=True, slots=True)
class Rows:
    """Points of one series in columns: strictly rising times [POSIX s, UTC], and for each field one value or None a time.

    None means "not given": writing it leaves what is stored as it was.
    """

    times: Sequence[int]
    columns: Mapping[str, Sequence[Value | None]]

    def __post_init__(self) -> None:
        if any(later <= earlier for earlier, later in zip(self.times, self.times[1:], strict=False)):
            raise ValueError("times must rise strictly")
        for name, column in self.columns.items():
            if len(column) != len(self.times):
                raise ValueError(f"column {name} has {len(column)} values for {len(self.times)} times")

    def __len__(self) -> int:
        return len(self.times)


EMPTY = Rows((), {})


def check_rows(key: SeriesKey, rows: Rows) -> None:
    """Refuse fields that the measurement does not have, and values of another type (NaN and infinities too)."""
    fields = FIELDS[key.measurement]
    for name, column in rows.columns.items():
        if name not in fields:
            raise ValueError(f"{key.measurement} has no field {name!r}; it has {', '.join(fields)}")
        for value in column:
            if value is not None and not _fits(value, fields[name]):
                raise ValueError(f"{key.measurement}.{name} is a {fields[name]}, got {value!r}")


def _fits(value: Value, kind: FieldType) -> bool:
    if kind == "str":
        return isinstance(value, str)
    if isinstance(value, (bool, str)):
        return False
    if kind == "int":
        return isinstance(value, int)
    return -1e300 < value < 1e300
