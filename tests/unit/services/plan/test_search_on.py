"""A plan that is not proven is searched on: until it is, unless something overtakes it."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.runtime.child import ChildProcess
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from services.plan.answers import Patience, PlanAnswers
from services.plan.search_on import SearchOn
from services.plan.work import PlanReport, work
from support.plan_world import PlanWorld, made_plant, plan_world

LONG = SearchLimits(rel_gap=0.0, nodes=100_000, clock_s=60.0)


class Hasty:
    """A child that is ended before the search has proven anything: the plan is there, its gap is open."""

    last_report = None

    async def run(self, work_: Any, problem: Any, limits: SearchLimits, *, deadline_s: float) -> Any:
        plan = solve(problem, limits)
        usual = plan.baseline or plan.batches
        cost = sum(item.cost_eur for item in usual)
        return PlanReport(
            replace(
                plan,
                status="feasible",
                batches=usual,
                cost_eur=cost,
                objective_eur=cost,
                gap_eur=cost - (plan.bound_eur or 0.0),
                gap_percent=50.0,
                changes=None,
            ),
            complete=True,
        )


class Terse(ChildProcess):
    """A child whose time was over when the plan was proven: nothing is said about it."""

    async def run(self, work_: Any, *arguments: Any, deadline_s: float) -> Any:
        found = await super().run(work, *arguments, deadline_s=deadline_s)
        return replace(found, reasons=(), complete=False)


class Endless:
    """A child that searches for ever."""

    last_report = None

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def run(self, work_: Any, *arguments: Any, deadline_s: float) -> Any:
        self.begun.set()
        await asyncio.Event().wait()


def answers(world: PlanWorld, child: Any, limits: SearchLimits = LONG) -> PlanAnswers:
    return PlanAnswers(world.logs.plans, world.clock, limits, child, patience=Patience(deadline_s=60.0))


async def gap_in_force(world: PlanWorld) -> tuple[str, float]:
    document = json.loads((await world.plans.in_force()).document)
    return document["status"], document["gap_eur"]


def price(at: datetime) -> float:
    return 0.05 + 0.01 * at.hour


async def unproven_world(world: PlanWorld) -> None:
    """A plan in force with an open gap."""
    await world.publish(world.clock().date(), price, days=3)
    world.plans._answers = answers(world, Hasty(), SearchLimits())
    await world.plans.replan()
    status, gap = await gap_in_force(world)
    assert (status, gap > 0.01) == ("feasible", True)


async def test_a_longer_search_comes_into_force_when_it_is_nearer_to_what_is_proven(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant("pvpc")) as world:
        await unproven_world(world)
        longer = SearchOn(world.plans, [answers(world, ChildProcess())])
        said = await longer.search()
        assert said.endswith("in force")
        assert (await gap_in_force(world))[0] == "optimal"
        assert (await longer.search()).startswith("nothing to search on")
        assert await world.plans.replan() == "nothing changed"


async def test_a_search_that_finds_no_more_changes_nothing_and_is_not_begun_again(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant("pvpc")) as world:
        await unproven_world(world)
        before = (await world.plans.in_force()).id
        longer = SearchOn(world.plans, [answers(world, Hasty())])
        assert (await longer.search()).endswith("as before")
        assert (await world.plans.in_force()).id == before
        assert (await longer.search()).endswith("searched for as long as is allowed")


async def test_a_proven_plan_of_which_not_all_is_said_is_searched_on_until_it_is_and_keeps_its_batches(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant("pvpc")) as world:
        await world.publish(world.clock().date(), price, days=3)
        world.plans._answers = answers(world, Terse(), SearchLimits())
        await world.plans.replan()
        before = json.loads((await world.plans.in_force()).document)
        assert (before["status"], before["complete"]) == ("optimal", False)
        assert (await SearchOn(world.plans, [answers(world, Terse())]).search()).endswith("not all is said of it as before")
        said = await SearchOn(world.plans, [answers(world, ChildProcess(), replace(LONG, nodes=200_000))]).search()
        assert said.endswith("gap 0.00 € for gap 0.00 €, not all is said of it, in force")
        after = json.loads((await world.plans.in_force()).document)
        assert after["complete"] and all(batch["why"] for batch in after["batches"])
        spans = [[(batch["id"], batch["start"], batch["end"]) for batch in document["batches"]] for document in (before, after)]
        assert spans[0] == spans[1]


async def test_a_longer_search_is_given_up_when_a_new_plan_is_begun(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant("pvpc")) as world:
        await unproven_world(world)
        child = Endless()
        longer = SearchOn(world.plans, [answers(world, child)])
        searching = asyncio.create_task(longer.search())
        await child.begun.wait()
        await world.publish(world.clock().date(), lambda at: 0.3 - price(at), days=3)
        assert (await world.plans.replan()).startswith("prices")
        assert (await searching).startswith("given up: a new plan")


async def test_what_a_longer_search_found_is_left_when_something_is_new_since(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant("pvpc")) as world:
        await unproven_world(world)
        before = (await world.plans.in_force()).id

        class Overtaken(ChildProcess):
            async def run(self, work_: Any, *arguments: Any, deadline_s: float) -> Any:
                found = await super().run(work, *arguments, deadline_s=deadline_s)
                await world.publish(world.clock().date(), lambda at: 0.3 - price(at), days=3)
                return found

        said = await SearchOn(world.plans, [answers(world, Overtaken())]).search()
        assert said.endswith("prices")
        assert (await world.plans.in_force()).id == before
