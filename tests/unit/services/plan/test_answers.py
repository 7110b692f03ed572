"""What becomes of an answer when its child process is late, dies or crashes."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.runtime.child import ChildProcess
from domain.errors import ChildFailedError, ChildLateError, NotKnownError
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from services.plan.answers import PlanAnswers
from services.plan.work import PlanReport
from support.plan_world import made_plant, plan_world


def late(found: PlanReport) -> ChildFailedError:
    return ChildLateError(30.0, found)


def dead(found: PlanReport) -> ChildFailedError:
    return ChildFailedError("exit code -9", last_report=found)


class Ending:
    """A child that ends with an error."""

    last_report = None

    def __init__(self, error: ChildFailedError) -> None:
        self._error = error

    async def run(self, work: Any, *arguments: Any, deadline_s: float) -> Any:
        raise self._error


@pytest.mark.parametrize(("error", "logged"), [(late, 0), (dead, 1)], ids=["late", "dead"])
async def test_the_last_plan_of_a_child_that_is_late_or_dies_is_taken_and_a_death_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Callable[[PlanReport], ChildFailedError], logged: int
) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        question = await world.plans.question(world.clock())
        found = error(PlanReport(solve(question.problem, SearchLimits(nodes=1))))
        stored = await PlanAnswers(world.logs.plans, world.clock, SearchLimits(), Ending(found)).answer(question)
    assert len(stored.inputs["batches"]) == 7
    assert caplog.text.count("exit code -9") == logged


async def test_a_child_that_is_late_without_a_plan_says_so(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        question = await world.plans.question(world.clock())
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), Ending(ChildLateError(30.0, None)))
        with pytest.raises(NotKnownError, match="no plan within 30 s"):
            await answers.answer(question)
        with pytest.raises(NotKnownError, match="no plan within 30 s"):
            await answers.find(question.id)


async def test_a_crash_is_a_fault_that_is_logged_with_the_traceback_of_the_child(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.plan.answers.work", crash)
    async with plan_world(tmp_path, made_plant()) as world:
        question = await world.plans.question(world.clock())
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), ChildProcess(niceness=0))
        with caplog.at_level(logging.ERROR), pytest.raises(ChildFailedError, match="ZeroDivisionError: by hand"):
            await answers.answer(question)
        await answers.stop()
        assert 'raise ZeroDivisionError("by hand")' in caplog.text
        with pytest.raises(NotKnownError, match="ZeroDivisionError"):
            await answers.find(question.id)


def crash(*_: object) -> None:
    """Work with a fault in it."""
    raise ZeroDivisionError("by hand")
