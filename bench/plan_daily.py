"""The week re-planned every evening on what was known then: published prices to the end of tomorrow, a forecast beyond.

On the evening before each day of the week (21:00 Madrid, when tomorrow's prices are out) the rest of the week is planned; what
begins on that day is carried out, and the realised prices are paid. The same batches are due in the same week for working as
usual and for perfect knowledge, so that the three compare.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np

from bench.forecast_data import history
from bench.plan_weeks import Prices, problem_of
from domain.plant import Plant
from domain.schedule import Batch, PlanProblem
from domain.timeline import HOUR, day_bounds, utc_from_epoch
from forecasting.baselines import STRONGEST
from forecasting.grid import Floats, Ints, from_table
from forecasting.history import Tables, Task, tables_of
from forecasting.record import rolling_forecasts
from planning.engine import SearchLimits
from planning.solve import solve

TASKS: Mapping[str, Task] = MappingProxyType({"pvpc": "W", "spot": "WS"})
SERVED: Mapping[str, str] = MappingProxyType({"pvpc": "blend", "spot": "lear"})
"""The model that asks first to serve."""
REFIT_DAYS = 28

Forecaster = Callable[[date], Prices]
"""Prices by UTC hour of the seven days after a published day, as known when it was published."""


def forecasters(prices: Path, market: str, first: date, last: date) -> dict[str, Forecaster]:
    """The strongest baseline and the served model, each refitted in steps on what was known."""
    past = history(TASKS[market], prices, None)
    tables = tables_of(past)
    issues = np.arange(first.toordinal(), last.toordinal() + 1) - tables.first
    made = rolling_forecasts(tables, issues, REFIT_DAYS)
    names = (STRONGEST, SERVED[market])
    return {name: _forecaster(past.starts, tables, dict(zip(issues.tolist(), made[name], strict=True))) for name in names}


def _forecaster(starts: Ints, tables: Tables, by_issue: Mapping[int, Floats]) -> Forecaster:
    def known_on(day: date) -> Prices:
        row = day.toordinal() - tables.first
        table = np.full(tables.toll.shape, np.nan)
        table[row + 1 : row + 8] = by_issue[row] + tables.toll[row + 1 : row + 8]
        values = from_table(tables.hours, table, tables.first)
        there = np.flatnonzero(np.isfinite(values))
        return {utc_from_epoch(int(starts[i])): float(values[i]) for i in there}

    return known_on


def carried_out(plant: Plant, begin: date, real: Prices, forecaster: Forecaster, limits: SearchLimits) -> tuple[Batch, ...]:
    """The batches of a week as they were run, re-planned on each evening before."""
    last = begin + timedelta(days=6)
    done: tuple[Batch, ...] = ()
    for offset in range(7):
        day = begin + timedelta(days=offset)
        problem = _evening(plant, (begin, day, last), real, forecaster(day), done)
        if not problem.demand and not problem.started:
            break
        plan = solve(problem, limits)
        if plan.status == "empty":
            continue
        if not plan.batches:
            raise ValueError(f"no plan for {day}: {plan.status}")
        done = _run(problem, done, plan.schedule)
    return done


def _evening(plant: Plant, days: tuple[date, date, date], real: Prices, forecast: Prices, done: tuple[Batch, ...]) -> PlanProblem:
    """The rest of the week as the evening before a day sees it; `days` are first day of the week, that day, last day."""
    begin, day, last = days
    night = day_bounds(day, plant.tz)[1]
    whole = problem_of(plant, day, last, lambda hour: real[hour] if hour < night else forecast.get(hour))
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


def known_hours(prices: Prices, first: date, last: date) -> bool:
    """Whether every hour of the days has a price."""
    hour, end = day_bounds(first)[0], day_bounds(last)[1]
    while hour < end:
        if hour not in prices:
            return False
        hour += HOUR
    return True
