"""The audit: kilograms, kilowatt-hours and euros of the closed days again, minute by minute, with arithmetic of its own.

It shares with the ledger the log, the state that it folds to, prices and weather; not the costing, the sums or the entries.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.errors import FactoryError
from domain.plan.plant import Plant
from domain.shop_floor.events import Recorded
from domain.shop_floor.execution import Execution
from domain.shop_floor.orders import promised
from domain.timeline import HOUR, QUARTER, day_bounds, days_between, floor_to, local_day, slot_starts
from ports import Clock, LedgerLog
from services.plan.prices import PlanPrices
from services.shop_floor.floor import FloorService
from services.weather_service import WeatherService

MINUTE = timedelta(minutes=1)
TOLERANCE = 0.002
"""Euros and kWh of an entry are rounded to a ten-thousandth; sums of a thousand minutes differ by less than this."""
NIGHTLY = timedelta(days=35)


class AuditError(FactoryError):
    """The ledger is not what the log and the prices make it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not what it should be."""

    where: str
    figure: str
    kept: float | str | None
    audited: float | str | None

    def line(self) -> str:
        """As it is printed."""
        return f"{self.where}: {self.figure} is {self.kept}, audited {self.audited}"


@dataclass(frozen=True, slots=True)
class Sources:
    """What is audited, and against what."""

    floor: FloorService
    ledger: LedgerLog
    prices: PlanPrices
    weather: WeatherService


class AuditService:
    """Looks for differences."""

    def __init__(self, sources: Sources, plant: Plant, clock: Clock) -> None:
        self._from = sources
        self._plant = plant
        self._clock = clock

    async def look(self) -> str:
        """The nightly job. AuditError where anything differs: a failing job is an alert."""
        today = local_day(self._clock(), self._plant.tz)
        found = await self.differences(today - NIGHTLY, today - timedelta(days=1))
        if found:
            raise AuditError(f"{len(found)} differences: {'; '.join(one.line() for one in found[:3])}")
        return "differences 0"

    async def differences(self, first: date, last: date) -> list[Difference]:
        """Every difference of the closed days from first to last, and of the log as a whole."""
        events = await self._from.floor.events()
        facts = await self._from.floor.facts()
        found = [*log_differences(events), *await self._kilograms()]
        if facts.opened is None:
            return found
        now = self._clock()
        last = min(last, local_day(now, self._plant.tz) - timedelta(days=1))
        for day in days_between(max(first, facts.opened.day), last):
            found += await self._day(day, now)
        return found

    async def _day(self, day: date, now: datetime) -> list[Difference]:
        entries = await self._from.ledger.entries("day", day, day)
        if not entries or not entries[0]["closed"] or "base_load_kwh" not in entries[0]:
            return []  # not scored yet, or by a version that said less; the hourly job does that
        carried = await self._from.floor.carried(day, day, now)
        audited = await self._audited(day, carried)
        if audited is None:
            return []
        entry = entries[0]
        return [
            Difference(str(day), name, entry[name], round(value, 4))
            for name, value in audited.items()
            if entry[name] is None or abs(entry[name] - value) > TOLERANCE + 1e-6 * abs(value)
        ]

    async def _audited(self, day: date, carried: Sequence[Execution]) -> Mapping[str, float] | None:
        """Figures of a day, minute by minute; None while a price is missing."""
        start, end = day_bounds(day, self._plant.tz)
        spans = [span for item in carried for run in item.stages() for span in (*run.spans, *([run.held] if run.held else []))]
        first = floor_to(min([start, *(span[0] for span in spans)]), HOUR)
        last = floor_to(max([end, *(span[1] for span in spans)]), HOUR) + HOUR
        known = await self._from.prices.realised(first, last)
        prices = dict(zip(slot_starts(first, last, QUARTER), known, strict=True))
        air = {
            hour.start: (hour.value("temperature"), hour.value("humidity")) for hour in await self._from.weather.hours(first, last)
        }
        total: dict[str, float] = defaultdict(float)
        for at in slot_starts(start, end, QUARTER):
            price = prices[at]
            if price is None:
                return None
            kwh = self._plant.base_kw(staffed=self._plant.is_staffed(at)) / 4
            total["base_load_kwh"] += kwh
            total["base_load_eur"] += kwh * price
        for item in carried:
            kwh, eur = self._batch(item, prices, air)
            total["kwh"] += kwh
            total["plan_eur"] += eur
            total["spoiled_kwh"] += 0.0 if item.made else kwh
            total["kg"] += (self._plant.batch_kg if item.kg is None else item.kg) if item.made else 0.0
        total["kwh"] += total["base_load_kwh"]
        total["plan_eur"] += total["base_load_eur"]
        return {name: total[name] for name in ("kg", "kwh", "plan_eur", "base_load_kwh", "base_load_eur", "spoiled_kwh")}

    def _batch(
        self,
        item: Execution,
        prices: Mapping[datetime, float | None],
        air: Mapping[datetime, tuple[float | None, float | None]],
    ) -> tuple[float, float]:
        """kWh and euros of a batch, a minute at a time."""
        kwh = eur = 0.0
        for run in item.stages():
            stage = self._plant.stage(run.stage)
            works = [(span, True) for span in run.spans] + ([(run.held, False)] if run.held else [])
            for (at, end), running in works:
                while at < end:
                    step = min(end, floor_to(at, MINUTE) + MINUTE)
                    extra = self._plant.extra_kw(run.stage, *air.get(floor_to(at, HOUR), (None, None))) if running else 0.0
                    power = stage.power_kw + round(extra or 0.0, 3) if running else stage.hold_kw
                    used = power * ((step - at) / HOUR)
                    kwh += used
                    eur += used * (prices[floor_to(at, QUARTER)] or 0.0)
                    at = step
        return kwh, eur

    async def _kilograms(self) -> list[Difference]:
        """By quality: what was there and made, less what was due, is what is in stock, less what is owed."""
        now, facts = self._clock(), await self._from.floor.facts()
        state = await self._from.floor.state(now)
        told = await self._from.floor.kilograms(now, now)
        opened = facts.opened
        found = []
        for quality in self._plant.qualities:
            made = sum(
                batch.kg
                for batch in state.batches
                if batch.quality == quality and batch.state == "finished" and (opened is None or (batch.ends_at or now) > opened.at)
            )
            made += sum(kg for name, kg in (opened.stock if opened else ()) if name == quality)
            due = sum(order.kg for order, _ in promised(self._plant, facts, now) if order.quality == quality)
            owed = sum(item.owed_kg for item in told.promises if item.order.quality == quality)
            if abs(made - due - (told.stock.get(quality, 0.0) - owed)) > TOLERANCE:
                found.append(Difference(quality, "stock less owed kg", told.stock.get(quality, 0.0) - owed, made - due))
        return found


def log_differences(events: Sequence[Recorded]) -> list[Difference]:
    """What the log itself must be: in one order, each id once, each batch of one quality for life."""
    found = []
    order = [item.sequence for item in events]
    if order != sorted(set(order)):
        found.append(Difference("log", "sequence", "not increasing", "increasing"))
    ids = [(item.event.by, item.event.id) for item in events]
    if len(ids) != len(set(ids)):
        found.append(Difference("log", "ids given twice", len(ids) - len(set(ids)), 0))
    qualities: dict[str, str] = {}
    for item in events:
        if item.event.planned is not None:
            batch = item.event.planned
            if qualities.setdefault(batch.id, batch.quality) != batch.quality:
                found.append(Difference(batch.id, "quality", batch.quality, qualities[batch.id]))
    return found
