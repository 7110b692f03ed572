"""The week re-planned every evening on what was known then: published prices to the end of tomorrow, a forecast beyond.

On the evening before each day of the week (21:00 Madrid, when tomorrow's prices are out) the rest of the week is planned; what
begins on that day is carried out, and the realised prices are paid. What was finished goes to stock, what is in the works goes
on. The same batches are due in the same week for working as usual and for perfect knowledge; the checker holds each of the
weeks, as it was carried out, against every limit and against the demand of the week.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bench.plan_weeks import Prices, problem_of, week_problem
from domain.checker import check
from domain.plan import Plan
from domain.plant import Plant
from domain.schedule import Batch, PlanProblem
from domain.timeline import day_bounds
from planning.engine import SearchLimits
from planning.solve import solve

Forecaster = Callable[[date], Prices]
"""Prices by UTC hour of the seven days after a published day, as known when it was published."""
EVENING = SearchLimits(rel_gap=2e-3, nodes=20, clock_s=600.0)
"""Work is bounded by nodes, so that the machine's load changes nothing; a plan that the clock cut is an error."""
HINDSIGHT = SearchLimits(rel_gap=1e-3, nodes=200, clock_s=1200.0)


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


def carried_out(plant: Plant, begin: date, real: Prices, forecaster: Forecaster) -> Closed:
    """The batches of a week as they were run, re-planned on each evening before."""
    last = begin + timedelta(days=6)
    done: tuple[Batch, ...] = ()
    for offset in range(7):
        day = begin + timedelta(days=offset)
        if plant.first_shift_start(day) is not None:
            problem = _evening(plant, (begin, day, last), real, forecaster(day), done)
            done = _run(problem, done, _solved(problem, EVENING).schedule)
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


def _evening(plant: Plant, days: tuple[date, date, date], real: Prices, forecast: Prices, done: tuple[Batch, ...]) -> PlanProblem:
    """The rest of the week as the evening before a day sees it; `days` are first day of the week, that day, last day."""
    begin, day, last = days
    night = day_bounds(day, plant.tz)[1]
    whole = problem_of(plant, day, last, lambda hour: real[hour] if hour < night else forecast[hour])
    finished = [batch for batch in done if batch.end <= whole.start]
    started = tuple(
        replace(batch, runs=tuple(run for run in batch.runs if run.start < whole.start))
        for batch in done
        if batch.end > whole.start
    )
    past = problem_of(plant, begin, day, lambda _: 0.0).demand
    stock = {
        quality: plant.batch_kg * sum(batch.quality == quality for batch in finished)
        - sum(item.kg for item in past if item.quality == quality and item.day < day)
        for quality in plant.qualities
    }
    return replace(whole, stock_kg=stock, started=started)


def _run(problem: PlanProblem, done: tuple[Batch, ...], plan: tuple[Batch, ...]) -> tuple[Batch, ...]:
    """What was done before, and of the plan what begins before the next midnight (with the rest of its runs as planned)."""
    end = day_bounds(problem.start.astimezone(problem.plant.tz).date(), problem.plant.tz)[1]
    ids = {batch.id for batch in plan}
    return tuple(batch for batch in done if batch.id not in ids) + tuple(batch for batch in plan if batch.start < end)
