"""Answers to planning questions: solved in a child process, one at a time, checked, and kept under the hash of the question."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from domain.errors import ChildFailedError, ChildLateError, FactoryError, NotFoundError, NotKnownError
from domain.plan.checker import Verdict, check
from domain.plan.plan import Plan, as_planned
from domain.plan.production import PlanProblem
from domain.shop_floor.execution import batch_json
from planning.milp.engine import SearchLimits
from ports import ChildRunner, Clock, PlanLog, StoredPlan
from services.plan.document import as_text, plan_json
from services.plan.inputs import inputs_of
from services.plan.prices import Outlook
from services.plan.problem import Past
from services.plan.work import PlanReport, work

logger = logging.getLogger("application")
DEADLINE_S = 30.0
"""The child is ended after this long, and its best plan so far is taken."""
KEPT_FAILURES = 50


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


class PlanAnswers:
    """A question that is asked twice is solved once."""

    def __init__(
        self, plans: PlanLog, clock: Clock, limits: SearchLimits, child: ChildRunner, *, deadline_s: float = DEADLINE_S
    ) -> None:
        self._plans = plans
        self._clock = clock
        self._child = child
        self._deadline_s = deadline_s
        self._turn = asyncio.Lock()
        self._running: dict[str, asyncio.Task[StoredPlan]] = {}
        self._failed: dict[str, str] = {}
        self.limits = limits

    @property
    def busy(self) -> bool:
        """Whether something is being computed."""
        return bool(self._running)

    async def find(self, plan_id: str) -> StoredPlan | None:
        """An answer by its id; None while it is being computed. NotKnownError says why it failed."""
        stored = await self._plans.plan(plan_id)
        if stored is None and plan_id not in self._running:
            if plan_id in self._failed:
                raise NotKnownError(self._failed[plan_id])
            raise NotFoundError(f"plan {plan_id}")
        return stored

    async def answer(self, question: Question) -> StoredPlan:
        """The kept answer, or a new one. Whoever waits may go: the search goes on."""
        task = self._running.get(question.id)
        if task is None:
            self._failed.pop(question.id, None)
            task = asyncio.create_task(self._answered(question), name=f"plan:{question.id[:12]}")
            self._running[question.id] = task
            task.add_done_callback(lambda ended: self._ended(question.id, ended))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if question.id in self._failed:  # given up, while whoever waits for it goes on
                raise NotKnownError(self._failed[question.id]) from None
            raise

    async def give_up(self, plan_id: str, why: str) -> None:
        """End the search for an answer that nobody needs any more; whoever asks for it is told why."""
        task = self._running.get(plan_id)
        if task is not None:
            self._fail(plan_id, f"plan {plan_id} is void: {why}")
            task.cancel()
            await asyncio.wait({task})

    async def stop(self) -> None:
        """Cancel what is running and wait for it."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, plan_id: str, task: "asyncio.Task[StoredPlan]") -> None:
        self._running.pop(plan_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(plan_id, str(error))
            fault = None if isinstance(error, NotKnownError) else error
            logger.error("plan_failed plan=%s error=%s", plan_id[:12], error, exc_info=fault)

    def _fail(self, plan_id: str, why: str) -> None:
        self._failed = dict([*self._failed.items(), (plan_id, why)][-KEPT_FAILURES:])

    async def _answered(self, question: Question) -> StoredPlan:
        async with self._turn:
            return await self._plans.plan(question.id) or await self._solved(question)

    async def _worked(self, problem: PlanProblem) -> PlanReport:
        """What the child gives; its last report where the time was over, or where it died with one."""
        try:
            answer: PlanReport = await self._child.run(work, problem, self.limits, deadline_s=self._deadline_s)
        except ChildLateError as late:
            if not isinstance(late.last_report, PlanReport):
                raise NotKnownError(f"no plan within {self._deadline_s:.0f} s") from late
            return late.last_report
        except ChildFailedError as fault:
            if not isinstance(fault.last_report, PlanReport):
                raise
            logger.exception("plan_search_failed its last plan is taken")
            return fault.last_report
        return answer

    async def _solved(self, question: Question) -> StoredPlan:
        problem = question.problem
        worked = await self._worked(problem)
        verdict = await asyncio.to_thread(checked, problem, worked.plan)
        now = self._clock()
        document = plan_json(problem, worked, verdict, question.outlook, question.past, now)
        inputs = question.inputs() | {
            "batches": [batch_json(batch) for batch in worked.plan.schedule],
            "late_since": {item["order"]: item["since"] for item in document["late"]},
        }
        stored = StoredPlan(question.id, now, problem.start, problem.end, None, as_text(document), inputs)
        await self._plans.save(stored)
        logger.info("plan_made plan=%s status=%s gap=%s", question.id[:12], worked.plan.status, worked.plan.gap_percent)
        return stored


def checked(problem: PlanProblem, plan: Plan) -> Verdict | None:
    """What the independent check says of a plan; PlanRefusedError where a limit is broken or the cost is another."""
    if not plan.batches:
        return None
    verdict = check(as_planned(problem, plan), plan.schedule, late=plan.late)
    if not verdict.passed or abs(verdict.cost_eur - plan.cost_eur) > 1e-6:
        raise PlanRefusedError(f"the check refuses plan {plan.plan_id[:12]}: {verdict.violations[:3]}, {verdict.cost_eur} €")
    return verdict
