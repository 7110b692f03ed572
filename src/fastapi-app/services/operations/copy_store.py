"""Copies the history from one store to another, a series and a month at a time, and proves each by count and checksum.

A month that is there already is not written again, so a copy that was interrupted goes on where it was when it is run again.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from domain.series import FIELDS, Rows, SeriesKey, Value
from domain.timeline import utc_from_epoch
from ports import Extent, SeriesStore


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month of UTC of one series, as bounds ``[start, end)``."""

    key: SeriesKey
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class CopiedMonth:
    """What became of a month. `checksum` is that of the source; `extra` counts points that only the target has."""

    month: Month
    points: int
    checksum: str
    outcome: Literal["there", "copied", "differs"]
    extra: int


class CopyService:
    """From one store to another of the same kind."""

    def __init__(self, source: SeriesStore, target: SeriesStore) -> None:
        self._source = source
        self._target = target

    async def months(self) -> list[Month]:
        """Everything that there is to copy, in order."""
        found: list[Month] = []
        for measurement in FIELDS:
            for key in await self._source.keys(measurement):
                extent = await self._source.extent(key)
                found += months_of(key, extent) if extent else []
        return found

    async def copy(self, months: Sequence[Month], *, only_compare: bool = False) -> AsyncIterator[CopiedMonth]:
        """Copy months and tell of each when it is proven. Points of the target that the source lacks stay as they are."""
        for month in months:
            rows = await self._source.read(month.key, month.start, month.end)
            if not len(rows):
                continue
            there = await self._target.read(month.key, month.start, month.end)
            outcome: Literal["there", "copied", "differs"] = "there" if _has(there, rows) else "differs"
            if outcome == "differs" and not only_compare:
                await self._target.write(month.key, rows)
                there = await self._target.read(month.key, month.start, month.end)
                outcome = "copied" if _has(there, rows) else "differs"
            extra = len(there) - len(within(there, rows))
            yield CopiedMonth(month, len(rows), checksum(rows), outcome, extra)


def months_of(key: SeriesKey, extent: Extent) -> list[Month]:
    """The months of UTC from that of the first point to that of the newest."""
    first, newest = utc_from_epoch(extent.first), utc_from_epoch(extent.newest)
    numbers = range(first.year * 12 + first.month - 1, newest.year * 12 + newest.month)
    return [Month(key, _month_start(number), _month_start(number + 1)) for number in numbers]


def checksum(rows: Rows) -> str:
    """SHA-256 over times and values, the same for equal points whichever store they come from."""
    names = sorted(name for name, column in rows.columns.items() if any(value is not None for value in column))
    digest = hashlib.sha256(repr(names).encode())
    digest.update(repr(list(zip(rows.times, *(rows.columns[name] for name in names), strict=True))).encode())
    return digest.hexdigest()


def within(rows: Rows, wanted: Rows) -> Rows:
    """The part of rows that answers to `wanted`: its times, and where it gives no value of a field, none."""
    place = {time: number for number, time in enumerate(rows.times)}
    times = [time for time in wanted.times if time in place]
    columns: dict[str, list[Value | None]] = {}
    for name, column in wanted.columns.items():
        asked = dict(zip(wanted.times, column, strict=True))
        there = rows.columns.get(name, (None,) * len(rows))
        columns[name] = [there[place[time]] if asked[time] is not None else None for time in times]
    return Rows(times, columns)


def _has(rows: Rows, wanted: Rows) -> bool:
    part = within(rows, wanted)
    return len(part) == len(wanted) and checksum(part) == checksum(wanted)


def _month_start(number: int) -> datetime:
    """Start of a month that is counted from year 0."""
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
