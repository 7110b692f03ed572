"""Whether the band holds what it says: coverage, bias and width of the forecasts that were issued, on the days that came.

Hours of a day stand or fall together, and so do the forecasts of it: a day counts as one draw, not as 24 or 168. On the spot of
2018 to 2025 the coverage of 7 days varies as that of 7.2 independent draws would, that of 28 days as that of 26.2; the share of
prices above the median as a third of the days (3.3 and 8.8), as levels last. Bounds are the binomial's of so many draws (ADR 25).
"""

from collections.abc import Sequence
from math import comb

import numpy as np

from domain.watched import State, Watched
from forecasting.data.grid import Floats, Ints

WINDOWS_DAYS = (7, 28)
EXPECTED = 0.8
DAYS_OF_LEVEL = 3
"""Days whose levels are worth one that is independent."""
TAIL = 0.05
"""What is this rare, were the band right, is no chance; of each side where both are watched, half of it."""
NEEDS_SHARE = 0.7
"""Share of a window's days that must have come."""


def watched(target: Ints, truth: Floats, p10: Floats, p50: Floats, p90: Floats) -> tuple[Watched, ...]:
    """The windows that end with the newest day that came; ``target`` (hours,) are local days (ordinals), NaN does not count."""
    counts = np.isfinite(truth) & np.isfinite(p10) & np.isfinite(p50) & np.isfinite(p90)
    known = [series[counts] for series in (truth, p10, p50, p90)]
    return tuple(_window(days, target[counts], known) for days in WINDOWS_DAYS)


def _window(window_days: int, target: Ints, known: Sequence[Floats]) -> Watched:
    newest = int(target.max()) if target.size else 0
    recent = target > newest - window_days
    truth, p10, p50, p90 = (series[recent] for series in known)
    days, hours = int(np.unique(target[recent]).size), int(truth.size)
    bounds, level_bounds = coverage_bounds(days), level_bounds_of(days)
    if not hours:
        return Watched(window_days, 0, 0, None, bounds, None, level_bounds, None, None, "too_short")
    coverage, above = float(((truth >= p10) & (truth <= p90)).mean()), float((truth > p50).mean())
    state = _state(days / window_days, coverage, bounds, above, level_bounds)
    bias, width = float((truth - p50).mean()), float((p90 - p10).mean())
    return Watched(window_days, days, hours, coverage, bounds, above, level_bounds, bias, width, state)


def _state(known: float, coverage: float, bounds: tuple[float, float], above: float, level_bounds: tuple[float, float]) -> State:
    if known < NEEDS_SHARE:
        return "too_short"
    if coverage < bounds[0]:
        return "failing"
    if not level_bounds[0] <= above <= level_bounds[1]:
        return "biased"
    return "wide" if coverage > bounds[1] else "held"


def coverage_bounds(days: int) -> tuple[float, float]:
    """Between what shares the coverage of so many days lies unless something is wrong."""
    return fewest(days, EXPECTED, TAIL), 1 - fewest(days, 1 - EXPECTED, TAIL)


def level_bounds_of(days: int) -> tuple[float, float]:
    """The same of the share above the median."""
    low = fewest(days // DAYS_OF_LEVEL, 0.5, TAIL / 2)
    return low, 1 - low


def fewest(draws: int, chance: float, tail: float) -> float:
    """The share of draws below which the binomial has less than ``tail``, in straight lines between whole ones; 0 where none is."""
    below = 0.0
    for hits in range(draws + 1):
        up_to = below + comb(draws, hits) * chance**hits * (1 - chance) ** (draws - hits)
        if up_to > tail:
            return max(0.0, (hits - 1 + (tail - below) / (up_to - below)) / draws) if hits else 0.0
        below = up_to
    return 0.0
