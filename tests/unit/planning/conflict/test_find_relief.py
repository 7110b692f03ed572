"""The smallest stretch of a limit: told as the smallest only where the search has proven it."""

from dataclasses import replace

import pytest

from domain.plan.plan import StoppedBy
from domain.plan.production import PlanProblem
from planning.conflict import find_relief
from planning.conflict.find_relief import Guard, stretch
from planning.milp.engine import Outcome, minimise
from support.plan_cases import evening, small_plant

SLOTS = 8
PATIENT = Guard(lambda: 60.0)


def too_much() -> PlanProblem:
    """Eight quarter-hours make at most six batches on two kettles after one mixer; ten are due."""
    return evening(small_plant(), [0.1] * SLOTS, 10)


def test_a_proven_stretch_is_minimal() -> None:
    (relief,) = stretch(too_much(), frozenset({"demand"}), PATIENT) or []
    assert relief.minimal
    assert relief.least == relief.amount
    assert relief.confirmed


@pytest.mark.parametrize("stopped_by", ["clock", "nodes"])
def test_a_stretch_that_the_search_did_not_prove_is_not_called_minimal(
    stopped_by: StoppedBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_short(*given: object, **more: object) -> Outcome:
        outcome = minimise(*given, **more)  # type: ignore[arg-type]
        return replace(outcome, stopped_by=stopped_by, bound=outcome.bound / 2)

    monkeypatch.setattr(find_relief, "minimise", cut_short)
    (relief,) = stretch(too_much(), frozenset({"demand"}), PATIENT) or []
    assert not relief.minimal
    assert relief.least < relief.amount


def test_nothing_is_told_once_the_time_is_over() -> None:
    assert stretch(too_much(), frozenset({"demand"}), Guard(lambda: 0.5)) is None
