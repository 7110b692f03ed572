"""Power: the facets of what may run together never cut off a plan that the contract allows."""

from dataclasses import replace

import pytest

from domain.plan.checker import check
from domain.plan.plant import BaseLoad, Stage
from domain.plan.production import PlanProblem
from planning.conflict.find_relief import is_possible
from planning.milp.facets import facets
from planning.milp.relaxation import Relaxation
from planning.search.solve import solve
from support.plan_cases import evening, small_plant


def two_batches(extra_kw: float, contracted_kw: float) -> PlanProblem:
    """Three hours for two batches of an hour on each of two machines, 20 kW both and more in this air, beside 1 kW of lights.

    There is time only where the second batch is mixed while the first one boils.
    """
    stages = (
        Stage("mix", 1, 20.0, {"plain": 60}, attended=True, max_wait_minutes=15),
        Stage("kettle", 1, 20.0, {"plain": 60}, attended=False),
    )
    plant = small_plant(stages=stages, contracted_kw=(contracted_kw,) * 6, base_loads=(BaseLoad("lights", 1.0),))
    air = dict.fromkeys(("mix", "kettle"), (extra_kw,) * 12)
    return evening(plant, [0.1] * 12, 2, ambient_kw=air)


@pytest.mark.parametrize("extra_kw", [0.5, 1.0, 1.9, 2.0, 3.0])
def test_machines_that_fit_exactly_run_together(extra_kw: float) -> None:
    problem = two_batches(extra_kw, 1.0 + 2 * (20.0 + extra_kw))
    assert is_possible(problem, Relaxation(), 30.0), "the programme itself, without the plan as usual as a start"
    plan = solve(problem)
    assert plan.status == "optimal"
    assert len(plan.schedule) == 2
    assert check(problem, plan.schedule).passed


@pytest.mark.parametrize("extra_kw", [0.5, 1.0, 1.9, 2.0, 3.0])
def test_machines_that_do_not_fit_by_a_little_never_run_together(extra_kw: float) -> None:
    problem = two_batches(extra_kw, 1.0 + 2 * (20.0 + extra_kw) - 0.01)
    plan = solve(problem)
    assert len(plan.schedule) <= 1


def test_facets_hold_every_combination_that_fits_and_cut_one_that_does_not() -> None:
    power, units, limit = (30.0, 42.0, 48.0), (1, 1, 2), 132.0
    found = facets(power, units, limit)
    assert found
    for a in range(2):
        for b in range(2):
            for c in range(3):
                fits = a * power[0] + b * power[1] + c * power[2] <= limit
                held = all(k[0] * a + k[1] * b + k[2] * c <= bound for k, bound in found)
                assert held or not fits, (a, b, c)
    assert any(k[1] + 2 * k[2] > bound for k, bound in found), "refining beside two conches is 138 kW"


def test_air_that_costs_no_power_leaves_the_plan_as_it_was() -> None:
    plain = two_batches(0.0, 41.0)
    assert solve(plain).schedule == solve(replace(plain, ambient_kw={})).schedule
