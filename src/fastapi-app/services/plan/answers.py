"""Answers to planning questions: solved in a child process, one at a time, checked, and kept under the hash of the question."""

import asyncio
import json
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.canonical import digest
from domain.errors import ChildFailedError, ChildLateError, FactoryError, NotFoundError, NotKnownError
from domain.plan.checker import Verdict, check
from domain.plan.plan import Plan, as_planned
from domain.plan.production import PlanProblem
from domain.shop_floor.execution import batch_json
from planning.milp.engine import SearchLimits
from ports import ChildRunner, ChildSide, Clock, PlanLog, StoredPlan
from services.plan.document import as_text, plan_json
from services.plan.inputs import inputs_of
from services.plan.prices import Outlook
from services.plan.problem import Past
from services.plan.work import PlanReport, batches_alone, work

logger = logging.getLogger("application")
DEADLINE_S = 30.0
"""The child is ended after this long, and its best plan so far is taken."""
LOOK_EVERY_S = 0.1
FIRST_AFTER_S = 0.2
"""A search that has not ended by then gives the first plan that it knows to whoever has none: it knows one within a tenth of a
second, and takes one or more to its end."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for answers, in real seconds. A rehearsal waits for all of them, so that what it does is the same on every
    machine: there the search is bounded by its work alone.
    """

    deadline_s: float = DEADLINE_S
    first_after_s: float = FIRST_AFTER_S


UNHURRIED = Patience(1_200.0, math.inf)
"""Longer than a busy machine needs for a bounded search, and no first plan before it ends."""
KEPT_FAILURES = 50

UNKNOWN = "unknown"
"""Status of an answer where the time was over before a plan was found."""

Work = Callable[[PlanProblem, SearchLimits, ChildSide], PlanReport]
OnFirst = Callable[[StoredPlan], Awaitable[None]]
"""Gets a checked plan while a better one is searched for."""


class PlanRefusedError(FactoryError):
    """The independent check found a limit broken: a fault of the program. The plan in force stays."""


@dataclass(frozen=True, slots=True)
class Question:
    """A problem, what it was made from, and the name of its answer."""

    id: str
    problem: PlanProblem
    outlook: Outlook
    past: Past
    made_from: str
    """Digest of the plant and the program."""

    def inputs(self) -> dict[str, Any]:
        """What is kept beside the answer."""
        return inputs_of(self.problem, self.past.sequence, self.made_from)


@dataclass(slots=True)
class Search:
    """A question that is being answered. Whoever waits for it holds it, so it says why it was given up after another began."""

    question: Question
    first: asyncio.Future[StoredPlan]
    """The plan as soon as its batches are what they will be."""
    on_first: OnFirst | None = None
    work: Work | None = None
    """Another piece of work than the whole answer."""
    known: PlanReport | None = None
    """What is known so far."""
    void: str | None = None
    """Why nobody needs it any more."""
    task: "asyncio.Task[StoredPlan]" = field(init=False)

    async def end(self) -> StoredPlan:
        """Its answer. NotKnownError where it was given up while whoever waits for it goes on."""
        try:
            return await asyncio.shield(self.task)
        except asyncio.CancelledError:
            if self.void is not None and self.task.cancelled():
                raise NotKnownError(self.void) from None
            raise


class PlanAnswers:
    """A question that is asked twice is solved once."""

    def __init__(
        self,
        plans: PlanLog,
        clock: Clock,
        limits: SearchLimits,
        child: ChildRunner,
        *,
        aside: ChildRunner | None = None,
        patience: Patience = Patience(),
    ) -> None:
        """`aside` works on what is only asked, so that the plan that is to be in force never waits for it."""
        self._plans = plans
        self._clock = clock
        self._patience = patience
        main = child, asyncio.Lock()
        self._workers = {False: main, True: main if aside is None else (aside, asyncio.Lock())}
        self._running: dict[str, Search] = {}
        self._tasks: set[asyncio.Task[StoredPlan]] = set()
        """Those of all searches, given up or not, until they have ended."""
        self.saving = asyncio.Lock()
        """Held by whoever writes a plan that another may write meanwhile."""
        self._failed: dict[str, str] = {}
        self.limits = limits

    @property
    def busy(self) -> bool:
        """Whether something is being computed."""
        return bool(self._running)

    async def find(self, plan_id: str) -> StoredPlan | None:
        """An answer by its id, with all that is said about it; None while that is computed. NotKnownError says why it failed."""
        if plan_id in self._running:
            return None
        stored = await self._plans.plan(plan_id)
        if stored is None:
            if plan_id in self._failed:
                raise NotKnownError(self._failed[plan_id])
            raise NotFoundError(f"plan {plan_id}")
        return stored

    async def answer(self, question: Question, *, aside: bool = False) -> StoredPlan:
        """The kept answer, or a new one. Whoever waits may go: the search goes on."""
        return await self._asked(question, aside).end()

    async def settled(self, question: Question, *, aside: bool = False, on_first: OnFirst | None = None) -> StoredPlan:
        """The answer as soon as its batches are what they will be; reasons, reliefs and costs of wishes may still come. Before it
        `on_first` gets the first plan that is known, under a name of its own, where the search takes longer.
        """
        search = self._asked(question, aside)
        search.on_first = on_first or search.on_first
        await asyncio.wait({search.task, search.first}, return_when=asyncio.FIRST_COMPLETED)
        return await search.end() if search.task.done() else search.first.result()

    async def brief(self, question: Question, patience_s: float, most_s: float) -> StoredPlan | None:
        """The batches of an answer that is only asked for, without reasons, reliefs and costs of wishes, under a name of its own:
        the next question begins as soon as they are known. The whole answer, where there is one. Where the search goes on for
        longer than `patience_s`, the best plan that is known by then, or the first one after it; None where none is after `most_s`.
        """
        kept = await self._plans.plan(question.id)
        if kept is not None and json.loads(kept.document)["status"] != UNKNOWN:
            return kept
        search = self._asked(replace(question, id=digest([question.id, "brief"])), True, batches_alone)
        loop = asyncio.get_running_loop()
        until = loop.time() + most_s
        await asyncio.wait({search.task}, timeout=patience_s)
        while not search.task.done() and search.known is None and loop.time() < until:
            await asyncio.wait({search.task}, timeout=LOOK_EVERY_S)
        if search.task.done():
            return await search.end()
        known = search.known
        if known is None:
            return None
        first = replace(search.question, id=first_id(search.question.id))
        return await self._kept(first, _named(first, known))

    def _asked(self, question: Question, aside: bool, other: Work | None = None) -> Search:
        search = self._running.get(question.id)
        if search is None:
            self._failed.pop(question.id, None)
            search = Search(question, asyncio.get_running_loop().create_future(), work=other)
            search.task = asyncio.create_task(self._answered(search, aside), name=f"plan:{question.id[:12]}")
            self._running[question.id] = search
            self._tasks.add(search.task)
            search.task.add_done_callback(lambda _: self._ended(search))
        return search

    async def give_up(self, plan_id: str, why: str) -> None:
        """End the search for an answer that nobody needs any more; whoever waits is told why, whoever asks anew gets a new one."""
        search = self._running.pop(plan_id, None)
        if search is not None:
            search.void = f"plan {plan_id} is void: {why}"
            self._fail(plan_id, search.void)
            search.task.cancel()
            await asyncio.wait({search.task})

    async def stop(self) -> None:
        """Cancel what is running and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, search: Search) -> None:
        plan_id = search.question.id
        self._tasks.discard(search.task)
        if self._running.get(plan_id) is search:
            del self._running[plan_id]
        if not search.task.cancelled() and (error := search.task.exception()) is not None:
            self._fail(plan_id, str(error))
            fault = None if isinstance(error, NotKnownError) else error
            logger.error("plan_failed plan=%s error=%s", plan_id[:12], error, exc_info=fault)

    def _fail(self, plan_id: str, why: str) -> None:
        self._failed = dict([*self._failed.items(), (plan_id, why)][-KEPT_FAILURES:])

    async def _answered(self, search: Search, aside: bool) -> StoredPlan:
        child, turn = self._workers[aside]
        async with turn:
            kept = await self._plans.plan(search.question.id)
            if kept is None or json.loads(kept.document)["status"] == UNKNOWN:  # another time the machine may have more of it
                return await self._solved(search, child)
            return kept

    async def _worked(self, search: Search, child: ChildRunner) -> PlanReport:
        """What the child gives; its last report where the time was over, or where it died with one."""
        try:
            answer: PlanReport = await child.run(
                search.work or work, search.question.problem, self.limits, deadline_s=self._patience.deadline_s
            )
        except ChildLateError as late:
            if not isinstance(late.last_report, PlanReport):
                raise NotKnownError(f"no plan within {self._patience.deadline_s:.0f} s") from late
            return late.last_report
        except ChildFailedError as fault:
            if not isinstance(fault.last_report, PlanReport):
                raise
            logger.exception("plan_search_failed its last plan is taken")
            return fault.last_report
        return answer

    async def _solved(self, search: Search, child: ChildRunner) -> StoredPlan:
        over = asyncio.Event()
        early = asyncio.create_task(self._early(search, child, over))
        try:
            worked = await self._worked(search, child)
        finally:
            over.set()
            await asyncio.wait({early})
        return await self._kept(search.question, _named(search.question, worked))

    async def _early(self, search: Search, child: ChildRunner, over: asyncio.Event) -> None:
        """Keep the plan before there is everything to say about it; unless that comes at once. Before that, the first one that is
        known, for whoever has none.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not over.is_set():
            report = child.last_report
            if isinstance(report, PlanReport) and report.plan.batches:
                search.known = report
            if isinstance(report, PlanReport) and report.settled:
                search.first.set_result(await self._kept(search.question, report))
                return
            on_first = search.on_first
            if (
                isinstance(report, PlanReport)
                and report.plan.batches
                and on_first
                and loop.time() - began >= self._patience.first_after_s
            ):
                search.on_first = None
                await self._give_first(search.question, report, on_first)
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), LOOK_EVERY_S)

    async def _give_first(self, question: Question, report: PlanReport, on_first: OnFirst) -> None:
        """One that the check refuses is no plan; the search goes on."""
        name = first_id(question.id)
        try:
            first = replace(question, id=name)
            await on_first(await self._kept(first, _named(first, report)))
        except PlanRefusedError:
            logger.exception("first_plan_refused plan=%s", question.id[:12])

    async def _kept(self, question: Question, worked: PlanReport) -> StoredPlan:
        problem = question.problem
        verdict = await asyncio.to_thread(checked, problem, worked.plan)
        stored = await asyncio.to_thread(_as_stored, question, worked, verdict, self._clock())
        async with self.saving:
            before = await self._plans.plan(question.id)
            if before is not None:  # its first form may be in force
                kept = {name: before.inputs[name] for name in ("recent", "calm") if name in before.inputs}
                stored = replace(
                    stored, made_at=before.made_at, in_force_from=before.in_force_from, inputs={**stored.inputs, **kept}
                )
            await self._plans.save(stored)
        logger.info(
            "plan_made plan=%s status=%s gap=%s complete=%s",
            question.id[:12],
            worked.plan.status,
            worked.plan.gap_percent,
            worked.complete,
        )
        return stored


def _as_stored(question: Question, worked: PlanReport, verdict: Verdict | None, now: datetime) -> StoredPlan:
    """An answer with its document, as it is kept; not in force."""
    problem = question.problem
    document = plan_json(problem, worked, verdict, question.outlook, question.past, now)
    inputs = question.inputs() | {
        "batches": [batch_json(batch) for batch in worked.plan.schedule],
        "late_since": {item["order"]: item["since"] for item in document["late"]},
    }
    return StoredPlan(question.id, now, problem.start, problem.end, None, as_text(document), inputs)


def _named(question: Question, worked: PlanReport) -> PlanReport:
    """The answer under the name that it is kept by."""
    return worked if worked.plan.plan_id == question.id else replace(worked, plan=replace(worked.plan, plan_id=question.id))


def first_id(plan_id: str) -> str:
    """Name of the first plan that is known while one is searched for: its content is another, so its name is."""
    return digest([plan_id, "first"])


def checked(problem: PlanProblem, plan: Plan) -> Verdict | None:
    """What the independent check says of a plan; PlanRefusedError where a limit is broken or the cost is another."""
    if not plan.batches:
        return None
    verdict = check(as_planned(problem, plan), plan.schedule, late=plan.late)
    if not verdict.passed or abs(verdict.cost_eur - plan.cost_eur) > 1e-6:
        raise PlanRefusedError(f"the check refuses plan {plan.plan_id[:12]}: {verdict.violations[:3]}, {verdict.cost_eur} €")
    return verdict
