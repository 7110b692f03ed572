"""Conformal intervals: quantiles of past errors, by day ahead and block of hours, that follow what happens.

Two layers. First the mean of a short window of raw errors (level and volatility) and a long one of scaled errors (steady
tails). Then one factor for the whole band, from how far the errors of the last 14 closed days reached beyond the bands
that stood then: when coverage drifts, the band widens (or narrows) by itself within days.
Choice of windows and exponent: coverage by month in 2023 and 2024, both tasks.
"""

from statistics import NormalDist

import numpy as np

from forecasting.data.grid import Floats, Ints

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


def plain_offsets(errors: Floats, scales: Floats, scale_now: float) -> Floats:
    """(7, 24, levels) [€/kWh] to add to a forecast, from errors (issues, 7, 24), oldest first, NaN where not closed.

    ``errors`` are price less forecast and hold only what is known at the issue; ``scales`` (issues,) are those of then.
    A day ahead with fewer than NEEDS_ISSUES closed issues gets the fallback.
    """
    aheads = errors.shape[1]
    offsets = fallback_offsets(scale_now, aheads)
    enough = np.isfinite(errors).any(axis=2).sum(axis=0) >= NEEDS_ISSUES
    if not enough.any():
        return offsets
    short = errors[-SHORT_ISSUES - aheads :]
    long = errors[-LONG_ISSUES - aheads :] / scales[-LONG_ISSUES - aheads :, None, None]
    for block in BLOCKS:
        raw, scaled = (quantiles_of(_by_day_ahead(part[:, :, block])) for part in (short, long))
        mixed = (raw + scaled * scale_now) / 2
        usable = enough & np.isfinite(mixed).all(axis=1)
        offsets[usable, block] = mixed[usable, None]
    return offsets


def _by_day_ahead(errors: Floats) -> Floats:
    grouped: Floats = errors.transpose(1, 0, 2).reshape(errors.shape[1], -1)
    return grouped


def fallback_offsets(scale_now: float, aheads: int = 7) -> Floats:
    """(aheads, 24, levels) for a history too short for errors: the spread of the prices, as if normal, times sqrt(2)."""
    spread = np.sqrt(2.0) * scale_now * np.array([NormalDist().inv_cdf(level) for level in LEVELS])
    offsets: Floats = np.broadcast_to(spread, (aheads, 24, len(LEVELS))).copy()
    return offsets


def band_edges(offsets: Floats) -> Floats:
    """(7, 4, 2) p10 and p90 of the four blocks: what is kept of a band to judge it by later."""
    first_hours = [block.start for block in BLOCKS]
    edges: Floats = offsets[:, first_hours][:, :, [P10, P90]]
    return edges


def reach(errors: Floats, edges: Floats) -> Floats:
    """(issues, 7, 24): how far an error went towards the edge of its plain band (issues, 7, 4, 2); 1 is on the edge."""
    hourly = edges[:, :, BLOCK_OF_HOUR]
    above = errors / np.maximum(hourly[..., 1], SMALLEST_EDGE_EUR_KWH)
    below = errors / np.minimum(hourly[..., 0], -SMALLEST_EDGE_EUR_KWH)
    reached: Floats = np.maximum(above, below)
    return reached


def adaptation(reached: Floats, issues: Ints, last: int) -> float:
    """Factor on the plain band at an issue on row ``last``, from reach (issues, 7, 24) of bands issued on ``issues``."""
    target = issues[:, None] + np.arange(1, reached.shape[1] + 1)
    recent = reached[(target <= last) & (target > last - ADAPT_DAYS)]
    recent = recent[np.isfinite(recent)]
    if recent.size < ADAPT_DAYS * 24:
        return 1.0
    factor = np.clip(np.quantile(recent, ADAPT_LEVEL), *ADAPT_LIMITS) ** ADAPT_EXPONENT
    return float(factor)


def rolling_offsets(
    errors: Floats, issues: Ints, scales: Floats, *, window: int | None = None, first: int = 0
) -> tuple[Floats, Floats]:
    """What would have been issued on each row: offsets (issues, 7, 24, levels) and the plain edges (issues, 7, 4, 2).

    ``errors`` (issues, 7, 24) of consecutive issues may hold everything that came: each issue is shown only what was
    closed by then, of the ``window`` issues before it (all that a band looks at when left out). Rows before the ``first`` are
    looked back at and stay NaN.
    """
    ahead = np.arange(1, errors.shape[1] + 1)
    offsets = np.full((*errors.shape, len(LEVELS)), np.nan)
    edges = np.full((*errors.shape[:2], 4, 2), np.nan)
    reached = np.full(errors.shape, np.nan)
    window = LONG_ISSUES + errors.shape[1] if window is None else window
    for i in range(first, len(issues)):
        issue, past = issues[i], slice(max(0, i - window), i)
        closed = (issues[past, None] + ahead <= issue)[:, :, None]
        plain = plain_offsets(np.where(closed, errors[past], np.nan), scales[past], float(scales[i]))
        edges[i] = band_edges(plain)
        recent = slice(max(0, i - ADAPT_DAYS - errors.shape[1]), i)
        offsets[i] = plain * adaptation(reached[recent], issues[recent], int(issue))
        reached[i] = reach(errors[i : i + 1], edges[i : i + 1])[0]
    return offsets, edges
