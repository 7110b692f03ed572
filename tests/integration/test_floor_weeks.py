"""Random days of a simulated factory: nothing true is refused, what runs is in the plan, kilograms add up. `FLOOR_DAYS` and
`FLOOR_SEEDS` make it longer.
"""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from services.savings.audit import AuditService, Sources
from simulator.shop_floor import Factory, Habits, in_the_plan
from support.floor_cases import event_of
from support.plan_cases import WEDNESDAY
from support.plan_world import made_plant, plan_world

DAYS = float(os.environ.get("FLOOR_DAYS", "0.4"))
SEEDS = range(int(os.environ.get("FLOOR_SEEDS", "2")))
STEP = timedelta(minutes=15)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_factory_that_is_as_factories_are(tmp_path: Path, seed: int) -> None:
    due = {weekday: {"plain": 3.0} for weekday in range(7)}
    async with plan_world(tmp_path, made_plant(weekday_batches=due, max_stock_kg={})) as world:
        await world.plans.replan()
        factory = Factory(Random(seed), Habits(breaks=0.1, spoils=0.1))
        sources = Sources(world.logs.floor, world.ledger_log, world.prices, world.weather, world.plants)
        audit = AuditService(sources, world.plans.plant, world.clock)
        end = world.clock() + timedelta(days=DAYS)
        while world.clock() < end:
            plan = json.loads((await world.plans.current()).document or "null")
            await world.clock.move(STEP)
            now = world.clock()
            for event in factory.step(plan, now):
                await world.logs.floor.tell(event_of(event), at_said=True)  # nothing that is true is refused
            await world.plans.replan()
            plan = json.loads((await world.plans.current()).document or "null")
            assert in_the_plan(factory, plan) == []
            begun = {(run.stage, batch.id) for batch in (await world.logs.floor.state(now)).batches for run in batch.runs}
            for batch in plan["batches"]:
                for stage in batch["stages"]:
                    if (stage["stage"], batch["id"]) not in begun:
                        assert datetime.fromisoformat(stage["start"]) >= now, f"{batch['id']} {stage} begins in the past"
            assert (await audit.report(WEDNESDAY, WEDNESDAY)).differences == ()
