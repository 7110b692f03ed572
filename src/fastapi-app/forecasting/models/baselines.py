"""The baselines: simple forecasts that always serve, and that every model has to beat.

Each takes the base of a table and issue rows, and gives (issues, 7, 24) €/kWh (less tolls); NaN where it cannot say.
"""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from forecasting.data.features import HORIZON_DAYS, Base
from forecasting.data.grid import Floats, Ints, rows_of

BaselineFunction = Callable[[Base, Ints], Floats]


def yesterday(base: Base, issues: Ints) -> Floats:
    """The last published day again, on every day of the week to come. Needs 1 day."""
    copied: Floats = np.repeat(base.filled[issues][:, None], HORIZON_DAYS, axis=1)
    return copied


def last_week(base: Base, issues: Ints) -> Floats:
    """The same weekday of the last seven published days. Needs 7 days."""
    return _weekday_copy(base, issues, 1)


def four_week_same_weekday(base: Base, issues: Ints) -> Floats:
    """Mean of the last four same weekdays. Needs 28 days."""
    copies = np.stack([_weekday_copy(base, issues, week) for week in range(1, 5)])
    known = np.isfinite(copies)
    count = known.sum(axis=0)
    total = np.where(known, copies, 0.0).sum(axis=0)
    mean: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean


def ewma_day_type(base: Base, issues: Ints) -> Floats:
    """Weighted mean of the days of the same type (working, off), half-life 7 d, 42 d. Needs 42 days (serves with fewer)."""
    days = [base.mean[issues, base.calendar.off[issues + k].astype(np.int64)] for k in range(1, HORIZON_DAYS + 1)]
    return np.stack(days, axis=1)


def _weekday_copy(base: Base, issues: Ints, weeks: int) -> Floats:
    rows = issues[:, None] + np.arange(1, HORIZON_DAYS + 1) - 7 * weeks
    return rows_of(base.filled, rows)


BASELINES = MappingProxyType(
    {
        "yesterday": yesterday,
        "last_week": last_week,
        "four_week_same_weekday": four_week_same_weekday,
        "ewma_day_type": ewma_day_type,
    }
)
BASELINE_DAYS = MappingProxyType({"yesterday": 1, "last_week": 7, "four_week_same_weekday": 28, "ewma_day_type": 42})
"""Days of history that each needs to be what its name says."""
STRONGEST = "ewma_day_type"
"""The strongest of them for the week tasks, measured on every issue day of 2025."""


def best_with(days: int) -> str | None:
    """The strongest baseline that so much history allows; None without a single day."""
    for name in (STRONGEST, "four_week_same_weekday", "last_week", "yesterday"):
        if days >= BASELINE_DAYS[name]:
            return name
    return None
