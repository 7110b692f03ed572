"""Writes that the store did not take, kept on disk in order until it does (docs/adr/0004-spool.md).

A record is acknowledged once its transaction is on disk; SQLite's log cuts off what a crash left half written, which can only be
what was not acknowledged. Each record carries a checksum. The spool is bounded, and refuses when full: it drops nothing. What the
store refuses for good is kept aside, counted, until a person decides.
"""

import hashlib
import json
import logging
import sqlite3
import zlib
from dataclasses import dataclass
from datetime import datetime

from adapters.store.sqlite import Database
from domain.errors import SpoolFullError, StoreUnavailableError
from domain.operations import SpoolStatus
from domain.series import FIELDS, Rows, SeriesKey
from domain.timeline import epoch, utc_from_epoch

logger = logging.getLogger("data_ingestion")

SPOOL_TABLES = (
    """CREATE TABLE spool (
        number INTEGER PRIMARY KEY AUTOINCREMENT, put_at INTEGER NOT NULL, points INTEGER NOT NULL, bytes INTEGER NOT NULL,
        refused TEXT, checksum BLOB NOT NULL, record BLOB NOT NULL)""",
    "CREATE INDEX spool_sizes ON spool (refused, number, put_at, points, bytes)",
)
"""Statements for the migrations of the state file. `put_at` is POSIX seconds; `refused` is why a record was set aside, or NULL."""

LIMIT_BYTES = 64 * 1024 * 1024
"""Room for packed records: at about 15 bytes a point, four million points, which is decades of a service's own writes."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One write that waits."""

    number: int
    key: SeriesKey
    rows: Rows


class Spool:
    """The queue in a state file. Several may put; one process at a time takes from it."""

    def __init__(self, database: Database, limit_bytes: int = LIMIT_BYTES) -> None:
        self._database = database
        self._limit_bytes = limit_bytes

    async def put(self, key: SeriesKey, rows: Rows, now: datetime) -> None:
        """Append a write: on disk when this returns. SpoolFullError when there is no room, and then nothing of it is kept."""
        record = packed(key, rows)
        values = (epoch(now), len(rows), len(record), checksum(record), record)

        def insert(connection: sqlite3.Connection) -> None:
            taken = connection.execute("SELECT coalesce(sum(bytes), 0) FROM spool").fetchone()[0]
            if taken + len(record) > self._limit_bytes:
                raise SpoolFullError(
                    f"the spool holds {taken} of {self._limit_bytes} bytes; a write of {len(rows)} points ({len(record)} bytes) "
                    "does not fit and was refused"
                )
            connection.execute("INSERT INTO spool (put_at, points, bytes, checksum, record) VALUES (?, ?, ?, ?, ?)", values)

        try:
            await self._database.run(self._database.write, insert)
        except StoreUnavailableError as error:
            if getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise SpoolFullError(f"no room on the disk for a write of {len(rows)} points: it was refused ({error})") from error
            raise

    async def waiting(self) -> bool:
        """Whether a write waits to be replayed."""
        query = "SELECT EXISTS (SELECT 1 FROM spool WHERE refused IS NULL)"
        return bool((await self._database.row(query))[0])

    async def first(self) -> Spooled | None:
        """The oldest write that waits. A record that its checksum does not vouch for is set aside, and the next one given."""
        query = "SELECT number, checksum, record FROM spool WHERE refused IS NULL ORDER BY number LIMIT 1"
        while found := await self._database.row(query):
            number, sum_then, record = found
            try:
                if checksum(record) != sum_then:
                    raise ValueError("its checksum does not fit: the file was damaged on disk")
                return Spooled(number, *unpacked(record))
            except (ValueError, LookupError, TypeError, zlib.error) as error:
                await self.set_aside(number, f"cannot be read: {error}")
        return None

    async def remove(self, number: int) -> None:
        """Forget a write that the store has taken."""
        await self._database.change("DELETE FROM spool WHERE number = ?", number)

    async def set_aside(self, number: int, reason: str) -> None:
        """Keep a write out of the replay."""
        logger.error("spool_record_set_aside number=%d reason=%s", number, reason)
        await self._database.change("UPDATE spool SET refused = ? WHERE number = ?", reason, number)

    async def retry_refused(self) -> int:
        """Let what was set aside wait again, in its old place; returns how many. For a person who has removed the cause: a value
        that is older than one stored since overwrites it."""
        return await self._database.change("UPDATE spool SET refused = NULL WHERE refused IS NOT NULL")

    async def status(self) -> SpoolStatus:
        """What is in it."""
        return await self._database.run(self._database.read, self._status)

    def _status(self, connection: sqlite3.Connection) -> SpoolStatus:
        records, points, oldest, size = connection.execute(
            "SELECT count(*), coalesce(sum(points), 0), min(put_at), coalesce(sum(bytes), 0) FROM spool WHERE refused IS NULL"
        ).fetchone()
        refused, reason, refused_size = connection.execute(
            "SELECT count(*), max(refused), coalesce(sum(bytes), 0) FROM spool WHERE refused IS NOT NULL"
        ).fetchone()
        oldest_at = None if oldest is None else utc_from_epoch(oldest)
        return SpoolStatus(records, points, oldest_at, refused, reason, size + refused_size, self._limit_bytes)


def packed(key: SeriesKey, rows: Rows) -> bytes:
    """A write as compressed JSON. Floats are written as floats, so that they come back as such."""
    fields = FIELDS[key.measurement]
    columns = {
        name: [None if value is None else float(value) for value in column] if fields[name] == "float" else list(column)
        for name, column in rows.columns.items()
    }
    document = {"measurement": key.measurement, "tags": dict(key.tags), "times": [int(t) for t in rows.times], "columns": columns}
    return zlib.compress(json.dumps(document, separators=(",", ":"), allow_nan=False).encode(), 1)


def unpacked(record: bytes) -> tuple[SeriesKey, Rows]:
    """What `packed` packed."""
    document = json.loads(zlib.decompress(record))
    key = SeriesKey(document["measurement"], tuple(sorted(document["tags"].items())))
    return key, Rows(document["times"], document["columns"])


def checksum(record: bytes) -> bytes:
    """BLAKE2b of 16 bytes: enough to tell damage, not a signature."""
    return hashlib.blake2b(record, digest_size=16).digest()
