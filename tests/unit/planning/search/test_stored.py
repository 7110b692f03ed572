"""Working as usual is there wherever a plan is: it finds room in the store, and makes nothing that is too old when it is due."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.plan.plan import as_planned
from domain.plan.production import Demand, PlanProblem
from planning.milp.grid import grid_of
from planning.search.baseline import baseline, early
from planning.search.solve import check_late, solve
from support.plan_cases import days_problem, default_plant

THURSDAY = date(2026, 9, 10)


def week(seed: int) -> PlanProblem:
    """A store that is too small for some days, or goods that do not keep."""
    rng = random.Random(seed)
    plant = replace(
        default_plant(),
        weekday_batches={},
        max_stock_kg={"standard": rng.choice((150.0, 250.0, 400.0))},
        min_stock_kg={"standard": 100.0} if rng.random() < 0.5 else {},
        shelf_life_hours={"premium": rng.choice((20.0, 40.0))},
    )
    demand = tuple(
        Demand(THURSDAY + timedelta(days=day), quality, 100.0 * rng.choice((1, 1, 2)))
        for day in range(3)
        for quality in rng.sample(plant.qualities, rng.choice((1, 2)))
    )
    return replace(days_problem(plant, THURSDAY, 4, 0.1), demand=demand)


@pytest.mark.parametrize("seed", range(24))
def test_one_of_the_two_list_rules_keeps_the_store_and_the_shelf_life(seed: int) -> None:
    problem = week(seed)
    grid = grid_of(problem)
    found = [batches for batches in (baseline(problem, grid), early(problem, grid)) if batches is not None]
    assert any(check_late(problem, batches) is not None for batches in found)


@pytest.mark.timeout(120)
def test_a_store_that_is_too_small_for_a_reserve_has_a_plan_and_working_as_usual_beside_it() -> None:
    """Two batches due a day, 100 kg as a reserve, room for 250 kg: the third batch of the first day finds no room on it."""
    plant = replace(
        default_plant(),
        weekday_batches={day: {"standard": 2.0} for day in range(5)},
        max_stock_kg={"standard": 250.0},
        min_stock_kg={"standard": 100.0},
    )
    problem = days_problem(plant, THURSDAY, 2, 0.1)
    plan = solve(problem)
    assert plan.baseline is not None
    usual = tuple(item.batch for item in plan.baseline)
    assert check_late(as_planned(problem, plan), usual) is not None
    assert plan.late and plan.late[0].order_id == "reserve-standard"
