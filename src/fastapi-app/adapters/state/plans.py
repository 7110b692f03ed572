"""Plans in the local state: those that were in force, and answers to questions."""

import asyncio
import json
import zlib
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from adapters.state.instants import instant, instant_or_none, micros, micros_or_none
from adapters.store.sqlite import Database
from ports import Clock, StoredPlan

PLAN_TABLES = (
    # Instants are microseconds since 1970, UTC; `body` is compressed JSON.
    """CREATE TABLE plans (
        id TEXT PRIMARY KEY, made_at INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, in_force_from INTEGER,
        body BLOB NOT NULL)""",
    "CREATE INDEX plans_in_force ON plans (in_force_from)",
)
PLAN_ORDER = (
    # Which plan came into force later, also of two at one instant. Older files have it from what was known of them.
    "ALTER TABLE plans ADD COLUMN in_force_number INTEGER",
    """UPDATE plans SET in_force_number =
        (SELECT count(*) FROM plans AS other WHERE other.in_force_from IS NOT NULL
        AND (other.in_force_from, other.made_at, other.rowid) <= (plans.in_force_from, plans.made_at, plans.rowid))
    WHERE in_force_from IS NOT NULL""",
    "DROP INDEX plans_in_force",
    "CREATE INDEX plans_in_force ON plans (in_force_from, in_force_number)",
)
KEPT_IN_FORCE = 400
KEPT_ANSWERS = 200
"""The newest plans that are kept, of those that were in force and of the others. What was carried out is kept for ever."""


class SqlitePlanLog:
    """PlanLog on the state file. Which plan came into force last is counted, whatever the clock says.

    For a rehearsal of the past, with its clock, plans of later instants are not there yet.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock

    async def save(self, plan: StoredPlan) -> None:
        """Add or replace; a plan that was in force stays marked so."""
        body = await asyncio.to_thread(_packed, plan)
        values = (plan.id, micros(plan.made_at), micros(plan.start), micros(plan.end), micros_or_none(plan.in_force_from), body)
        await self._database.run(self._database.write, lambda connection: _save(connection, values))

    async def plan(self, plan_id: str) -> StoredPlan | None:
        """One plan."""
        return await self._one(_BY_ID, plan_id)

    async def in_force(self) -> StoredPlan | None:
        """The plan that was put in force last."""
        until = NEVER_REACHED if self._clock is None else micros(self._clock())
        return await self._one(_IN_FORCE, until)

    async def in_force_at(self, at: datetime) -> StoredPlan | None:
        """The plan that was put in force last by an instant. One that came into force twice counts for the second time."""
        return await self._one(_IN_FORCE_AT, micros(at))

    async def first_in_force(self) -> datetime | None:
        """Since when plans are kept; None while none was in force."""
        row = await self._database.row("SELECT min(in_force_from) FROM plans")
        return None if row is None else instant_or_none(row[0])

    async def _one(self, query: str, *values: object) -> StoredPlan | None:
        row = await self._database.row(query, *values)
        if row is None:
            return None
        id_, made_at, start, end, in_force_from, packed = row
        body = await asyncio.to_thread(_unpacked, packed)
        times = instant(made_at), instant(start), instant(end), instant_or_none(in_force_from)
        return StoredPlan(id_, *times, body["document"], body["inputs"])


def _packed(plan: StoredPlan) -> bytes:
    return zlib.compress(json.dumps({"document": plan.document, "inputs": plan.inputs}, allow_nan=False).encode())


def _unpacked(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))


_COLUMNS = "id, made_at, start, end, in_force_from, body"
_BY_ID = f"SELECT {_COLUMNS} FROM plans WHERE id = ?"  # noqa: S608 - the columns are ours
_IN_FORCE = f"""SELECT {_COLUMNS} FROM plans WHERE in_force_from <= ?
    ORDER BY in_force_number DESC, id LIMIT 1"""  # noqa: S608 - the columns are ours
_IN_FORCE_AT = f"""SELECT {_COLUMNS} FROM plans WHERE in_force_from <= ?
    ORDER BY in_force_from DESC, in_force_number DESC, id LIMIT 1"""  # noqa: S608 - the columns are ours
NEVER_REACHED = 2**62
"""An instant later than any [µs since 1970]."""


def _save(connection: Connection, values: tuple[Any, ...]) -> None:
    connection.execute(
        """INSERT INTO plans (id, made_at, start, end, in_force_from, body) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET in_force_from = coalesce(excluded.in_force_from, in_force_from), body = excluded.body""",
        values,
    )
    id_, in_force_from = values[0], values[4]
    if in_force_from is not None:
        connection.execute(
            "UPDATE plans SET in_force_number = (SELECT coalesce(max(in_force_number), 0) + 1 FROM plans) WHERE id = ?", (id_,)
        )
    for which, kept in (("NOT NULL", KEPT_IN_FORCE), ("NULL", KEPT_ANSWERS)):
        connection.execute(
            f"""DELETE FROM plans WHERE in_force_from IS {which} AND id NOT IN
            (SELECT id FROM plans WHERE in_force_from IS {which}
            ORDER BY in_force_number DESC, made_at DESC, id LIMIT ?)""",  # noqa: S608 - `which` is ours
            (kept,),
        )
