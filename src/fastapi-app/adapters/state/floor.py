"""The shop floor's log, in the local state: rows are added, never changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from sqlite3 import Connection
from typing import Any

from adapters.state.instants import instant, micros
from adapters.store.sqlite import Database
from domain.plan.plant import Stage
from domain.plan.production import Order
from domain.shop_floor.events import ConfirmedRun, Event, Recipe, Recorded, Speaker
from domain.shop_floor.execution import batch_from_json, batch_json

FLOOR_TABLES = (
    # AUTOINCREMENT: no sequence is given twice. `learnt_at` is microseconds since 1970, UTC; `body` the event as JSON.
    """CREATE TABLE floor_events (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, speaker TEXT NOT NULL, id TEXT NOT NULL, learnt_at INTEGER NOT NULL,
        at_said INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, answer TEXT, UNIQUE (speaker, id))""",
    # What older files know: a row a batch, the later of two of one name alone. When it was learnt they do not say: when the batch
    # was to end stands in for it, and the speaker says so.
    """INSERT INTO floor_events (speaker, id, learnt_at, at_said, kind, body)
        SELECT 'older_file', 'planned:' || batch_id, 1000000 * CAST(strftime('%s', ends) AS INTEGER), 1, 'planned',
            json_object('at', begins, 'planned', json_set(batch, '$.id', batch_id))
        FROM (SELECT batch_id, coalesce(json_extract(body, '$.planned'), json_extract(body, '$.batch')) AS batch,
            json_extract(body, '$.batch.runs[0][2]') AS begins, json_extract(body, '$.batch.runs[#-1][3]') AS ends
            FROM carried_out) ORDER BY begins, batch_id""",
    """INSERT INTO floor_events (speaker, id, learnt_at, at_said, kind, body)
        SELECT 'older_file', word || ':' || batch_id || ':' || stage, 1000000 * CAST(strftime('%s', at) AS INTEGER), 1, word,
            json_object('at', at, 'batch', batch_id, 'stage', stage, 'unit', unit)
        FROM (SELECT batch_id, word, json_extract(run.value, '$[0]') AS stage, json_extract(run.value, '$[1]') AS unit,
            json_extract(run.value, CASE word WHEN 'began' THEN '$[2]' ELSE '$[3]' END) AS at
            FROM carried_out, json_each(carried_out.body, '$.batch.runs') AS run, (SELECT 'began' AS word UNION SELECT 'ended')
            WHERE carried_out.state = 'reported') ORDER BY at, batch_id, word DESC""",
    """INSERT INTO floor_events (speaker, id, learnt_at, at_said, kind, body)
        SELECT 'older_file', 'spoiled:' || batch_id, 1000000 * CAST(strftime('%s', at) AS INTEGER), 1, 'spoiled',
            json_object('at', at, 'batch', batch_id)
        FROM (SELECT batch_id, json_extract(body, '$.batch.runs[0][2]') AS at FROM carried_out WHERE state = 'not_made')
        ORDER BY at, batch_id""",
)
"""The last three statements take over what `carried_out` has."""
_COLUMNS = "sequence, learnt_at, at_said, speaker, id, kind, body"


class SqliteFloorLog:
    """FloorLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, events: Sequence[Event], learnt_at: datetime, *, at_said: bool = True) -> Sequence[Recorded]:
        """Take events, all or none. One that the same speaker gave the same id before is not taken again: the first one counts."""
        rows = [(event.by, event.id, micros(learnt_at), at_said, event.kind, json.dumps(_body(event))) for event in events]
        return await self._database.run(self._database.write, lambda connection: [_append(connection, row) for row in rows])

    async def after(self, sequence: int) -> Sequence[Recorded]:
        """Events that were taken after one, in order of the sequence; 0 for all."""
        query = f"SELECT {_COLUMNS} FROM floor_events WHERE sequence > ? ORDER BY sequence"  # noqa: S608 - the columns are ours
        rows = await self._database.rows(query, sequence)
        return [_recorded(row) for row in rows]

    async def find(self, speaker: Speaker, id_: str) -> Recorded | None:
        """An event by who said it and the id that it was given."""
        return await self._database.run(self._database.read, lambda connection: _find(connection, speaker, id_))

    async def answer(self, sequence: int) -> Mapping[str, Any] | None:
        """What the sender of an event was answered; None where it was not yet."""
        query = "SELECT answer FROM floor_events WHERE sequence = ?"
        row = await self._database.row(query, sequence)
        answer: Mapping[str, Any] | None = None if row is None or row[0] is None else json.loads(row[0])
        return answer

    async def keep_answer(self, sequence: int, answer: Mapping[str, Any]) -> None:
        """Keep what the sender of an event was answered. The first answer stays."""
        query = "UPDATE floor_events SET answer = ? WHERE sequence = ? AND answer IS NULL"
        await self._database.change(query, json.dumps(dict(answer), allow_nan=False), sequence)


def _append(connection: Connection, row: tuple[Any, ...]) -> Recorded:
    connection.execute(
        """INSERT INTO floor_events (speaker, id, learnt_at, at_said, kind, body) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (speaker, id) DO NOTHING""",
        row,
    )
    found = _find(connection, row[0], row[1])
    if found is None:
        raise LookupError(f"event {row[1]} is not there after it was added")
    return found


def _find(connection: Connection, speaker: str, id_: str) -> Recorded | None:
    query = f"SELECT {_COLUMNS} FROM floor_events WHERE speaker = ? AND id = ?"  # noqa: S608 - the columns are ours
    row = connection.execute(query, (speaker, id_)).fetchone()
    return None if row is None else _recorded(row)


def _body(event: Event) -> dict[str, Any]:
    """An event as it is kept; what was not said is left out."""
    plain = {
        "at": event.at.isoformat(),
        "batch": event.batch,
        "stage": event.stage,
        "unit": event.unit,
        "kg": event.kg,
        "until": None if event.until is None else event.until.isoformat(),
        "of": event.of,
        "planned": None if event.planned is None else batch_json(event.planned),
        "recipe": None if event.recipe is None else _recipe_json(event.recipe),
        "order": None if event.order is None else _order_json(event.order),
        "day": None if event.day is None else event.day.isoformat(),
        "stock": [list(part) for part in event.stock] or None,
        "runs": [_run_json(run) for run in event.runs] or None,
        "excepted": list(event.excepted) or None,
    }
    return {name: value for name, value in plain.items() if value is not None}


def _recipe_json(recipe: Recipe) -> dict[str, Any]:
    stages = [asdict(stage) for stage in recipe.stages]
    return {"kg": recipe.kg, "minutes": dict(recipe.minutes)} | ({"stages": stages} if stages else {})


def _recipe(stored: Mapping[str, Any]) -> Recipe:
    """Without stages where an older version kept it."""
    return Recipe(stored["kg"], tuple(stored["minutes"].items()), tuple(Stage(**stage) for stage in stored.get("stages", ())))


def _run_json(run: ConfirmedRun) -> list[Any]:
    return [run.batch, run.stage, run.unit, run.start.isoformat(), run.end.isoformat()]


def _run(stored: Sequence[Any]) -> ConfirmedRun:
    batch, stage, unit, start, end = stored
    return ConfirmedRun(batch, stage, unit, datetime.fromisoformat(start), datetime.fromisoformat(end))


def _order_json(order: Order) -> list[Any]:
    return [order.id, order.quality, order.kg, order.due.isoformat(), order.weight, order.reference]


def _recorded(row: tuple[Any, ...]) -> Recorded:
    sequence, learnt_at, at_said, speaker, id_, kind, text = row
    body = json.loads(text)
    event = Event(
        id=id_,
        kind=kind,
        at=datetime.fromisoformat(body["at"]),
        by=speaker,
        batch=body.get("batch"),
        stage=body.get("stage"),
        unit=body.get("unit"),
        kg=body.get("kg"),
        until=None if "until" not in body else datetime.fromisoformat(body["until"]),
        of=body.get("of"),
        planned=None if "planned" not in body else batch_from_json(body["planned"]),
        recipe=None if "recipe" not in body else _recipe(body["recipe"]),
        order=None if "order" not in body else _order(body["order"]),
        day=None if "day" not in body else date.fromisoformat(body["day"]),
        stock=tuple((quality, kg) for quality, kg in body.get("stock", ())),
        runs=tuple(_run(run) for run in body.get("runs", ())),
        excepted=tuple(body.get("excepted", ())),
    )
    return Recorded(sequence, instant(learnt_at), event, bool(at_said))


def _order(stored: Sequence[Any]) -> Order:
    id_, quality, kg, due, weight, reference = stored
    return Order(id_, quality, kg, datetime.fromisoformat(due), weight, reference)
