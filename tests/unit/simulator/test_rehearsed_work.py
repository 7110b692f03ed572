"""Rehearsed plans are bounded by work: no clock decides what is planned, however busy the machine is."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.plan.production import PlanProblem
from domain.timeline import local_day
from planning.search.solve import solve
from services.plan.answers import UNHURRIED, Patience, PlanAnswers
from services.plan.work import PLAN_SHARE, PlanReport, work
from simulator.demonstration import QUICK_LIMITS
from support.plan_cases import WEDNESDAY, days_problem, default_plant, local_hours
from support.plan_world import PlanWorld, made_plant, plan_world

PRICES = local_hours(WEDNESDAY, 3, [0.08 + 0.01 * ((hour * 7) % 11) for hour in range(24)])


def week() -> PlanProblem:
    return days_problem(default_plant(), WEDNESDAY, 3, PRICES)


class Slowed:
    """What a child has when its machine gives it a processor now and then: time runs out while it works."""

    def __init__(self, left_s: float) -> None:
        self.seconds = left_s
        self.reports: list[object] = []

    def left_s(self) -> float:
        self.seconds *= 0.5
        return self.seconds

    def report(self, value: object) -> None:
        self.reports.append(value)


def test_the_guard_by_the_clock_is_beyond_what_a_search_of_a_rehearsal_may_need() -> None:
    ended = solve(week(), QUICK_LIMITS)
    assert ended.stopped_by in ("gap", "nodes")
    assert UNHURRIED.deadline_s * PLAN_SHARE >= QUICK_LIMITS.clock_s >= 600.0  # so that the share of the deadline never cuts it


def test_the_same_question_has_the_same_plan_while_time_runs_out_and_while_it_does_not() -> None:
    idle = work(week(), QUICK_LIMITS, Slowed(1e9))  # type: ignore[arg-type]
    loaded = work(week(), QUICK_LIMITS, Slowed(2 * UNHURRIED.deadline_s))  # type: ignore[arg-type]
    assert isinstance(loaded, PlanReport) and loaded.plan.batches
    assert (loaded.plan.batches, loaded.plan.objective_eur) == (idle.plan.batches, idle.plan.objective_eur)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[PlanWorld]:
    async with plan_world(tmp_path, made_plant()) as made:
        yield made


async def test_no_first_plan_comes_before_a_rehearsed_one_however_long_it_takes(
    world: PlanWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.plan.answers.LOOK_EVERY_S", 0.01)
    given: list[str] = []

    async def first(stored: object) -> None:
        given.append(str(stored))

    for patience, came in ((replace(UNHURRIED), 0), (Patience(first_after_s=0.0), 1)):
        answers = PlanAnswers(world.logs.plans, world.clock, QUICK_LIMITS, Dawdling(), patience=patience)
        question = replace(await world.plans.question(world.clock()), id=f"asked-{came}")
        await answers.settled(question, on_first=first)
        await answers.stop()
        assert len(given) == came
    assert local_day(world.clock()) == WEDNESDAY


class Dawdling:
    """A child that has its plan at once, and tells for a while that it is not settled."""

    def __init__(self) -> None:
        self._report: object = None

    @property
    def last_report(self) -> object:
        return self._report

    async def run(self, work: Callable[..., Any], *arguments: Any, deadline_s: float) -> Any:
        plan = solve(*arguments)
        self._report = PlanReport(plan)
        await asyncio.sleep(0.1)
        return PlanReport(plan, settled=True, complete=True)

    async def stop(self) -> None:
        """Nothing runs."""
