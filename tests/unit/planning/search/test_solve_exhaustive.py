"""Small instances whose optimum is known because every schedule was tried."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

import pytest

from domain.plan.plant import BaseLoad, Plant, Stage
from domain.plan.production import PlanProblem
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from support.plan_cases import ALL_DAY, evening

EXACT = SearchLimits(rel_gap=0.0, abs_gap_eur=1e-9, nodes=100_000, clock_s=60.0)
SLOTS = 14


@dataclass(frozen=True)
class Path:
    """One way of making a batch: its cost, and by slot its power and the machines it keeps busy."""

    cost: float
    power: tuple[float, ...]
    busy: tuple[tuple[int, ...], ...]


def paths(problem: PlanProblem) -> Iterator[Path]:
    """Every start and every wait of one batch, in plain loops."""
    stages, prices = problem.plant.stages, [price for price in problem.prices if price is not None]
    slack = [max(stage.max_wait_minutes, stage.hold_minutes) // 15 for stage in stages[:-1]]
    for start, *waits in product(range(SLOTS), *(range(most + 1) for most in slack)):
        power, busy = [0.0] * SLOTS, [[0] * SLOTS for _ in stages]
        at = start
        for index, stage in enumerate(stages):
            end = at + stage.minutes["plain"] // 15
            wait = waits[index] if index < len(waits) else 0
            held = end + wait if stage.hold_minutes else end
            if end + wait > SLOTS or held > SLOTS:
                break
            for slot in range(at, held):
                busy[index][slot] = 1
                power[slot] += stage.power_kw if slot < end else stage.hold_kw
            at = end + wait
        else:
            cost = sum(kw * 0.25 * price for kw, price in zip(power, prices, strict=True))
            yield Path(cost, tuple(power), tuple(map(tuple, busy)))


def cheapest_by_trying_all(problem: PlanProblem, batches: int) -> float | None:
    """The least cost over every choice of paths that machines and power allow."""
    every = list(paths(problem))
    limits = [problem.plant.contracted_kw[p - 1] - problem.plant.base_kw(staffed=True) for p in problem.periods]
    best = None
    for chosen in combinations_with_replacement(every, batches):
        cost = sum(path.cost for path in chosen)
        if (best is None or cost < best - 1e-12) and _fits(problem, chosen, limits):
            best = cost
    return best


def _fits(problem: PlanProblem, chosen: tuple[Path, ...], limits: list[float]) -> bool:
    for slot in range(SLOTS):
        if sum(path.power[slot] for path in chosen) > limits[slot] + 1e-9:
            return False
        for index, stage in enumerate(problem.plant.stages):
            if sum(path.busy[index][slot] for path in chosen) > stage.units:
                return False
    return True


def random_problem(seed: int) -> tuple[PlanProblem, int]:
    """Two or three stages, one or two machines each, waits or holds, tight power, prices of both signs."""
    rng = random.Random(seed)
    stages = []
    count = rng.choice((2, 3))
    for index in range(count):
        last = index == count - 1
        slack = 0 if last else rng.choice((0, 15, 30))
        holds = rng.random() < 0.5
        stages.append(
            Stage(
                name=f"s{index}",
                units=rng.choice((1, 2)),
                power_kw=float(rng.choice((5, 10, 20))),
                minutes={"plain": rng.choice((15, 30, 45))},
                attended=False,
                max_wait_minutes=0 if holds else slack,
                hold_minutes=slack if holds else 0,
                hold_kw=float(rng.choice((0, 1, 3))),
            )
        )
    plant = Plant(
        qualities=("plain",),
        batch_kg=100.0,
        stages=tuple(stages),
        shifts=ALL_DAY,
        base_loads=(BaseLoad("lights", 2.0),),
        contracted_kw=(float(rng.choice((24, 32, 42, 62))),) * 6,
    )
    prices = [rng.choice((-0.05, 0.0, 0.05, 0.1, 0.2, rng.random() / 3)) for _ in range(SLOTS)]
    batches = rng.choice((1, 2, 2, 3))
    return evening(plant, prices, batches), batches


@pytest.mark.parametrize("seed", range(50))
def test_no_schedule_is_cheaper_than_the_plan(seed: int) -> None:
    problem, batches = random_problem(seed)
    expected = cheapest_by_trying_all(problem, batches)
    plan = solve(problem, EXACT)
    if expected is None:
        assert plan.late
    else:
        assert plan.cost_eur == pytest.approx(expected, abs=1e-6)
        assert len(plan.batches) == batches
