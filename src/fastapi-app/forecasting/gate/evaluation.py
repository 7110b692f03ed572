"""Scores of forecasts, by issue. Arrays are (issues, days, hours) in €/kWh, NaN where there is no such hour or price.

Pinball and coverage are proper for quantiles; tau and capture judge the order of the hours, which is what planning uses.
"""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from forecasting.data.grid import Floats
from forecasting.issue.intervals import LEVELS

CAPTURE_HOURS = 80
HAC_LAG = 7
"""Daily losses of week forecasts overlap for seven days: the variance allows for that much memory at least."""
SCORED_LEVELS = (0.1, 0.5, 0.9)


def pinball(truth: Floats, quantile: Floats, level: float) -> Floats:
    """Pinball loss of each hour [€/kWh], NaN where the truth is."""
    error = truth - quantile
    loss: Floats = np.maximum(level * error, (level - 1) * error)
    return loss


def mean_pinball(truth: Floats, quantiles: Floats) -> Floats:
    """(...,) mean pinball loss over p10, p50, p90, from quantiles (..., levels) of LEVELS."""
    losses = [pinball(truth, quantiles[..., LEVELS.index(level)], level) for level in SCORED_LEVELS]
    mean: Floats = np.mean(losses, axis=0)
    return mean


def coverage(truth: Floats, quantiles: Floats, low: float, high: float) -> float:
    """Share of the hours with a price whose price is within the band, edges included."""
    return share_within(truth, quantiles[..., LEVELS.index(low)], quantiles[..., LEVELS.index(high)])


def share_within(truth: Floats, low: Floats, high: Floats) -> float:
    """The same of a band given by its edges; an hour without a band or a price does not count."""
    known = np.isfinite(truth) & np.isfinite(low)
    return float(((truth >= low) & (truth <= high))[known].mean())


def calibration_slope(truth: Floats, quantiles: Floats) -> float:
    """Slope of the share of prices at or below each quantile on its level: 1 is calibrated, less is too wide a middle."""
    known = np.isfinite(truth)
    observed = (truth[..., None] <= quantiles)[known].mean(axis=0)
    return float(np.polyfit(np.array(LEVELS), observed, 1)[0])


def kendall_tau(forecast: Floats, truth: Floats) -> float:
    """Kendall's tau-b between two series of hours; NaN where either is constant or missing throughout."""
    known = np.isfinite(forecast) & np.isfinite(truth)
    upper = np.triu_indices(int(known.sum()), 1)
    one, two = (np.sign(np.subtract.outer(series[known], series[known]))[upper] for series in (forecast, truth))
    ties = sqrt(float(np.count_nonzero(one)) * float(np.count_nonzero(two)))
    return float((one * two).sum() / ties) if ties else float("nan")


def capture_hours(days: int) -> int:
    """The cheapest hours counted: 80 of a week, in proportion for fewer days (11 of one)."""
    return round(CAPTURE_HOURS * days / 7)


def gains(forecast: Floats, truth: Floats, hours: int = CAPTURE_HOURS) -> tuple[float, float]:
    """(gained, possible) [€/kWh]: the week's mean price less that of the hours forecast cheapest; the same knowing all."""
    known = np.isfinite(forecast) & np.isfinite(truth)
    if known.sum() < 2 * hours:
        return float("nan"), float("nan")
    price = truth[known]
    chosen = np.argsort(forecast[known], kind="stable")[:hours]
    best = np.sort(price)[:hours]
    return float(price.mean() - price[chosen].mean()), float(price.mean() - best.mean())


def capture(gained: Floats, possible: Floats) -> float:
    """Gains of all issues over what perfect knowledge would have gained; NaN where that is nothing."""
    known = np.isfinite(gained) & np.isfinite(possible)
    total = float(possible[known].sum())
    return float(gained[known].sum()) / total if total > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Diebold-Mariano: ``statistic`` < 0 and a small one-sided ``p_value`` say that the first has the smaller loss."""

    statistic: float
    p_value: float
    mean_difference: float
    days: int


def diebold_mariano(first: Floats, second: Floats, lag: int = HAC_LAG) -> Comparison:
    """Compare two series of daily mean losses in order of time; Newey-West (Bartlett) variance with ``lag`` days."""
    difference = first - second
    difference = difference[np.isfinite(difference)]
    count = difference.size
    if count <= lag + 1:
        return Comparison(float("nan"), float("nan"), float("nan"), count)
    mean = float(difference.mean())
    centred = difference - mean
    variance = float(centred @ centred) / count
    for step in range(1, lag + 1):
        variance += 2 * (1 - step / (lag + 1)) * float(centred[step:] @ centred[:-step]) / count
    if variance <= 0:
        return Comparison(0.0 if mean == 0 else float(np.sign(mean)) * float("inf"), float(mean >= 0), mean, count)
    statistic = mean / sqrt(variance / count)
    return Comparison(statistic, 0.5 * erfc(-statistic / sqrt(2)), mean, count)


def per_issue(values: Floats) -> Floats:
    """(issues,): mean over the hours of each issue, NaN left out; NaN where an issue has none."""
    flat = values.reshape(len(values), -1)
    known = np.isfinite(flat)
    count = known.sum(axis=1)
    mean: Floats = np.where(count > 0, np.where(known, flat, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    return mean
