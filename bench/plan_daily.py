"""The week re-planned whenever prices or forecasts come, on what was known then: published prices, a forecast beyond.

At each look (midnight, when the day's prices had come the evening before; later ones, when there was news) the rest of the week is
planned; what begins until the next look is carried out, and the realised prices are paid. What was finished goes to stock, what is
in the works goes on. The same batches are due in the same week for working as usual and for perfect knowledge; the checker holds
each of the weeks, as it was carried out, against every limit and against the demand of the week.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bench.plan_weeks import Prices, problem_between, week_problem
from domain.plan.checker import check
from domain.plan.plan import Plan
from domain.plan.plant import Plant
from domain.plan.production import Batch, PlanProblem, demand_between
from domain.timeline import day_bounds, local_day
from planning.milp.engine import SearchLimits
from planning.search.solve import solve


@dataclass(frozen=True, slots=True)
class Look:
    """The rest of the week seen from an instant (UTC, on a quarter-hour): expected prices by UTC hour, published or forecast."""

    start: datetime
    expected: Prices


Looks = Callable[[date], Sequence[Look]]
"""The looks of a local day in their order, the first at its midnight."""
SEARCH = SearchLimits(rel_gap=1e-4, nodes=300, clock_s=600.0)
"""Work is bounded by nodes, so that the machine's load changes nothing; a plan that the clock cut is an error."""
HINDSIGHT = SearchLimits(rel_gap=1e-4, nodes=2_000, clock_s=1200.0)


@dataclass(frozen=True, slots=True)
class Closed:
    """A week, closed: batches made by quality, and what they cost on the realised prices, without base load [€]."""

    made: dict[str, int]
    cost_eur: float


@dataclass(frozen=True, slots=True)
class Hindsight:
    """The week with perfect knowledge, and working as usual."""

    perfect: Closed
    usual: Closed
    gap_eur: float
    base_eur: float


def hindsight(plant: Plant, begin: date, real: Prices) -> Hindsight | None:
    """None for a week in which working as usual finds no place for a batch: there is nothing to compare with."""
    problem = week_problem(plant, begin, lambda hour: real[hour])
    plan = _solved(problem, HINDSIGHT)
    if plan.baseline is None:
        return None
    usual = tuple(item.batch for item in plan.baseline)
    return Hindsight(closed(problem, plan.schedule), closed(problem, usual), plan.gap_eur or 0.0, plan.base_cost_eur)


def carried_out(plant: Plant, begin: date, real: Prices, looks: Looks) -> Closed:
    """The batches of a week as they were run, re-planned at each look."""
    end = day_bounds(begin + timedelta(days=6), plant.tz)[1]
    done: tuple[Batch, ...] = ()
    for offset in range(7):
        day = begin + timedelta(days=offset)
        if plant.first_shift_start(day) is None:
            continue
        seen = looks(day)
        ends = [*(look.start for look in seen[1:]), day_bounds(day, plant.tz)[1]]
        for look, until in zip(seen, ends, strict=True):
            problem = _rest(plant, begin, end, look, done)
            done = _run(done, _solved(problem, SEARCH).schedule, until)
    return closed(week_problem(plant, begin, lambda hour: real[hour]), done)


def closed(problem: PlanProblem, batches: Sequence[Batch]) -> Closed:
    """A week's batches once the checker accepts them; ValueError where it does not."""
    verdict = check(problem, batches)
    if not verdict.passed:
        raise ValueError(f"the week of {problem.start} is not closed: {verdict.violations[:3]}")
    return Closed(dict(sorted(Counter(batch.quality for batch in batches).items())), verdict.cost_eur)


def _solved(problem: PlanProblem, limits: SearchLimits) -> Plan:
    plan = solve(problem, limits)
    if plan.stopped_by == "clock" or plan.status in ("infeasible", "unknown"):
        raise ValueError(f"no plan to count on from {problem.start}: {plan.status}, stopped by {plan.stopped_by}")
    return plan


def _rest(plant: Plant, begin: date, end: datetime, look: Look, done: tuple[Batch, ...]) -> PlanProblem:
    """The rest of the week as a look sees it, with what is finished and in the works."""
    rest = problem_between(plant, look.start, end, lambda hour: look.expected[hour])
    due = demand_between(plant, day_bounds(begin, plant.tz)[0], end)
    today = local_day(look.start, plant.tz)
    finished = [batch for batch in done if batch.end <= look.start]
    started = tuple(
        replace(batch, runs=tuple(run for run in batch.runs if run.start < look.start))
        for batch in done
        if batch.start < look.start < batch.end
    )
    stock = {
        quality: plant.batch_kg * sum(batch.quality == quality for batch in finished)
        - sum(item.kg for item in due if item.quality == quality and item.day < today)
        for quality in plant.qualities
    }
    return replace(rest, demand=tuple(item for item in due if item.day >= today), stock_kg=stock, started=started)


def _run(done: tuple[Batch, ...], plan: tuple[Batch, ...], until: datetime) -> tuple[Batch, ...]:
    """What was done before, and of the plan what begins before the next look (with the rest of its runs as planned)."""
    ids = {batch.id for batch in plan}
    return tuple(batch for batch in done if batch.id not in ids) + tuple(batch for batch in plan if batch.start < until)
