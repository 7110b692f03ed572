"""The hours of a forecast, one by one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from domain.classes import ClassName, Confidence, Shares, likeliest
from domain.timeline import utc_from_epoch
from forecasting.data.grid import Floats
from forecasting.issue.scores import confidence
from forecasting.issue.week import HOURS, WeekForecast
from services.forecast.service import Current


@dataclass(frozen=True, slots=True)
class ForecastHour:
    """An hour: its published price where there is one, and the quantiles of the price [€/kWh]; how good it is among its seven days
    (0 to 100), and the probability of each class. None where it is not known.
    """

    start: datetime
    published: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    energy_score: float | None
    shares: Shares | None
    confidence: Confidence | None

    @property
    def production_class(self) -> ClassName | None:
        """The most probable class."""
        return None if self.shares is None else likeliest(self.shares)


def forecast_hours(current: Current, hours: int = HOURS) -> list[ForecastHour]:
    """The first hours of a forecast, in order."""
    forecast, labels = current.forecast, confidence(current.forecast.probabilities)
    return [_hour(forecast, i, labels[i]) for i in range(min(hours, len(forecast.starts)))]


def _hour(forecast: WeekForecast, i: int, label: Confidence) -> ForecastHour:
    shares = shares_of(forecast.probabilities[i])
    return ForecastHour(
        start=utc_from_epoch(int(forecast.starts[i])),
        published=number(forecast.published[i]),
        p10=number(forecast.p10[i]),
        p50=number(forecast.p50[i]),
        p90=number(forecast.p90[i]),
        energy_score=number(forecast.energy_score[i]),
        shares=shares,
        confidence=None if shares is None else label,
    )


def shares_of(probabilities: Floats) -> Shares | None:
    """(4,) the probability of each class; None where one is missing."""
    if not np.isfinite(probabilities).all():
        return None
    optimal, moderate, reduced, halt = (float(share) for share in probabilities)
    return optimal, moderate, reduced, halt


def number(value: float | np.floating[Any]) -> float | None:
    """A plain number; None where it is missing."""
    return float(value) if np.isfinite(value) else None
