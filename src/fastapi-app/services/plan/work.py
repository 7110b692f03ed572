"""The work of the child process: the plan, then why each batch stands where it does, then what each wish costs. Every step is
reported, so that at the deadline the last one stands in for the answer.
"""

from dataclasses import dataclass, replace

from domain.plan.plan import Clash, Plan, as_planned
from domain.plan.production import PlanProblem
from planning.answer import answer
from planning.explain import Reason, WishAnswer, reasons, wish_cost
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from ports import ChildSide

PLAN_SHARE = 0.6
"""Share of the deadline that the search may take; the rest is for reasons and wishes."""
WISHES_S = 4.0
"""What is kept of the time for what wishes cost, whatever there is to say of a clash [s]."""
LEAST_S = 1.0
"""A wish is costed only when there is this much time for it [s]."""


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What is known so far: the wishes are costed one after the other."""

    plan: Plan
    reasons: tuple[Reason, ...] = ()
    wishes: tuple[WishAnswer, ...] = ()
    settled: bool = False
    """The batches are what they will be; reasons, reliefs and costs of wishes may still come."""
    complete: bool = False
    """False when the deadline cut it: the same question may later have a better answer."""

    @property
    def clash(self) -> Clash | None:
        """Why there is no plan."""
        return self.plan.clash


def work(problem: PlanProblem, limits: SearchLimits, child: ChildSide) -> PlanReport:
    """Everything there is to say about a problem, step by step, in the time that is left."""
    search = replace(limits, clock_s=min(limits.clock_s, max(0.0, PLAN_SHARE * child.left_s())))
    keep_s = WISHES_S if problem.wishes else 0.0

    def found(plan: Plan) -> None:
        child.report(PlanReport(plan, settled=plan.clash is not None and bool(plan.batches)))

    plan = answer(problem, search, found, left_s=lambda: child.left_s() - keep_s)
    if not plan.batches:
        return PlanReport(plan, complete=True)
    child.report(PlanReport(plan, settled=True))
    worked = PlanReport(plan, reasons(as_planned(problem, plan), plan), settled=True)
    child.report(worked)
    names = list(dict.fromkeys(wish.id for wish in problem.wishes))
    for number, name in enumerate(names):
        each_s = child.left_s() / (len(names) - number)
        if each_s < LEAST_S:
            return worked
        cost = wish_cost(problem, plan, name, replace(limits, clock_s=min(limits.clock_s, each_s)))
        worked = replace(worked, wishes=(*worked.wishes, cost))
        child.report(worked)
    return replace(worked, complete=True)


def batches_alone(problem: PlanProblem, limits: SearchLimits, child: ChildSide) -> PlanReport:
    """The plan, without a word on why: for who asks only what something costs and makes late, and waits for it."""
    search = replace(limits, clock_s=min(limits.clock_s, max(0.0, PLAN_SHARE * child.left_s())))
    return PlanReport(solve(problem, search, lambda plan: child.report(PlanReport(plan))), settled=True)
