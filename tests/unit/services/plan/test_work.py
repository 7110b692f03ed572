"""What the child process reports on the way, so that a deadline loses only what was not yet known."""

from dataclasses import replace

import pytest

from domain.plan.production import Forbidden, Pin
from planning.milp.engine import SearchLimits
from ports import ChildSide
from services.plan.work import PlanReport, work
from support.plan_cases import at, evening, small_plant

EXACT = SearchLimits(rel_gap=0.0, abs_gap_eur=1e-6, clock_s=60.0)
KWH = 13.75
"""A batch that waits nowhere."""


def test_each_wish_is_told_as_soon_as_its_cost_is_known() -> None:
    problem = evening(small_plant(), [0.3] * 4 + [0.1] * 4 + [0.2] * 8)
    wishes = (Pin("morning", "plain", "mix", at(problem, 9)), Forbidden("quiet", at(problem, 0), at(problem, 2)))
    told: list[PlanReport] = []
    answer = work(replace(problem, wishes=wishes), EXACT, ChildSide(told.append, lambda: 60.0))
    assert [len(one.wishes) for one in told if one.reasons] == [0, 1, 2]
    assert [wish.cost_eur for wish in answer.wishes] == pytest.approx([0.1 * KWH, 0.0], abs=1e-5)
    assert answer.complete
    assert not any(one.complete for one in told)


def test_without_time_for_a_wish_the_plan_is_given_and_said_to_be_incomplete() -> None:
    problem = evening(small_plant(), [0.3] * 4 + [0.1] * 12)
    answer = work(
        replace(problem, wishes=(Forbidden("quiet", at(problem, 0), at(problem, 2)),)),
        EXACT,
        ChildSide(lambda _: None, lambda: 0.5),
    )
    assert answer.plan.batches
    assert answer.reasons
    assert (answer.wishes, answer.complete) == ((), False)


def test_without_a_plan_the_clash_is_told_on_the_way() -> None:
    told: list[PlanReport] = []
    answer = work(evening(small_plant(), [0.1] * 8, 6.8), EXACT, ChildSide(told.append, lambda: 60.0))
    assert answer.clash is not None and answer.clash.limits == ("demand",)
    assert all(one.plan.late for one in told)
    assert [one.clash is not None for one in told] == [False] + [True] * (len(told) - 1) and len(told) > 1
