"""Health of the sources, and small named notes, in the state file."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any

from adapters.state.instants import instant, micros
from adapters.store.sqlite import Database
from ports import SourceHealth


class SqliteHealthLog:
    """HealthLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, health: SourceHealth) -> None:
        """Replace the state of a source."""
        values = [_stored(value) for value in astuple(health)]
        query = "INSERT OR REPLACE INTO source_health VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        await self._database.run(self._database.write, lambda connection: connection.execute(query, values).rowcount)

    async def all(self) -> Sequence[SourceHealth]:
        """All states, by source."""
        query = """SELECT source, state, since, last_success, last_error_at, last_error, last_error_class, open_until
                   FROM source_health ORDER BY source"""
        found = await self._database.run(self._database.read, lambda connection: connection.execute(query).fetchall())
        return [_health(*row) for row in found]


class SqliteNotes:
    """Notes on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        """The text, or None."""
        query = "SELECT text FROM notes WHERE name = ?"
        found = await self._database.run(self._database.read, lambda connection: connection.execute(query, (name,)).fetchone())
        return None if found is None else str(found[0])

    async def put(self, name: str, text: str) -> None:
        """Durable when it returns."""
        query = "INSERT OR REPLACE INTO notes (name, text) VALUES (?, ?)"
        await self._database.run(self._database.write, lambda connection: connection.execute(query, (name, text)).rowcount)


def _stored(value: Any) -> Any:
    return micros(value) if isinstance(value, datetime) else value


def _health(source: str, state: Any, *rest: Any) -> SourceHealth:
    since, last_success, last_error_at, last_error, last_error_class, open_until = rest
    return SourceHealth(
        source,
        state,
        instant(since),
        last_success=_instant(last_success),
        last_error_at=_instant(last_error_at),
        last_error=last_error,
        last_error_class=last_error_class,
        open_until=_instant(open_until),
    )


def _instant(stored: int | None) -> datetime | None:
    return None if stored is None else instant(stored)
