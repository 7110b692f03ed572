"""What an order costs: tried within seconds, and kept."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.plan.production import Order
from planning.milp.engine import SearchLimits
from services.plan import order_costs, service
from services.plan.answers import PlanAnswers
from services.plan.order_costs import OrderCosts
from services.plan.service import PlanService
from services.plan.wish_form import wish_body
from support.here import Here
from support.plan_world import PlanWorld, made_plant, plan_world
from unit.services.plan.test_answers import Searching, held

PATIENCE_S = 60.0
"""For a test that would hang."""
BATCH_EUR = 1.375
"""13.75 kWh in P6."""


def order(world: PlanWorld, id_: str = "order-new") -> Order:
    """A batch for tomorrow night."""
    return Order(id_, "plain", 100.0, world.clock() + timedelta(hours=48))


async def place(world: PlanWorld, key: str) -> Order:
    """Kept in the log."""
    placed, _ = await world.logs.floor.place(key, lambda id_: order(world, id_), world.clock())
    return placed


async def test_a_cost_is_the_difference_to_the_plan_in_force_and_is_proven_where_both_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SOON_S", 60.0)
    async with plan_world(tmp_path, made_plant(max_stock_kg={}), child=Here()) as world:
        await world.plans.replan()
        costs = OrderCosts(world.plans, world.answers, world.logs.plans, world.clock)
        tried = await costs.tried([order(world)], ())
        assert tried.cost_eur == pytest.approx(BATCH_EUR, abs=0.05) and tried.plan_id is None
        assert tried.uncertainty_eur == pytest.approx(0.0, abs=0.02)
        before = await costs.now()
        placed = await place(world, "one")
        kept = await costs.since(before, ((), (placed.id,)))
        assert kept.cost_eur == pytest.approx(BATCH_EUR, abs=0.05) and kept.plan_id == (await held(world.plans)).id
        again = await costs.since(None, ((), (placed.id,)))  # sent again: the plan has it already
        assert again.cost_eur == pytest.approx(BATCH_EUR, abs=0.05)


async def test_a_search_that_goes_on_gives_what_it_knows_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_costs, "KNOWN_S", 1.0)
    async with plan_world(tmp_path, made_plant(max_stock_kg={}), child=Here()) as world:
        await world.plans.replan()
        aside = Searching()
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), Here(), aside=aside)
        costs = OrderCosts(world.plans, answers, world.logs.plans, world.clock)
        tried = await costs.tried([order(world)], ())
        assert not aside.may_end.is_set()
        assert tried.cost_eur is not None and tried.uncertainty_eur is not None
        assert tried.cost_eur - tried.uncertainty_eur <= BATCH_EUR <= tried.cost_eur + 0.05
        aside.may_end.set()
        assert (await costs.tried([order(world)], ())).cost_eur == pytest.approx(BATCH_EUR, abs=0.05)
        await answers.stop()


@asynccontextmanager
async def searching_anew(folder: Path) -> AsyncGenerator[tuple[PlanWorld, Searching, PlanAnswers, PlanService]]:
    """A world with a plan in force, in which no further search ends."""
    async with plan_world(folder, made_plant(max_stock_kg={})) as world:
        main = Searching()
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), main)
        plans = PlanService(answers, world.prices, world.weather, world.logs, plant=world.plans.plant, clock=world.clock)
        main.may_end.set()
        await plans.replan()
        main.may_end.clear()
        yield world, main, answers, plans
        main.may_end.set()
        await answers.stop()


async def test_after_an_order_the_first_plan_that_has_it_is_in_force_while_a_better_one_is_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SOON_S", 8.0)  # a busy machine takes longer to know a first plan
    async with searching_anew(tmp_path) as (world, _, answers, plans):
        before = await held(plans)
        costs = OrderCosts(plans, answers, world.logs.plans, world.clock)
        cost, placed = await costs.now(), await place(world, "one")
        kept = await asyncio.wait_for(costs.since(cost, ((), (placed.id,))), PATIENCE_S)
        first = await held(plans)
        assert kept.plan_id == first.id != before.id
        assert len(json.loads(first.document)["batches"]) == len(json.loads(before.document)["batches"]) + 1
        assert kept.cost_eur is not None and kept.cost_eur >= BATCH_EUR - 0.05
        assert datetime.fromisoformat(json.loads(first.document)["horizon"]["start"]) == world.clock()


async def test_after_a_wish_the_first_plan_that_keeps_it_is_in_force_while_a_better_one_is_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SOON_S", 8.0)  # a busy machine takes longer to know a first plan
    async with searching_anew(tmp_path) as (world, main, _, plans):
        before = await held(plans)
        start = datetime.fromisoformat(json.loads(before.document)["batches"][1]["stages"][0]["start"])
        end = start + timedelta(hours=2)
        off = {"kind": "forbidden", "start": start, "end": end}
        await world.logs.wishes.add(wish_body(plans.plant, world.clock(), off), world.clock(), None)
        await asyncio.wait_for(plans.ask(), 60)
        first = await held(plans)
        assert first.id != before.id and not main.may_end.is_set()
        stages = [stage for batch in json.loads(first.document)["batches"] for stage in batch["stages"]]
        assert not [one for one in stages if start.isoformat() <= one["start"] < end.isoformat()]
