"""A store that answers frequent reads from memory: whole weeks are kept, a write drops the weeks that it touches.

While the store behind it is away, what was read before is still given, however old: it carries its own age.
"""

import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from domain.errors import StoreUnavailableError
from domain.series import EMPTY, Rows, SeriesKey, Value
from domain.timeline import epoch, utc_from_epoch
from ports import Extent, SeriesStore

WEEK_S = 7 * 86_400
MOST_WEEKS_A_READ = 6
"""Longer reads go straight to the store: they are rare, and would push out what is read every few seconds."""
KEPT_WEEKS = 400
FRESH_S = 60.0
"""A week is read again after this: another process (an import) may have written."""

Block = tuple[SeriesKey, int]


class CachedStore:
    """Wraps a store; same role."""

    def __init__(self, inner: SeriesStore) -> None:
        self._inner = inner
        self._blocks: OrderedDict[Block, tuple[float, Rows]] = OrderedDict()
        self.writes = 0

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        await self._inner.write(key, rows)
        self.writes += 1
        for week in {time_s // WEEK_S for time_s in rows.times}:
            self._blocks.pop((key, week), None)

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        first, last = epoch(start), epoch(end)
        weeks = range(first // WEEK_S, (last - 1) // WEEK_S + 1)
        if len(weeks) > MOST_WEEKS_A_READ:
            return await self._inner.read(key, start, end)
        parts = [await self._week(key, week) for week in weeks]
        return _slice(_joined(parts), first, last)

    async def keys(self, measurement: str) -> Sequence[SeriesKey]:
        return await self._inner.keys(measurement)

    async def extent(self, key: SeriesKey) -> Extent | None:
        return await self._inner.extent(key)

    async def ping(self) -> None:
        await self._inner.ping()

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _week(self, key: SeriesKey, week: int) -> Rows:
        block = (key, week)
        cached = self._blocks.get(block)
        if cached is not None and time.monotonic() - cached[0] < FRESH_S:
            self._blocks.move_to_end(block)
            return cached[1]
        writes = self.writes
        try:
            rows = await self._inner.read(key, utc_from_epoch(week * WEEK_S), utc_from_epoch((week + 1) * WEEK_S))
        except StoreUnavailableError:
            if cached is None:
                raise
            return cached[1]
        if writes == self.writes:
            self._keep(block, rows)
        return rows

    def _keep(self, block: Block, rows: Rows) -> None:
        self._blocks[block] = (time.monotonic(), rows)
        self._blocks.move_to_end(block)
        while len(self._blocks) > KEPT_WEEKS:
            self._blocks.popitem(last=False)


def _joined(parts: Sequence[Rows]) -> Rows:
    filled = [part for part in parts if len(part)]
    if len(filled) <= 1:
        return filled[0] if filled else EMPTY
    names = sorted({name for part in filled for name in part.columns})
    columns: dict[str, list[Value | None]] = {
        name: [value for part in filled for value in part.columns.get(name, (None,) * len(part))] for name in names
    }
    return Rows([time_s for part in filled for time_s in part.times], columns)


def _slice(rows: Rows, first: int, last: int) -> Rows:
    low, high = bisect_left(rows.times, first), bisect_left(rows.times, last)
    if low == 0 and high == len(rows):
        return rows
    return Rows(rows.times[low:high], {name: column[low:high] for name, column in rows.columns.items()})
