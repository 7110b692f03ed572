"""The same week asked again and again, each time in a process of its own: how many different answers there are."""

import asyncio
from datetime import date
from typing import Any

from adapters.runtime.child import ChildProcess
from bench.plan_weeks import Prices, default_plant, week_problem
from domain.canonical import digest
from domain.plan.production import PlanProblem
from planning.milp.engine import SearchLimits
from services.plan.work import PlanReport, work

TIMES = 10
DEADLINE_S = 600.0
UNGUARDED = SearchLimits(clock_s=DEADLINE_S)
"""The service's limits, but for the clock, which a busy machine could let cut the search."""


def _asked(problem: PlanProblem) -> PlanReport:
    worked: PlanReport = asyncio.run(ChildProcess(niceness=0).run(work, problem, UNGUARDED, deadline_s=DEADLINE_S))
    return worked


def answers(prices: Prices, begin: date) -> dict[str, Any]:
    """Digests of whole answers (plan, reasons, wishes) to the problem of a week; one is right."""
    problem = week_problem(default_plant(), begin, lambda hour: prices[hour])
    worked = [_asked(problem) for _ in range(TIMES)]
    return {
        "week": str(begin),
        "asked": TIMES,
        "batches": len(worked[0].plan.batches),
        "stopped_by": sorted({str(one.plan.stopped_by) for one in worked}),
        "different": len({digest(one) for one in worked}),
    }
