"""The history in InfluxDB: 2.7 in production; written so that 1.x serves it as well.

A point that stamps the bucket real or simulated, with the schema of this adapter, is written before the first other point, and
looked for before anything is read or written. It lies at 1970, so a bucket that forgets old points refuses it: a history must not
expire.

InfluxDB keeps each field of a point by itself: a reader beside a writer may see one field new and the other old, and of two writers
each may win one field for good. So of this process a series has one writer at a time, and no reader beside it.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from adapters.store.influx.bucket import (
    YEAR_S,
    Keeping,
    bucket_of,
    measurements_of,
    measurements_question,
    policies_question,
    policy_of,
    year_shards_body,
    year_shards_question,
)
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
from domain.errors import StoreDeniedError, StoreError, StoreForeignError, StoreMissingError, StoreRefusedError
from domain.series import FIELDS, Rows, SeriesKey, check_rows
from ports import Extent, Kind, Remarks, Trouble

logger = logging.getLogger("data_ingestion")

BATCH_LINES = 5_000
"""What InfluxData advises for one request."""
SCHEMA = 1
"""Raised when the meaning of what is stored changes."""
LOOK_EVERY_S = 600.0
"""How often is looked at how the bucket keeps its points [s]: somebody may change that at any time."""
DAY_S = 86_400


class InfluxStore:
    """SeriesStore in a bucket. Making one asks nothing of the server, so a service starts while the database is away."""

    def __init__(self, target: InfluxTarget, kind: Kind, patience: Patience | None = None) -> None:
        self._api = InfluxApi(target, patience)
        self._bucket = target.bucket
        self._kind: Kind = kind
        self._admitted = False
        self._kept: tuple[float, Remarks] | None = None
        self._looking = asyncio.Lock()
        self._left_out: dict[str, int] = {}
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
                await self._write_batches(lines)
        except StoreMissingError:
            self._admitted = False  # a bucket made anew has to be stamped anew
            raise

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        """Points with ``start <= time < end`` in order, all fields of the measurement as columns (None where absent)."""
        await self._admit()
        async with self._turns[key].reading():
            answer = await self._api.query(rows_question(key, start, end))
        rows, left_out = await asyncio.to_thread(rows_of, answer, key)
        if left_out:
            self._note_left_out(left_out)
        return rows

    async def keys(self, measurement: str) -> Sequence[SeriesKey]:
        """The series that have points, sorted."""
        await self._admit()
        return keys_of(await self._api.query(keys_question(measurement)), measurement)

    async def extent(self, key: SeriesKey) -> Extent | None:
        """Extent of a series; None when it has no points."""
        await self._admit()
        answer = await self._api.query(extent_question(key))
        ends = ends_of(answer, key)
        return Extent(*ends, await self._count(key, counts_of(answer, key))) if ends else None

    async def ping(self) -> None:
        """Return if the server answers, knows our token and bucket, and the bucket is of our kind."""
        await self._api.ping()
        await self._check_stamp()

    async def remarks(self) -> Remarks:
        """Whether the bucket forgets, how long its shards are, and whose points lie among ours; looked at now and then."""
        async with self._looking:
            now = time.monotonic()
            if self._kept is None or now - self._kept[0] > LOOK_EVERY_S:
                self._left_out.clear()
                self._kept = (now, await self._look())
            kept = self._kept[1]
        strangers = (f"{name}: {count} points left out, they are not ours" for name, count in sorted(self._left_out.items()))
        return Remarks(kept.troubles, (*kept.notes, *strangers))

    async def aclose(self) -> None:
        """Close the connections; later calls raise StoreUnavailableError."""
        await self._api.aclose()

    async def _write_batches(self, lines: Sequence[str]) -> None:
        for first in range(0, len(lines), BATCH_LINES):
            try:
                await self._api.write(lines[first : first + BATCH_LINES])
            except StoreRefusedError as error:
                if not first:
                    raise
                raise type(error)(f"{error} (the first {first} of {len(lines)} points of this write are stored)") from error

    def _note_left_out(self, left_out: Mapping[str, int]) -> None:
        for name, count in left_out.items():
            if name not in self._left_out:
                logger.warning("points_left_out series=%s points=%d", name, count)
            self._left_out[name] = max(count, self._left_out.get(name, 0))

    async def _look(self) -> Remarks:
        """How the bucket keeps its points. One that is ours alone gets shards of a year, where the token may."""
        try:
            keeping = await self._keeping()
        except (StoreDeniedError, StoreRefusedError):
            keeping = None
        if keeping is None:
            why = "the token may not see how the bucket keeps its points: `influx bucket list` must show it with infinite retention"
            return Remarks((), (why,))
        if keeping.retention_s:
            days = keeping.retention_s / DAY_S
            forgets = f"the bucket {self._bucket} forgets what is older than {days:g} days: {keeping.mend_retention(self._bucket)}"
            return Remarks((Trouble("forgets", forgets),), ())
        if keeping.shard_s and keeping.shard_s < YEAR_S and not await self._lengthened(keeping):
            days = keeping.shard_s / DAY_S
            return Remarks((), (f"the bucket has shards of {days:g} days, a year suits it: {keeping.mend_shards(self._bucket)}",))
        return Remarks((), ())

    async def _keeping(self) -> Keeping | None:
        try:
            return bucket_of(await self._api.buckets(self._bucket), self._bucket)
        except (StoreMissingError, StoreRefusedError):  # 1.x has no such address
            return policy_of(await self._api.query(policies_question(self._bucket)))

    async def _lengthened(self, keeping: Keeping) -> bool:
        """Whether the shards that come hold a year now; those of a bucket with points of somebody else are left alone."""
        if not measurements_of(await self._api.query(measurements_question())) <= {*FIELDS, STAMP}:
            return False
        try:
            if keeping.is_policy:
                await self._api.query(year_shards_question(self._bucket, keeping.name))
            else:
                await self._api.change_bucket(keeping.name, year_shards_body())
            again = await self._keeping()
        except StoreError as error:
            logger.warning("shards_left bucket=%s error=%s", self._bucket, error)
            return False
        done = again is not None and again.shard_s >= YEAR_S
        logger.info("shards_of_a_year bucket=%s done=%s", self._bucket, done)
        return done

    async def _count(self, key: SeriesKey, counts: dict[str, int]) -> int:
        """Number of points. InfluxDB counts the values of a field: that is the number of points when one field has a value in each
        (`as_of`, as a rule); else the points are read and counted."""
        lead, most = max(counts.items(), key=lambda item: item[1])
        others = [name for name, count in counts.items() if count and name != lead]
        if not others:
            return most
        answer = await self._api.query(together_question(key, lead, others))
        if together_of(answer, key, others) == [counts[name] for name in others]:
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
