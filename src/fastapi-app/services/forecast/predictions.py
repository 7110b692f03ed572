"""Answers for one hour or for the coming ones: score, class, prices. Conditions that are given replace what is forecast."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Literal

import numpy as np

from domain.classes import CERTAIN_HALT, ClassName, Confidence, Shares, likeliest
from domain.errors import InvalidRequestError, NotKnownError
from domain.plan.plant import AmbientLimit, halted_stages
from domain.timeline import HOUR, day_slots, epoch, floor_to, local_day, utc_from_epoch
from forecasting.data.grid import HOUR_S
from forecasting.issue.scores import confidence
from forecasting.issue.week import HOURS
from services.forecast.hours import ForecastHour, forecast_hours, shares_of
from services.forecast.service import Current, ForecastService
from services.weather_service import WeatherService

WeatherFrom = Literal["given", "weather", "not known"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is given of an hour; None is to be forecast."""

    at: datetime
    price_eur_kwh: float | None = None
    temperature_c: float | None = None
    humidity_percent: float | None = None


@dataclass(frozen=True, slots=True)
class HourWeather:
    """Temperature [°C] and humidity [%] of an hour and where they are from; None where nobody knows."""

    temperature_c: float | None
    humidity_percent: float | None
    temperature_from: WeatherFrom
    humidity_from: WeatherFrom


@dataclass(frozen=True, slots=True)
class ForecastHours:
    """The first hours of a forecast."""

    current: Current
    hours: tuple[ForecastHour, ...]


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """The hours of a local day that are forecast. What is not known of an hour counts for nothing."""

    day: date
    hours: tuple[ForecastHour, ...]

    @property
    def mean_eur_kwh(self) -> float | None:
        """Mean of the medians [€/kWh]."""
        known = [price for _, price in self._known]
        return sum(known) / len(known) if known else None

    @property
    def is_whole(self) -> bool:
        """Whether every hour of the day is in the figures."""
        return len(self._known) == len(day_slots(self.day))

    @property
    def cheapest_start(self) -> datetime | None:
        """Start of the hour with the lowest median."""
        return min(self._known, key=lambda hour: hour[1], default=(None, 0.0))[0]

    @property
    def dearest_start(self) -> datetime | None:
        """Start of the hour with the highest median."""
        return max(self._known, key=lambda hour: hour[1], default=(None, 0.0))[0]

    @property
    def _known(self) -> list[tuple[datetime, float]]:
        return [(hour.start, hour.p50) for hour in self.hours if hour.p50 is not None]


@dataclass(frozen=True, slots=True)
class ForecastWeek:
    """A forecast by local day."""

    current: Current
    days: tuple[ForecastDay, ...]


@dataclass(frozen=True, slots=True)
class JudgedHour:
    """An hour of a forecast and the price of the market that it is judged at [€/kWh]."""

    current: Current
    start: datetime
    eur_per_kwh: float
    price_origin: Literal["given", "published", "forecast"]


@dataclass(frozen=True, slots=True)
class ScoredHour:
    """How good an hour is, 0 to 100."""

    hour: JudgedHour
    energy_score: float


@dataclass(frozen=True, slots=True)
class ClassedHour:
    """What an hour will turn out to have been; a hard limit of the air that is broken is certain to halt."""

    hour: JudgedHour
    shares: Shares
    confidence: Confidence
    weather: HourWeather
    hard_limits_broken: tuple[str, ...]

    @property
    def production_class(self) -> ClassName:
        """The most probable class."""
        return likeliest(self.shares)


class PredictionService:
    """Reads the current forecast and weather."""

    def __init__(self, forecasts: ForecastService, weather: WeatherService, limits: tuple[AmbientLimit, ...]) -> None:
        self._forecasts = forecasts
        self._weather = weather
        self._limits = limits

    async def hours(self, hours: int) -> ForecastHours:
        """The coming hours."""
        current = await self._forecasts.current()
        return ForecastHours(current, tuple(forecast_hours(current, hours)))

    async def week(self) -> ForecastWeek:
        """The coming hours by local day."""
        current = await self._forecasts.current()
        days = groupby(forecast_hours(current, HOURS), key=lambda hour: local_day(hour.start))
        return ForecastWeek(current, tuple(ForecastDay(day, tuple(hours)) for day, hours in days))

    async def score(self, given: Conditions) -> ScoredHour:
        """The energy score of an hour."""
        current = await self._forecasts.current()
        index = self._index(current, given.at)
        if given.price_eur_kwh is None:
            score = float(current.forecast.energy_score[index])
        else:
            score = current.forecast.costs.score(current.forecast.first + index, self._paid(current, index, given.price_eur_kwh))
        return ScoredHour(_judged(current, given, index), score)

    async def recommendation(self, given: Conditions) -> ClassedHour:
        """The class of an hour with its probabilities; Halt where the weather breaks a limit configured as hard."""
        current = await self._forecasts.current()
        index = self._index(current, given.at)
        probabilities = current.forecast.probabilities[index]
        if given.price_eur_kwh is not None:
            paid = self._paid(current, index, given.price_eur_kwh)
            probabilities = current.forecast.costs.probabilities_at(current.forecast.first + index, paid)
        weather = await self._weathered(given)
        broken = halted_stages(self._limits, weather.temperature_c, weather.humidity_percent)
        shares = CERTAIN_HALT if broken else shares_of(probabilities)
        if shares is None:
            raise NotKnownError(f"the class of {given.at.isoformat()} is not known")
        sure = confidence(np.array([shares]))[0]
        return ClassedHour(_judged(current, given, index), shares, sure, weather, tuple(broken))

    def _paid(self, current: Current, index: int, price: float) -> float:
        """What the plant pays in an hour at a price of the market."""
        return self._forecasts.paid.at(utc_from_epoch(int(current.forecast.starts[index])))(price)

    def _index(self, current: Current, at: datetime) -> int:
        index = (epoch(floor_to(at, HOUR)) - int(current.forecast.starts[0])) // HOUR_S
        if not 0 <= index < len(current.forecast.starts):
            first, last = utc_from_epoch(int(current.forecast.starts[0])), utc_from_epoch(int(current.forecast.starts[-1]))
            valid = f"from {first.isoformat()} to {last.isoformat()}"
            raise InvalidRequestError(f"{at.isoformat()} is outside the forecast", name="at", value=at.isoformat(), valid=valid)
        return int(index)

    async def _weathered(self, given: Conditions) -> HourWeather:
        """Given values first, then what is observed or forecast for the hour, as exact as the week and /weather tell it."""
        start = floor_to(given.at, HOUR)
        known = next(iter(await self._weather.hours(start, start + timedelta(hours=1))), None)
        temperature, temperature_from = _first(given.temperature_c, known.told("temperature") if known else None)
        humidity, humidity_from = _first(given.humidity_percent, known.told("humidity") if known else None)
        return HourWeather(temperature, humidity, temperature_from, humidity_from)


def _first(given: float | None, known: float | None) -> tuple[float | None, WeatherFrom]:
    """What is given, else what is known, and which of the two it is."""
    if given is not None:
        return given, "given"
    return known, "not known" if known is None else "weather"


def _judged(current: Current, given: Conditions, index: int) -> JudgedHour:
    start = utc_from_epoch(int(current.forecast.starts[index]))
    if given.price_eur_kwh is not None:
        return JudgedHour(current, start, given.price_eur_kwh, "given")
    is_published = bool(np.isfinite(current.forecast.published[index]))
    return JudgedHour(current, start, float(current.forecast.p50[index]), "published" if is_published else "forecast")
