"""The history in one SQLite file: a typed table for each measurement, keyed (series, time)."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from adapters.store.sqlite import Database
from domain.errors import StoreRefusedError
from domain.series import FIELDS, Rows, SeriesKey, check_rows
from domain.timeline import epoch_ceil
from ports import Extent, Kind, Remarks

MIGRATIONS = (
    (
        """CREATE TABLE series (
            id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, tags TEXT NOT NULL, UNIQUE (measurement, tags))""",
        """CREATE TABLE energy_prices (
            series_id INTEGER NOT NULL REFERENCES series, time INTEGER NOT NULL,
            price_eur_kwh REAL, provider TEXT, as_of INTEGER,
            PRIMARY KEY (series_id, time)) WITHOUT ROWID""",
        """CREATE TABLE weather_data (
            series_id INTEGER NOT NULL REFERENCES series, time INTEGER NOT NULL,
            temperature REAL, humidity REAL, pressure REAL, as_of INTEGER,
            PRIMARY KEY (series_id, time)) WITHOUT ROWID""",
        """CREATE TABLE predictions (
            series_id INTEGER NOT NULL REFERENCES series, time INTEGER NOT NULL,
            energy_score REAL, production_class TEXT, price_p10 REAL, price_p50 REAL, price_p90 REAL, as_of INTEGER,
            PRIMARY KEY (series_id, time)) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE consumption (
            series_id INTEGER NOT NULL REFERENCES series, time INTEGER NOT NULL,
            kwh_in REAL, kwh_out REAL, kvarh_q1 REAL, kvarh_q2 REAL, kvarh_q3 REAL, kvarh_q4 REAL, quality TEXT, as_of INTEGER,
            PRIMARY KEY (series_id, time)) WITHOUT ROWID""",
    ),
)
"""Columns are the FIELDS of each measurement; tags are a JSON object sorted by name; times are POSIX seconds, UTC."""


class SqliteStore:
    """SeriesStore on one file."""

    def __init__(self, path: Path, kind: Kind) -> None:
        self._database = Database(path, role="series", kind=kind, migrations=MIGRATIONS)

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        """Durable when it returns. A None leaves the stored value of that field; a row of nothing but None is no point."""
        try:
            check_rows(key, rows)
        except ValueError as error:
            raise StoreRefusedError(str(error)) from error
        await self._database.run(self._database.write, lambda connection: _upsert(connection, key, rows))

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        """Points with ``start <= time < end`` in order, all fields of the measurement as columns (None where absent)."""
        bounds = epoch_ceil(start), epoch_ceil(end)
        return await self._database.run(self._database.read, lambda connection: _select(connection, key, *bounds))

    async def keys(self, measurement: str) -> Sequence[SeriesKey]:
        """The series that have points, sorted."""
        return await self._database.run(self._database.read, lambda connection: _keys(connection, measurement))

    async def extent(self, key: SeriesKey) -> Extent | None:
        """Extent of a series; None when it has no points."""
        return await self._database.run(self._database.read, lambda connection: _extent(connection, key))

    async def ping(self) -> None:
        """Return if the file is in place and answers."""
        self._database.check_in_place()
        await self._database.row("SELECT 1 FROM stamp")

    async def remarks(self) -> Remarks:
        """A file forgets nothing, and holds nothing of anybody else."""
        return Remarks()

    async def aclose(self) -> None:
        """Close the file; later calls raise StoreUnavailableError."""
        await asyncio.to_thread(self._database.close)


def _tags(key: SeriesKey) -> str:
    return json.dumps(dict(key.tags), ensure_ascii=False, separators=(",", ":"))


def _series_id(connection: sqlite3.Connection, key: SeriesKey) -> int | None:
    found = connection.execute("SELECT id FROM series WHERE measurement = ? AND tags = ?", (key.measurement, _tags(key))).fetchone()
    return None if found is None else int(found[0])


def _upsert(connection: sqlite3.Connection, key: SeriesKey, rows: Rows) -> None:
    names = list(rows.columns)
    points = [point for point in zip(rows.times, *rows.columns.values(), strict=True) if any(v is not None for v in point[1:])]
    if not points:
        return
    connection.execute("INSERT OR IGNORE INTO series (measurement, tags) VALUES (?, ?)", (key.measurement, _tags(key)))
    series_id = _series_id(connection, key)
    columns = ", ".join(["series_id", "time", *names])
    marks = ", ".join("?" for _ in names)
    updates = ", ".join(f"{name} = COALESCE(excluded.{name}, {name})" for name in names)
    connection.executemany(
        f"INSERT INTO {key.measurement} ({columns}) VALUES ({series_id}, ?, {marks}) "  # noqa: S608 - names come from FIELDS
        f"ON CONFLICT (series_id, time) DO UPDATE SET {updates}",
        points,
    )


def _select(connection: sqlite3.Connection, key: SeriesKey, start: int, end: int) -> Rows:
    names = list(FIELDS[key.measurement])
    points = connection.execute(
        f"SELECT time, {', '.join(names)} FROM {key.measurement} "  # noqa: S608 - names come from FIELDS
        "WHERE series_id = ? AND time >= ? AND time < ? ORDER BY time",
        (_series_id(connection, key), start, end),
    ).fetchall()
    times, *columns = zip(*points, strict=True) if points else [()] * (len(names) + 1)
    return Rows(times, dict(zip(names, columns, strict=True)))


def _keys(connection: sqlite3.Connection, measurement: str) -> list[SeriesKey]:
    found = connection.execute("SELECT tags FROM series WHERE measurement = ? ORDER BY tags", (measurement,)).fetchall()
    keys = (SeriesKey(measurement, tuple(sorted(json.loads(tags).items()))) for (tags,) in found)
    return sorted(keys, key=lambda key: key.tags)


def _extent(connection: sqlite3.Connection, key: SeriesKey) -> Extent | None:
    first, newest, count = connection.execute(
        f"SELECT min(time), max(time), count(*) FROM {key.measurement} WHERE series_id = ?",  # noqa: S608 - from FIELDS
        (_series_id(connection, key),),
    ).fetchone()
    return Extent(first, newest, count) if count else None
