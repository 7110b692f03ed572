"""The whole answer to a problem: a plan, or the clash."""

from dataclasses import replace

from domain.plan.plan import Plan
from domain.plan.production import PlanProblem
from planning.conflict.conflict import explain
from planning.milp.engine import SearchLimits, SecondsLeft, unhurried
from planning.search.solve import NO_LIMITS, OnPlan, solve


def answer(
    problem: PlanProblem, limits: SearchLimits = NO_LIMITS, on_plan: OnPlan | None = None, *, left_s: SecondsLeft = unhurried
) -> Plan:
    """The plan; where there is none, the clash, for which `left_s` says how much time there is.

    `on_plan` gets what is known of the clash on the way, too: it is never an answer without a word on why.
    """
    plan = solve(problem, limits, on_plan)
    if plan.status != "infeasible":
        return plan
    on_clash = None if on_plan is None else lambda clash: on_plan(replace(plan, clash=clash))
    return replace(plan, clash=explain(problem, left_s=left_s, on_clash=on_clash))
