"""The log of issued values in the state file: one compressed row an issue.

An issue of 168 hours takes one row instead of 168, and a view as of an instant decodes only those issues that it shows.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from adapters.store.sqlite import Database
from domain.errors import StoreRefusedError
from domain.series import Rows, Value
from domain.timeline import epoch, epoch_ceil, utc_from_epoch
from ports import Issue

ISSUED_AT = "issued_at"


class SqliteIssuedLog:
    """IssuedLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, entry: Issue) -> None:
        """Durable when it returns. Starts that the same issue already has stay as they were first given."""
        if not len(entry.rows):
            return
        if ISSUED_AT in entry.rows.columns:
            raise StoreRefusedError(f"{entry.series}: the column {ISSUED_AT} is given by the log")
        try:
            payload = _packed(entry.rows)
        except ValueError as error:
            raise StoreRefusedError(f"{entry.series}: {error}") from error
        await self._database.run(self._database.write, lambda connection: _append(connection, entry, payload))

    async def as_of(self, series: str, at: datetime, start: datetime, end: datetime) -> Rows:
        """For each start in ``[start, end)`` the newest row issued at or before ``at``, with the column `issued_at` [POSIX s]."""
        bounds = epoch(at), epoch_ceil(start), epoch_ceil(end)
        return await self._database.run(self._database.read, lambda connection: _as_of(connection, series, *bounds))

    async def issues(self, series: str, start: datetime, end: datetime) -> Sequence[datetime]:
        """Instants of issue in ``[start, end)``, in order."""
        query = f"SELECT DISTINCT issued_at {_OF_SERIES} AND issued_at >= ? AND issued_at < ? ORDER BY issued_at"
        found = await self._database.rows(query, series, epoch_ceil(start), epoch_ceil(end))
        return [utc_from_epoch(issued_at) for (issued_at,) in found]

    async def entry(self, series: str, issued_at: datetime) -> Issue | None:
        """One issue, whole."""
        query = f"SELECT payload {_OF_SERIES} AND issued_at = ? ORDER BY id DESC"
        found = await self._database.rows(query, series, epoch(issued_at))
        points: dict[int, dict[str, Value | None]] = {}
        for (payload,) in found:
            points.update(_points(_unpacked(payload)))
        return Issue(series, utc_from_epoch(epoch(issued_at)), _rows(points)) if points else None


_OF_SERIES = "FROM issued WHERE series_id = (SELECT id FROM log_series WHERE name = ?)"


def _append(connection: sqlite3.Connection, entry: Issue, payload: bytes) -> None:
    connection.execute("INSERT OR IGNORE INTO log_series (name) VALUES (?)", (entry.series,))
    issued_at, times = epoch(entry.issued_at), entry.rows.times
    same = connection.execute(f"SELECT 1 {_OF_SERIES} AND issued_at = ? AND payload = ?", (entry.series, issued_at, payload))
    if same.fetchone() is not None:
        return
    connection.execute(
        """INSERT INTO issued (series_id, issued_at, first, last, step, payload)
           SELECT id, ?, ?, ?, ?, ? FROM log_series WHERE name = ?""",
        (issued_at, times[0], times[-1], _step(times), payload, entry.series),
    )


def _as_of(connection: sqlite3.Connection, series: str, at: int, start: int, end: int) -> Rows:
    """Newest issue first, and of one issue what was given first; a part that shows nothing new is not decoded."""
    found: dict[int, dict[str, Value | None]] = {}
    candidates = connection.execute(
        f"SELECT id, issued_at, first, last, step {_OF_SERIES} AND issued_at <= ? AND last >= ? AND first < ? "
        "ORDER BY issued_at DESC, id",
        (series, at, start, end),
    ).fetchall()
    for number, issued_at, first, last, step in candidates:
        if step and all(time in found for time in range(first, last + 1, step) if start <= time < end):
            continue
        payload = connection.execute("SELECT payload FROM issued WHERE id = ?", (number,)).fetchone()[0]
        for time, point in _points(_unpacked(payload)):
            if start <= time < end and time not in found:
                found[time] = {**point, ISSUED_AT: issued_at}
    return _rows(found)


def _step(times: Sequence[int]) -> int:
    """Distance of regular times (of a single one: any), else 0."""
    step = times[1] - times[0] if len(times) > 1 else 1
    return step if list(times) == list(range(times[0], times[-1] + 1, step)) else 0


def _packed(rows: Rows) -> bytes:
    """Exact for floats: JSON carries the shortest text that reads back as the same number."""
    document = {"times": list(rows.times), "columns": {name: list(column) for name, column in sorted(rows.columns.items())}}
    return zlib.compress(json.dumps(document, allow_nan=False, separators=(",", ":")).encode())


def _unpacked(payload: bytes) -> Rows:
    document = json.loads(zlib.decompress(payload))
    return Rows(document["times"], document["columns"])


def _points(rows: Rows) -> Iterator[tuple[int, dict[str, Value | None]]]:
    for place, time in enumerate(rows.times):
        yield time, {name: column[place] for name, column in rows.columns.items()}


def _rows(points: dict[int, dict[str, Value | None]]) -> Rows:
    """Points in order of time; a column that some point does not have is None there."""
    times = sorted(points)
    names = sorted({name for point in points.values() for name in point})
    return Rows(times, {name: [points[time].get(name) for time in times] for name in names})
