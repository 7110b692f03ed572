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

WISH_KEYS = (
    "ALTER TABLE wishes ADD COLUMN sent_key TEXT",
    "CREATE UNIQUE INDEX wishes_by_key ON wishes (sent_key) WHERE sent_key IS NOT NULL",
)


class SqliteWishLog:
    """WishLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, body: Mapping[str, Any], at: datetime, key: str | None = None) -> int:
        """Keep a wish; its number. Under a key that has one already, that one: they are noted together or not at all."""
        values = (micros(at), json.dumps(dict(body), ensure_ascii=False), key)

        def work(connection: Connection) -> int:
            known = connection.execute("SELECT id FROM wishes WHERE sent_key = ?", (key,)).fetchone()
            query = "INSERT INTO wishes (made_at, body, sent_key) VALUES (?, ?, ?) RETURNING id"
            return int((known or connection.execute(query, values).fetchone())[0])

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
