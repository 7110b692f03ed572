"""The whole answer to a problem: a plan, and the clash where something is late."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from domain.plan.plan import Plan
from domain.plan.production import Demand, Lateness, Order, PlanProblem
from domain.timeline import QUARTER, ceil_to
from planning import messages
from planning.conflict.conflict import explain
from planning.milp.engine import SearchLimits, SecondsLeft, unhurried
from planning.search.settle import settled
from planning.search.solve import NO_LIMITS, OnPlan, solve


def answer(
    problem: PlanProblem, limits: SearchLimits = NO_LIMITS, on_plan: OnPlan | None = None, *, left_s: SecondsLeft = unhurried
) -> Plan:
    """The plan, and where something is late or set aside that need not be, what clashes and what would mend it, for which
    `left_s` says how much time there is.

    Where the time was over before a plan was found, the clash names no limit and says so. `on_plan` gets what is known of the clash
    on the way, too: it is never an answer without a word on why.
    """
    plan = solve(problem, limits, on_plan)
    if plan.status == "unknown":
        return replace(plan, clash=messages.not_found())
    firm = in_time(problem, plan)
    if firm is None:
        return plan
    on_clash = None if on_plan is None else lambda clash: on_plan(replace(plan, clash=clash))
    return replace(plan, clash=explain(firm, left_s=left_s, on_clash=on_clash))


def in_time(problem: PlanProblem, plan: Plan) -> PlanProblem | None:
    """The problem that nothing more is late than is by now: it has no plan, and what clashes in it can be asked. None where all is
    well, or all that is late was due before the start."""
    if plan.status in ("infeasible", "unknown") and not plan.late:
        return problem if plan.status == "infeasible" else None
    past = {item.order_id: item for item in plan.late if _due(problem, item) <= problem.start}
    if len(past) == len(plan.late) and not plan.set_aside:
        return None
    facts = settled(problem).problem
    return replace(facts, demand=_when_it_can(facts.demand, past), orders=_in_reach(facts.orders, past))


def _due(problem: PlanProblem, late: Lateness) -> datetime:
    return next(item.due for item in problem.promises if item.order_id == late.order_id)


def _when_it_can(demand: tuple[Demand, ...], past: Mapping[str, Lateness]) -> tuple[Demand, ...]:
    """Demand of days that are over is none that could still be met in time."""
    return tuple(item for item in demand if f"{item.day} {item.quality}" not in past)


def _in_reach(orders: tuple[Order, ...], past: Mapping[str, Lateness]) -> tuple[Order, ...]:
    """Orders that are late already are due when the plan has them; those that it does not have are left out."""
    found = []
    for order in orders:
        late = past.get(order.id)
        if late is None:
            found.append(order)
        elif late.by_minutes is not None:
            found.append(replace(order, due=ceil_to(order.due + timedelta(minutes=late.by_minutes), QUARTER)))
    return tuple(found)
