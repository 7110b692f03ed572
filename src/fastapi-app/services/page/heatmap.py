"""The heat map of the week, and the class of now: prices, forecast, weather and plan brought together hour by hour."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import numpy as np

from domain.bill.terms import Basis
from domain.errors import NotKnownError
from domain.plan.load import loads_kw
from domain.plan.plant import Plant, halted_stages
from domain.plan.production import Batch
from domain.prices.slots import Market
from domain.timeline import HOUR, day_bounds, day_slots, epoch, floor_to, local_day, utc_from_epoch
from forecasting.issue.scores import CLASSES, ClassChange
from forecasting.issue.week import WeekForecast
from services.energy_service import EnergyService
from services.forecast.service import Current, ForecastService
from services.forecast.view import hours_json
from services.plan.inputs import batches_of
from services.plan.service import PlanService

DAYS = 7
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
DECIMALS = 6
PRICES = ("price_eur_kwh", "p10", "p50", "p90")
Hour = dict[str, Any]


class Air(Protocol):
    """What is known of the air of each hour, and its limits."""

    async def ambient(self, start: datetime, end: datetime) -> dict[datetime, dict[str, Any]]:
        """Temperature, humidity and pressure by start of the hour."""
        ...

    def ambient_limits(self) -> dict[str, float]:
        """The limits as lines on a chart."""
        ...


class WeekPrices:
    """What the plant pays in the hours of the week: published, then forecast."""

    def __init__(self, energy: EnergyService, forecasts: ForecastService) -> None:
        self._energy = energy
        self._forecasts = forecasts
        self._judgements: tuple[Current, datetime, dict[datetime, Hour]] | None = None

    @property
    def market(self) -> Market:
        """The market that the contract follows."""
        return self._forecasts.market

    @property
    def basis(self) -> Basis:
        """The basis of the contract."""
        return self._forecasts.paid.basis

    async def forecast(self) -> Current | None:
        """The forecast of now; None where there is none."""
        try:
            return await self._forecasts.current()
        except NotKnownError:
            return None

    async def hours(self, start: datetime, end: datetime, current: Current | None) -> tuple[dict[datetime, Hour], datetime]:
        """What is known of the prices that the plant pays: published hours, then the forecast over them; and how old it is."""
        paid = self._forecasts.paid.hour
        published = await self._energy.known(self._forecasts.market, 60, start, end)
        hours = {
            known.slot.start: empty_hour(known.slot.start)
            | {"origin": "published", "price_eur_kwh": paid(known.slot.start)(known.slot.eur_per_kwh)}
            for known in published
        }
        ages = [known.as_of for known in published]
        if current is not None:
            ages.append(current.issued_at)
            for hour in hours_json(current):
                if hour["p50"] is not None and start <= (at := datetime.fromisoformat(hour["start"])) < end:
                    price = paid(at)
                    hours[at] = {
                        name: price(value) if name in PRICES else value for name, value in hour.items() if name != "confidence"
                    }
            for at, judged in (await self._judged(current, start)).items():
                if at in hours:
                    hours[at] = hours[at] | judged
        return hours, max(ages, default=start)

    async def _judged(self, current: Current, since: datetime) -> dict[datetime, Hour]:
        """Worked out once for a forecast and a day."""
        if self._judgements is None or self._judgements[0] is not current or self._judgements[1] != since:
            self._judgements = (current, since, await asyncio.to_thread(judgements, current.forecast, since))
        return self._judgements[2]


class HeatmapService:
    """Makes the blocks `week` and `current.class`. `version` counts what changed: one instant is worked out once."""

    def __init__(self, prices: WeekPrices, air: Air, plans: PlanService, plant: Plant, version: Callable[[], int]) -> None:
        self._prices = prices
        self._air = air
        self._plans = plans
        self._plant = plant
        self._version = version
        self._memo: tuple[tuple[int, datetime], dict[str, Any] | None] | None = None

    async def week(self, now: datetime) -> dict[str, Any] | None:
        """Seven local days from today on; None while no price of them is known."""
        mark = (self._version(), now)
        if self._memo is None or self._memo[0] != mark:
            self._memo = (mark, await self._made(now))
        return self._memo[1]

    async def _made(self, now: datetime) -> dict[str, Any] | None:
        today = local_day(now, self._plant.tz)
        start, end = day_bounds(today, self._plant.tz)[0], day_bounds(today + timedelta(days=DAYS - 1), self._plant.tz)[1]
        current = await self._prices.forecast()
        hours, as_of = await self._prices.hours(start, end, current)
        if not hours:
            return None
        air = await self._air.ambient(start, end)
        batches, known = await self._planned(start, end, now)
        complete = await asyncio.to_thread(self._completed, hours, air, batches, known)
        limits = () if current is None else current.forecast.costs.limits(current.forecast.first)
        days = week_days(self._plant, today, complete)
        return {
            "days": days,
            "legend": legend_of(_hours_of(days), limits, self._air.ambient_limits()) | {"price_basis": self._prices.basis},
            "market": self._prices.market,
            "as_of": as_of.isoformat(),
            "source": "published" if current is None else current.version,
            "origin": "published" if current is None else "forecast",
        }

    async def class_now(self, now: datetime) -> dict[str, Any] | None:
        """The class of the hour of now; None without a forecast."""
        week = await self.week(now)
        if week is None or week["origin"] != "forecast":
            return None
        found = class_now(_hours_of(week["days"]), now)
        return None if found is None else found | {name: week[name] for name in ("origin", "source", "as_of")}

    async def _planned(self, start: datetime, end: datetime, now: datetime) -> tuple[tuple[Batch, ...], tuple[datetime, datetime]]:
        """Batches of the week, carried out and planned, and the stretch of time that the plans speak of."""
        try:
            stored = await self._plans.in_force()
        except NotKnownError:
            return (), (end, end)
        today = local_day(now, self._plant.tz)
        carried = await self._plans.carried(today - timedelta(days=1), today + timedelta(days=DAYS), now)
        done = {item.batch.id: item.batch for item in carried if item.made}
        first = min([stored.start, *(batch.start for batch in done.values())])
        batches = {**{batch.id: batch for batch in batches_of(stored)}, **done}
        return tuple(batches.values()), (floor_to(max(start, first), HOUR), stored.end)

    def _completed(
        self,
        hours: Mapping[datetime, Hour],
        air: Mapping[datetime, dict[str, Any]],
        batches: Sequence[Batch],
        known: tuple[datetime, datetime],
    ) -> dict[datetime, Hour]:
        """Hours with planned load and air."""
        starts = sorted({*hours, *air})
        loads = dict(zip(starts, loads_kw(self._plant, batches, starts), strict=True)) if batches else {}
        complete = {}
        for at in starts:
            hour = hours.get(at) or empty_hour(at)
            load = round(loads[at], 2) if at in loads and known[0] <= at < known[1] else None
            complete[at] = self._halted(hour | {"planned_load_kw": load, "ambient": air.get(at)}, air.get(at))
        return complete

    def _halted(self, hour: Hour, air: Mapping[str, Any] | None) -> Hour:
        """An hour whose air breaks a hard limit is one to halt."""
        if air is None or hour["production_class"] is None:
            return hour
        broken = halted_stages(self._plant.ambient_limits, air["temperature_c"], air["humidity_percent"])
        certain = dict.fromkeys(CLASSES, 0.0) | {"halt": 1.0}
        return (
            hour | {"production_class": "halt", "probabilities": certain, "class_changes": None, "halted_by": broken}
            if broken
            else hour
        )


def judgements(forecast: WeekForecast, since: datetime) -> dict[datetime, Hour]:
    """Score and class of the hours since an instant that are over, and of all known ones the nearest costs at which they change."""
    costs, scored = forecast.costs, {}
    begin = int(np.searchsorted(costs.starts, epoch(since)))
    scores, shares = costs.scores(slice(begin, forecast.first)), costs.probabilities()
    for place in range(begin, len(costs.starts)):
        if np.ptp(costs.costs[:, place]) == 0:
            judged: Hour = {"class_changes": changes_json(*costs.changes(place))}
            if place < forecast.first:
                judged |= {
                    "energy_score": round(float(scores[place - begin]), 1),
                    "production_class": CLASSES[int(np.argmax(shares[place]))],
                    "probabilities": {name: round(float(share), 3) for name, share in zip(CLASSES, shares[place], strict=True)},
                }
            scored[utc_from_epoch(int(costs.starts[place]))] = judged
    return scored


def changes_json(below: ClassChange | None, above: ClassChange | None) -> dict[str, Any]:
    """The nearest other classes of an hour, and the price up to which, or above which, it would have them."""
    return {
        side: None if change is None else {"production_class": change.name, "price_eur_kwh": change.eur_per_kwh}
        for side, change in (("below", below), ("above", above))
    }


def week_days(plant: Plant, first: date, known: Mapping[datetime, Hour]) -> list[dict[str, Any]]:
    """Days with their 23, 24 or 25 hours; what nobody knows of an hour is null."""
    days = [first + timedelta(days=ahead) for ahead in range(DAYS)]
    return [
        {"date": day.isoformat(), "hours": [known.get(at) or empty_hour(at) for at in day_slots(day, tz=plant.tz)]} for day in days
    ]


def empty_hour(start: datetime) -> Hour:
    """An hour of which nothing is known."""
    names = ("origin", "price_eur_kwh", "p10", "p50", "p90", "energy_score", "production_class", "probabilities")
    nothing = dict.fromkeys((*names, "class_changes", "planned_load_kw", "ambient"))
    return {"start": start.isoformat(), "end": (start + HOUR).isoformat(), **nothing}


def _hours_of(days: Sequence[Mapping[str, Any]]) -> list[Hour]:
    return [hour for day in days for hour in day["hours"]]


def price_of(hour: Mapping[str, Any]) -> float | None:
    """The published price, else the middle of what is forecast."""
    price: float | None = hour["p50"] if hour["price_eur_kwh"] is None else hour["price_eur_kwh"]
    return price


def legend_of(hours: Sequence[Hour], limits: Sequence[float], ambient_limits: Mapping[str, float]) -> dict[str, Any]:
    """Quantiles of the shown prices, and the price up to which an hour of this local week is of a class."""
    prices = sorted(price for hour in hours if (price := price_of(hour)) is not None)
    return {
        "price_quantiles": [quantile(prices, share) for share in QUANTILES] if prices else [],
        "class_thresholds": {name: round(limit, DECIMALS) for name, limit in zip(CLASSES, limits, strict=False)},
        "ambient_limits": dict(ambient_limits),
        "unit": "EUR/kWh",
    }


def quantile(values: Sequence[float], share: float) -> float:
    """Quantile of sorted values, linear between two of them."""
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return round(values[below] + (place - below) * (values[above] - values[below]), DECIMALS)


def class_now(hours: Sequence[Hour], now: datetime) -> dict[str, Any] | None:
    """The class of the hour of now, and until when it stays; None where it is not known."""
    ahead = [hour for hour in hours if datetime.fromisoformat(hour["end"]) > now]
    if not ahead or ahead[0]["production_class"] is None:
        return None
    here = ahead[0]
    until = here["end"]
    for hour in ahead[1:]:
        if hour["production_class"] != here["production_class"] or hour["start"] != until:
            break
        until = hour["end"]
    return {name: here[name] for name in ("production_class", "energy_score", "probabilities")} | {"until": until}
