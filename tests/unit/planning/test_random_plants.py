"""Random plants and evenings: every answer is a checked plan, or a clash that further solves confirm.

`PLAN_CASES=300 scripts/test tests/unit/planning/test_random_plants.py` runs as many cases; a few run by default.
"""

import os
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.plan.checker import check
from domain.plan.plan import Clash, as_planned
from domain.plan.plant import BaseLoad, Plant, Stage
from domain.plan.production import Forbidden, MachineDown, Pin, PlanProblem, Wish
from planning.answer import answer
from planning.conflict.apply_relief import relieved
from planning.conflict.find_relief import is_possible
from planning.milp.engine import SearchLimits
from planning.milp.relaxation import Relaxation
from support.plan_cases import ALL_DAY, at, evening
from support.sayings import en, es

CASES = int(os.environ.get("PLAN_CASES", "12"))
DEADLINE_S = 60.0
SLOTS = 24
LIMITS = SearchLimits(clock_s=20.0)


@st.composite
def plants(draw: st.DrawFn) -> Plant:
    """One to four stages, waits or holds between them, one or two qualities, contracts from too small to ample."""
    qualities = ("plain", "dark")[: draw(st.integers(1, 2))]
    stages = []
    count = draw(st.integers(1, 4))
    for index in range(count):
        slack, holds = draw(st.sampled_from((0, 15, 30, 60))), draw(st.booleans())
        stages.append(
            Stage(
                name=f"s{index}",
                units=draw(st.integers(1, 3)),
                power_kw=draw(st.sampled_from((5.0, 12.0, 30.0))),
                minutes={quality: draw(st.sampled_from((15, 30, 60))) for quality in qualities},
                attended=draw(st.booleans()),
                max_wait_minutes=0 if holds or index == count - 1 else slack,
                hold_minutes=slack if holds and index < count - 1 else 0,
                hold_kw=draw(st.sampled_from((0.0, 2.0))),
            )
        )
    return Plant(
        qualities=qualities,
        batch_kg=100.0,
        stages=tuple(stages),
        shifts=ALL_DAY if draw(st.booleans()) else (),
        base_loads=(BaseLoad("lights", draw(st.sampled_from((1.0, 20.0)))),),
        contracted_kw=(draw(st.sampled_from((15.0, 40.0, 70.0, 120.0))),) * 6,
        max_stock_kg=draw(st.sampled_from(({}, {"plain": 200.0}))),
    )


@st.composite
def problems(draw: st.DrawFn) -> PlanProblem:
    """An evening with prices of both signs and holes, wishes and air limits."""
    plant = draw(plants())
    price = st.sampled_from((-0.03, 0.0, 0.05, 0.1, 0.12, 0.3))
    prices = [draw(price) for _ in range(SLOTS)]
    problem = evening(plant, prices, draw(st.integers(0, 4)))
    stage = draw(st.sampled_from(plant.stages))
    first, length = draw(st.integers(0, SLOTS - 2)), draw(st.integers(1, 12))
    span = (at(problem, first), at(problem, min(SLOTS, first + length)))
    wishes: list[Wish] = draw(
        st.lists(
            st.sampled_from(
                (
                    MachineDown("down", stage.name, draw(st.integers(1, stage.units)), *span),
                    Forbidden("quiet", *span, draw(st.sampled_from((None, stage.name)))),
                    Pin("pin", plant.qualities[0], stage.name, span[0]),
                )
            ),
            max_size=2,
            unique_by=lambda wish: wish.id,
        )
    )
    air = {stage.name: tuple(None if first <= slot < first + length else 1.0 for slot in range(SLOTS))}
    holed = [None if draw(st.integers(0, 30)) == 0 and slot < SLOTS - 1 else value for slot, value in enumerate(prices)]
    return replace(problem, wishes=tuple(wishes), prices=tuple(holed), ambient_kw=air if draw(st.booleans()) else {})


@pytest.mark.timeout(120 + CASES * DEADLINE_S)
@settings(max_examples=CASES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems())
def test_every_answer_is_a_checked_plan_or_a_confirmed_clash(problem: PlanProblem) -> None:
    begun = time.perf_counter()
    plan = answer(problem, LIMITS, left_s=lambda: begun + DEADLINE_S - 5.0 - time.perf_counter())
    assert time.perf_counter() - begun < DEADLINE_S
    assert plan.status != "unknown"
    if plan.status != "empty":
        verdict = check(as_planned(problem, plan), plan.schedule, late=plan.late)
        assert verdict.passed, verdict.violations
        assert plan.gap_eur is not None
        assert plan.bound_eur is not None
        assert plan.lateness_bound_kg_h <= plan.lateness_kg_h + 1e-6
        assert abs(verdict.cost_eur - plan.cost_eur) < 1e-6
        if plan.saving_eur is not None and not plan.late and not any(isinstance(wish, Pin) for wish in problem.wishes):
            assert plan.saving_eur >= -1e-9
    if plan.status == "empty":
        assert not problem.plannable
    if plan.late or plan.set_aside:
        _assert_clash_is_minimal(problem, plan.clash)


def _assert_clash_is_minimal(problem: PlanProblem, clash: Clash | None) -> None:
    assert clash is not None
    assert clash.minimal
    assert is_possible(problem, Relaxation(any_plan=True), 20.0) is False
    assert all(relief.confirmed for relief in clash.reliefs), clash
    for relief in () if clash.together else clash.reliefs:
        assert is_possible(relieved(problem, [relief]), Relaxation(any_plan=True), 20.0) is True
    assert es(clash.message) and en(clash.message)
