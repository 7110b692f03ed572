"""What the sources of prices share: the span that is asked for, cells from REE's values, a batch from admitted cells. Pure."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.errors import BadPayloadError, NotPublishedError, SourceError
from domain.intake.cells import number
from domain.intake.instants import as_written
from domain.intake.prices import Asked, Floor, PriceCell, admit, no_tolls, nothing_but_absence
from domain.intake.verdict import Tray
from domain.prices.slots import Market, PriceBatch, PriceSlot, Provider
from domain.timeline import day_bounds, days_between, local_day
from ports import Clock

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Published:
    """Cells of one series, what was left out on the way, and when the source says it last changed."""

    cells: tuple[PriceCell, ...]
    tray: Tray = field(default_factory=Tray)
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

    def asked(self, market: Market, now: datetime) -> Asked:
        """Those days, whole, for a market."""
        return Asked(market, day_bounds(self.first_day)[0], day_bounds(self.last_day)[1], now)

    def params(self) -> dict[str, str]:
        """Start and end (both included) of those days as REE wants them: Madrid time without an offset."""
        return {"start_date": f"{self.first_day}T00:00", "end_date": f"{self.last_day}T23:59"}


def check_length(span: Span, longest: timedelta) -> None:
    """Refuse a range that the source would refuse, in words that are easy to mistake for others."""
    if span.end - span.start > longest:
        raise ValueError(f"{span.start} .. {span.end} is longer than {longest}, the longest that one call may ask for")


def cells_of(values: Iterable[Any], series: str, tray: Tray) -> tuple[PriceCell, ...]:
    """The cells of a series of REE, keyed by `datetime` with its offset."""
    found = []
    for index, entry in enumerate(values, start=1):
        if not isinstance(entry, dict):
            tray.leave_out("row_not_read", f"{series}[{index}]", entry, "an object with datetime and value")
            continue
        written = as_written(entry.get("datetime"), f"{series}[{index}].datetime", tray)
        if written is not None:
            place = f"{series} {entry['datetime']}"
            value = number(entry.get("value"), place, tray)
            found.append(PriceCell(place, written.astimezone(UTC), value, written.utcoffset()))
    return tuple(found)


def batch_of(
    market: Market, provider: Provider, published: Published, span: Span, fetched_at: datetime, tolls: Floor = no_tolls
) -> PriceBatch:
    """What a source published about a range, cut to it. NotPublishedError when nothing is there, BadPayloadError if none holds."""
    tray = published.tray
    slots = admit(published.cells, span.asked(market, fetched_at), tray, tolls)
    within = cut(slots, span, market, provider, tray)
    return PriceBatch(market, within, provider, fetched_at, published.updated_at, tuple(tray.notes))


def cut(slots: Iterable[PriceSlot], span: Span, market: Market, provider: Provider, tray: Tray) -> tuple[PriceSlot, ...]:
    """The slots that start in the range; when there is none, the error that says why."""
    within = tuple(slot for slot in slots if span.start <= slot.start < span.end)
    if within:
        return within
    if nothing_but_absence(tray):
        raise NotPublishedError(provider, f"no {market} price yet for {span.first_day} .. {span.last_day}")
    left_out = sum(tray.counts().values())
    raise BadPayloadError(provider, f"nothing of {market} holds, {left_out} left out, such as {tray.notes[-1]}")


@dataclass(slots=True)
class Days:
    """What came of several days of a source that keeps a file a day."""

    slots: list[PriceSlot] = field(default_factory=list)
    tray: Tray = field(default_factory=Tray)
    error: SourceError | None = None


async def collect_days(days: Iterable[date], fetch: Callable[[date, Tray], Awaitable[Iterable[PriceSlot]]]) -> Days:
    """The slots of several days. A day that is not published leaves a gap, and so does one that is not understood; trouble ends it.

    What came before is kept. The error is raised only when nothing came.
    """
    found = Days()
    for day in days:
        try:
            found.slots += await fetch(day, found.tray)
        except NotPublishedError:
            continue
        except SourceError as error:
            found.error = error
            if not isinstance(error, BadPayloadError):
                break
    if found.error is not None and not found.slots:
        raise found.error
    return found


async def batch_of_days(
    market: Market, provider: Provider, span: Span, clock: Clock, fetch: Callable[[date, Tray], Awaitable[Iterable[PriceSlot]]]
) -> PriceBatch:
    """What a source that keeps a file a day published about a range, cut to it. Errors as of `collect_days` and `cut`."""
    found = await collect_days(span.days, fetch)
    within = cut(found.slots, span, market, provider, found.tray)
    return PriceBatch(market, within, provider, clock(), notes=tuple(found.tray.notes))
