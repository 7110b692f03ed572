"""Published values as (start, value) pairs, in the step in which the market publishes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from domain.timeline import MADRID
from simulator.publication import QUARTERS_SINCE, Publisher, day_hours

HOUR_S = 3600
QUARTER_S = 900


@dataclass(frozen=True, slots=True)
class Point:
    """A value that holds from a POSIX time [s]."""

    start: int
    value: float


def hourly(publisher: Publisher, name: str, what: str, days: Iterable[date]) -> list[Point]:
    """One column of the published days, hour by hour."""
    points = []
    for day in days:
        start, end = day_hours(day)
        values = publisher.hours(name, start, end)
        points += [Point((start + i) * HOUR_S, float(value)) for i, value in enumerate(values)]
    return _visible(publisher, what, points)


def quarterly(publisher: Publisher, name: str, what: str, days: Iterable[date]) -> list[Point]:
    """A column of quarters of the published days; before the market of quarters each hour counts four times."""
    points = []
    for day in days:
        start, end = day_hours(day)
        flat = publisher.hours(name, start, end)
        rows = flat if day >= QUARTERS_SINCE else flat.mean(axis=1, keepdims=True).repeat(4, axis=1).round(2) + 0.0
        points += [Point(start * HOUR_S + i * QUARTER_S, float(value)) for i, value in enumerate(rows.reshape(-1))]
    return _visible(publisher, what, points)


def spot_as_traded(publisher: Publisher, days: Iterable[date]) -> list[Point]:
    """The spot price in the step in which it was traded: hours, and quarters from October 2025."""
    days = list(days)
    before = hourly(publisher, "spot", "spot", [day for day in days if day < QUARTERS_SINCE])
    return before + quarterly(publisher, "quarters", "spot", [day for day in days if day >= QUARTERS_SINCE])


def between(points: Iterable[Point], start: datetime, last: datetime) -> list[Point]:
    """Points that start in ``[start, last]``."""
    return [point for point in points if start.timestamp() <= point.start <= last.timestamp()]


def local_text(start: int) -> str:
    """2025-10-26T02:00:00.000+02:00: Madrid time with its offset, as REE writes it."""
    return datetime.fromtimestamp(start, MADRID).isoformat(timespec="milliseconds")


def utc_text(start: int, *, milliseconds: bool = False) -> str:
    """2025-10-26T00:00:00Z."""
    text = datetime.fromtimestamp(start, UTC).isoformat(timespec="milliseconds" if milliseconds else "seconds")
    return text.removesuffix("+00:00") + "Z"


def stamp_text(instant: datetime) -> str:
    """A publication time as REE writes it."""
    return instant.astimezone(MADRID).isoformat(timespec="milliseconds")


def _visible(publisher: Publisher, what: str, points: list[Point]) -> list[Point]:
    hidden = {hour * HOUR_S for market, hour in publisher.hidden if market == what}
    return [point for point in points if point.start // HOUR_S * HOUR_S not in hidden] if hidden else points
