"""The forecast of the coming hours, by whoever serves."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from domain.bill.terms import Basis
from domain.errors import NotKnownError
from domain.prices.slots import Market
from domain.timeline import HOUR, epoch, floor_to
from forecasting.data.grid import Floats
from forecasting.data.history import History, NotEnoughHistoryError
from forecasting.issue.classes import production_probabilities
from forecasting.issue.days import NearlyKnown
from forecasting.issue.from_spot import tomorrow_from_spot
from forecasting.issue.tomorrow import Tomorrow, forecast_tomorrow
from forecasting.issue.week import StaleHistoryError, WeekForecast, forecast_week
from forecasting.models.baselines import BASELINES
from ports import Clock, ModelStore
from services.forecast.serving import CLASSIFIER, DAY_AHEAD, MODEL, Served, ServingModels
from services.influx_service import InfluxService
from services.prices.paid_price import PaidPrice

logger = logging.getLogger("ml_training")

Predicted = TypeVar("Predicted")

NONE_FOR = timedelta(minutes=1)
"""For which it stands that there is no forecast: finding that out reads years of prices, and each part of a page asks."""
UNUSABLE = (LookupError, TypeError, ValueError)
"""What a state that does not fit this program or this history raises: the baseline speaks then, and says so."""


@dataclass(frozen=True, slots=True)
class Current:
    """A forecast, who made it, and from when."""

    forecast: WeekForecast
    issued_at: datetime
    version: str
    market: Market
    history: History
    classes_by: str
    """Who says the class: a version of the classifier, or the price forecast's own distribution."""
    basis: Basis
    """The price that scores and classes rank: what the plant pays."""


class ForecastService:
    """Forecasts from the history as it is; one forecast serves all until a price comes or the hour turns."""

    def __init__(
        self,
        influx: InfluxService,
        models: ModelStore,
        clock: Clock,
        *,
        paid: PaidPrice,
        writes: Callable[[], int],
    ) -> None:
        self._influx = influx
        self._clock = clock
        self._writes = writes
        self._memo: tuple[tuple[int, datetime, int], Current] | None = None
        self._none: tuple[tuple[int, datetime, int], str] | None = None
        self._turn = asyncio.Lock()
        self.serving = ServingModels(models, paid, clock)
        self.paid = paid
        self.market: Market = paid.market

    def reload(self) -> None:
        """Read the serving models anew: one was swapped."""
        self.serving.reload()

    @property
    def baseline(self) -> str | None:
        """The baseline that made the last forecast; None where a model made it, or where there is none yet."""
        model = self._memo[1].forecast.model if self._memo else None
        return model if model in BASELINES else None

    async def current(self) -> Current:
        """The forecast of now. NotKnownError says why there is none."""
        async with self._turn:
            now = self._clock()
            await self.serving.look()
            mark = (self._writes(), floor_to(now, HOUR), self.serving.generation)
            if self._memo is None or self._memo[0] != mark:
                self._memo = (mark, await self._made(now))
            return self._memo[1]

    async def _made(self, now: datetime) -> Current:
        mark = (self._writes(), floor_to(now, NONE_FOR), self.serving.generation)
        if self._none is not None and self._none[0] == mark:
            raise NotKnownError(self._none[1])
        try:
            return await self._make(now)
        except NotKnownError as error:
            self._none = (mark, str(error))
            raise

    async def _make(self, now: datetime) -> Current:
        history = await self._influx.history(self.market, now)
        self.serving.retry()
        served = await self.serving.of(MODEL)
        tomorrow = await self._tomorrow(history)
        predict = partial(_week_by, partial(forecast_week, history, epoch(now), tomorrow=tomorrow, cost=self.paid.hours))
        try:
            forecast = await asyncio.to_thread(self._predicted, served, predict)
        except (NotEnoughHistoryError, StaleHistoryError) as error:
            raise NotKnownError(f"no forecast: {error}") from error
        by_baseline = forecast.model in BASELINES or served.version is None
        name = f"baseline:{forecast.model}" if by_baseline else str(served.version)
        classifier = await self.serving.of(CLASSIFIER)
        probabilities, given_by = self._predicted(classifier, partial(production_probabilities, forecast))
        classes_by = (classifier.version if given_by == "classifier" else None) or "price_distribution"
        return Current(replace(forecast, probabilities=probabilities), now, name, self.market, history, classes_by, self.paid.basis)

    async def _tomorrow(self, history: History) -> Floats | NearlyKnown | None:
        """Tomorrow's PVPC from its published spot; tomorrow's spot, before the auction, from REE's forecasts for the country.

        None where that is not possible.
        """
        if self.market == "pvpc":
            return await asyncio.to_thread(tomorrow_from_spot, history)
        served = await self.serving.of(DAY_AHEAD)
        predict = partial(_tomorrow_by, history)
        try:
            tomorrow = await asyncio.to_thread(self._predicted, served, predict)
        except NotEnoughHistoryError as error:
            logger.info("tomorrow_not_forecast reason=%s", error)
            return None
        return tomorrow.quantiles if tomorrow and tomorrow.without_forecasts < len(tomorrow.quantiles) else None

    def _predicted(self, served: Served, predict: Callable[[Any], Predicted]) -> Predicted:
        """What is forecast with a state; without one, from now until the next load, when the state does not fit."""
        if served.state is None:
            return predict(None)
        try:
            return predict(served.state)
        except UNUSABLE as error:
            self.serving.unfit(served, error)
        return predict(None)


def _week_by(forecast: Callable[[Any], WeekForecast], state: Any) -> WeekForecast:
    """A state by which a baseline forecasts all the same, as the history is too short for it, does not serve."""
    week = forecast(state)
    if state is not None and week.model in BASELINES:
        raise ValueError(week.reason or f"{week.model} forecasts in its place")
    return week


def _tomorrow_by(history: History, state: Any) -> Tomorrow | None:
    return None if state is None else forecast_tomorrow(history, state)
