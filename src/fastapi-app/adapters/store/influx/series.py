"""The history in InfluxDB: 2.7 in production; written so that 1.x serves it as well.

A point that stamps the bucket real or simulated, with the schema of this adapter, is written before the first other point, and
looked for before anything is read or written. It lies at 1970, so a bucket that forgets old points refuses it: a history must not
expire.

InfluxDB keeps each field of a point by itself: a reader beside a writer may see one field new and the other old, and of two writers
each may win one field for good. So of this process a series has one writer at a time, and no reader beside it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.store.influx.http import InfluxApi, InfluxTarget, Patience
from adapters.store.influx.lines import lines_of, series_text
from adapters.store.influx.query import (
    STAMP,
    counts_of,
    ends_of,
    extent_question,
    keys_of,
    keys_question,
    rows_of,
    rows_question,
    stamp_question,
    stamps_of,
    together_of,
    together_question,
)
from adapters.store.shared_lock import SharedLock
from domain.errors import StoreForeignError, StoreMissingError, StoreRefusedError
from domain.series import FIELDS, Rows, SeriesKey, check_rows
from ports import Extent, Kind

BATCH_LINES = 5_000
"""What InfluxData advises for one request."""
SCHEMA = 1
"""Raised when the meaning of what is stored changes."""


class InfluxStore:
    """SeriesStore in a bucket. Making one asks nothing of the server, so a service starts while the database is away."""

    def __init__(self, target: InfluxTarget, kind: Kind, patience: Patience | None = None) -> None:
        self._api = InfluxApi(target, patience)
        self._kind: Kind = kind
        self._admitted = False
        self._gate = asyncio.Lock()
        self._turns: defaultdict[SeriesKey, SharedLock] = defaultdict(SharedLock)

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        """Durable when it returns. A None leaves the stored value of that field; the same rows twice change nothing."""
        try:
            check_rows(key, rows)
            lines = await asyncio.to_thread(lines_of, key, rows)
        except ValueError as error:
            raise StoreRefusedError(str(error)) from error
        if not lines:
            return
        await self._admit(writing=True)
        try:
            async with self._turns[key].writing():
                for first in range(0, len(lines), BATCH_LINES):
                    await self._api.write(lines[first : first + BATCH_LINES])
        except StoreMissingError:
            self._admitted = False  # a bucket made anew has to be stamped anew
            raise

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        """Points with ``start <= time < end`` in order, all fields of the measurement as columns (None where absent)."""
        await self._admit()
        async with self._turns[key].reading():
            answer = await self._api.query(rows_question(key, start, end))
        return await asyncio.to_thread(rows_of, answer, key.measurement)

    async def keys(self, measurement: str) -> Sequence[SeriesKey]:
        """The series that have points, sorted."""
        await self._admit()
        return keys_of(await self._api.query(keys_question(measurement)), measurement)

    async def extent(self, key: SeriesKey) -> Extent | None:
        """Extent of a series; None when it has no points."""
        await self._admit()
        answer = await self._api.query(extent_question(key))
        ends = ends_of(answer)
        return Extent(*ends, await self._count(key, counts_of(answer, key.measurement))) if ends else None

    async def ping(self) -> None:
        """Return if the server answers, knows our token and bucket, and the bucket is of our kind."""
        await self._api.ping()
        await self._check_stamp()

    async def aclose(self) -> None:
        """Close the connections; later calls raise StoreUnavailableError."""
        await self._api.aclose()

    async def _count(self, key: SeriesKey, counts: dict[str, int]) -> int:
        """Number of points. InfluxDB counts the values of a field: that is the number of points when one field has a value in each
        (`as_of`, as a rule); else the points are read and counted."""
        lead, most = max(counts.items(), key=lambda item: item[1])
        others = [name for name, count in counts.items() if count and name != lead]
        if not others:
            return most
        answer = await self._api.query(together_question(key, lead, others))
        if together_of(answer, others) == [counts[name] for name in others]:
            return most
        always = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        return len(await self.read(key, *always))

    async def _admit(self, *, writing: bool = False) -> None:
        """Check the stamp, once; a write gives a store without one its stamp."""
        if self._admitted:
            return
        async with self._gate:
            stamped = await self._check_stamp()
            if writing and not stamped:
                await self._api.write([f"{series_text(STAMP, {'kind': self._kind})} schema={SCHEMA}i 0"])
                stamped = await self._check_stamp()  # both stamps stay when two worlds meet here, and both see them
            self._admitted = stamped

    async def _check_stamp(self) -> bool:
        """Whether the store has our stamp; raises StoreForeignError when it has another, or holds points that nobody stamped and
        this world is simulated."""
        stamps = stamps_of(await self._api.query(stamp_question()))
        for kind, schema in stamps:
            if kind != self._kind:
                raise StoreForeignError(f"this bucket holds {kind} data; it takes no {self._kind} data")
            if schema > SCHEMA:
                raise StoreForeignError(f"this bucket has schema {schema} of a newer version; this one knows up to {SCHEMA}")
        if not stamps and self._kind == "simulated" and await self._has_points():
            raise StoreForeignError("this bucket holds points without a stamp; they count as real, so it takes no simulated data")
        return bool(stamps)

    async def _has_points(self) -> bool:
        for measurement in FIELDS:
            if keys_of(await self._api.query(keys_question(measurement)), measurement):
                return True
        return False
