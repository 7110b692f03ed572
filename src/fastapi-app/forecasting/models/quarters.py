"""Quarter-hours of the spot from its hours: what a quarter adds to its hour, learnt from the ramp between the neighbours.

Since 2025-10-01 the spot has a price for each quarter. Within an hour it mostly climbs or falls towards the next one, so
each quarter's deviation is a share of that ramp, plus what its hour of the day usually adds.
"""

import numpy as np

from forecasting.data.grid import HOUR_S, Floats, Ints, local_hours

QUARTER_S = 900
NEEDS_DAYS = 14
"""Days of quarter-hours below which an hour's price stands for its four quarters."""
MEMORY_DAYS = 56


def fit_quarters(starts: Ints, prices: Floats) -> Floats | None:
    """(25, 4) from quarter-hours on a complete grid (starts [s] on the hour, NaN missing): ramp shares, then a row for each hour.

    None with fewer than NEEDS_DAYS days of whole hours. Only the newest MEMORY_DAYS days are read.
    """
    if starts.size == 0 or starts[0] % HOUR_S or starts.size % 4 or np.any(np.diff(starts) != QUARTER_S):
        raise ValueError("quarter-hours must be whole consecutive hours")
    table = prices.reshape(-1, 4)[-MEMORY_DAYS * 24 :]
    hour = local_hours(starts[::4][-MEMORY_DAYS * 24 :]).hour
    mean = table.mean(axis=1)
    ramp, deviation = _ramps(mean), table - mean[:, None]
    known = np.isfinite(ramp) & np.isfinite(deviation).all(axis=1)
    if known.sum() < NEEDS_DAYS * 24:
        return None
    share = (ramp[known] @ deviation[known]) / max(float(ramp[known] @ ramp[known]), 1e-12)
    left = deviation - ramp[:, None] * share
    usual = [np.median(left[known & (hour == h)], axis=0) if np.any(known & (hour == h)) else np.zeros(4) for h in range(24)]
    return np.concatenate([share[None], np.array(usual) - np.mean(usual, axis=1, keepdims=True)])


def _ramps(hourly: Floats) -> Floats:
    """(hours,) half the step from the hour before to the hour after; the ends use the one neighbour they have."""
    padded = np.concatenate([hourly[:1], hourly, hourly[-1:]])
    ramp: Floats = (padded[2:] - padded[:-2]) / 2
    return ramp


def to_quarters(starts: Ints, hourly: Floats, shape: Floats | None) -> Floats:
    """(hours * 4,) prices of the quarters of consecutive hours [s]; each hour keeps its mean. Without a shape they are equal."""
    flat = np.repeat(hourly, 4).reshape(-1, 4)
    if shape is None:
        return flat.ravel()
    refined: Floats = flat + _ramps(hourly)[:, None] * shape[0] + shape[1 + local_hours(starts).hour]
    return refined.ravel()
