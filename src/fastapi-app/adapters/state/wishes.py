"""Wishes of the operator in the local state; withdrawn ones stay."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from adapters.state.instants import instant, instant_or_none, micros
from adapters.store.sqlite import Database
from ports import StoredWish

WISH_TABLES = (
    # Instants are microseconds since 1970, UTC.
    "CREATE TABLE wishes (id INTEGER PRIMARY KEY, made_at INTEGER NOT NULL, removed_at INTEGER, body TEXT NOT NULL)",
)


class SqliteWishLog:
    """WishLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, body: Mapping[str, Any], at: datetime) -> int:
        """Keep a wish; its number."""
        values = (micros(at), json.dumps(dict(body), ensure_ascii=False))

        def work(connection: Connection) -> int:
            return int(connection.execute("INSERT INTO wishes (made_at, body) VALUES (?, ?) RETURNING id", values).fetchone()[0])

        return await self._database.run(self._database.write, work)

    async def remove(self, number: int, at: datetime) -> bool:
        """Withdraw a wish; False when there is none that stands."""
        query = "UPDATE wishes SET removed_at = ? WHERE id = ? AND removed_at IS NULL"
        done = await self._database.change(query, micros(at), number)
        return done == 1

    async def standing_since(self, at: datetime) -> Sequence[StoredWish]:
        """Wishes that stood at an instant or later, in order."""
        query = "SELECT id, made_at, removed_at, body FROM wishes WHERE removed_at IS NULL OR removed_at > ? ORDER BY id"
        found = await self._database.rows(query, micros(at))
        return [
            StoredWish(id_, instant(made_at), instant_or_none(removed_at), json.loads(body))
            for id_, made_at, removed_at, body in found
        ]
