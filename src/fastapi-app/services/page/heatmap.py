"""The heat map of the week, and the class of now: prices, forecast, weather and plan brought together hour by hour."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

import numpy as np

from domain.bill.terms import PriceBasis
from domain.classes import CERTAIN_HALT, CLASSES, ClassName, Shares, likeliest
from domain.errors import NotKnownError
from domain.plan.load import NO_POWERS, Powers, loads_kw
from domain.plan.plant import Plant, halted_stages
from domain.plan.production import Batch
from domain.prices.slots import KnownPrice, Market
from domain.shop_floor.execution import powers
from domain.timeline import HOUR, day_bounds, day_slots, epoch, floor_to, local_day, utc_from_epoch
from domain.weather.merge import MergedHour
from forecasting.issue.scores import ClassChange
from forecasting.issue.week import WeekForecast
from services.energy_service import EnergyService
from services.forecast.hours import ForecastHour, forecast_hours, shares_of
from services.forecast.issued import IssuedForecast
from services.forecast.service import Current, ForecastService
from services.plan.inputs import batches_of
from services.plan.service import PlanService

DAYS = 7
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
DECIMALS = 6
Origin = Literal["published", "forecast"]


@dataclass(frozen=True, slots=True)
class ClassEdge:
    """A price [€/kWh] up to which, or above which, an hour is of another class."""

    eur_per_kwh: float
    production_class: ClassName


@dataclass(frozen=True, slots=True)
class ClassChanges:
    """The nearest prices below and above that of an hour at which its class is another one; None where it is not."""

    below: ClassEdge | None
    above: ClassEdge | None

    @classmethod
    def of(cls, below: ClassChange | None, above: ClassChange | None) -> "ClassChanges":
        """From what the costs of the week say."""
        edges = [None if one is None else ClassEdge(one.eur_per_kwh, one.name) for one in (below, above)]
        return cls(*edges)


@dataclass(frozen=True, slots=True)
class WeekHour:
    """An hour of the week: what the plant pays or is to pay [€/kWh], how good it is (0 to 100), the probability of each class, what
    is planned [kW], the air. None where nobody knows. `halted_by`: stages whose hard limit the air breaks.
    """

    start: datetime
    origin: Origin | None = None
    eur_per_kwh: float | None = None
    p10: float | None = None
    p50: float | None = None
    p90: float | None = None
    energy_score: float | None = None
    shares: Shares | None = None
    class_changes: ClassChanges | None = None
    planned_load_kw: float | None = None
    air: MergedHour | None = None
    halted_by: tuple[str, ...] = ()

    @property
    def production_class(self) -> ClassName | None:
        """The most probable class."""
        return None if self.shares is None else likeliest(self.shares)

    @property
    def price_or_median(self) -> float | None:
        """The published price, else the middle of what is forecast."""
        return self.p50 if self.eur_per_kwh is None else self.eur_per_kwh


@dataclass(frozen=True, slots=True)
class WeekDay:
    """A local day with its 23, 24 or 25 hours."""

    day: date
    hours: tuple[WeekHour, ...]


@dataclass(frozen=True, slots=True)
class Legend:
    """Quantiles of the shown prices, and the price up to which an hour of this local week is of a class [€/kWh]; the limits of the
    air as lines on a chart.
    """

    price_quantiles: tuple[float, ...]
    class_thresholds: Mapping[ClassName, float]
    ambient_limits: Mapping[str, float]
    basis: PriceBasis


@dataclass(frozen=True, slots=True)
class Week:
    """Seven local days. `source` and `origin`: the version that forecasts it, or what is published alone."""

    days: tuple[WeekDay, ...]
    legend: Legend
    market: Market
    as_of: datetime
    source: str
    origin: Origin

    @property
    def hours(self) -> list[WeekHour]:
        """All its hours, in order."""
        return [hour for day in self.days for hour in day.hours]


@dataclass(frozen=True, slots=True)
class ClassNow:
    """The hour of now, and until when its class stays."""

    shares: Shares
    energy_score: float | None
    until: datetime
    week: Week

    @property
    def production_class(self) -> ClassName:
        """The most probable class."""
        return likeliest(self.shares)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of an hour whose price is certain: its class changes, and where it is over its score and shares."""

    changes: ClassChanges
    energy_score: float | None = None
    shares: Shares | None = None


class Air(Protocol):
    """What is known of the air of each hour, and its limits."""

    async def ambient(self, start: datetime, end: datetime) -> dict[datetime, MergedHour]:
        """The air by start of the hour."""
        ...

    def ambient_limits(self) -> dict[str, float]:
        """The limits as lines on a chart."""
        ...


class WeekPrices:
    """What the plant pays in the hours of the week: published, then forecast."""

    def __init__(self, energy: EnergyService, forecasts: ForecastService) -> None:
        self._energy = energy
        self._forecasts = forecasts
        self._judgements: tuple[Current, datetime, dict[datetime, Judgement]] | None = None

    @property
    def market(self) -> Market:
        """The market that the contract follows."""
        return self._forecasts.market

    @property
    def basis(self) -> PriceBasis:
        """The basis of the contract, as it is told beside euros."""
        return self._forecasts.paid.told

    def paid(self, start: datetime) -> Callable[[float | None], float | None]:
        """What the plant pays in an hour at a price of the market."""
        return self._forecasts.paid.hour(start)

    async def forecast(self) -> Current | None:
        """The forecast of now; None where there is none."""
        try:
            return await self._forecasts.current()
        except NotKnownError:
            return None

    async def hours(self, start: datetime, end: datetime, current: Current | None) -> tuple[dict[datetime, WeekHour], datetime]:
        """What is known of the prices that the plant pays: published hours, then the forecast over them; and how old it is."""
        paid = self._forecasts.paid.hour
        published = await self._energy.known(self._forecasts.market, 60, start, end)
        hours = {
            known.slot.start: WeekHour(known.slot.start, "published", paid(known.slot.start)(known.slot.eur_per_kwh))
            for known in published
        }
        ages = [known.as_of for known in published]
        if current is not None:
            ages.append(current.issued_at)
            for hour in forecast_hours(current):
                if hour.p50 is not None and start <= hour.start < end:
                    hours[hour.start] = _paid(hour, paid(hour.start))
            for at, judged in (await self._judged(current, start)).items():
                if at in hours:
                    hours[at] = _judged(hours[at], judged)
        return hours, max(ages, default=start)

    async def _judged(self, current: Current, since: datetime) -> dict[datetime, Judgement]:
        """StageWork out once for a forecast and a day."""
        if self._judgements is None or self._judgements[0] is not current or self._judgements[1] != since:
            self._judgements = (current, since, await asyncio.to_thread(judgements, current.forecast, since))
        return self._judgements[2]


def _paid(hour: ForecastHour, price: Callable[[float | None], float | None]) -> WeekHour:
    """An hour of the forecast at what the plant pays."""
    return WeekHour(
        start=hour.start,
        origin="forecast" if hour.published is None else "published",
        eur_per_kwh=price(hour.published),
        p10=price(hour.p10),
        p50=price(hour.p50),
        p90=price(hour.p90),
        energy_score=hour.energy_score,
        shares=hour.shares,
    )


def _judged(hour: WeekHour, judged: Judgement) -> WeekHour:
    if judged.shares is None:
        return replace(hour, class_changes=judged.changes)
    return replace(hour, class_changes=judged.changes, energy_score=judged.energy_score, shares=judged.shares)


KEPT_FOR = timedelta(minutes=1)
"""The store may be written to by others, or have been away: what was read is not taken for longer."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the week beside the plan."""

    current: Current | None
    """The forecast."""
    hours: Mapping[datetime, WeekHour]
    as_of: datetime
    air: Mapping[datetime, MergedHour]


class HeatmapService:
    """Makes the blocks `week` and `current.class`. `writes` counts what the history was given: prices and air are read anew after
    that and each minute, not for each plan; one instant is worked out once.
    """

    def __init__(self, prices: WeekPrices, air: Air, plans: PlanService, plant: Plant, writes: Callable[[], int]) -> None:
        self._prices = prices
        self._air = air
        self._plans = plans
        self._plant = plant
        self._writes = writes
        self._memo: tuple[tuple[int, int, datetime], Week | None] | None = None
        self._known: tuple[tuple[int, datetime, datetime], Known] | None = None

    async def week(self, now: datetime) -> Week | None:
        """Seven local days from today on; None while no price of them is known."""
        mark = (self._writes(), self._plans.changes, now)
        if self._memo is None or self._memo[0] != mark:
            self._memo = (mark, await self._made(now))
        return self._memo[1]

    async def _made(self, now: datetime) -> Week | None:
        today = local_day(now, self._plant.tz)
        start, end = day_bounds(today, self._plant.tz)[0], day_bounds(today + timedelta(days=DAYS - 1), self._plant.tz)[1]
        known = await self._read(start, end, now)
        current = known.current
        if not known.hours:
            return None
        batches, kept, spoken = await self._planned(start, end, now)
        complete = await asyncio.to_thread(self._completed, known.hours, known.air, batches, kept, spoken)
        limits = () if current is None else current.forecast.costs.limits(current.forecast.first)
        days = week_days(self._plant, today, complete)
        shown = [hour for day in days for hour in day.hours]
        return Week(
            days=days,
            legend=legend_of(shown, limits, self._air.ambient_limits(), self._prices.basis),
            market=self._prices.market,
            as_of=known.as_of,
            source="published" if current is None else current.version,
            origin="published" if current is None else "forecast",
        )

    async def _read(self, start: datetime, end: datetime, now: datetime) -> Known:
        """Prices and air of the week; anew after something was written, each minute, and with another forecast."""
        mark, current = (self._writes(), start, floor_to(now, KEPT_FOR)), await self._prices.forecast()
        if self._known is not None and self._known[0] == mark and self._known[1].current is current:
            return self._known[1]
        hours, as_of = await self._prices.hours(start, end, current)
        known = Known(current, hours, as_of, await self._air.ambient(start, end) if hours else {})
        self._known = (mark, known)
        return known

    async def past(
        self,
        at: datetime,
        known: Sequence[KnownPrice],
        forecast: IssuedForecast | None,
        air: Mapping[datetime, MergedHour],
        batches: Sequence[Batch],
        planned: tuple[datetime, datetime],
    ) -> Week:
        """Seven local days from that of a past instant on, by the prices, the forecast and the plan of then."""
        paid = self._prices.paid
        hours = {
            price.slot.start: WeekHour(price.slot.start, "published", paid(price.slot.start)(price.slot.eur_per_kwh))
            for price in known
        }
        for hour in () if forecast is None else forecast.hours:
            if hour.p50 is not None:
                hours[hour.start] = _paid(hour, paid(hour.start))
        complete = await asyncio.to_thread(self._completed, hours, air, batches, NO_POWERS, planned)
        days = week_days(self._plant, local_day(at, self._plant.tz), complete)
        ages = [price.as_of for price in known] + ([] if forecast is None else [forecast.issued_at])
        return Week(
            days=days,
            legend=legend_of([hour for day in days for hour in day.hours], (), self._air.ambient_limits(), self._prices.basis),
            market=self._prices.market,
            as_of=max(ages),
            source="published" if forecast is None else forecast.version,
            origin="published" if forecast is None else "forecast",
        )

    async def class_now(self, now: datetime) -> ClassNow | None:
        """The class of the hour of now; None without a forecast."""
        week = await self.week(now)
        return None if week is None or week.origin != "forecast" else class_now(week, now)

    async def _planned(
        self, start: datetime, end: datetime, now: datetime
    ) -> tuple[tuple[Batch, ...], Powers, tuple[datetime, datetime]]:
        """Batches of the week, carried out and planned, what the first kept of powers, and the time that the plans speak of."""
        try:
            stored = await self._plans.in_force()
        except NotKnownError:
            return (), NO_POWERS, (end, end)
        today = local_day(now, self._plant.tz)
        carried = await self._plans.carried(today - timedelta(days=1), today + timedelta(days=DAYS), now)
        done = {item.batch.id: item.batch for item in carried if item.made}
        first = min([stored.start, *(batch.start for batch in done.values())])
        batches = {**{batch.id: batch for batch in batches_of(stored)}, **done}
        kept = {item.batch.id: powers(item.recipe) for item in carried}
        return tuple(batches.values()), kept, (floor_to(max(start, first), HOUR), stored.end)

    def _completed(
        self,
        hours: Mapping[datetime, WeekHour],
        air: Mapping[datetime, MergedHour],
        batches: Sequence[Batch],
        kept: Powers,
        known: tuple[datetime, datetime],
    ) -> dict[datetime, WeekHour]:
        """Hours with planned load and air."""
        starts = sorted({*hours, *air})
        loads = dict(zip(starts, loads_kw(self._plant, batches, starts, kept), strict=True)) if batches else {}
        complete = {}
        for at in starts:
            load = round(loads[at], 2) if at in loads and known[0] <= at < known[1] else None
            hour = replace(hours.get(at) or WeekHour(at), planned_load_kw=load, air=air.get(at))
            complete[at] = self._halted(hour)
        return complete

    def _halted(self, hour: WeekHour) -> WeekHour:
        """An hour whose air breaks a hard limit is one to halt."""
        if hour.air is None or hour.shares is None:
            return hour
        broken = halted_stages(self._plant.ambient_limits, hour.air.told("temperature"), hour.air.told("humidity"))
        return replace(hour, shares=CERTAIN_HALT, class_changes=None, halted_by=tuple(broken)) if broken else hour


def judgements(forecast: WeekForecast, since: datetime) -> dict[datetime, Judgement]:
    """Score and class of the hours since an instant that are over, and of all known ones the nearest costs at which they change."""
    costs, judged = forecast.costs, {}
    begin = int(np.searchsorted(costs.starts, epoch(since)))
    scores, shares = costs.scores(slice(begin, forecast.first)), costs.probabilities()
    for place in range(begin, len(costs.starts)):
        if np.ptp(costs.costs[:, place]) == 0:
            changes = ClassChanges.of(*costs.changes(place))
            over = place < forecast.first
            judged[utc_from_epoch(int(costs.starts[place]))] = (
                Judgement(changes, float(scores[place - begin]), shares_of(shares[place])) if over else Judgement(changes)
            )
    return judged


def week_days(plant: Plant, first: date, known: Mapping[datetime, WeekHour]) -> tuple[WeekDay, ...]:
    """Days with their 23, 24 or 25 hours."""
    days = [first + timedelta(days=ahead) for ahead in range(DAYS)]
    return tuple(WeekDay(day, tuple(known.get(at) or WeekHour(at) for at in day_slots(day, tz=plant.tz))) for day in days)


def legend_of(hours: Sequence[WeekHour], limits: Sequence[float], ambient_limits: Mapping[str, float], basis: PriceBasis) -> Legend:
    """The legend of some hours; `limits` are the prices at which the classes of their week end."""
    prices = sorted(price for hour in hours if (price := hour.price_or_median) is not None)
    return Legend(
        price_quantiles=tuple(quantile(prices, share) for share in QUANTILES) if prices else (),
        class_thresholds={name: round(limit, DECIMALS) for name, limit in zip(CLASSES, limits, strict=False)},
        ambient_limits=dict(ambient_limits),
        basis=basis,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """Quantile of sorted values, linear between two of them."""
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return round(values[below] + (place - below) * (values[above] - values[below]), DECIMALS)


def class_now(week: Week, now: datetime) -> ClassNow | None:
    """The class of the hour of now, and until when it stays; None where it is not known."""
    ahead = [hour for hour in week.hours if hour.start + HOUR > now]
    if not ahead or ahead[0].shares is None:
        return None
    here = ahead[0]
    until = here.start + HOUR
    for hour in ahead[1:]:
        if hour.production_class != here.production_class or hour.start != until:
            break
        until = hour.start + HOUR
    return ClassNow(ahead[0].shares, here.energy_score, until, week)
