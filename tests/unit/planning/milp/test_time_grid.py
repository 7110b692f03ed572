"""The coarsest grid on which a best plan exists: what keeps it fine, and that the plan on it is as cheap as on quarter-hours."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from domain.plan.plant import BaseLoad, Plant, Stage
from domain.plan.production import Demand, Forbidden, MachineDown, NoStart, Pin, PlanProblem
from domain.timeline import HOUR, QUARTER
from planning.milp import model as model_module
from planning.milp.engine import SearchLimits
from planning.milp.grid import grid_of
from planning.milp.time_grid import cells_of
from planning.search.solve import build, solve
from support.plan_cases import ALL_DAY, at, days_problem, default_plant, evening, local_hours

WEDNESDAY = date(2026, 3, 11)
BY_HOUR = [0.05 + 0.01 * (hour % 7) for hour in range(24)]
EXACT = SearchLimits(rel_gap=0.0, abs_gap_eur=1e-9, nodes=100_000, clock_s=60.0)


def two_days() -> PlanProblem:
    """Two days of the default plant at hourly prices."""
    return days_problem(default_plant(), WEDNESDAY, 2, local_hours(WEDNESDAY, 2, BY_HOUR))


def lengths(problem: PlanProblem) -> set[int]:
    """Lengths of the cells [quarter-hours]."""
    return {end - begin for begin, end in cells_of(problem, grid_of(problem), fine=False)}


def quarter_price(problem: PlanProblem) -> PlanProblem:
    prices = list(problem.prices)
    prices[5] = 0.2
    return replace(problem, prices=tuple(prices))


def unknown_quarter(problem: PlanProblem) -> PlanProblem:
    return replace(problem, prices=(*problem.prices[:-1], None))


def quarter_power(problem: PlanProblem) -> PlanProblem:
    plant = replace(problem.plant, contracted_kw=(150.0,) * 5 + (160.0,))
    return replace(problem, plant=plant, periods=(6,) + (1,) * (problem.slots - 1))


def short_run(problem: PlanProblem) -> PlanProblem:
    first, *rest = problem.plant.stages
    stages = (replace(first, minutes={"standard": 45, "premium": 30}), *rest)
    return replace(problem, plant=replace(problem.plant, stages=stages))


def short_wait(problem: PlanProblem) -> PlanProblem:
    first, *rest = problem.plant.stages
    return replace(problem, plant=replace(problem.plant, stages=(replace(first, max_wait_minutes=15), *rest)))


def quarter_air(problem: PlanProblem) -> PlanProblem:
    return replace(problem, ambient_kw={"conching": (1.0, *(0.0,) * (problem.slots - 1))})


def late_start(problem: PlanProblem) -> PlanProblem:
    return replace(problem, start=problem.start + QUARTER, prices=problem.prices[1:], periods=problem.periods[1:])


def begun(problem: PlanProblem) -> PlanProblem:
    """A batch of a plan on half-hours, moved to a quarter-hour by the operator's report."""
    batch = solve(problem).schedule[0]
    run = batch.runs[0]
    start = run.start + QUARTER
    later = replace(run, start=start, end=start + (run.end - run.start), released=start + (run.end - run.start))
    now = start + QUARTER
    gone = (now - problem.start) // QUARTER
    return replace(
        problem,
        start=now,
        prices=problem.prices[gone:],
        periods=problem.periods[gone:],
        started=(replace(batch, runs=(later,)),),
    )


FINE: list[Callable[[PlanProblem], PlanProblem]] = [
    *(quarter_price, unknown_quarter, quarter_power, short_run, short_wait, quarter_air, late_start, begun),
    lambda p: replace(p, wishes=(MachineDown("m", "mixing", 1, at(p, 2), at(p, 9)),)),
    lambda p: replace(p, wishes=(Forbidden("f", at(p, 2), at(p, 9), None),)),
    lambda p: replace(p, wishes=(Pin("p", "standard", "mixing", at(p, 29)),)),
    lambda p: replace(p, wishes=(NoStart("n", "standard", "mixing", at(p, 28), 0),)),
    lambda p: replace(p, current=solve(p).schedule, freeze_until=at(p, 9)),
]


def test_hourly_prices_and_half_hour_runs_need_half_hours() -> None:
    problem = two_days()
    assert lengths(problem) == {2}
    assert {end - begin for begin, end in cells_of(problem, grid_of(problem), fine=True)} == {1}


def test_runs_of_hours_need_hours() -> None:
    problem = two_days()
    stages = tuple(
        replace(stage, minutes={"standard": 60, "premium": 120}, max_wait_minutes=0, hold_minutes=0)
        for stage in problem.plant.stages
    )
    assert lengths(replace(problem, plant=replace(problem.plant, stages=stages))) == {4}


@pytest.mark.parametrize("change", FINE)
def test_what_changes_at_a_quarter_hour_keeps_the_grid_fine(change: Callable[[PlanProblem], PlanProblem]) -> None:
    assert lengths(change(two_days())) == {1}


def test_a_horizon_that_begins_between_points_has_a_short_first_cell_while_it_is_frozen() -> None:
    whole = two_days()
    plan = solve(whole).schedule
    now = whole.start + timedelta(hours=5, minutes=45)
    problem = replace(
        whole,
        start=now,
        prices=whole.prices[23:],
        periods=whole.periods[23:],
        current=tuple(batch for batch in plan if batch.start >= now),
        freeze_until=whole.start + 8 * HOUR,
    )
    cells = cells_of(problem, grid_of(problem), fine=False)
    assert cells[:3] == ((0, 1), (1, 3), (3, 5))
    assert solve(problem).cost_eur == pytest.approx(solve(whole).cost_eur, abs=0.02)


def test_cells_cover_the_horizon_once() -> None:
    problem = two_days()
    cells = cells_of(problem, grid_of(problem), fine=False)
    assert cells[0][0] == 0
    assert cells[-1][1] == problem.slots
    assert all(before[1] == after[0] for before, after in pairwise(cells))


def half_hour_problem(seed: int) -> PlanProblem:
    """Two or three stages with waits or holds, tight power, prices of both signs that change on the half-hour."""
    rng = random.Random(seed)
    count = rng.choice((2, 3))
    stages = []
    for index in range(count):
        slack, holds = (0 if index == count - 1 else rng.choice((0, 30, 60))), rng.random() < 0.5
        stages.append(
            Stage(
                name=f"s{index}",
                units=rng.choice((1, 2)),
                power_kw=float(rng.choice((5, 10, 20))),
                minutes={"plain": rng.choice((30, 60)), "dark": rng.choice((30, 90))},
                attended=False,
                max_wait_minutes=0 if holds else slack,
                hold_minutes=slack if holds else 0,
                hold_kw=float(rng.choice((0, 1, 3))),
            )
        )
    plant = Plant(
        qualities=("plain", "dark"),
        batch_kg=100.0,
        stages=tuple(stages),
        shifts=ALL_DAY,
        base_loads=(BaseLoad("lights", 2.0),),
        contracted_kw=(float(rng.choice((32, 42, 62))),) * 6,
    )
    prices = [price for _ in range(16) for price in [rng.choice((-0.05, 0.0, 0.05, 0.1, 0.2, rng.random() / 3))] * 2]
    problem = evening(plant, prices, rng.choice((1, 2, 3)))
    return replace(problem, demand=(*problem.demand, Demand(WEDNESDAY, "dark", 100.0 * rng.choice((0, 1, 2)))))


@pytest.mark.parametrize("seed", range(30))
def test_the_plan_on_half_hours_costs_what_it_costs_on_quarter_hours(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = half_hour_problem(seed)
    assert lengths(problem) == {2}
    coarse, columns = solve(problem, EXACT), len(build(problem).starts)
    monkeypatch.setattr(model_module, "cells_of", lambda problem, grid, *, fine: cells_of(problem, grid, fine=True))
    exact = solve(problem, EXACT)
    assert len(build(problem).starts) > columns
    assert coarse.status == exact.status
    assert coarse.cost_eur == pytest.approx(exact.cost_eur, abs=1e-6)
