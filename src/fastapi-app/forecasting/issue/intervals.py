"""Conformal intervals: quantiles of past errors, by day ahead and block of hours, that follow what happens.

Two layers. First the mean of a short window of raw errors (level and volatility) and a long one of scaled errors (steady
tails). Then a factor for each side of the band, from how far the errors of the last 14 closed days reached beyond the bands
that stood then, the newest weighing most: when coverage drifts, the band widens (or narrows) by itself within days.
Choice of windows: coverage by month in 2023 and 2024, both tasks.

The factors are adaptive conformal inference (Gibbs & Candès, NeurIPS 2021) in the form of weighted quantiles (Barber, Candès,
Ramdas & Tibshirani, Annals of Statistics 51 (2023) 816): a fold over what was issued and what came, no state of its own (ADR 25).
"""

from dataclasses import dataclass

import numpy as np

from forecasting.data.grid import Floats, Ints
from forecasting.issue.few_days import first_offsets, widening

LEVELS = (0.01, 0.025, *(round(0.05 * i, 2) for i in range(1, 20)), 0.975, 0.99)
"""Levels of every predictive distribution: 1 to 99 %."""
P10, P50, P90 = (LEVELS.index(level) for level in (0.1, 0.5, 0.9))
BLOCKS = (slice(0, 8), slice(8, 10), slice(10, 18), slice(18, 24))
"""Hours whose errors are alike: night, morning, midday, evening."""
BLOCK_OF_HOUR = np.repeat(np.arange(4), [8, 2, 8, 6])
SHORT_ISSUES = 60
LONG_ISSUES = 365
NEEDS_ISSUES = 20
"""Closed issues below which a band comes from the spread of the prices, not from errors."""
ADAPT_DAYS = 14
ADAPT_EXPONENT = 0.7
ADAPT_LIMITS = (0.5, 4.0)
ADAPT_LEVEL = 0.8
REACT_HALF_LIFE_DAYS = 3.0
REACT_LEVEL = 0.9
"""Of each side: a tenth may lie beyond it."""
REACT_LIMITS = (0.4, 4.0)
REACT_SAFETY = 1.05
REACT_EXPONENT = 0.5
FAILING_REACH, FAILING_EXPONENT = 1.3, 1.3
"""Beyond this reach a side is failing: it follows with more than what it failed by, where it else follows with the root."""
WIDENED_FACTOR = 2.0
"""From which on the widening is said; on the spot of 2018 to 2025 one issue in seven."""
LARGEST_FACTOR = 3.5
"""Chosen on the spot, by the days that steps take and the width without any (docs/forecasting.md)."""
SMALLEST_EDGE_EUR_KWH = 1e-4


def quantiles_of(sample: Floats, levels: tuple[float, ...] = LEVELS) -> Floats:
    """(groups, values) with NaN left out -> (groups, levels) by linear interpolation; NaN where a group is empty."""
    ordered = np.sort(sample, axis=1)
    top = np.maximum(np.isfinite(ordered).sum(axis=1) - 1, 0)[:, None]
    position = np.array(levels)[None, :] * top
    below = position.astype(np.int64)
    low, high = (np.take_along_axis(ordered, index, axis=1) for index in (below, np.minimum(below + 1, top)))
    quantiles: Floats = low + (position - below) * (high - low)
    return quantiles


def plain_offsets(
    errors: Floats, scales: Floats, scale_now: float, days: int = NEEDS_ISSUES, enough_issues: int = LONG_ISSUES
) -> Floats:
    """(7, 24, levels) [€/kWh] to add to a forecast, from errors (issues, 7, 24), oldest first, NaN where not closed.

    ``errors`` are price less forecast and hold only what is known at the issue; ``scales`` (issues,) are those of then.
    A day ahead with fewer than NEEDS_ISSUES closed issues gets the fallback of so many ``days`` of history; one with few
    is wider than their errors alone, until there are ``enough_issues``.
    """
    aheads = errors.shape[1]
    offsets = fallback_offsets(scale_now, aheads, days)
    closed = np.isfinite(errors[-LONG_ISSUES - aheads :]).any(axis=2).sum(axis=0)
    enough = closed >= NEEDS_ISSUES
    if not enough.any():
        return offsets
    short = errors[-SHORT_ISSUES - aheads :]
    long = errors[-LONG_ISSUES - aheads :] / scales[-LONG_ISSUES - aheads :, None, None]
    wider = np.array([widening(int(n), ahead, enough_issues, LEVELS) for ahead, n in enumerate(closed, 1)])
    for block in BLOCKS:
        raw, scaled = (quantiles_of(_by_day_ahead(part[:, :, block])) for part in (short, long))
        mixed = _widened((raw + scaled * scale_now) / 2, wider)
        usable = enough & np.isfinite(mixed).all(axis=1)
        offsets[usable, block] = mixed[usable, None]
    return offsets


def _widened(quantiles: Floats, factors: Floats) -> Floats:
    """Quantiles (..., levels) farther from their median by factors that grow with that distance: they stay in order."""
    middle = quantiles[..., P50 : P50 + 1]
    wider: Floats = middle + (quantiles - middle) * factors
    return wider


def _by_day_ahead(errors: Floats) -> Floats:
    grouped: Floats = errors.transpose(1, 0, 2).reshape(errors.shape[1], -1)
    return grouped


def fallback_offsets(scale_now: float, aheads: int = 7, days: int = NEEDS_ISSUES) -> Floats:
    """(aheads, 24, levels) for a history too short for errors: the spread of the prices of its days."""
    offsets: Floats = np.broadcast_to(first_offsets(scale_now, days, LEVELS), (aheads, 24, len(LEVELS))).copy()
    return offsets


def band_edges(offsets: Floats) -> Floats:
    """(7, 4, 2) p10 and p90 of the four blocks: what is kept of a band to judge it by later."""
    first_hours = [block.start for block in BLOCKS]
    edges: Floats = offsets[:, first_hours][:, :, [P10, P90]]
    return edges


def reach(errors: Floats, edges: Floats) -> Floats:
    """(2, issues, 7, 24): how far an error went towards the lower and the upper edge of its plain band (issues, 7, 4, 2); 1 is on
    the edge, less than 0 on the other side of the forecast."""
    hourly = edges[:, :, BLOCK_OF_HOUR]
    below = errors / np.minimum(hourly[..., 0], -SMALLEST_EDGE_EUR_KWH)
    above = errors / np.maximum(hourly[..., 1], SMALLEST_EDGE_EUR_KWH)
    return np.stack([below, above])


@dataclass(frozen=True, slots=True)
class Adapted:
    """Factors on the two sides of a plain band; 1 is the plain band."""

    below: float = 1.0
    above: float = 1.0

    @property
    def widened(self) -> bool:
        """Whether a side failed lately, so that it is at least twice as wide as its errors of the last year make it."""
        return max(self.below, self.above) >= WIDENED_FACTOR

    def of(self, offsets: Floats) -> Floats:
        """Offsets farther from (or nearer to) the forecast, each by the factor of its side: they stay in order."""
        adapted: Floats = offsets * np.where(offsets < 0, self.below, self.above)
        return adapted


def adaptation(reached: Floats, issues: Ints, last: int) -> Adapted:
    """Factors on the plain band at an issue on row ``last``, from reach (2, issues, aheads, 24) of bands issued on ``issues``.

    A band of the next day alone closes every day: it is followed as a whole and steadily, as chosen for it.
    """
    ahead = np.arange(1, reached.shape[2] + 1)
    target = issues[:, None] + ahead
    recent = (target <= last) & (target > last - ADAPT_DAYS)
    lately = reached[:, recent]
    known = np.isfinite(lately).all(axis=0)
    if known.sum() < ADAPT_DAYS * 24:
        return Adapted()
    if len(ahead) == 1:
        whole = float(np.clip(np.quantile(lately.max(axis=0)[known], ADAPT_LEVEL), *ADAPT_LIMITS) ** ADAPT_EXPONENT)
        return Adapted(whole, whole)
    age = np.broadcast_to((last - target[recent])[:, None], known.shape)[known]
    below, above = (_followed(_weighted_quantile(side[known], 0.5 ** (age / REACT_HALF_LIFE_DAYS), REACT_LEVEL)) for side in lately)
    return Adapted(below, above)


def _weighted_quantile(values: Floats, weights: Floats, level: float) -> float:
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulative, level * cumulative[-1])])


def _followed(reached: float) -> float:
    """The factor of a side whose errors reached so far lately."""
    reached = REACT_SAFETY * float(np.clip(reached, *REACT_LIMITS))
    root = pow(min(reached, FAILING_REACH), REACT_EXPONENT)
    return float(min(LARGEST_FACTOR, root * pow(max(1.0, reached / FAILING_REACH), FAILING_EXPONENT)))


def rolling_offsets(
    errors: Floats, issues: Ints, scales: Floats, *, window: int | None = None, first: int = 0
) -> tuple[Floats, Floats, Floats]:
    """What would have been issued on each row: offsets (issues, 7, 24, levels), the plain ones, their edges (issues, 7, 4, 2).

    ``errors`` (issues, 7, 24) of consecutive issues may hold everything that came: each issue is shown only what was
    closed by then, of the ``window`` issues before it (all that a band looks at when left out). Rows before the ``first`` are
    looked back at and stay NaN.
    """
    ahead = np.arange(1, errors.shape[1] + 1)
    offsets = np.full((*errors.shape, len(LEVELS)), np.nan)
    plains = np.full_like(offsets, np.nan)
    edges = np.full((*errors.shape[:2], 4, 2), np.nan)
    reached = np.full((2, *errors.shape), np.nan)
    window = LONG_ISSUES + errors.shape[1] if window is None else window
    for i in range(first, len(issues)):
        issue, past = issues[i], slice(max(0, i - window), i)
        closed = (issues[past, None] + ahead <= issue)[:, :, None]
        known = np.where(closed, errors[past], np.nan)
        plain = plain_offsets(known, scales[past], float(scales[i]), enough_issues=min(window, LONG_ISSUES))
        plains[i], edges[i] = plain, band_edges(plain)
        recent = slice(max(0, i - ADAPT_DAYS - errors.shape[1]), i)
        offsets[i] = adaptation(reached[:, recent], issues[recent], int(issue)).of(plain)
        reached[:, i] = reach(errors[i : i + 1], edges[i : i + 1])[:, 0]
    return offsets, plains, edges
