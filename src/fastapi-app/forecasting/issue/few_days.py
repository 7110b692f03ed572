"""What few days of history make of a forecast: wider bands, orders of hours that may turn, classes nearer to their shares (ADR 24).

The constants were chosen on the spot of 2014-03 to 2017-12 and measured on 2018 to 2025 (`scripts/bench calibration`).
"""

from functools import cache
from statistics import NormalDist

import numpy as np

from forecasting.data.grid import Floats

SPREAD_OF_DAY = 1.1
"""Scale of the error of a copied day, in units of the standard deviation of the prices of the days that are known."""
DAYS_BEFORE = 2
"""Degrees of freedom of the band of no day at all; each day of history adds one."""
DAY_CORRELATION = (0.2, 1.3)
"""What errors of far days have in common, and days in which the rest fades: of the same hour 0.57 after a day, 0.2 after a week."""
HOUR_CORRELATION = (0.45, 8.0)
"""The same of the hours of a day, in hours: 0.94 after an hour, 0.57 after twelve."""
OVERLAP = 2.0
"""Issues whose errors k days ahead are worth an independent one: so many times k. They share k days, and the level."""
FADED_WEEKS = 100
"""Past error weeks from which on the order of the hours is told by them alone."""
DOUBT_DAYS = (4.0, 28.0)
"""Weight of the shares of the classes: the first over the days of history and the second; 0.13 with two days, 0.03 with ninety."""
DOUBT_PATHS = 2.0
"""As many more paths, drawn from the shares of the classes, are thought behind what paths say: no share of 0 or 1 is ever given."""
ANGLES = 20_001


@cache
def student_quantiles(degrees: float, levels: tuple[float, ...]) -> tuple[float, ...]:
    """Quantiles of Student's t (1908): with x = sqrt(degrees) tan a, its density in a is that of cos(a)^(degrees - 1)."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, ANGLES)
    density = np.cos(angle) ** (degrees - 1)
    cumulative = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    found = np.interp(np.array(levels), cumulative / cumulative[-1], angle)
    return tuple(float(value) for value in np.sqrt(degrees) * np.tan(found))


def first_offsets(scale_now: float, days: int, levels: tuple[float, ...]) -> Floats:
    """(levels,) [€/kWh] before any error is known: t on the spread of the prices of so many days."""
    return SPREAD_OF_DAY * scale_now * np.array(student_quantiles(float(DAYS_BEFORE + days), levels))


def widening(issues: int, ahead: int, most: int, levels: tuple[float, ...]) -> Floats:
    """(levels,) factor on quantiles of the errors of so many closed issues, ``ahead`` days ahead; 1 from ``most`` issues on.

    The predictive distribution of a normal sample of what the issues are worth (Geisser, Predictive Inference (1993), 2.2), against
    that of the ``most``.
    """
    if issues >= most:
        return np.ones(len(levels))
    worth = OVERLAP * ahead
    return _predictive(issues / worth, levels) / _predictive(most / worth, levels)


def _predictive(independent: float, levels: tuple[float, ...]) -> Floats:
    normal = np.array([NormalDist().inv_cdf(level) for level in levels])
    student = np.array(student_quantiles(max(independent - 1.0, 1.0), levels)) * np.sqrt(1 + 1 / independent)
    middle = np.abs(normal) < 1e-9
    return np.where(middle, 1.0, student / np.where(middle, 1.0, normal))


def doubt(days: int, paths: int) -> tuple[float, float]:
    """Weights 0..1 of the shares of the classes in what paths say of a class: by their number, and by that of the days too."""
    least = DOUBT_PATHS / (DOUBT_PATHS + paths)
    return least, max(least, DOUBT_DAYS[0] / (DOUBT_DAYS[1] + days))


def typical_weeks(count: int, days: int, generator: np.random.Generator) -> Floats:
    """(count, days, 24) normal scores of whole weeks of errors, as dependent between hours and days as such errors are."""
    between_days, between_hours = _root(days, *DAY_CORRELATION), _root(24, *HOUR_CORRELATION)
    weeks: Floats = np.asarray(between_days @ generator.standard_normal((count, days, 24)) @ between_hours.T, dtype=np.float64)
    return weeks


@cache
def _root(size: int, common: float, fading: float) -> Floats:
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    root: Floats = np.asarray(np.linalg.cholesky(common + (1 - common) * np.exp(-apart / fading)), dtype=np.float64)
    return root
