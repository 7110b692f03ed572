"""Weeks of quarter-hour prices: the search on the fine grid."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.forecast_data import quarter_hours
from bench.plan_weeks import WeekScore, default_plant, solve_week, week_problem
from domain.timeline import QUARTER, day_bounds, slot_starts, utc_from_epoch
from planning.milp.engine import SearchLimits

Quarters = Mapping[datetime, float]
"""€/kWh by UTC quarter-hour."""


def read_quarters(path: Path) -> Quarters:
    """Quarter-hours of the spot from a CSV (`utc`, `omie_es` in €/MWh); absent ones are left out."""
    starts, prices = quarter_hours(path, "omie_es")
    there = np.flatnonzero(np.isfinite(prices))
    return {utc_from_epoch(int(starts[i])): float(prices[i]) for i in there}


def whole_weeks(prices: Quarters, weeks: Sequence[date]) -> list[date]:
    """The weeks of which every quarter-hour is known."""
    return [begin for begin in weeks if all(at in prices for at in _slots(begin))]


def score_quarters(prices: Quarters, begin: date, limits: SearchLimits) -> WeekScore:
    """One week, alone in its process."""
    problem = week_problem(default_plant(), begin, lambda _: 0.0)
    return solve_week(replace(problem, prices=tuple(prices[at] for at in _slots(begin))), limits)[1]


def _slots(begin: date) -> list[datetime]:
    return list(slot_starts(day_bounds(begin)[0], day_bounds(begin + timedelta(days=6))[1], QUARTER))
