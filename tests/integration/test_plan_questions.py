"""Whatever changes while a question is answered: each that has an address is answered there, or said to be void by its name."""

import asyncio
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from domain.errors import NotKnownError
from domain.plan.production import Demand
from domain.shop_floor.events import Event
from services.plan.problem import Given
from support.plan_cases import WEDNESDAY
from support.plan_world import PlanWorld, made_plant, plan_world


async def something_changes(world: PlanWorld, chance: Random, number: int) -> None:
    """A machine goes down, a wish comes, or time goes by."""
    kind = chance.choice(("event", "wish", "time"))
    if kind == "event":
        down = Event(f"e{number}", "machine_down", world.clock(), stage="kettle", unit=1, until=world.clock() + timedelta(hours=1))
        await world.logs.floor.tell(down, at_said=True)
    elif kind == "wish":
        start = world.clock() + timedelta(hours=30 + number)
        await world.logs.wishes.add(
            {"kind": "forbidden", "stage": None, "start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(),
             "until": (start + timedelta(hours=1)).isoformat()},
            world.clock(),
        )  # fmt: skip
    else:
        await world.clock.move(timedelta(minutes=15))


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_question_is_dropped_without_a_word(tmp_path: Path, seed: int) -> None:
    chance, asked = Random(seed), set[str]()
    async with plan_world(tmp_path, made_plant()) as world:
        await world.plans.replan()
        waiting = []
        for number in range(6):
            given = Given(demand=(Demand(WEDNESDAY + timedelta(days=1), "plain", 100.0 * chance.randint(1, 3)),))
            waiting.append(asyncio.create_task(world.plans.ask(given if chance.random() < 0.5 else None)))
            await asyncio.sleep(chance.random() / 20)
            await something_changes(world, chance, number)
            waiting.append(asyncio.create_task(world.plans.ask()))
            await asyncio.sleep(0)
        for done in await asyncio.gather(*waiting, return_exceptions=True):
            if isinstance(done, NotKnownError):
                assert "is void" in str(done) or "made anew" in str(done)
            else:
                assert not isinstance(done, BaseException), done
                asked.add(done.id)
        assert asked
        for id_ in asked:
            try:
                while (await world.plans.find(id_)).document is None:
                    await asyncio.sleep(0.02)
            except NotKnownError as void:
                assert id_ in str(void) and "is void" in str(void)
