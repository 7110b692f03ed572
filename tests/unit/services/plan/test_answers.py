"""What becomes of an answer when its child process is late, dies or crashes."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.runtime.child import ChildProcess
from domain.errors import ChildFailedError, ChildLateError, NotKnownError
from domain.plan.plan import Plan
from domain.plan.production import Demand
from domain.shop_floor.events import Event
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from ports import PlanLog, StoredPlan
from services.plan.answers import FIRST_AFTER_S, PlanAnswers
from services.plan.problem import Given
from services.plan.service import PlanService
from services.plan.work import PlanReport
from support.plan_cases import WEDNESDAY
from support.plan_world import made_plant, plan_world


async def held(plans: PlanLog | PlanService) -> StoredPlan:
    found = await plans.in_force()
    assert found is not None
    return found


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


class Slow:
    """A child that has a plan, and is not done with what there is to say about it before it may."""

    def __init__(self) -> None:
        self.last_report: PlanReport | None = None
        self.may_end = asyncio.Event()

    async def run(self, work: Any, *arguments: Any, deadline_s: float) -> Any:
        self.last_report = PlanReport(solve(arguments[0], SearchLimits(nodes=1)), settled=True)
        try:
            await self.may_end.wait()
            return replace(self.last_report, complete=True)
        finally:
            self.last_report = None


async def test_a_plan_is_in_force_before_all_is_said_about_it_and_what_is_only_asked_does_not_wait_for_it(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        main, aside = Slow(), Slow()
        aside.may_end.set()
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), main, aside=aside)
        plans = PlanService(answers, world.prices, world.weather, world.logs, plant=made_plant(), clock=world.clock)
        job = asyncio.create_task(plans.replan())
        while (first := await world.logs.plans.in_force()) is None:
            await asyncio.sleep(0.01)
        assert not job.done() and not json.loads(first.document)["complete"]
        assert (await plans.find(first.id)).document is None  # who asks by its address gets the whole
        other = await plans.question(world.clock(), Given(demand=(Demand(WEDNESDAY, "plain", 100.0),)))
        assert json.loads((await answers.answer(other, aside=True)).document)["complete"]
        main.may_end.set()
        await job
        whole = await plans.in_force()
        assert whole.id == first.id and json.loads(whole.document)["complete"]
        assert (whole.in_force_from, whole.inputs["calm"]) == (first.in_force_from, first.inputs["calm"])


async def test_a_plan_in_force_stays_when_something_changes_before_all_is_said_about_it(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        main = Slow()
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), main)
        plans = PlanService(answers, world.prices, world.weather, world.logs, plant=made_plant(), clock=world.clock)
        job = asyncio.create_task(plans.replan())
        while (first := await world.logs.plans.in_force()) is None:
            await asyncio.sleep(0.01)
        down = Event("e1", "machine_down", world.clock(), stage="kettle", unit=1, until=world.clock() + timedelta(hours=1))
        await world.logs.floor.tell(down, at_said=True)
        main.may_end.set()
        again = await plans.replan()
        assert first.id[:12] in await job and first.id[:12] not in again
        assert (await plans.in_force()).id != first.id
        await answers.stop()


class Searching:
    """A child that knows a first plan at once, and a better one when it may."""

    def __init__(self) -> None:
        self.last_report: PlanReport | None = None
        self.may_end = asyncio.Event()

    async def run(self, work: Any, *arguments: Any, deadline_s: float) -> Any:
        found: list[Plan] = []
        best = solve(arguments[0], SearchLimits(), found.append)
        self.last_report = PlanReport(found[0])
        try:
            await self.may_end.wait()
            return PlanReport(best, settled=True, complete=True)
        finally:
            self.last_report = None


async def test_after_a_fact_the_first_plan_that_is_known_is_in_force_while_a_better_one_is_searched_for(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        main = Searching()
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), main)
        plans = PlanService(answers, world.prices, world.weather, world.logs, plant=made_plant(), clock=world.clock)
        main.may_end.set()
        await plans.replan()
        before = await plans.in_force()
        main.may_end.clear()
        down = Event("e1", "machine_down", world.clock(), stage="mix", unit=1, until=world.clock() + timedelta(hours=11))
        await world.logs.floor.tell(down, at_said=True)
        job = asyncio.create_task(plans.replan())
        while (first := await held(world.logs.plans)).id == before.id:
            await asyncio.sleep(0.01)
        assert not job.done() and (await held(plans)).id == first.id  # every door shows it
        assert json.loads(first.document)["plan_id"] == first.id and json.loads(first.document)["checks"]["passed"]
        assert (await plans.renewed())[0] == first.id
        main.may_end.set()
        await job
        last = await held(plans)
        assert last.id not in (first.id, before.id) and json.loads(last.document)["complete"]
        assert json.loads(last.document)["objective_eur"] <= json.loads(first.document)["objective_eur"]
        assert last.inputs["calm"]["replans"] == before.inputs["calm"]["replans"] + 1  # one new plan, not two
        await answers.stop()


async def test_where_a_plan_is_shown_the_next_one_has_its_time(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        main = Searching()
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), main)
        plans = PlanService(answers, world.prices, world.weather, world.logs, plant=made_plant(), clock=world.clock)
        job = asyncio.create_task(plans.replan())
        await asyncio.sleep(2 * FIRST_AFTER_S)
        assert await world.logs.plans.in_force() is None
        main.may_end.set()
        await job
        assert json.loads((await plans.in_force()).document)["complete"]
        await answers.stop()


class Cut:
    """A child whose time is over before it has a plan, the first time."""

    last_report = None

    def __init__(self) -> None:
        self.runs = 0

    async def run(self, work: Any, *arguments: Any, deadline_s: float) -> Any:
        self.runs += 1
        best = solve(arguments[0], SearchLimits())
        nothing = replace(best, status="unknown", batches=(), late=(), cost_eur=0.0, stopped_by="clock")
        return PlanReport(nothing if self.runs == 1 else best, settled=True, complete=True)


async def test_where_the_time_was_over_before_a_plan_was_found_the_next_look_searches_again(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), Cut())
        plans = PlanService(answers, world.prices, world.weather, world.logs, plant=made_plant(), clock=world.clock)
        assert "unknown" in await plans.replan()
        assert await plans.replan() != "nothing changed"
        assert json.loads((await plans.in_force()).document)["status"] == "optimal"
        assert await plans.replan() == "nothing changed"
        await answers.stop()


class Held:
    """A child that has nothing until it may."""

    last_report = None

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def run(self, work: Any, *arguments: Any, deadline_s: float) -> Any:
        await self.may_end.wait()
        return PlanReport(solve(arguments[0], SearchLimits(nodes=1)), settled=True, complete=True)


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_waited_is_told_that_it_is_void_though_it_is_asked_anew_at_once(tmp_path: Path, turns: int) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        question, child = await world.plans.question(world.clock()), Held()
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), child)
        waiting = [asyncio.create_task(ask(question)) for ask in (answers.answer, answers.settled)]
        await asyncio.sleep(0.05)
        given_up = asyncio.create_task(answers.give_up(question.id, "by hand"))
        for _ in range(turns):
            await asyncio.sleep(0)
        anew = asyncio.create_task(answers.answer(question))
        for told in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(told, NotKnownError), repr(told)
            assert str(told) == f"plan {question.id} is void: by hand"
        await given_up
        child.may_end.set()
        assert (await anew).id == question.id
        await answers.stop()


class Explaining(Searching):
    """Knows the batches at once, and has more to say about them until it is let go."""

    async def run(self, work: Any, *arguments: Any, deadline_s: float) -> Any:
        best = solve(arguments[0], SearchLimits())
        self.last_report = PlanReport(best, settled=True)
        try:
            await self.may_end.wait()
            return PlanReport(best, settled=True, complete=True)
        finally:
            self.last_report = None


async def test_an_event_is_answered_once_its_plan_is_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once all is said about it: there is all the time to wait for that."""
    monkeypatch.setattr("services.plan.service.SOON_S", 600.0)
    async with plan_world(tmp_path, made_plant()) as world:
        main = Explaining()
        answers = PlanAnswers(world.logs.plans, world.clock, SearchLimits(), main)
        plans = PlanService(answers, world.prices, world.weather, world.logs, plant=made_plant(), clock=world.clock)
        name, late = await asyncio.wait_for(plans.renewed(), 120)
        stored = await plans.in_force()
        assert (name, late) == (stored.id, ()) and not json.loads(stored.document)["complete"]
        main.may_end.set()
        await answers.stop()


async def test_what_is_only_tried_is_answered_with_its_batches_alone(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        question = await world.plans.question(world.clock())
        stored = await world.answers.brief(question, 120.0, 120.0)
        assert stored is not None
        brief = json.loads(stored.document)
        assert brief["plan_id"] == stored.id != question.id
        assert brief["batches"] and not brief["complete"] and not any(batch["why"] for batch in brief["batches"])
        kept = await world.answers.answer(question)
        whole = json.loads(kept.document)
        assert whole["complete"] and whole["objective_eur"] == brief["objective_eur"]
        assert await world.answers.brief(question, 120.0, 120.0) == kept
