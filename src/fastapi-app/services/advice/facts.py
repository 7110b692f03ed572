"""What the rules of advice look at, read from prices, forecast, weather, plan and the state of the service."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import numpy as np

from domain.alerts.plan_rules import Broken, LatePlan, Load
from domain.alerts.price_rules import COMING, HourPrice
from domain.bill.certainty import Certainty
from domain.bill.tariff import power_period
from domain.errors import NotKnownError
from domain.plan.load import load_kw
from domain.plan.plant import Plant
from domain.plan.production import StageRun
from domain.prices.expected import expected_starts
from domain.timeline import HOUR, QUARTER, floor_to, local_day, slot_starts, utc_from_epoch
from domain.weather.merge import MergedHour
from ports import StoredPlan
from services.energy_service import EnergyService
from services.forecast.record import ForecastRecord
from services.forecast.service import ForecastService
from services.operations.health import System
from services.plan.inputs import batches_of
from services.plan.service import PlanService
from services.weather_service import WeatherService

PAST = timedelta(days=90)


class PriceFacts:
    """What power cost, and what it is going to cost."""

    def __init__(self, energy: EnergyService, forecasts: ForecastService) -> None:
        self._energy = energy
        self._forecasts = forecasts

    async def past(self, now: datetime) -> list[float]:
        """What was paid in the hours of the last 90 days [€/kWh]; an hour in which it is not known is left out."""
        known = await self._energy.known(self._forecasts.market, 60, floor_to(now - PAST, HOUR), now)
        paid = [self._forecasts.paid.hour(price.slot.start)(price.slot.eur_per_kwh) for price in known]
        return [price for price in paid if price is not None]

    async def ahead(self, now: datetime, length: timedelta = COMING) -> list[HourPrice]:
        """What is paid in the coming hours, published or the middle of what is forecast."""
        start = floor_to(now, HOUR)
        known = await self._energy.known(self._forecasts.market, 60, start, start + length)
        prices = {price.slot.start: price.slot.eur_per_kwh for price in known}
        for at, price in (await self._forecast()).items():
            if start <= at < start + length:
                prices.setdefault(at, price)
        paid = {at: self._forecasts.paid.hour(at)(prices[at]) for at in sorted(prices)}
        return [HourPrice(at, price) for at, price in paid.items() if price is not None]

    async def spot(self, now: datetime) -> list[HourPrice]:
        """Published spot prices of the coming hours of today and tomorrow."""
        start = floor_to(now, HOUR)
        known = await self._energy.known("spot", 60, start, start + 2 * COMING)
        return [HourPrice(price.slot.start, price.slot.eur_per_kwh) for price in known]

    async def tomorrow_is_there(self, now: datetime) -> bool:
        """Whether every hour of tomorrow's PVPC is published."""
        expected = expected_starts("pvpc", local_day(now) + timedelta(days=1))
        known = await self._energy.known("pvpc", 60, expected[0], expected[-1] + HOUR)
        return {price.slot.start for price in known}.issuperset(expected)

    async def certainty(self, now: datetime) -> Certainty:
        """What is to be said of the figures in the price that is paid today."""
        return self._forecasts.paid.certainty(local_day(now))

    async def _forecast(self) -> dict[datetime, float]:
        """Hour -> the middle of what is forecast for it; hours without any are left out."""
        try:
            forecast = (await self._forecasts.current()).forecast
        except NotKnownError:
            return {}
        known = np.isfinite(forecast.p50)
        hours = zip(forecast.starts[known], forecast.p50[known], strict=True)
        return {utc_from_epoch(int(start)): float(price) for start, price in hours}


class PlanFacts:
    """The plan in force against the contract and the air."""

    def __init__(self, plans: PlanService, weather: WeatherService, prices: PriceFacts, plant: Plant) -> None:
        self._plans = plans
        self._weather = weather
        self._prices = prices
        self.plant = plant

    async def plan(self) -> StoredPlan | None:
        """The plan in force."""
        try:
            return await self._plans.in_force()
        except NotKnownError:
            return None

    def no_plan(self) -> StoredPlan | None:
        """The answer that there is none."""
        return self._plans.no_plan

    async def loads(self, now: datetime) -> list[Load]:
        """Planned power of the coming quarter-hours against the contract."""
        stored = await self.plan()
        if stored is None:
            return []
        start = floor_to(now, QUARTER)
        batches = batches_of(stored)
        hours = list(slot_starts(start, min(start + COMING, stored.end), QUARTER))
        kw = [load_kw(self.plant, batches, at) for at in hours]
        limits = [self.plant.contracted_kw[power_period(at, self.plant.tariff) - 1] for at in hours]
        return [Load(at, power, limit) for at, power, limit in zip(hours, kw, limits, strict=True)]

    async def late(self, _now: datetime) -> LatePlan | None:
        """What the plan in force cannot make in time; a reserve is no delivery."""
        stored = await self.plan()
        document = {} if stored is None else json.loads(stored.document)
        kg = tuple(item["kg"] for item in document.get("late", ()) if item["order"] != f"reserve-{item['quality']}")
        clash = document.get("clash")
        return LatePlan(kg, tuple(relief["text"] for relief in clash["reliefs"]) if clash else ()) if kg else None

    async def broken(self, now: datetime) -> list[Broken]:
        """Coming hours of two days in which a stage is planned and the air is beyond its limit."""
        stored = await self.plan()
        if stored is None or not self.plant.ambient_limits:
            return []
        start = floor_to(now, HOUR)
        air = await self._weather.hours(start, start + 2 * COMING)
        prices = {price.start: price.eur_per_kwh for price in await self._prices.ahead(now, 2 * COMING)}
        runs = [run for batch in batches_of(stored) for run in batch.runs]
        return [found for hour in air for found in self._broken_in(hour, runs, prices.get(hour.start))]

    def _broken_in(self, hour: MergedHour, runs: Sequence[StageRun], price: float | None) -> list[Broken]:
        found = []
        for limit in self.plant.ambient_limits:
            units = sum(share_of(run, hour.start) for run in runs if run.stage == limit.stage)
            extra = limit.extra_kw(hour.value("temperature"), hour.value("humidity"))
            cost = None if extra is None or price is None else units * extra * price
            for quantity, most in (("temperature", limit.max_temperature_c), ("humidity", limit.max_humidity_percent)):
                value = hour.value(quantity)
                if units and most is not None and value is not None and value > most:
                    found.append(Broken(hour.start, limit.stage, quantity, value, most, cost, limit.hard))
        return found


def share_of(run: StageRun, hour: datetime) -> float:
    """How much of an hour a stage runs, 0 to 1."""
    return max(0.0, (min(run.end, hour + HOUR) - max(run.start, hour)) / HOUR)


class ServiceFacts:
    """The state of the service itself. `system` and `record` are what health and the record of the forecasts say; `imported`
    is whether the whole history was asked for once.
    """

    def __init__(
        self,
        system: Callable[[], Awaitable[System]],
        record: Callable[[], Awaitable[ForecastRecord]],
        imported: Callable[[], Awaitable[bool]],
    ) -> None:
        self._system = system
        self._record = record
        self._imported = imported

    async def system(self) -> System:
        """State of each part of the service."""
        return await self._system()

    async def imported(self) -> bool:
        """Whether the whole history was asked for once: until then, what has not come yet is no gap."""
        return await self._imported()

    async def record(self) -> ForecastRecord | None:
        """How wrong the forecasts were; None where nobody knows."""
        try:
            return await self._record()
        except NotKnownError:
            return None
