"""Plans, wishes, carried-out batches and the savings ledger, in the local state."""

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from sqlite3 import Connection
from typing import Any

from adapters.state.instants import instant, micros
from adapters.store.sqlite import Database
from domain.shop_floor.execution import Carried, batch_from_json, batch_json
from ports import Clock, StoredPlan, StoredWish

PLAN_TABLES = (
    # Instants are microseconds since 1970, UTC; days are ISO 8601; `body` of a plan is compressed JSON.
    """CREATE TABLE plans (
        id TEXT PRIMARY KEY, made_at INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, in_force_from INTEGER,
        body BLOB NOT NULL)""",
    "CREATE INDEX plans_in_force ON plans (in_force_from)",
    "CREATE TABLE wishes (id INTEGER PRIMARY KEY, made_at INTEGER NOT NULL, removed_at INTEGER, body TEXT NOT NULL)",
    """CREATE TABLE carried_out (
        batch_id TEXT PRIMARY KEY, due TEXT, state TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX carried_out_by_day ON carried_out (due)",
    "CREATE TABLE ledger (span TEXT, first TEXT, body TEXT NOT NULL, PRIMARY KEY (span, first)) WITHOUT ROWID",
    """CREATE TABLE alerts (
        id TEXT, since INTEGER, ended_at INTEGER, clear_since INTEGER, body TEXT NOT NULL,
        PRIMARY KEY (id, since)) WITHOUT ROWID""",
    "CREATE INDEX alerts_by_end ON alerts (ended_at)",
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
    """PlanLog on the state file. With a clock, plans that came into force after its instant are not there yet."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock

    async def save(self, plan: StoredPlan) -> None:
        """Add or replace; a plan that was in force stays marked so."""
        body = zlib.compress(json.dumps({"document": plan.document, "inputs": plan.inputs}, allow_nan=False).encode())
        values = (plan.id, micros(plan.made_at), micros(plan.start), micros(plan.end), _micros(plan.in_force_from), body)
        await self._database.run(self._database.write, lambda connection: _save(connection, values))

    async def plan(self, plan_id: str) -> StoredPlan | None:
        """One plan."""
        return await self._one(_BY_ID, plan_id)

    async def in_force(self) -> StoredPlan | None:
        """The plan that was put in force last."""
        until = NEVER_REACHED if self._clock is None else micros(self._clock())
        return await self._one(_IN_FORCE, until)

    async def _one(self, query: str, *values: object) -> StoredPlan | None:
        row = await self._database.run(self._database.read, lambda connection: connection.execute(query, values).fetchone())
        if row is None:
            return None
        id_, made_at, start, end, in_force_from, packed = row
        body = json.loads(zlib.decompress(packed))
        times = instant(made_at), instant(start), instant(end), _instant(in_force_from)
        return StoredPlan(id_, *times, body["document"], body["inputs"])


_COLUMNS = "id, made_at, start, end, in_force_from, body"
_BY_ID = f"SELECT {_COLUMNS} FROM plans WHERE id = ?"  # noqa: S608 - the columns are ours
_IN_FORCE = f"""SELECT {_COLUMNS} FROM plans WHERE in_force_from <= ?
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
            ORDER BY coalesce(in_force_from, made_at) DESC, in_force_number DESC, id LIMIT ?)""",  # noqa: S608 - `which` is ours
            (kept,),
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
        done = await self._database.run(
            self._database.write, lambda connection: connection.execute(query, (micros(at), number)).rowcount
        )
        return done == 1

    async def standing_since(self, instant: datetime) -> Sequence[StoredWish]:
        """Wishes that stood at an instant or later, in order."""
        query = "SELECT id, made_at, removed_at, body FROM wishes WHERE removed_at IS NULL OR removed_at > ? ORDER BY id"
        found = await self._database.run(
            self._database.read, lambda connection: connection.execute(query, (micros(instant),)).fetchall()
        )
        return [
            StoredWish(id_, _known(made_at), _instant(removed_at), json.loads(body)) for id_, made_at, removed_at, body in found
        ]


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


class SqliteLedger:
    """LedgerLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, span: str, first: date, entry: Mapping[str, Any]) -> None:
        """Add or replace."""
        values = (span, first.isoformat(), json.dumps(dict(entry), ensure_ascii=False, allow_nan=False))
        query = "INSERT OR REPLACE INTO ledger (span, first, body) VALUES (?, ?, ?)"
        await self._database.run(self._database.write, lambda connection: connection.execute(query, values).rowcount)

    async def entries(self, span: str, first: date, last: date) -> Sequence[Mapping[str, Any]]:
        """Entries whose first day lies from first to last, in order."""
        query = "SELECT body FROM ledger WHERE span = ? AND first BETWEEN ? AND ? ORDER BY first"
        values = (span, first.isoformat(), last.isoformat())
        found = await self._database.run(self._database.read, lambda connection: connection.execute(query, values).fetchall())
        return [json.loads(body) for (body,) in found]


def _micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def _known(stored: int) -> datetime:
    return instant(stored)


def _instant(stored: int | None) -> datetime | None:
    return None if stored is None else instant(stored)
