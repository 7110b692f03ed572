"""Answers for one hour or for the coming ones: score, class, prices. Conditions that are given replace what is forecast."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from domain.errors import InvalidRequestError
from domain.plan.plant import AmbientLimit, halted_stages
from domain.timeline import HOUR, day_slots, epoch, floor_to, local_day, utc_from_epoch
from forecasting.data.grid import HOUR_S
from forecasting.issue.scores import CLASSES, confidence
from forecasting.issue.week import HOURS
from services.forecast.service import Current, ForecastService
from services.forecast.view import about, hours_json
from services.weather.view import hour_json
from services.weather_service import WeatherService


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
    source: dict[str, str]


class PredictionService:
    """Reads the current forecast and weather."""

    def __init__(self, forecasts: ForecastService, weather: WeatherService, limits: tuple[AmbientLimit, ...]) -> None:
        self._forecasts = forecasts
        self._weather = weather
        self._limits = limits

    async def hours(self, hours: int) -> dict[str, Any]:
        """The coming hours."""
        current = await self._forecasts.current()
        return about(current) | {"hours": hours_json(current, hours)}

    async def week(self) -> dict[str, Any]:
        """The coming hours by local day, with mean, cheapest and dearest."""
        current = await self._forecasts.current()
        days: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for hour in hours_json(current, HOURS):
            days[local_day(datetime.fromisoformat(hour["start"])).isoformat()].append(hour)
        return about(current) | {"days": [_day(day, hours) for day, hours in days.items()]}

    async def score(self, given: Conditions) -> dict[str, Any]:
        """The energy score of an hour."""
        current = await self._forecasts.current()
        index = self._index(current, given.at)
        if given.price_eur_kwh is None:
            score = float(current.forecast.energy_score[index])
        else:
            score = current.forecast.costs.score(current.forecast.first + index, self._paid(current, index, given.price_eur_kwh))
        return self._head(current, given, index) | {"energy_score": round(score, 1)}

    async def recommendation(self, given: Conditions) -> dict[str, Any]:
        """The class of an hour with its probabilities; Halt where the weather breaks a limit configured as hard."""
        current = await self._forecasts.current()
        index = self._index(current, given.at)
        shares = current.forecast.probabilities[index]
        if given.price_eur_kwh is not None:
            paid = self._paid(current, index, given.price_eur_kwh)
            shares = current.forecast.costs.probabilities_at(current.forecast.first + index, paid)
        weather = await self._weathered(given)
        broken = halted_stages(self._limits, weather.temperature_c, weather.humidity_percent)
        if broken:
            shares = np.array([0.0, 0.0, 0.0, 1.0])
        label = CLASSES[int(np.argmax(shares))]
        return self._head(current, given, index) | {
            "production_class": label,
            "probabilities": {name: round(float(share), 3) for name, share in zip(CLASSES, shares, strict=True)},
            "confidence": confidence(shares[None])[0],
            "weather": {
                "temperature_c": weather.temperature_c,
                "humidity_percent": weather.humidity_percent,
                "from": weather.source,
                "hard_limits_broken": broken,
            },
        }

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

    def _head(self, current: Current, given: Conditions, index: int) -> dict[str, Any]:
        published = bool(np.isfinite(current.forecast.published[index]))
        origin = "given" if given.price_eur_kwh is not None else "published" if published else "forecast"
        price = given.price_eur_kwh if given.price_eur_kwh is not None else float(current.forecast.p50[index])
        return about(current) | {
            "start": utc_from_epoch(int(current.forecast.starts[index])).isoformat(),
            "price_eur_kwh": price,
            "price_origin": origin,
        }

    async def _weathered(self, given: Conditions) -> HourWeather:
        """Given values first, then what is observed or forecast for the hour, as exact as the week and /weather tell it."""
        start = floor_to(given.at, HOUR)
        hour = next(iter(await self._weather.hours(start, start + timedelta(hours=1))), None)
        known: Mapping[str, Any] = {} if hour is None else hour_json(hour)
        values: list[float | None] = []
        source = {}
        for name, value, fallback in (
            ("temperature_c", given.temperature_c, known.get("temperature_c")),
            ("humidity_percent", given.humidity_percent, known.get("humidity_percent")),
        ):
            values.append(value if value is not None else fallback)
            source[name] = "given" if value is not None else "not known" if fallback is None else "weather"
        return HourWeather(values[0], values[1], source)


def _day(day: str, hours: list[dict[str, Any]]) -> dict[str, Any]:
    known = [hour for hour in hours if hour["p50"] is not None]
    mean = sum(hour["p50"] for hour in known) / len(known) if known else None
    cheapest = min(known, key=lambda hour: float(hour["p50"]), default=None)
    dearest = max(known, key=lambda hour: float(hour["p50"]), default=None)
    return {
        "date": day,
        "mean_eur_kwh": mean,
        "whole": len(known) == len(day_slots(date.fromisoformat(day))),
        "cheapest_start": cheapest["start"] if cheapest else None,
        "dearest_start": dearest["start"] if dearest else None,
        "hours": hours,
    }
