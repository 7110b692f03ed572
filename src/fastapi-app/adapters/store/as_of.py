"""The history as it was known at the instant of a clock: what became known later is not there yet."""

from datetime import datetime

from adapters.store.wrapper import StoreWrapper
from domain.series import Rows, SeriesKey
from domain.timeline import epoch
from ports import Clock, SeriesStore


class AsOfStore(StoreWrapper):
    """Wraps a store; same role. Values that were revised meanwhile are absent before their revision, never shown too early."""

    def __init__(self, inner: SeriesStore, clock: Clock) -> None:
        super().__init__(inner)
        self._clock = clock

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        rows = await self._inner.read(key, start, end)
        if not len(rows) or "as_of" not in rows.columns:
            return rows
        now = epoch(self._clock())
        places = [place for place, known in enumerate(rows.columns["as_of"]) if known is not None and int(known) <= now]
        if len(places) == len(rows):
            return rows
        return Rows(
            [rows.times[place] for place in places],
            {name: [column[place] for place in places] for name, column in rows.columns.items()},
        )
