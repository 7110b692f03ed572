"""The work of the child process: the plan, then why each batch stands where it does, then what each wish costs. Every step is
reported, so that at the deadline the last one stands in for the answer.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from domain.plan.plan import Clash, Plan
from domain.plan.production import PlanProblem
from planning.answer import GRACE_S, answer, in_child
from planning.explain import Reason, WishAnswer, reasons, wish_cost
from planning.milp.engine import SearchLimits

PLAN_SHARE = 0.6
"""Share of the deadline that the search may take; the rest is for reasons and wishes."""
LEAST_S = 1.0
"""A wish is costed only when there is this much time for it [s]."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What is known so far: the wishes are costed one after the other."""

    plan: Plan
    reasons: tuple[Reason, ...] = ()
    wishes: tuple[WishAnswer, ...] = ()
    complete: bool = False
    """False when the deadline cut it: the same question may later have a better answer."""

    @property
    def clash(self) -> Clash | None:
        """Why there is no plan."""
        return self.plan.clash


def work_in_child(problem: PlanProblem, deadline_s: float, limits: SearchLimits) -> Worked:
    """The answer to a problem within a deadline [s]. Blocks its thread. Raises ChildFailedError where there is none."""
    left_s = max(0.5, deadline_s - GRACE_S)
    worked: Worked = in_child(partial(work, problem, limits, left_s), deadline_s)
    return worked


def work(problem: PlanProblem, limits: SearchLimits, left_s: float, report: Callable[[Worked], None]) -> Worked:
    """Everything there is to say about a problem, step by step."""
    until = time.monotonic() + left_s
    search = replace(limits, clock_s=min(limits.clock_s, PLAN_SHARE * left_s))
    plan = answer(problem, search, lambda found: report(Worked(found)), within_s=left_s)
    if not plan.batches:
        return Worked(plan, complete=True)
    worked = Worked(plan, reasons(_as_solved(problem, plan), plan))
    report(worked)
    names = list(dict.fromkeys(wish.id for wish in problem.wishes))
    for number, name in enumerate(names):
        each_s = (until - time.monotonic()) / (len(names) - number)
        if each_s < LEAST_S:
            return worked
        cost = wish_cost(problem, plan, name, replace(limits, clock_s=min(limits.clock_s, each_s)))
        worked = replace(worked, wishes=(*worked.wishes, cost))
        report(worked)
    return replace(worked, complete=True)


def _as_solved(problem: PlanProblem, plan: Plan) -> PlanProblem:
    """The problem without the freeze where that was given up."""
    return replace(problem, freeze_until=None) if plan.freeze_released else problem
