"""A stage that is renamed in the plant's file, or taken out of it: what has been made keeps the stages that it was made with."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidRequestError
from domain.plan.plant_config import load_plant
from domain.shop_floor.events import Event
from domain.shop_floor.state import FloorBatch
from services.savings.audit import AuditService, Sources
from support.here import Here
from support.ledger_days import audited, lived
from support.plan_cases import WEDNESDAY
from support.plan_world import MIDNIGHT, PlanWorld, plan_world
from support.small_factory import SMALL_FACTORY

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
OLD = SMALL_FACTORY
RENAMED = OLD.replace('name = "kettle"', 'name = "cooker"').replace("power_kw = 20.0", "power_kw = 33.0")
REMOVED = OLD[: OLD.index('[[stage]]\nname = "fill"')] + OLD[OLD.index("[[shift]]") :]
REMOVED = REMOVED.replace("hold_minutes = 30\nhold_kw = 2.0\n", "")
WITHOUT_MIX = OLD[: OLD.index("[[stage]]")] + OLD[OLD.index('[[stage]]\nname = "kettle"') :]
KETTLE = {"mix", "kettle", "fill"}


async def days(world: PlanWorld, many: int = 1) -> list[Mapping[str, Any]]:
    return list(await world.ledger_log.entries("day", WEDNESDAY, WEDNESDAY + many * DAY))


async def floor(world: PlanWorld) -> dict[str, FloorBatch]:
    return {one.id: one for one in (await world.logs.floor.state(world.clock())).batches}


@pytest.mark.parametrize("text", [RENAMED, REMOVED], ids=["renamed", "removed"])
async def test_what_was_made_is_folded_scored_and_audited_as_before(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with plan_world(tmp_path, load_plant(OLD), text=OLD, child=Here()) as world:
        await lived(world, 1)
        told, seen = await days(world, 0), await floor(world)
        first = min((one for one in seen.values() if one.runs), key=lambda one: one.start)
        start = first.runs[1].start
    async with plan_world(tmp_path, load_plant(text), MIDNIGHT + DAY, text=text, child=Here()) as world:
        again = await floor(world)
        assert {id_: again[id_].runs for id_ in again} == {id_: seen[id_].runs for id_ in again}
        await lived(world, 1)
        assert await days(world, 0) == told
        ended = Event("1", "ended", start + 20 * MINUTE, batch=first.id, stage="kettle")
        await world.logs.floor.tell(ended, at_said=True)  # said late, of a stage that the file has no more
        with pytest.raises(InvalidRequestError, match="no stage oven"):
            await world.logs.floor.tell(Event("2", "ended", world.clock(), batch=first.id, stage="oven"), at_said=True)
        await world.ledger.close()
        later = await days(world, 0)
        assert told[0]["kwh"] - later[0]["kwh"] == pytest.approx(20.0 * 10 / 60 - 2.0 * 10 / 60)
        assert await audited(world) == []
        made = [one for one in (await floor(world)).values() if one.runs and one.start >= MIDNIGHT + DAY]
        assert made and all({run.stage for run in one.runs} == {stage.name for stage in load_plant(text).stages} for one in made)
    assert "score_failed" not in caplog.text


@pytest.mark.parametrize("text", [RENAMED, WITHOUT_MIX], ids=["renamed", "removed"])
async def test_a_batch_under_way_ends_as_it_was_planned_and_is_compared_with_nothing(tmp_path: Path, text: str) -> None:
    async with plan_world(tmp_path, load_plant(OLD), text=OLD, child=Here()) as world:
        await world.ledger.close()
        await world.plans.replan()
        batch = min((await floor(world)).values(), key=lambda one: one.start)
        at = batch.planned.runs[1].start + 15 * MINUTE
        await world.clock.move(at - world.clock())
        await world.logs.floor.tell(Event("0", "machine_down", at, stage="kettle", unit=2), at_said=True)
        assert (await floor(world))[batch.id].runs[-1].state == "running"
    async with plan_world(tmp_path, load_plant(text), at, text=text, child=Here()) as world:
        await world.ledger.close()
        await world.plans.replan()
        plan = json.loads((await world.plans.current()).document or "null")
        assert plan["status"] in ("optimal", "feasible") and batch.id not in {one["id"] for one in plan["batches"]}
        await world.clock.move(2 * DAY)
        await world.ledger.close()
        one = (await floor(world))[batch.id]
        assert (one.state, {run.stage for run in one.runs}) == ("finished", KETTLE)
        assert one.runs[1].end == batch.planned.runs[1].end
        (entry,) = await days(world, 0)
        assert (entry["baseline_eur"], entry["perfect_eur"]) == (None, None)
        assert entry["reason"] == "made with other stages than the plant of this day has: nothing to compare with"
        assert entry["kwh"] > entry["base_load_kwh"] > 0
        assert await audited(world) == []


async def test_what_an_older_version_planned_is_said_to_be_not_known_where_it_is(tmp_path: Path) -> None:
    async with plan_world(tmp_path, load_plant(OLD), text=OLD, child=Here()) as world:
        await lived(world, 1)
        told = await days(world, 0)
        at = min(one.start for one in (await floor(world)).values() if one.start >= world.clock()) + 20 * MINUTE
        await world.clock.move(at - world.clock())
    with sqlite3.connect(tmp_path / "state.sqlite") as state:
        state.execute("UPDATE floor_events SET body = json_remove(body, '$.recipe.stages')")
    state.close()
    async with plan_world(tmp_path, load_plant(RENAMED), at, text=RENAMED, child=Here()) as world:
        await lived(world, 1)
        before, (today,) = await days(world, 0), (await days(world))[1:]
        assert [one["plan_eur"] for one in before] == [one["plan_eur"] for one in told]  # by the plant of that day
        assert today["plan_eur"] is None
        assert today["reason"] == "what kettle took is not known: an older version planned it, and the plant has it no more"
        sources = Sources(world.logs.floor, world.ledger_log, world.prices, world.weather, world.plants)
        assert (await AuditService(sources, world.plans.plant, world.clock).report(WEDNESDAY, WEDNESDAY + DAY)).differences == ()
