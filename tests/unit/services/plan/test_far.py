"""Orders beyond what is planned: told, and begun in time where what comes after the plan cannot make them all."""

import json
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from domain.plan.plant import Shift
from domain.plan.production import Order
from domain.timeline import day_bounds, local_day
from services.plan.problem import Given
from support.plan_world import MIDNIGHT, made_plant, plan_world

TODAY = local_day(MIDNIGHT)
FAR = TODAY + timedelta(days=7)
"""The day after what is planned."""


def plant(batches: float) -> Any:
    due = {weekday: {"plain": 0.0} for weekday in range(7)}
    dates: dict[date, dict[str, float]] = {FAR: {"plain": batches}}
    shifts = (Shift(frozenset(range(7)), time(8), time(10)),)
    return made_plant("pvpc", shifts=shifts, weekday_batches=due, date_batches=dates, max_stock_kg={})


async def planned(folder: Path, batches: float, given: Given | None = None) -> dict[str, Any]:
    async with plan_world(folder, plant(batches)) as world:
        await world.publish(TODAY, lambda at: 0.05 + 0.01 * at.hour, days=4)
        question = await world.plans.question(world.clock(), given)
        stored = await world.answers.answer(question)
        document: dict[str, Any] = json.loads(stored.document)
        return document


async def test_an_order_that_fits_after_the_plan_is_told_and_left_for_then(tmp_path: Path) -> None:
    document = await planned(tmp_path, 1)
    assert document["unplanned"] == [{"date": FAR.isoformat(), "quality": "plain", "kg": 100.0, "ahead_kg": 0.0}]
    assert (document["status"], document["batches"]) == ("empty", [])


async def test_an_order_that_does_not_fit_after_the_plan_is_begun_in_it(tmp_path: Path) -> None:
    document = await planned(tmp_path, 20)
    (told,) = document["unplanned"]
    assert told["kg"] == 2000.0
    assert 0 < told["ahead_kg"] < 2000.0
    assert len(document["batches"]) == told["ahead_kg"] / 100.0
    assert document["late"] == []


async def test_what_cannot_be_made_in_time_at_all_is_late_on_its_own_day_days_before(tmp_path: Path) -> None:
    document = await planned(tmp_path, 90)
    (late,) = document["late"]
    assert (late["order"], late["due"]) == (f"plant-{FAR:%Y%m%d}-plain", day_bounds(FAR)[1].isoformat())
    assert late["kg"] + len(document["batches"]) * 100.0 == document["unplanned"][0]["ahead_kg"]
    (less,) = [relief for relief in document["clash"]["reliefs"] if relief["limit"] == "demand"]
    assert less["parts"] == [{"what": f"{FAR} plain", "amount": late["kg"]}]
    assert less["confirmed"]


async def test_an_order_that_is_only_asked_about_counts_as_well(tmp_path: Path) -> None:
    more = Order("asked", "plain", 3000.0, day_bounds(FAR)[1])
    document = await planned(tmp_path, 1, Given(orders=(more,)))
    assert [item["kg"] for item in document["unplanned"]] == [100.0, 3000.0]
    assert len(document["batches"]) > 0
