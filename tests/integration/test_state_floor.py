"""The shop floor's log in a real state file: in its order, once each, and what an older file is taken over as."""

import json
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.state import file as state
from adapters.state.file import open_state
from adapters.state.floor import SqliteFloorLog
from adapters.store.sqlite import Database
from domain.plan.production import Batch, Order
from domain.shop_floor.events import Event
from domain.shop_floor.execution import batch_json
from domain.shop_floor.fold import fold
from support.floor_cases import NINE, ONE, THREE, TWO, minutes
from support.plan_cases import WEDNESDAY, small_plant


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    opened = open_state(tmp_path / "state.sqlite", "simulated")
    yield opened
    opened.close()


EVENTS = [
    Event("o", "opened", NINE, "clock", day=WEDNESDAY, stock=(("plain", 12.5),)),
    Event("p", "planned", NINE, "clock", planned=ONE),
    Event("1", "began", minutes(1), batch=ONE.id, stage="mix", unit=1),
    Event("2", "machine_down", minutes(2), stage="kettle", unit=2, until=minutes(90)),
    Event("3", "spoiled", minutes(3), batch=ONE.id, kg=0.0),
    Event("4", "correction", minutes(4), of=3),
    Event("5", "ordered", minutes(5), order=Order("rush", "plain", 40.0, minutes(600), 2.0, "ERP 7")),
]


async def test_events_come_back_as_they_were_in_the_order_in_which_they_were_taken(database: Database) -> None:
    log = SqliteFloorLog(database)
    taken = await log.append(EVENTS, minutes(9), at_said=False)
    assert [item.event for item in taken] == EVENTS and [item.sequence for item in taken] == [1, 2, 3, 4, 5, 6, 7]
    assert await log.after(0) == taken and await log.after(5) == taken[5:]
    assert {(item.learnt_at, item.at_said) for item in taken} == {(minutes(9), False)}


async def test_what_was_said_twice_is_one_event_and_other_speakers_have_ids_of_their_own(database: Database) -> None:
    log = SqliteFloorLog(database)
    first = await log.append(EVENTS[2:3], minutes(9))
    again = await log.append([Event("1", "ended", minutes(1), batch=TWO.id)], minutes(10))
    assert again == first
    await log.append([Event("1", "ended", minutes(1), "meter", batch=TWO.id)], minutes(10))
    assert [item.event.by for item in await log.after(0)] == ["operator", "meter"]
    assert (await log.find("meter", "1")) == (await log.after(0))[1]
    assert await log.find("erp", "1") is None


async def test_the_answer_that_was_given_stays(database: Database) -> None:
    log = SqliteFloorLog(database)
    (taken,) = await log.append(EVENTS[2:3], minutes(9))
    assert await log.answer(taken.sequence) is None
    await log.keep_answer(taken.sequence, {"plan_id": "a"})
    await log.keep_answer(taken.sequence, {"plan_id": "b"})
    assert await log.answer(taken.sequence) == {"plan_id": "a"}


def carried(batch: Batch, state: str, planned: Batch | None, name: str = "") -> tuple[str, str, str, str]:
    body = {"batch": batch_json(batch), "planned": None if planned is None else batch_json(planned)}
    return name or batch.id, str(batch.due), state, json.dumps(body)


async def test_a_state_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    old = Database(tmp_path / "state.sqlite", role="state", kind="simulated", migrations=state.MIGRATIONS[:5])
    late = Batch(TWO.id, "plain", WEDNESDAY, TWO.runs)
    rows = [carried(ONE, "planned", ONE), carried(late, "reported", ONE), carried(THREE, "not_made", THREE, f"{THREE.id}@x")]
    old.write(lambda connection: connection.executemany("INSERT INTO carried_out VALUES (?, ?, ?, ?)", rows).rowcount)
    old.close()
    new = open_state(tmp_path / "state.sqlite", "simulated")
    log = await SqliteFloorLog(new).after(0)
    new.close()
    assert {item.event.by for item in log} == {"older_file"}
    assert [item.event.kind for item in log] == ["planned"] * 3 + ["began", "ended"] * 3 + ["spoiled"]
    batches = fold(small_plant(), log, NINE + timedelta(days=1)).batches
    assert [(one.id, one.state, one.is_reported) for one in batches] == [
        (ONE.id, "finished", False),
        (TWO.id, "finished", True),
        (f"{THREE.id}@x", "spoiled", True),
    ]
    assert [(run.start, run.end) for run in batches[1].runs] == [(run.start, run.end) for run in TWO.runs]
