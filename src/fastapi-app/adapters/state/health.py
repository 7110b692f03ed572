"""Health of the sources in the local state."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any

from adapters.state.instants import instant, instant_or_none, micros
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
        await self._database.change(query, *values)

    async def all(self) -> Sequence[SourceHealth]:
        """All states, by source."""
        query = """SELECT source, state, since, last_success, last_error_at, last_error, last_error_class, open_until
                   FROM source_health ORDER BY source"""
        found = await self._database.rows(query)
        return [_health(*row) for row in found]


def _stored(value: Any) -> Any:
    return micros(value) if isinstance(value, datetime) else value


def _health(source: str, state: Any, *rest: Any) -> SourceHealth:
    since, last_success, last_error_at, last_error, last_error_class, open_until = rest
    return SourceHealth(
        source,
        state,
        instant(since),
        last_success=instant_or_none(last_success),
        last_error_at=instant_or_none(last_error_at),
        last_error=last_error,
        last_error_class=last_error_class,
        open_until=instant_or_none(open_until),
    )
