"""Tomorrow's spot from the D+1 forecasts: local linear regressions of recent prices on residual load.

Residual load = demand - wind - solar [MW], all as forecast a day ahead by the system operator, so that past and future
are of one kind. What a MW costs changes within days, so the memory is days, and ten days of history suffice.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from forecasting.data.grid import Bools, Floats, Ints

MEMORY_DAYS = 21
NEEDS_DAYS = 10
"""Past days with prices and forecasts below which no kernel speaks."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """Widths of one local regression."""

    load_mw: float
    hours: float
    half_life_days: float
    daily_load_mw: float
    other_type: float = 0.4
    """Weight of a day of the other type (working, off)."""


KERNELS = tuple(Kernel(1500.0, 6.0, half_life, daily) for half_life, daily in product((1.0, 1.5, 2.5, 4.0), (1500.0, 2500.0)))
"""Chosen on June to September 2025: several memories agree better than one."""
SLOPE_RIDGE = 0.05
"""Share of the spread of residual load added to it: an hour like no other leans on the level."""


def kernel_forecasts(spot: Floats, load: Floats, off: Bools, target: int) -> Floats:
    """(kernels, 24) €/kWh of day row ``target`` from spot (days, 24) of the rows before it and load (days, 24) to it.

    NaN for hours whose residual load is not known, and throughout when too few past days have both.
    """
    rows = np.arange(max(0, target - MEMORY_DAYS), target)
    known = np.isfinite(spot[rows]) & np.isfinite(load[rows])
    if (known.sum(axis=1) > 0).sum() < NEEDS_DAYS:
        return np.full((len(KERNELS), 24), np.nan)
    past = _Past.of(spot, load, off, target, rows, known)
    return np.array([_local_linear(past, kernel) for kernel in KERNELS])


@dataclass(frozen=True, slots=True)
class _Past:
    """The hours a day is compared with (n,), and how far each is from the 24 hours of that day (24, n)."""

    price: Floats
    load_gap: Floats  # (24, n) past less target [MW]
    hour_gap: Floats  # (24, n)
    age_days: Floats
    daily_gap: Floats
    same_type: Bools

    @classmethod
    def of(cls, spot: Floats, load: Floats, off: Bools, target: int, rows: Ints, known: Bools) -> "_Past":
        day, hour = np.nonzero(known)
        with np.errstate(invalid="ignore"):
            daily = np.array([_mean(load[row]) for row in [*rows, target]])
        return cls(
            price=spot[rows][known],
            load_gap=load[rows][known][None] - load[target][:, None],
            hour_gap=np.abs(hour[None] - np.arange(24)[:, None]).astype(np.float64),
            age_days=(target - rows[day]).astype(np.float64),
            daily_gap=daily[day] - daily[-1],
            same_type=off[rows[day]] == off[target],
        )


def _mean(values: Floats) -> float:
    known = np.isfinite(values)
    return float(values[known].mean()) if known.any() else float("nan")


def _local_linear(past: _Past, kernel: Kernel) -> Floats:
    """(24,) intercepts of the weighted regressions of price on the distance in residual load."""
    days = 0.5 ** (past.age_days / kernel.half_life_days) * np.where(past.same_type, 1.0, kernel.other_type)
    days = days * np.exp(-0.5 * (past.daily_gap / kernel.daily_load_mw) ** 2) + 1e-12
    shape = np.exp(-0.5 * (past.load_gap / kernel.load_mw) ** 2 - 0.5 * (past.hour_gap / kernel.hours) ** 2)
    weight = shape * days[None] + 1e-9 * days[None]
    total = weight.sum(axis=1)
    gap = (weight * past.load_gap).sum(axis=1) / total
    price = (weight @ past.price) / total
    centred = past.load_gap - gap[:, None]
    square = (weight * centred**2).sum(axis=1) / total
    cross = (weight * centred * (past.price[None] - price[:, None])).sum(axis=1) / total
    slope = cross / (square + SLOPE_RIDGE * kernel.load_mw**2)
    forecast: Floats = price - slope * gap
    return forecast
