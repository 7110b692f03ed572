"""What wraps a store and is one itself."""

from collections.abc import Sequence
from datetime import datetime

from domain.series import Rows, SeriesKey
from ports import Extent, Remarks, SeriesStore


class StoreWrapper:
    """Passes everything on to the store inside; a wrapper says only what it does in its own way."""

    def __init__(self, inner: SeriesStore) -> None:
        self._inner = inner

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        await self._inner.write(key, rows)

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        return await self._inner.read(key, start, end)

    async def keys(self, measurement: str) -> Sequence[SeriesKey]:
        return await self._inner.keys(measurement)

    async def extent(self, key: SeriesKey) -> Extent | None:
        return await self._inner.extent(key)

    async def ping(self) -> None:
        await self._inner.ping()

    async def remarks(self) -> Remarks:
        return await self._inner.remarks()

    async def aclose(self) -> None:
        await self._inner.aclose()
