"""PVPC by its structure: a spot forecast through the market term, the damping of the futures basket, and the rest.

PVPC less tolls = slope x spot - damping x (daily spot level - its 28-day mean) + rest. Measuring the level from its own
mean makes the yearly step of the basket neutral in level: only the response to news changes on 1 January.
"""

from datetime import date

import numpy as np

from forecasting.data.features import (
    BASE_HALF_LIFE_DAYS,
    BASE_WINDOW_DAYS,
    HORIZON_DAYS,
    SCALE_WINDOW_DAYS,
    Base,
    trailing_sum,
)
from forecasting.data.grid import Floats, Ints

FUTURES_SHARE = ((2024, 0.25), (2025, 0.40), (2026, 0.55))
"""First year and share of the futures basket in PVPC. Real Decreto 446/2023."""
LOSSES = 1.16
"""What a unit at the power station is at the meter, 2.0TD: turns the share into damping per € of spot (0.29, 0.47, 0.61)."""
SLOPE_LIMITS = (0.7, 1.4)


def damping(calendar_first: int, rows: Ints) -> Floats:
    """Damping per € of daily spot level on each row."""
    years = np.array([date.fromordinal(calendar_first + int(row)).year for row in rows])
    share = np.zeros(len(rows))
    for year, value in FUTURES_SHARE:
        share[years >= year] = value
    return LOSSES * share


def market_slope(value: Base, spot: Base) -> Floats:
    """(days,): slope of the value on the spot within the days of the trailing 28, held within SLOPE_LIMITS. Known at L."""
    within_value = value.values - value.filled.mean(axis=1, keepdims=True)
    within_spot = spot.values - spot.filled.mean(axis=1, keepdims=True)
    both = np.isfinite(within_value) & np.isfinite(within_spot)
    y, x = np.where(both, within_value, 0.0), np.where(both, within_spot, 0.0)
    cross, square = (trailing_sum((x * other).sum(axis=1), SCALE_WINDOW_DAYS) for other in (y, x))
    slope: Floats = np.clip(cross / np.maximum(square, 1e-9), *SLOPE_LIMITS)
    return slope


def predict_structural(value: Base, spot: Base, issues: Ints, spot_forecast: Floats) -> Floats:
    """(issues, 7, 24) €/kWh less tolls, from a spot forecast (issues, 7, 24) issued at the same rows."""
    slope = market_slope(value, spot)
    level = spot.filled.mean(axis=1)
    known = np.isfinite(level)
    normal = trailing_sum(np.where(known, level, 0.0), SCALE_WINDOW_DAYS) / np.maximum(
        trailing_sum(known.astype(np.float64), SCALE_WINDOW_DAYS), 1.0
    )
    ahead = np.arange(1, HORIZON_DAYS + 1)
    forecasts = []
    for issue, curve in zip(issues, spot_forecast, strict=True):
        rest = _rest(value, spot, int(issue), slope[issue], level - normal[issue])
        kind = value.calendar.off[issue + ahead].astype(np.int64)
        news = damping(value.calendar.first, issue + ahead) * (curve.mean(axis=1) - normal[issue])
        forecasts.append(slope[issue] * curve - news[:, None] + rest[kind])
    return np.array(forecasts)


def _rest(value: Base, spot: Base, issue: int, slope: float, news: Floats) -> Floats:
    """(2, 24): weighted mean by day type of what the market term leaves over in the 42 days to the issue."""
    rows = np.arange(max(0, issue - BASE_WINDOW_DAYS + 1), issue + 1)
    answered = damping(value.calendar.first, rows) * news[rows]
    left = value.values[rows] - slope * spot.values[rows] + answered[:, None]
    known = np.isfinite(left)
    off = value.calendar.off[rows]
    weight = 0.5 ** ((issue - rows) / BASE_HALF_LIFE_DAYS) * np.stack([~off, off])
    total = weight @ np.where(known, left, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest: Floats = total / (weight @ known.astype(np.float64))
    return rest
