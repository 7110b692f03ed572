"""The forecast of the coming hours, by whoever serves."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from domain.bill.terms import Basis
from domain.errors import NotKnownError, StoreError
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
from ports import Clock, ModelStore, ModelVersion
from services.influx_service import InfluxService
from services.prices.paid_price import PaidPrice

logger = logging.getLogger("ml_training")

Predicted = TypeVar("Predicted")

MODEL = "energy_optimization"
CLASSIFIER = "production_classifier"
DAY_AHEAD = "day_ahead"
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
        self._models = models
        self._clock = clock
        self._writes = writes
        self._memo: tuple[tuple[int, datetime, int], Current] | None = None
        self._none: tuple[tuple[int, datetime, int], str] | None = None
        self._loaded: dict[str, tuple[str, Any]] = {}
        self._turn = asyncio.Lock()
        self._generation = 0
        self.paid = paid
        self.market: Market = paid.market
        self.troubles: list[str] = []

    def reload(self) -> None:
        """Read the serving models anew: one was swapped."""
        self._loaded, self.troubles = {}, []
        self._generation += 1

    def in_use(self, model: str, registered: str | None) -> str | None:
        """Version of a model that forecasts are made by; None where another makes them. Until the first one: as registered."""
        version, state = self._loaded.get(model, (registered, registered))
        return None if state is None else version

    @property
    def baseline(self) -> str | None:
        """The baseline that made the last forecast; None where a model made it, or where there is none yet."""
        model = self._memo[1].forecast.model if self._memo else None
        return model if model in BASELINES else None

    async def current(self) -> Current:
        """The forecast of now. NotKnownError says why there is none."""
        async with self._turn:
            now = self._clock()
            mark = (self._writes(), floor_to(now, HOUR), self._generation)
            if self._memo is None or self._memo[0] != mark:
                self._memo = (mark, await self._made(now))
            return self._memo[1]

    async def _made(self, now: datetime) -> Current:
        mark = (self._writes(), floor_to(now, NONE_FOR), self._generation)
        if self._none is not None and self._none[0] == mark:
            raise NotKnownError(self._none[1])
        try:
            return await self._make(now)
        except NotKnownError as error:
            self._none = (mark, str(error))
            raise

    async def _make(self, now: datetime) -> Current:
        history = await self._influx.history(self.market, now)
        served = await self._serving(MODEL, "baseline")
        tomorrow = await self._tomorrow(history)
        predict = partial(forecast_week, history, epoch(now), tomorrow=tomorrow, cost=self.paid.hours)
        try:
            forecast = await asyncio.to_thread(self._predicted, MODEL, served, predict)
        except (NotEnoughHistoryError, StaleHistoryError) as error:
            raise NotKnownError(f"no forecast: {error}") from error
        name = served[0] if forecast.model not in BASELINES else f"baseline:{forecast.model}"
        classifier = await self._serving(CLASSIFIER, "price_distribution")
        probabilities, given_by = self._predicted(CLASSIFIER, classifier, partial(production_probabilities, forecast))
        classes_by = classifier[0] if given_by == "classifier" else "price_distribution"
        return Current(replace(forecast, probabilities=probabilities), now, name, self.market, history, classes_by, self.paid.basis)

    async def _serving(self, model: str, otherwise: str) -> tuple[str, Any]:
        """Version and state of a serving model, or of a whole one before it; (otherwise, None) when there is none."""
        loaded = self._loaded  # the one of before, should a reload swap it meanwhile
        if model not in loaded:
            loaded[model] = await self._load(model, otherwise)
        return loaded[model]

    async def _tomorrow(self, history: History) -> Floats | NearlyKnown | None:
        """Tomorrow's PVPC from its published spot; tomorrow's spot, before the auction, from REE's forecasts for the country.

        None where that is not possible.
        """
        if self.market == "pvpc":
            return await asyncio.to_thread(tomorrow_from_spot, history)
        served = await self._serving(DAY_AHEAD, "week_model")
        predict = partial(_tomorrow_by, history)
        try:
            tomorrow = await asyncio.to_thread(self._predicted, DAY_AHEAD, served, predict)
        except NotEnoughHistoryError as error:
            logger.info("tomorrow_not_forecast reason=%s", error)
            return None
        return tomorrow.quantiles if tomorrow and tomorrow.without_forecasts < len(tomorrow.quantiles) else None

    def _predicted(self, model: str, served: tuple[str, Any], predict: Callable[[Any], Predicted]) -> Predicted:
        """What is forecast with a state; without one, from now until the next load, when the state does not fit."""
        version, state = served
        try:
            return predict(state)
        except UNUSABLE as error:
            if state is None:
                raise
            self.troubles.append(f"{version} does not fit: {type(error).__name__}: {error}")
            logger.error("model_refused %s", self.troubles[-1])  # noqa: TRY400 - one line; the remark and the log say which
            if self._loaded.get(model) is served:  # else a reload has swapped it meanwhile
                self._loaded[model] = (version, None)
        return predict(None)

    async def _load(self, model: str, otherwise: str) -> tuple[str, Any]:
        found, troubles = await asyncio.to_thread(self._found, model)
        self.troubles += troubles
        for trouble in troubles:
            logger.error("model_refused %s", trouble)
        if found is not None and not self._is_ours(model, found[0].facts):
            self.troubles.append(f"{found[0].version} was trained for another contract")
            logger.warning("model_left %s", self.troubles[-1])
            return (otherwise, None)
        return (otherwise, None) if found is None else (found[0].version, found[1])

    def _found(self, model: str) -> tuple[tuple[ModelVersion, Any] | None, Sequence[str]]:
        """What can be loaded, and why the rest cannot; nothing when the registry itself cannot be read."""
        try:
            return self._models.load(model), self._models.troubles
        except StoreError as error:
            return None, [str(error)]

    def _is_ours(self, model: str, facts: Mapping[str, Any]) -> bool:
        """Whether a model was trained on the prices of this market, and the classes on what this plant pays."""
        market = facts.get("market", self.market)
        basis = facts.get("basis", market if market == "pvpc" else None)
        return bool(market == self.market and (model != CLASSIFIER or basis == self.paid.basis))


def _tomorrow_by(history: History, state: Any) -> Tomorrow | None:
    return None if state is None else forecast_tomorrow(history, state)
