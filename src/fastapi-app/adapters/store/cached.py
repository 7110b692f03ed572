"""A store that answers frequent reads from memory: whole weeks are kept, a write goes through them.

While the store behind it is away, what was read before is still given, however old, with what was written since (which waits in the
spool): every value carries its own age.
"""

import asyncio
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

from adapters.store.silence import unless_silent
from adapters.store.wrapper import StoreWrapper
from domain.errors import StoreUnavailableError
from domain.series import EMPTY, Rows, SeriesKey, Value
from domain.timeline import epoch_ceil, utc_from_epoch
from ports import Extent, SeriesStore

T = TypeVar("T")
WEEK_S = 7 * 86_400
MOST_WEEKS_A_READ = 6
"""Longer reads go straight to the store: they are rare, and would push out what is read every few seconds."""
KEPT_WEEKS = 400
FRESH_S = 60.0
"""A week is read again after this: another process (an import) may have written."""
AWAY_S = 5.0
"""After the store was found away, weeks that are in memory are given at once for this long: no reader waits for each of them."""

PATIENCE_S = 2.0
"""How long a reader waits for a week that is in memory already. A store that takes longer is slow, which is not away: what is in no
memory is still asked for."""
STALE = float("-inf")
"""Read at no time: to be read again as soon as the store answers."""

Block = tuple[SeriesKey, int]


class CachedStore(StoreWrapper):
    """Wraps a store; same role. `waits` says whether writes wait in a spool: what was written is then in memory only."""

    def __init__(self, inner: SeriesStore, waits: Callable[[], Awaitable[bool]] | None = None) -> None:
        super().__init__(inner)
        self._waits = waits
        self._blocks: OrderedDict[Block, tuple[float, Rows]] = OrderedDict()
        self._away_until = 0.0
        self._slow_until = 0.0
        self.writes = 0

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        await self._inner.write(key, rows)
        self.writes += 1
        for week in {time_s // WEEK_S for time_s in rows.times}:
            cached = self._blocks.get((key, week))
            if cached is not None:
                written = _slice(rows, week * WEEK_S, (week + 1) * WEEK_S)
                self._blocks[key, week] = (STALE, _merged(cached[1], written))

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        first, last = epoch_ceil(start), epoch_ceil(end)
        weeks = range(first // WEEK_S, (last - 1) // WEEK_S + 1)
        if len(weeks) > MOST_WEEKS_A_READ:
            return await self._told(lambda: self._inner.read(key, start, end))
        parts = [await self._week(key, week) for week in weeks]
        return _slice(_joined(parts), first, last)

    async def keys(self, measurement: str) -> Sequence[SeriesKey]:
        return await self._told(lambda: self._inner.keys(measurement))

    async def extent(self, key: SeriesKey) -> Extent | None:
        return await self._told(lambda: self._inner.extent(key))

    async def _told(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What the store says to a question whose answer is in no memory. Who asks after it was found away waits for nothing."""
        if time.monotonic() < self._away_until:
            raise StoreUnavailableError("the store was away a moment ago")
        try:
            return await unless_silent(ask(), self._inner.ping)
        except StoreUnavailableError:
            self._away_until = time.monotonic() + AWAY_S
            raise

    async def _week(self, key: SeriesKey, week: int) -> Rows:
        block = (key, week)
        cached = self._blocks.get(block)
        if cached is not None and await self._serves(cached[0]):
            self._blocks.move_to_end(block)
            return cached[1]
        writes = self.writes
        span = utc_from_epoch(week * WEEK_S), utc_from_epoch((week + 1) * WEEK_S)
        if cached is None:
            rows = await self._told(lambda: self._inner.read(key, *span))
        else:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    rows = await self._inner.read(key, *span)
            except TimeoutError:
                self._slow_until = time.monotonic() + AWAY_S
                return self._blocks.get(block, cached)[1]  # it may have been written to meanwhile
            except StoreUnavailableError:
                self._away_until = time.monotonic() + AWAY_S
                return self._blocks.get(block, cached)[1]
        if writes == self.writes:
            self._keep(block, rows)
        return rows

    async def _serves(self, read_at: float) -> bool:
        """Whether a week that was read at an instant is to be given from memory."""
        now = time.monotonic()
        if now - read_at < FRESH_S or now < max(self._away_until, self._slow_until):
            return True
        return read_at == STALE and self._waits is not None and await self._waits()

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


def _merged(kept: Rows, written: Rows) -> Rows:
    """Rows after a write: a None leaves the value that is there."""
    names = {*kept.columns, *written.columns}
    points: dict[int, dict[str, Value | None]] = {}
    for rows in (kept, written):
        for place, time_s in enumerate(rows.times):
            point = points.setdefault(time_s, dict.fromkeys(names))
            point.update({name: column[place] for name, column in rows.columns.items() if column[place] is not None})
    times = sorted(points)
    return Rows(times, {name: [points[time_s][name] for time_s in times] for name in names})


def _slice(rows: Rows, first: int, last: int) -> Rows:
    low, high = bisect_left(rows.times, first), bisect_left(rows.times, last)
    if low == 0 and high == len(rows):
        return rows
    return Rows(rows.times[low:high], {name: column[low:high] for name, column in rows.columns.items()})
