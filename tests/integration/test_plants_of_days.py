"""An edit of the plant never changes what has been: each day is scored, and audited, with the plant that was in force on it."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.state.file import open_state
from adapters.state.plants import SqlitePlantLog
from domain.errors import InvalidRequestError
from domain.plan.plant_config import load_plant
from domain.shop_floor.events import Event
from domain.shop_floor.state import FloorBatch
from services.savings.plants import Plants
from support.ledger_days import DAY, audited, lived
from support.plan_cases import WEDNESDAY
from support.plan_world import MIDNIGHT, PlanWorld, plan_world
from support.small_factory import SMALL_FACTORY

OLD = SMALL_FACTORY
NEW = (
    SMALL_FACTORY.replace('name = "lights"\npower_kw = 1.0', 'name = "lights"\npower_kw = 3.0')
    .replace('name = "mix"\nunits = 1\npower_kw = 10.0', 'name = "mix"\nunits = 1\npower_kw = 14.0')
    .replace("P1 = 0.20, P2 = 0.18", "P1 = 0.50, P2 = 0.45")
)

OTHER_BATCHES = SMALL_FACTORY.replace("minutes = { plain = 30 }", "minutes = { plain = 60 }").replace(
    "batch_kg = 100.0", "batch_kg = 50.0"
)


async def entries(world: PlanWorld, span: str, first: date, last: date) -> list[Mapping[str, Any]]:
    return list(await world.ledger_log.entries(span, first, last))


async def state(world: PlanWorld) -> dict[str, FloorBatch]:
    return {one.id: one for one in (await world.logs.floor.state(world.clock())).batches}


async def test_an_edit_changes_no_day_that_has_been_and_the_audit_knows_it(tmp_path: Path) -> None:
    async with plan_world(tmp_path, load_plant(OLD), text=OLD) as world:
        await lived(world, 2)
        before = await entries(world, "day", WEDNESDAY, WEDNESDAY + DAY)
    async with plan_world(tmp_path, load_plant(NEW), MIDNIGHT + 2 * DAY, text=NEW) as world:
        await lived(world, 5)
        after = await entries(world, "day", WEDNESDAY, WEDNESDAY + DAY)
        (later,) = await entries(world, "day", WEDNESDAY + 3 * DAY, WEDNESDAY + 3 * DAY)
        (week,) = await entries(world, "week", date(2026, 3, 9), date(2026, 3, 9))
        assert await audited(world) == []
    assert after == before
    assert (before[0]["base_load_kwh"], later["base_load_kwh"]) == (24.0, 72.0)
    assert before[0]["plant"] != later["plant"]
    assert (week["perfect_eur"], week["reason"]) == (None, "the plant was changed in this week: what was possible is not told")
    assert week["plan_eur"] is not None


async def test_a_batch_keeps_the_lengths_and_the_kilograms_that_it_was_planned_with(tmp_path: Path) -> None:
    async with plan_world(tmp_path, load_plant(OLD), text=OLD) as world:
        await world.ledger.close()
        await world.plans.replan()
        await world.clock.move(DAY)
        batch = (await world.logs.floor.state(world.clock())).batches[0]
        at = batch.planned.runs[1].start + timedelta(minutes=10)
        began = Event("1", "began", at, batch=batch.id, stage="kettle", unit=1)
        await world.logs.floor.tell(began, at_said=True)  # its end is assumed: by how long it takes
        await world.clock.move(DAY)
        await world.ledger.close()
        before = await entries(world, "day", WEDNESDAY, WEDNESDAY + DAY)
        (run,) = [run for run in (await state(world))[batch.id].runs if run.stage == "kettle"]
    async with plan_world(tmp_path, load_plant(OTHER_BATCHES), MIDNIGHT + 2 * DAY, text=OTHER_BATCHES) as world:
        old = await state(world)
        assert old[batch.id].kg == 100.0
        assert [one for one in old[batch.id].runs if one.stage == "kettle"] == [run]
        await lived(world, 2)
        after = await entries(world, "day", WEDNESDAY, WEDNESDAY + DAY)
        new = {id_: one for id_, one in (await state(world)).items() if one.start >= MIDNIGHT + 2 * DAY and one.runs}
        assert new and {one.kg for one in new.values()} == {50.0}
        assert {one.runs[1].needs for one in new.values()} == {timedelta(minutes=60)}
        with pytest.raises(InvalidRequestError, match="kg=60"):
            await world.logs.floor.tell(Event("2", "finished", world.clock(), batch=min(new), kg=60.0), at_said=False)
        await world.logs.floor.tell(Event("3", "finished", world.clock(), batch=batch.id, kg=90.0), at_said=False)
        assert (await state(world))[batch.id].kg == 90.0
        await world.ledger.close()
        assert await audited(world) == []
    assert after == before


async def test_days_before_anything_was_recorded_are_marked(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.sqlite", "simulated")
    log = SqlitePlantLog(state)
    old, new = Plants(log, load_plant(OLD), OLD), Plants(log, load_plant(NEW), NEW)
    assert (await old.on(WEDNESDAY)).assumed
    await old.keep(WEDNESDAY)
    await new.keep(WEDNESDAY + 2 * DAY)
    told = [await new.on(WEDNESDAY + days * DAY) for days in (-1, 0, 1, 2, 9)]
    assert [day.assumed for day in told] == [True, False, False, False, False]
    assert [day.plant == load_plant(OLD) for day in told] == [True, True, True, False, False]
    await old.keep(WEDNESDAY + DAY)  # a clock that was set back
    assert (await new.on(WEDNESDAY + DAY)).plant == load_plant(OLD)
    assert (await new.on(WEDNESDAY + 2 * DAY)).plant == load_plant(NEW)
    state.close()


async def test_a_plant_that_this_program_cannot_read_is_not_a_fault(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    state = open_state(tmp_path / "state.sqlite", "simulated")
    log = SqlitePlantLog(state)
    await log.keep(WEDNESDAY, "0" * 64, "[another]\n")
    day = await Plants(log, load_plant(NEW), NEW).on(WEDNESDAY)
    assert (day.plant, day.assumed) == (load_plant(NEW), True)
    assert "plant_of_the_past_not_read" in caplog.text
    state.close()
