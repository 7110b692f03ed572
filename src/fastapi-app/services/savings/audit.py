"""The audit: kilograms, kilowatt-hours and euros of the closed days again, from the log and the prices.

It shares with the ledger what is stored (the log, prices, weather) and the values of the plant's file. When machines ran, what a
kWh cost, what was due: all of that is made by `domain/audit`, which imports none of the service's own arithmetic. Batches that the
log alone leaves open (a plan's time that a fact contradicts) are counted, and taken as the service has them.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.audit.floor import Made, Ran, batches_of, in_the_way
from domain.audit.goods import Goods, days_of, goods_of
from domain.audit.log import Book, book_of
from domain.audit.money import Air, base_kw, paid, used
from domain.errors import FactoryError
from domain.plan.plant import Plant
from domain.shop_floor.events import Recorded
from domain.shop_floor.execution import Execution
from ports import Clock, LedgerLog
from services.plan.prices import PlanPrices
from services.savings.plants import Plants
from services.shop_floor.floor import FloorService
from services.weather_service import WeatherService

DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
TOLERANCE = 0.002
"""Euros and kWh of an entry are rounded to a ten-thousandth; sums of a thousand minutes differ by less than this."""
NIGHTLY = timedelta(days=35)
FIGURES = ("kg", "kwh", "plan_eur", "base_load_kwh", "base_load_eur", "spoiled_kwh")


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
class Report:
    """What an audit looked at, and what it found."""

    differences: tuple[Difference, ...]
    days: int = 0
    batches: int = 0
    open: int = 0
    """Batches that the log alone leaves open."""
    going_on: int = 0
    """Closed days of which a batch is not over: what it will have used is still an expectation."""
    goods: tuple[Goods, ...] = ()

    def lines(self) -> list[str]:
        """As it is printed."""
        told = [
            f"{one.quality}: due {one.due:g} kg, made {one.made:g} kg, in stock less owed {one.left:g} kg" for one in self.goods
        ]
        counted = f"{self.days} days, {self.batches} batches ({self.open} of them left open by the log)"
        counted += f", {self.going_on} days still going on" if self.going_on else ""
        return [*(one.line() for one in self.differences), *told, f"{counted}: differences {len(self.differences)}"]


@dataclass(frozen=True, slots=True)
class Sources:
    """What is audited, and against what."""

    floor: FloorService
    ledger: LedgerLog
    prices: PlanPrices
    weather: WeatherService
    plants: Plants
    follow: Callable[[], Awaitable[None]] | None = None
    """Waits until the ledger is that of the log as it is; None beside a service, which does that itself."""


@dataclass(frozen=True, slots=True)
class _Floor:
    """Every batch that began."""

    book: Book
    batches: tuple[Made, ...]
    open: frozenset[str]
    day: Mapping[str, date]


class AuditService:
    """Looks for differences."""

    def __init__(self, sources: Sources, plant: Plant, clock: Clock) -> None:
        self._from = sources
        self._plant = plant
        self._clock = clock

    async def look(self) -> str:
        """The nightly job. AuditError where anything differs: a failing job is an alert."""
        if self._from.follow is not None:
            await self._from.follow()
        today = self._clock().astimezone(self._plant.tz).date()
        report = await self.report(today - NIGHTLY, today - DAY)
        if report.differences:
            found = "; ".join(one.line() for one in report.differences[:3])
            raise AuditError(f"{len(report.differences)} differences: {found}")
        return report.lines()[-1]

    async def report(self, first: date, last: date) -> Report:
        """The closed days from first to last, the kilograms, and the log as a whole."""
        events = await self._from.floor.events()
        now = self._clock()
        floor = await self._floor(events, now)
        found = log_differences(events)
        opened = floor.book.first_day
        if opened is None:
            return Report(tuple(found))
        goods = goods_of(self._plant, floor.book, floor.batches, now)
        found += await self._kilograms(goods, now)
        days, day = 0, max(first, opened)
        going_on = {floor.day[one.id] for one in floor.batches if not one.lost and one.finished_at is None}
        while day <= min(last, now.astimezone(self._plant.tz).date() - DAY):
            figures = None if day in going_on else await self._day(day, floor)
            found += figures or []
            days += figures is not None
            day += DAY
        late = sum(first <= day < now.astimezone(self._plant.tz).date() for day in going_on)
        return Report(tuple(found), days, len(floor.batches), len(floor.open), late, tuple(goods))

    async def _floor(self, events: Sequence[Recorded], now: datetime) -> _Floor:
        """By the log; what it leaves open as the service has it."""
        book = book_of(events)
        told = dict(batches_of(self._plant, book, now))
        state = await self._from.floor.carried(date.min, date.max, now)
        service = {item.batch.id: item for item in state}
        known = {id_: made for id_, made in told.items() if made is not None}
        while True:
            runs = {id_: made.stages for id_, made in known.items()}
            runs |= {id_: _ran(item) for id_, item in service.items() if id_ in told and id_ not in known}
            unsure = in_the_way(runs) & known.keys()
            if not unsure:
                break
            known = {id_: made for id_, made in known.items() if id_ not in unsure}
        is_open = frozenset(told.keys() - known.keys())
        finished = {batch.id: batch.ends_at for batch in (await self._from.floor.state(now)).batches if batch.state == "finished"}
        taken = [_made(service[id_], finished.get(id_), self._plant) for id_ in sorted(is_open & service.keys())]
        batches = (*known.values(), *taken)
        return _Floor(book, batches, is_open & service.keys(), days_of(self._plant, book, batches, now))

    async def _day(self, day: date, floor: _Floor) -> list[Difference] | None:
        """None for a day that is not scored yet, or by a version that said less; the hourly job does that."""
        entries = await self._from.ledger.entries("day", day, day)
        if not entries or not entries[0]["closed"] or entries[0].get("base_load_kwh") is None:
            return None
        audited = await self._audited(day, [one for one in floor.batches if floor.day[one.id] == day])
        if audited is None:
            return None
        entry = entries[0]
        return [
            Difference(str(day), name, entry[name], round(audited[name], 4))
            for name in FIGURES
            if entry[name] is None or abs(entry[name] - audited[name]) > TOLERANCE + 1e-6 * abs(audited[name])
        ]

    async def _audited(self, day: date, batches: Sequence[Made]) -> Mapping[str, float] | None:
        """Figures of a day, by its own plant; None while a price is missing, or where nobody kept the power of a machine."""
        plant = (await self._from.plants.on(day)).plant
        tz = plant.tz
        start, end = (datetime.combine(at, time(), tz).astimezone(UTC) for at in (day, day + DAY))
        ran = [instant for one in batches for run in one.stages for instant in run.inside]
        first, last = (at.replace(minute=0, second=0, microsecond=0) for at in (min([start, *ran]), max([end, *ran])))
        prices = await self._prices(plant, first, last + HOUR)
        hours = await self._from.weather.hours(first, last + HOUR)
        air: Air = {hour.start: (hour.value("temperature"), hour.value("humidity")) for hour in hours}
        ahead = (last.astimezone(tz).date() - first.astimezone(tz).date()).days
        ran_on = [first.astimezone(tz).date() + number * DAY for number in range(ahead + 1)]
        plants = {one: (await self._from.plants.on(one)).plant for one in ran_on}
        total: dict[str, float] = defaultdict(float)
        at = start
        while at < end:
            price, kwh = prices[at], base_kw(plant, at) / 4
            if price is None:
                return None
            total["base_load_kwh"] += kwh
            total["base_load_eur"] += kwh * price
            at += QUARTER
        for one in batches:
            spent = used(plant, one.stages, prices, air, plants)
            if spent is None:
                return None
            kwh, eur = spent
            total["kwh"] += kwh
            total["plan_eur"] += eur
            total["spoiled_kwh"] += kwh if one.lost else 0.0
            total["kg"] += one.kg
        total["kwh"] += total["base_load_kwh"]
        total["plan_eur"] += total["base_load_eur"]
        return total

    async def _prices(self, plant: Plant, start: datetime, end: datetime) -> dict[datetime, float | None]:
        """What a kWh cost in each quarter-hour."""
        market = await self._from.prices.of(plant).market_prices(start, end)
        prices: dict[datetime, float | None] = {}
        at = start
        while at < end:
            prices[at] = paid(plant, self._from.prices.tables, at, market.get(at))
            at += QUARTER
        return prices

    async def _kilograms(self, goods: Sequence[Goods], now: datetime) -> list[Difference]:
        """By quality: what was there and made, less what was due, is what is in stock, less what is owed."""
        told = await self._from.floor.kilograms(now, now)
        found = []
        for one in goods:
            owed = sum(item.owed_kg for item in told.promises if item.order.quality == one.quality)
            kept = told.stock.get(one.quality, 0.0) - owed
            if abs(one.left - kept) > TOLERANCE:
                found.append(Difference(one.quality, "stock less owed kg", kept, one.left))
        return found


def _ran(item: Execution) -> tuple[Ran, ...]:
    return tuple(Ran(run.stage, 1, True, run.spans, run.held, run.kw) for run in item.stages() if run.spans)


def _made(item: Execution, ends_at: datetime | None, plant: Plant) -> Made:
    kg = (plant.batch_kg if item.kg is None else item.kg) if item.made else 0.0
    return Made(item.batch.id, _ran(item), kg, not item.made, ends_at)


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
