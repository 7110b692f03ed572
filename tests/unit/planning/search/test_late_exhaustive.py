"""Small instances with orders that cannot all be in time: least lateness, then least cost, as every schedule was tried."""

import random
from dataclasses import replace
from itertools import combinations_with_replacement

import pytest

from domain.plan.production import Order, PlanProblem
from planning.search.solve import solve
from support.plan_cases import at
from unit.planning.search.test_solve_exhaustive import EXACT, SLOTS, Path, _fits, paths, random_problem


def ends(path: Path) -> int:
    """First slot after the last stage, in which it neither runs nor is held."""
    return max(slot for stage in path.busy for slot in range(SLOTS) if stage[slot]) + 1


def lateness(orders: tuple[Order, ...], problem: PlanProblem, finished: list[int]) -> float:
    """Kilograms due and not there, by quarter-hour, to the end; what is not made comes a day later."""
    total = 0.0
    for slot in range(SLOTS + 1):
        due = sum(order.kg for order in orders if problem.slot_of(order.due) <= slot)
        made = problem.plant.batch_kg * sum(end <= slot for end in finished)
        total += max(0.0, due - made) * (0.25 if slot < SLOTS else 24.0)
    return total


def best_by_trying_all(problem: PlanProblem, most: int) -> tuple[float, float]:
    """(lateness, cost) of the best choice of paths that machines and power allow."""
    every = list(paths(problem))
    limits = [problem.plant.contracted_kw[p - 1] - problem.plant.base_kw(staffed=True) for p in problem.periods]
    found = [
        (round(lateness(problem.orders, problem, [ends(path) for path in chosen]), 6), sum(path.cost for path in chosen))
        for count in range(most + 1)
        for chosen in combinations_with_replacement(every, count)
        if _fits(problem, chosen, limits)
    ]
    return min(found)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_less_late_or_as_late_and_cheaper(seed: int) -> None:
    rng = random.Random(seed)
    problem, _ = random_problem(seed)
    kgs = rng.choice(((100.0,), (100.0, 100.0), (60.0, 140.0), (150.0, 150.0)))
    orders = tuple(Order(f"o{n}", "plain", kg, at(problem, rng.randint(-2, SLOTS - 2))) for n, kg in enumerate(kgs))
    problem = replace(problem, demand=(), orders=orders)
    late, cost = best_by_trying_all(problem, -(-int(sum(kgs)) // 100))
    plan = solve(problem, EXACT)
    assert plan.lateness_kg_h == pytest.approx(late, abs=1e-3)
    assert plan.lateness_bound_kg_h <= late + 1e-6
    assert plan.cost_eur == pytest.approx(cost, abs=1e-6)
