"""A curve of consumption, added up by day and period: all that the lines of a bill need of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.bill.invoice.lines import ZERO
from domain.bill.supply import Contract
from domain.bill.tariff import Tariff, period
from domain.timeline import HOUR, MADRID, day_bounds, days_between, floor_to, slot_starts

FOUR = Decimal(4)


@dataclass(frozen=True, slots=True)
class Reading:
    """What passed the meter in a quarter-hour or an hour from a UTC start on."""

    start: datetime
    minutes: int
    kwh_in: Decimal
    kwh_out: Decimal = ZERO
    kvarh_q1: Decimal | None = None
    kvarh_q4: Decimal | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class MarketPrices:
    """Prices of the market by UTC start [EUR/kWh]: of quarter-hours where it has them, and of hours."""

    quarters: Mapping[datetime, Decimal] = field(default_factory=dict)
    hours: Mapping[datetime, Decimal] = field(default_factory=dict)

    def of(self, one: "Reading") -> Decimal | None:
        """The price of a reading; that of its hour where a quarter has none of its own."""
        price = self.quarters.get(one.start) if one.minutes < 60 else None
        return self.hours.get(floor_to(one.start, HOUR)) if price is None else price


@dataclass(slots=True)
class PeriodOfDay:
    """The sums of an energy period of a day."""

    kwh: Decimal = ZERO
    kwh_out: Decimal = ZERO
    market_eur: Decimal = ZERO
    """The energy at the prices of its market."""
    unpriced_kwh: Decimal = ZERO
    """Energy of slots whose price of the market is not known."""
    kvarh: Decimal = ZERO
    """Reactive energy, Q1 less Q4: positive is inductive."""
    most_kw: Decimal = ZERO
    squares: Decimal = ZERO
    """Sum of the squares of what each quarter-hour was above the contracted power [kW²]."""


@dataclass(slots=True)
class Metered:
    """The sums of a range of days, and what of it is not there."""

    first: date
    last: date
    of: dict[tuple[date, int], PeriodOfDay] = field(default_factory=dict)
    slots: int = 0
    estimated: int = 0
    by_the_hour: int = 0
    """Hours for which there are no quarters: their maxima are too low, or the same in all four."""
    without_reactive: int = 0
    missing: dict[int, int] = field(default_factory=dict)
    """Energy period -> quarter-hours that are not there."""

    @property
    def kwh(self) -> Decimal:
        """All that was taken."""
        return sum((item.kwh for item in self.of.values()), ZERO)

    def between(self, first: date, last: date, number: int) -> list[PeriodOfDay]:
        """The sums of a period in some days."""
        return [self.of[key] for day in days_between(first, last) if (key := (day, number)) in self.of]


def power_period_of(energy: int, tariff: Tariff) -> int:
    """The period of the contracted power of an energy period."""
    if tariff != "2.0TD":
        return energy
    return 2 if energy == 3 else 1


def metered(readings: Iterable[Reading], contract: Contract, first: date, last: date, market: MarketPrices) -> Metered:
    """Add up the readings from one Madrid day to another, both included."""
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    within = sorted((one for one in readings if start <= one.start < end), key=lambda one: one.start)
    found = Metered(first, last)
    calendar = _Calendar(contract)
    for one in _netted(within) if any(one.kwh_out for one in within) else within:
        day, number = calendar.of(one.start)
        _add(found, found.of.setdefault((day, number), PeriodOfDay()), one, calendar.kw(day, number))
        if contract.price.basis != "fixed":
            _price(found.of[day, number], one, market)
    _count_missing(found, within, start, end, calendar)
    return found


def _price(sums: PeriodOfDay, one: Reading, market: MarketPrices) -> None:
    price = market.of(one)
    if price is None:
        sums.unpriced_kwh += one.kwh_in
    else:
        sums.market_eur += one.kwh_in * price


def _add(found: Metered, sums: PeriodOfDay, one: Reading, contracted: Decimal) -> None:
    found.slots += 1
    found.estimated += one.estimated
    found.by_the_hour += one.minutes == 60
    sums.kwh += one.kwh_in
    sums.kwh_out += one.kwh_out
    if one.kvarh_q1 is None or one.kvarh_q4 is None:
        found.without_reactive += 1
    else:
        sums.kvarh += one.kvarh_q1 - one.kvarh_q4
    quarters = one.minutes // 15
    kw = one.kwh_in * FOUR / quarters
    sums.most_kw = max(sums.most_kw, kw)
    if kw > contracted:
        sums.squares += quarters * (kw - contracted) ** 2


def _netted(readings: Sequence[Reading]) -> Iterable[Reading]:
    """Import and export of an hour taken off each other (RD 244/2019), the rest in shares of what each slot had."""
    hours: dict[datetime, list[Reading]] = {}
    for one in readings:
        hours.setdefault(floor_to(one.start, HOUR), []).append(one)
    for slots in hours.values():
        taken, given = sum((one.kwh_in for one in slots), ZERO), sum((one.kwh_out for one in slots), ZERO)
        for one in slots:
            share_in = one.kwh_in * max(ZERO, taken - given) / taken if taken else ZERO
            share_out = one.kwh_out * max(ZERO, given - taken) / given if given else ZERO
            yield Reading(one.start, one.minutes, share_in, share_out, one.kvarh_q1, one.kvarh_q4, one.estimated)


def _count_missing(found: Metered, there: Sequence[Reading], start: datetime, end: datetime, calendar: "_Calendar") -> None:
    quarters: dict[datetime, int] = {}
    for one in there:
        hour = floor_to(one.start, HOUR)
        quarters[hour] = quarters.get(hour, 0) + one.minutes // 15
    for hour in slot_starts(start, end):
        lacking = 4 - min(4, quarters.get(hour, 0))
        if lacking:
            number = calendar.of(hour)[1]
            found.missing[number] = found.missing.get(number, 0) + lacking


class _Calendar:
    """Day and period of an instant, worked out once an hour."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._hours: dict[int, tuple[date, int]] = {}
        self._kw: dict[date, tuple[Decimal, ...]] = {}

    def of(self, instant: datetime) -> tuple[date, int]:
        hour = int(instant.timestamp()) // 3600
        known = self._hours.get(hour)
        if known is None:
            known = self._hours[hour] = (instant.astimezone(MADRID).date(), period(instant, self._contract.tariff))
        return known

    def kw(self, day: date, number: int) -> Decimal:
        known = self._kw.get(day)
        if known is None:
            known = self._kw[day] = self._contract.kw_on(day)
        return known[power_period_of(number, self._contract.tariff) - 1]


def months_between(first: date, last: date) -> Iterable[tuple[date, date]]:
    """The calendar months of a range, cut to it."""
    begin = first
    while begin <= last:
        following = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield begin, min(last, following - timedelta(days=1))
        begin = following
