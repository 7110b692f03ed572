"""The forecast of the coming hours: who serves, what it says, and the issue of each day, kept so that the truth can judge it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import numpy as np

from domain.bill.terms import Basis
from domain.errors import NotKnownError, StoreError
from domain.prices.expected import last_published_day
from domain.prices.slots import Market
from domain.series import Rows, series_key
from domain.timeline import HOUR, epoch, floor_to, local_day, utc_from_epoch
from forecasting.data.grid import Floats
from forecasting.data.history import History, NotEnoughHistoryError
from forecasting.issue.classes import production_probabilities
from forecasting.issue.days import NearlyKnown
from forecasting.issue.from_spot import tomorrow_from_spot
from forecasting.issue.scores import CLASSES, confidence
from forecasting.issue.tomorrow import Tomorrow, forecast_tomorrow
from forecasting.issue.week import HOURS, StaleHistoryError, WeekForecast, forecast_week
from forecasting.models.baselines import BASELINES, STRONGEST
from ports import Clock, Issued, IssuedLog, ModelStore, ModelVersion, SeriesStore
from services.influx_service import InfluxService
from services.prices.paid_price import PaidPrice

logger = logging.getLogger("ml_training")

Predicted = TypeVar("Predicted")

MODEL = "energy_optimization"
CLASSIFIER = "production_classifier"
DAY_AHEAD = "day_ahead"
DAILY_SERIES = "forecast/{market}/daily"
"""One issue a day, once tomorrow's prices are out: what the record is made of. Prices in €/kWh."""
COMPARED = (STRONGEST, "last_week")
"""Baselines whose forecast is kept beside each issue."""
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
        store: SeriesStore,
        issued: IssuedLog,
        models: ModelStore,
        clock: Clock,
        *,
        paid: PaidPrice,
        writes: Callable[[], int],
    ) -> None:
        self._influx = influx
        self._store = store
        self._issued = issued
        self._models = models
        self._clock = clock
        self._writes = writes
        self._memo: tuple[tuple[int, datetime, int], Current] | None = None
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

    async def current(self) -> Current:
        """The forecast of now. NotKnownError says why there is none."""
        async with self._turn:
            now = self._clock()
            mark = (self._writes(), floor_to(now, HOUR), self._generation)
            if self._memo is None or self._memo[0] != mark:
                self._memo = (mark, await self._make(now))
            return self._memo[1]

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

    async def issue(self) -> str:
        """Keep the forecast of today in the predictions and in the log, once tomorrow's prices are published. Safe to run twice."""
        now = self._clock()
        today = local_day(now)
        if last_published_day(self.market, now) == today:
            return "tomorrow is not published yet"
        made = await self._issued.issues(DAILY_SERIES.format(market=self.market), now - timedelta(hours=36), now + HOUR)
        if any(local_day(at) == today for at in made):
            return "today's forecast is issued"
        current = await self.current()
        if current.forecast.last_published <= today.toordinal():
            return "tomorrow's prices are not here yet"
        others = {name: await self._baseline(name, current) for name in COMPARED}
        await self._issued.append(
            Issued(DAILY_SERIES.format(market=self.market), now.replace(microsecond=0), _issue_rows(current, others))
        )
        await self._keep(current)
        logger.info("forecast_issued market=%s model=%s version=%s", self.market, current.forecast.model, current.version)
        return f"issued by {current.version}"

    async def _baseline(self, baseline: str, current: Current) -> Sequence[float | None]:
        """What a baseline forecasts for the same hours; nothing where its history is too short."""
        try:
            forecast = await asyncio.to_thread(forecast_week, current.history, epoch(current.issued_at), model=baseline, paths=20)
        except (NotEnoughHistoryError, StaleHistoryError) as error:
            logger.info("baseline_silent baseline=%s reason=%s", baseline, error)
            return [None] * len(current.forecast.starts)
        return [_number(value) for value in forecast.p50]

    async def _keep(self, current: Current) -> None:
        """Write the hours to the predictions, a series for each degree of confidence."""
        forecast, labels = current.forecast, confidence(current.forecast.probabilities)
        for label in ("low", "medium", "high"):
            chosen = [i for i, found in enumerate(labels) if found == label and np.isfinite(forecast.p50[i])]
            if chosen:
                key = series_key("predictions", model_version=current.version, confidence=label)
                await self._store.write(key, _prediction_rows(current, chosen))


def _tomorrow_by(history: History, state: Any) -> Tomorrow | None:
    return None if state is None else forecast_tomorrow(history, state)


def _prediction_rows(current: Current, chosen: Sequence[int]) -> Rows:
    forecast = current.forecast
    return Rows(
        [int(forecast.starts[i]) for i in chosen],
        {
            "energy_score": [_number(forecast.energy_score[i]) for i in chosen],
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
        "p10": [_number(forecast.p10[i]) for i in chosen],
        "p50": [_number(forecast.p50[i]) for i in chosen],
        "p90": [_number(forecast.p90[i]) for i in chosen],
        "days_ahead": [int(forecast.days_ahead[i]) for i in chosen],
        "model": [current.version] * len(chosen),
    }
    for index, name in enumerate(CLASSES):
        columns[f"p_{name}"] = [_number(forecast.probabilities[i, index]) for i in chosen]
    for name, values in others.items():
        columns[name] = [values[i] for i in chosen]
    return Rows([int(forecast.starts[i]) for i in chosen], columns)


def hours_json(current: Current, hours: int = HOURS) -> list[dict[str, Any]]:
    """The hours as the API shows them: published prices first, then the forecast with its interval."""
    forecast, labels = current.forecast, confidence(current.forecast.probabilities)
    return [_hour_json(forecast, i, labels[i]) for i in range(min(hours, len(forecast.starts)))]


def _hour_json(forecast: WeekForecast, i: int, label: str) -> dict[str, Any]:
    start = utc_from_epoch(int(forecast.starts[i]))
    published = _number(forecast.published[i])
    shares = [_number(value) for value in forecast.probabilities[i]]
    known = None not in shares
    return {
        "start": start.isoformat(),
        "end": (start + HOUR).isoformat(),
        "origin": "forecast" if published is None else "published",
        "price_eur_kwh": published,
        "p10": _number(forecast.p10[i]),
        "p50": _number(forecast.p50[i]),
        "p90": _number(forecast.p90[i]),
        "energy_score": _rounded(forecast.energy_score[i], 1),
        "production_class": CLASSES[int(np.argmax(forecast.probabilities[i]))] if known else None,
        "probabilities": {name: _rounded(share, 3) for name, share in zip(CLASSES, shares, strict=True)} if known else None,
        "confidence": label if known else None,
    }


def _number(value: float | np.floating[Any]) -> float | None:
    return float(value) if np.isfinite(value) else None


def _rounded(value: float | np.floating[Any] | None, digits: int) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), digits)


def about(current: Current) -> dict[str, Any]:
    """Who made a forecast, from what, when."""
    return {
        "issued_at": current.issued_at.isoformat(),
        "as_of": current.issued_at.isoformat(),
        "source": current.version,
        "origin": "forecast",
        "market": current.market,
        "unit": "EUR/kWh",
        "model": current.forecast.model,
        "model_version": current.version,
        "classes_by": current.classes_by,
        "ranked_by": current.basis,
        "reason": current.forecast.reason or None,
    }
