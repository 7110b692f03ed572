"""The same week asked again and again, each time in a process of its own: how many different answers there are."""

from datetime import date
from typing import Any

from bench.plan_weeks import Prices, default_plant, week_problem
from domain.canonical import digest
from planning.milp.engine import SearchLimits
from services.plan.work import work_in_child

TIMES = 10
DEADLINE_S = 600.0
UNGUARDED = SearchLimits(clock_s=DEADLINE_S)
"""The service's limits, but for the clock, which a busy machine could let cut the search."""


def answers(prices: Prices, begin: date) -> dict[str, Any]:
    """Digests of whole answers (plan, reasons, wishes) to the problem of a week; one is right."""
    problem = week_problem(default_plant(), begin, lambda hour: prices[hour])
    worked = [work_in_child(problem, DEADLINE_S, UNGUARDED) for _ in range(TIMES)]
    return {
        "week": str(begin),
        "asked": TIMES,
        "batches": len(worked[0].plan.batches),
        "stopped_by": sorted({str(one.plan.stopped_by) for one in worked}),
        "different": len({digest(one) for one in worked}),
    }
