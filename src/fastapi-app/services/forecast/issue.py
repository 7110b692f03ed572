"""The issue of each day, kept so that the truth can judge it."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from domain.classes import CLASSES
from domain.prices.expected import last_published_day
from domain.series import ANY, LATEST, Rows, series_key
from domain.timeline import HOUR, epoch, local_day
from forecasting.data.history import NotEnoughHistoryError
from forecasting.issue.scores import confidence
from forecasting.issue.week import StaleHistoryError, forecast_week
from forecasting.models.baselines import STRONGEST
from ports import Clock, Issue, IssuedLog, SeriesStore
from services.forecast.hours import number
from services.forecast.service import Current, ForecastService

logger = logging.getLogger("ml_training")

DAILY_SERIES = "forecast/{market}/daily"
"""One issue a day, once tomorrow's prices are out: what the record is made of. Prices in €/kWh."""
COMPARED = (STRONGEST, "last_week")
"""Baselines whose forecast is kept beside each issue."""


class IssueService:
    """Keeps the forecast of the day in the predictions and in the log of what was known when."""

    def __init__(self, forecasts: ForecastService, store: SeriesStore, issued: IssuedLog, clock: Clock) -> None:
        self._forecasts = forecasts
        self._market = forecasts.market
        self._store = store
        self._issued = issued
        self._clock = clock

    async def issue(self) -> str:
        """Keep the forecast of today in the predictions and in the log, once tomorrow's prices are published. Safe to run twice."""
        now = self._clock()
        today = local_day(now)
        if last_published_day(self._market, now) == today:
            return "tomorrow is not published yet"
        made = await self._issued.issues(DAILY_SERIES.format(market=self._market), now - timedelta(hours=36), now + HOUR)
        if any(local_day(at) == today for at in made):
            return "today's forecast is issued"
        current = await self._forecasts.current()
        if current.forecast.last_published <= today.toordinal():
            return "tomorrow's prices are not here yet"
        others = {name: await self._baseline(name, current) for name in COMPARED}
        await self._issued.append(
            Issue(DAILY_SERIES.format(market=self._market), now.replace(microsecond=0), _issue_rows(current, others))
        )
        await self._keep(current)
        logger.info("forecast_issued market=%s model=%s version=%s", self._market, current.forecast.model, current.version)
        return f"issued by {current.version}"

    async def _baseline(self, baseline: str, current: Current) -> Sequence[float | None]:
        """What a baseline forecasts for the same hours; nothing where its history is too short."""
        try:
            forecast = await asyncio.to_thread(forecast_week, current.history, epoch(current.issued_at), model=baseline, paths=20)
        except (NotEnoughHistoryError, StaleHistoryError) as error:
            logger.info("baseline_silent baseline=%s reason=%s", baseline, error)
            return [None] * len(current.forecast.starts)
        return [number(value) for value in forecast.p50]

    async def _keep(self, current: Current) -> None:
        """Write the hours to the predictions: as the latest of each, and in a series for each degree of confidence."""
        forecast, labels = current.forecast, confidence(current.forecast.probabilities)
        known = [i for i in range(len(labels)) if np.isfinite(forecast.p50[i])]
        written = [(LATEST, ANY, known)]
        written += [(current.version, label, [i for i in known if labels[i] == label]) for label in ("low", "medium", "high")]
        for version, label, chosen in written:
            if chosen:
                key = series_key("predictions", model_version=version, confidence=label)
                await self._store.write(key, _prediction_rows(current, chosen))


def _prediction_rows(current: Current, chosen: Sequence[int]) -> Rows:
    forecast = current.forecast
    return Rows(
        [int(forecast.starts[i]) for i in chosen],
        {
            "energy_score": [number(forecast.energy_score[i]) for i in chosen],
            "production_class": [CLASSES[int(np.argmax(forecast.probabilities[i]))] for i in chosen],
            "price_p10": [float(forecast.p10[i]) for i in chosen],
            "price_p50": [float(forecast.p50[i]) for i in chosen],
            "price_p90": [float(forecast.p90[i]) for i in chosen],
            "as_of": [epoch(current.issued_at)] * len(chosen),
        },
    )


def _issue_rows(current: Current, others: dict[str, Sequence[float | None]]) -> Rows:
    """The hours that are forecast, with what the baselines forecast, the days ahead and the class probabilities."""
    forecast = current.forecast
    chosen = [i for i in range(len(forecast.starts)) if forecast.days_ahead[i] > 0 and np.isfinite(forecast.p50[i])]
    columns: dict[str, list[Any]] = {
        "p10": [number(forecast.p10[i]) for i in chosen],
        "p50": [number(forecast.p50[i]) for i in chosen],
        "p90": [number(forecast.p90[i]) for i in chosen],
        "days_ahead": [int(forecast.days_ahead[i]) for i in chosen],
        "model": [current.version] * len(chosen),
    }
    for index, class_name in enumerate(CLASSES):
        columns[f"p_{class_name}"] = [number(forecast.probabilities[i, index]) for i in chosen]
    for name, values in others.items():
        columns[name] = [values[i] for i in chosen]
    return Rows([int(forecast.starts[i]) for i in chosen], columns)
