"""Batches as they were carried out, in the local state."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from adapters.store.sqlite import Database
from domain.shop_floor.execution import Carried, batch_from_json, batch_json

WORK_TABLES = (
    # Days are ISO 8601.
    """CREATE TABLE carried_out (
        batch_id TEXT PRIMARY KEY, due TEXT, state TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX carried_out_by_day ON carried_out (due)",
)


class SqliteWorkLog:
    """WorkLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, batches: Sequence[Carried]) -> None:
        """Add and replace; what the operator reported is replaced only by another report."""
        rows = [_carried_row(carried) for carried in batches]
        query = """INSERT INTO carried_out (batch_id, due, state, body) VALUES (?, ?, ?, ?) ON CONFLICT (batch_id) DO UPDATE
            SET due = excluded.due, state = excluded.state, body = excluded.body
            WHERE carried_out.state = 'planned' OR excluded.state <> 'planned'"""
        if rows:
            await self._database.run(self._database.write, lambda connection: connection.executemany(query, rows).rowcount)

    async def remove(self, batch_id: str) -> None:
        """Forget what was said about a batch."""
        query = "DELETE FROM carried_out WHERE batch_id = ?"
        await self._database.run(self._database.write, lambda connection: connection.execute(query, (batch_id,)).rowcount)

    async def due_between(self, first: date, last: date) -> Sequence[Carried]:
        """Batches that were due on a local day from first to last, by id."""
        query = "SELECT state, body FROM carried_out WHERE due BETWEEN ? AND ? ORDER BY batch_id"
        values = (first.isoformat(), last.isoformat())
        found = await self._database.run(self._database.read, lambda connection: connection.execute(query, values).fetchall())
        return [_carried(state, json.loads(body)) for state, body in found]


def _carried_row(carried: Carried) -> tuple[Any, ...]:
    planned = None if carried.planned is None else batch_json(carried.planned)
    due = None if carried.batch.due is None else carried.batch.due.isoformat()
    return carried.batch.id, due, carried.state, json.dumps({"batch": batch_json(carried.batch), "planned": planned})


def _carried(state: Any, body: Mapping[str, Any]) -> Carried:
    planned = None if body["planned"] is None else batch_from_json(body["planned"])
    return Carried(batch_from_json(body["batch"]), state, planned)
