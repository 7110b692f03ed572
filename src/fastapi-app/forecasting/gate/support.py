"""How sure a difference has to be, where the same question is asked every day.

A test at 5 % that is asked on each of 182 days lets in something that is no better in far more than 5 % of half-years. The windows
of two days overlap, though: the statistic of a window that moves on is a Gaussian process whose correlation falls in a line to 0
over the length of the window, and the chance that it passes a bound within one length is known in closed form.
D. Slepian, First passage time for a particular Gaussian process, Ann. Math. Statist. 32 (1961) 610.
"""

from functools import cache
from math import copysign, erfc, exp, isfinite, log1p, pi, sqrt

from forecasting.data.grid import Floats
from forecasting.gate.evaluation import HAC_LAG, Comparison, diebold_mariano

ERROR = 0.05
"""Chance that all who ask within one window are let in wrongly, by one of them."""
HIGHEST_BOUND = 10.0
STEPS = 60


@cache
def needed(share: float = 1.0) -> float:
    """The p-value that one asking needs, so that a share of ERROR is spent on asking every day for the length of a window."""
    low, high = 0.0, HIGHEST_BOUND
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _passed(middle) > share * ERROR else (low, middle)
    return _above(high)


def share_of(place: int, count: int) -> float:
    """What of ERROR a challenger may spend: half for the first who asks, the rest in equal parts (a weighted Bonferroni)."""
    if count == 1:
        return 1.0
    return 0.5 if place == 0 else 0.5 / (count - 1)


def better(first: Floats, second: Floats) -> tuple[float, Comparison]:
    """p-value that ``first`` has no smaller loss, and the comparison behind it (daily means in order of time)."""
    comparison = diebold_mariano(first, second)
    return small_sample(comparison), comparison


def small_sample(comparison: Comparison, lag: int = HAC_LAG) -> float:
    """The p-value of a Diebold-Mariano statistic of few days, whose variance is estimated too small.

    Harvey, Leybourne, Newbold, Int. J. Forecasting 13 (1997) 281: a factor, and Student's t; its tail by D. L. Wallace, Ann. Math.
    Statist. 30 (1959) 1124.
    """
    days, ahead = comparison.days, lag + 1
    factor = (days + 1 - 2 * ahead + ahead * (ahead - 1) / days) / days if days else 0.0
    if not isfinite(comparison.statistic) or factor <= 0:
        return comparison.p_value if factor > 0 else float("nan")
    t, freedom = comparison.statistic * sqrt(factor), days - 1
    z = copysign(sqrt(freedom * log1p(t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3), t)
    return _above(-z)


def _passed(bound: float) -> float:
    """Chance that the process passes a bound within one length of the window."""
    below, density = 1 - _above(bound), exp(-bound * bound / 2) / sqrt(2 * pi)
    return 1 - below**2 + density * (density + bound * below)


def _above(z: float) -> float:
    return 0.5 * erfc(z / sqrt(2))
