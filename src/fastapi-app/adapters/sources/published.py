"""From values as they are published (an instant and €/MWh) to the slots of a price batch. Pure."""

import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.errors import NotPublishedError
from domain.prices.slots import Market, PriceBatch, PriceSlot, Provider
from domain.timeline import HOUR, QUARTER, days_between, local_day

Reading = tuple[datetime, float]
"""UTC start and the value in the unit of the source."""
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Published:
    """Values of one series, and when the source says it last changed."""

    readings: tuple[Reading, ...]
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of UTC time that is asked for, in whole local days: their bounds mean the same to every source."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if not (self.start.utcoffset() == self.end.utcoffset() == timedelta(0) and self.start < self.end):
            raise ValueError(f"need UTC start < end, got {self.start} .. {self.end}")

    @property
    def first_day(self) -> date:
        """The first local day that the range touches."""
        return local_day(self.start)

    @property
    def last_day(self) -> date:
        """The last local day that the range touches."""
        return local_day(self.end - INSTANT)

    @property
    def days(self) -> list[date]:
        """The local days that the range touches."""
        return list(days_between(self.first_day, self.last_day))

    def params(self) -> dict[str, str]:
        """Start and end (both included) of those days as REE wants them: Madrid time without an offset."""
        return {"start_date": f"{self.first_day}T00:00", "end_date": f"{self.last_day}T23:59"}


def check_length(span: Span, longest: timedelta) -> None:
    """Refuse a range that the source would refuse, in words that are easy to mistake for others."""
    if span.end - span.start > longest:
        raise ValueError(f"{span.start} .. {span.end} is longer than {longest}, the longest that one call may ask for")


def instant(text: str) -> datetime:
    """UTC instant of an ISO 8601 text with an offset."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return read.astimezone(UTC)


def optional_instant(text: str | None) -> datetime | None:
    """UTC instant, or None where the source does not say."""
    return instant(text) if text else None


def eur_per_kwh(eur_per_mwh: float) -> float:
    """€/kWh from €/MWh, to the 8 decimals that the sources can mean, so that the same price is the same number everywhere."""
    return round(eur_per_mwh / 1000, 8)


def readings_of(values: Iterable[dict[str, Any]]) -> tuple[Reading, ...]:
    """The values of a series of REE, keyed by `datetime` with its offset; a null is a missing value."""
    return tuple((instant(entry["datetime"]), _number(entry["value"])) for entry in values if entry["value"] is not None)


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def stepped(readings: Iterable[Reading]) -> list[tuple[datetime, datetime, float]]:
    """(start, end, value) in order. The step is seen in the values, day by day, since its change is a matter of delivery days."""
    by_day: dict[date, dict[datetime, float]] = defaultdict(dict)
    for start, value in readings:
        if by_day[local_day(start)].setdefault(start, value) != value:
            raise ValueError(f"two values for {start}")
    return [
        (start, start + step, value)
        for _, day in sorted(by_day.items())
        for step in (_step(day),)
        for start, value in sorted(day.items())
    ]


def _step(starts: Iterable[datetime]) -> timedelta:
    offsets = {start - start.replace(minute=0, second=0, microsecond=0) for start in starts}
    if offsets == {timedelta(0)}:
        return HOUR
    if offsets <= {timedelta(0), QUARTER, 2 * QUARTER, 3 * QUARTER} and offsets & {QUARTER, 3 * QUARTER}:
        return QUARTER
    raise ValueError(f"values at {sorted(str(offset) for offset in offsets)} past the hour are neither hours nor quarters")


def price_slots(market: Market, readings: Iterable[Reading]) -> list[PriceSlot]:
    """Slots in €/kWh from values in €/MWh.

    A day of PVPC that is zero in all hours is a day that is not out yet: tolls alone make it more. Spot may well be zero.
    """
    slots = [PriceSlot(start, end, eur_per_kwh(value)) for start, end, value in stepped(readings)]
    if market == "spot":
        return slots
    out = {local_day(slot.start) for slot in slots if slot.eur_per_kwh != 0}
    return [slot for slot in slots if local_day(slot.start) in out]


def cut(slots: Iterable[PriceSlot], span: Span, market: Market, provider: Provider) -> tuple[PriceSlot, ...]:
    """The slots that start in the range. NotPublishedError when there is none."""
    within = tuple(slot for slot in slots if span.start <= slot.start < span.end)
    if not within:
        raise NotPublishedError(provider, f"no {market} price yet for {span.first_day} .. {span.last_day}")
    return within


def batch_of(market: Market, provider: Provider, published: Published, span: Span, fetched_at: datetime) -> PriceBatch:
    """What a source published about a range, cut to it."""
    slots = cut(price_slots(market, published.readings), span, market, provider)
    return PriceBatch(market, slots, provider, fetched_at, published.updated_at)


async def collect_days(days: Iterable[date], fetch: Callable[[date], Awaitable[Iterable[PriceSlot]]]) -> list[PriceSlot]:
    """The slots of several days of a source that keeps a file a day; a day that is not published leaves a gap."""
    slots: list[PriceSlot] = []
    for day in days:
        with suppress(NotPublishedError):
            slots += await fetch(day)
    return slots
