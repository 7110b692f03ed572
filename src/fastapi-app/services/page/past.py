"""The page as it was at a past instant: what was known then, from what is kept, and what is not kept."""

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from domain.alerts.alert import KeptAlert
from domain.alerts.recommendations import Recommendation
from domain.errors import StoreUnavailableError
from domain.prices.slots import KnownPrice
from domain.timeline import day_bounds, local_day
from domain.weather.merge import MergedHour
from ports import PlanLog, StoredPlan
from services.advice.service import AdviceService, recommended
from services.energy_service import EnergyService
from services.forecast.hours import ForecastHour
from services.forecast.issued import IssuedForecast, IssuedForecasts
from services.page.heatmap import DAYS, ClassNow, HeatmapService, Week, class_now
from services.plan.board import PlanBlock, shown
from services.plan.floor_board import FloorBlock, FloorBoard
from services.plan.inputs import batches_of
from services.plan.late import late_of
from services.prices.paid_price import PaidPrice
from services.prices.price_parts import PricePartsBoard
from services.savings.ledger import LedgerService, SavingsBlock
from services.weather.board import WeatherBlock, WeatherBoard

logger = logging.getLogger("application")
T = TypeVar("T")
Part = Literal["plan", "forecast", "alerts", "savings", "weather", "bill", "system"]
Why = Literal["before", "never", "nothing_then", "failed"]


@dataclass(frozen=True, slots=True)
class NotKept:
    """A part that a view of the past does not show. `before`: it is kept `since` a later instant only; `never`: it is not kept, or
    nothing of it yet; `nothing_then`: nothing of that time; `failed`: it could not be made.
    """

    part: Part
    why: Why
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of an instant."""

    weather_now: MergedHour | None
    class_now: ClassNow | None
    week: Week | None
    weather: WeatherBlock | None
    forecast: IssuedForecast | None
    plan: PlanBlock | None
    floor: FloorBlock | None
    recommendations: Sequence[Recommendation]
    alerts: Sequence[KeptAlert]
    savings: SavingsBlock | None
    not_kept: tuple[NotKept, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """What the past is read from."""

    energy: EnergyService
    forecasts: IssuedForecasts
    weather: WeatherBoard
    plans: PlanLog
    floor: FloorBoard
    advice: AdviceService
    ledger: LedgerService
    heatmap: HeatmapService
    parts: PricePartsBoard


class _Told:
    """Makes the parts of one view apart from each other, and notes which of them are not there."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self.gaps: dict[Part, NotKept] = {}

    async def part(self, name: Part, made: Callable[[datetime], Awaitable[T]], otherwise: T) -> T:
        """A part; `otherwise` where it cannot be made."""
        try:
            return await made(self._at)
        except StoreUnavailableError:
            raise
        except Exception:
            logger.exception("past_part_failed part=%s at=%s", name, self._at.isoformat())
            self.gaps[name] = NotKept(name, "failed")
            return otherwise

    async def absent(self, name: Part, part: object, since: Callable[[], Awaitable[datetime | None]]) -> None:
        """Note why a part is not there. That no alert held is nothing that is missing."""
        if part or name in self.gaps:
            return
        first = await since()
        if first is None:
            self.gaps[name] = NotKept(name, "never")
        elif self._at < first:
            self.gaps[name] = NotKept(name, "before", first)
        elif name != "alerts":
            self.gaps[name] = NotKept(name, "nothing_then")


class PastBoard:
    """Makes the parts of a view of the past. One that fails spoils no other, and is told; without the store there is no view."""

    def __init__(self, records: Records) -> None:
        self._from = records

    @property
    def paid(self) -> PaidPrice:
        """What the plant pays at a price of the market."""
        return self._from.forecasts.paid

    @property
    def parts(self) -> PricePartsBoard:
        """What the price is made of."""
        return self._from.parts

    async def of(self, at: datetime) -> Past:
        """What is kept of an instant."""
        records, told = self._from, _Told(at)
        stored = await told.part("plan", self._stored, None)
        plan = await told.part("plan", lambda at: _plan(stored, at), None)
        forecast = await told.part("forecast", self._forecast, None)
        weather = await told.part("weather", records.weather.past, None)
        week = await told.part("forecast", lambda at: self._week(at, forecast, stored, weather), None)
        alerts: Sequence[KeptAlert] = await told.part("alerts", records.advice.held_at, list[KeptAlert]())
        savings = await told.part("savings", records.ledger.past, None)
        await told.absent("plan", plan, records.plans.first_in_force)
        await told.absent("forecast", forecast, records.forecasts.kept_since)
        await told.absent("alerts", alerts, records.advice.kept_since)
        await told.absent("savings", savings, self._savings_since)
        await told.absent("weather", weather, _whenever)
        return Past(
            weather_now=None if weather is None else weather.now,
            class_now=None if week is None or week.origin != "forecast" else class_now(week, at),
            week=week,
            weather=weather,
            forecast=forecast,
            plan=plan,
            floor=await told.part("plan", lambda at: self._floor(stored, at), None),
            recommendations=await told.part("plan", lambda at: _recommended(stored, at), list[Recommendation]()),
            alerts=alerts,
            savings=savings,
            not_kept=(*told.gaps.values(), NotKept("bill", "never"), NotKept("system", "never")),
        )

    async def _stored(self, at: datetime) -> StoredPlan | None:
        """The plan in force; one that was over had nothing more to say."""
        stored = await self._from.plans.in_force_at(at)
        return None if stored is None or stored.end <= at else stored

    async def _forecast(self, at: datetime) -> IssuedForecast | None:
        """The hours from the day of the instant on, with the prices that were published by then."""
        start, end = _span(at)
        issued = await self._from.forecasts.at(at, start, end)
        if issued is None:
            return None
        hours = {hour.start: hour for hour in issued.hours}
        for price in await self._known(at, start, end):
            hours[price.slot.start] = replace(
                hours.get(price.slot.start) or _nothing(price.slot.start), published=price.slot.eur_per_kwh
            )
        return replace(issued, hours=tuple(hours[start] for start in sorted(hours)))

    async def _week(
        self, at: datetime, forecast: IssuedForecast | None, stored: StoredPlan | None, weather: WeatherBlock | None
    ) -> Week | None:
        start, end = _span(at)
        known = await self._known(at, start, end)
        if forecast is None and not known:
            return None
        air = {} if weather is None else {hour.start: hour for hour in weather.hours}
        batches = () if stored is None else batches_of(stored)
        planned = (end, end) if stored is None else (stored.start, stored.end)
        return await self._from.heatmap.past(at, known, forecast, air, batches, planned)

    async def _known(self, at: datetime, start: datetime, end: datetime) -> list[KnownPrice]:
        return list(await self._from.energy.known(self._from.forecasts.paid.market, 60, start, end, at))

    async def _floor(self, stored: StoredPlan | None, at: datetime) -> FloorBlock:
        late = () if stored is None else late_of(json.loads(stored.document).get("late", ()))
        return await self._from.floor.past(at, late)

    async def _savings_since(self) -> datetime | None:
        day = await self._from.ledger.kept_since()
        return None if day is None else day_bounds(day)[0]


def _span(at: datetime) -> tuple[datetime, datetime]:
    """Seven local days from that of the instant on."""
    day = local_day(at)
    return day_bounds(day)[0], day_bounds(day + timedelta(days=DAYS - 1))[1]


def _nothing(start: datetime) -> ForecastHour:
    return ForecastHour(start, None, None, None, None, None, None, None)


async def _whenever() -> datetime:
    """The weather is kept for as long as it is collected."""
    return datetime.min.replace(tzinfo=UTC)


async def _plan(stored: StoredPlan | None, at: datetime) -> PlanBlock | None:
    return None if stored is None else shown(stored, None, at)


async def _recommended(stored: StoredPlan | None, at: datetime) -> list[Recommendation]:
    return [] if stored is None else recommended(stored, at)
