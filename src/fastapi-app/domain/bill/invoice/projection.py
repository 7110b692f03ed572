"""How a month will end on the bill, and how far off the same reckoning was in the months before. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from domain.bill.invoice.energy_lines import efficiency_fund_lines, energy_lines, surplus_lines
from domain.bill.invoice.excess_lines import excess_lines, reactive_lines
from domain.bill.invoice.fixed_lines import power_lines, rental_lines, social_bonus_lines
from domain.bill.invoice.lines import ZERO, Line, cents, total_of
from domain.bill.invoice.metered import MarketPrices, Metered, Reading, metered, months_between
from domain.bill.invoice.taxes import readings_of
from domain.bill.supply import Contract
from domain.bill.tariff import TariffTables
from domain.timeline import MADRID, QUARTER, day_bounds, days_between, is_national_holiday

SAMPLE = timedelta(days=56)
"""A day to come costs what the days of its kind cost in the eight weeks before, in the mean."""
LEAST_MONTHS = 6
"""Fewer months of proof say nothing: of n such the next lies between the least and the most in (n - 1) of (n + 1)."""
MOST_MONTHS = 12
SUNDAY = 6
NoProjection = Literal["days_missing", "months_missing"]
"""Days of this month are not known, or none of a kind that is to come; too few whole months to say how far off it may be."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A month at its end, taxes inside, between two bounds: as far as `months` whole months ended from such a reckoning."""

    first: date
    last: date
    known_to: date
    months: int
    low_eur: Decimal
    high_eur: Decimal
    least_ratio: Decimal
    most_ratio: Decimal


@dataclass(frozen=True, slots=True)
class _DayCost:
    eur: Decimal
    kwh: Decimal


@dataclass(frozen=True, slots=True)
class _End:
    """The base of the electricity tax of a month at its end, and its energy."""

    base: Decimal
    kwh: Decimal


@dataclass(frozen=True, slots=True)
class Past:
    """The days that are known: their sums, and what each whole one costs."""

    tables: TariffTables
    contract: Contract
    sums: Metered
    costs: Mapping[date, _DayCost]

    def part(self, first: date, last: date) -> Metered:
        """The sums of some of the days."""
        return Metered(first, last, {key: item for key, item in self.sums.of.items() if first <= key[0] <= last})

    def whole(self, first: date, last: date) -> bool:
        """Whether each of the days is there as a whole, with its prices."""
        return all(day in self.costs for day in days_between(first, last))


def past_of(tables: TariffTables, contract: Contract, readings: Sequence[Reading], market: MarketPrices) -> Past | None:
    """What is known of the days of a curve, by the contract of now; None without one."""
    quarters: dict[date, int] = {}
    for one in readings:
        day = one.start.astimezone(MADRID).date()
        quarters[day] = quarters.get(day, 0) + one.minutes // 15
    if not quarters:
        return None
    sums = metered(readings, contract, min(quarters), max(quarters), market)
    past = Past(tables, contract, sums, {})
    costs: dict[date, _DayCost] = {}
    for day, count in quarters.items():
        start, end = day_bounds(day)
        cost = _cost(past, day) if count >= (end - start) // QUARTER else None
        if cost is not None:
            costs[day] = cost
    return Past(tables, contract, sums, costs)


def _cost(past: Past, day: date) -> _DayCost | None:
    sums = past.part(day, day)
    lines = _by_energy(past, sums)
    if any(line.amount is None for line in lines):
        return None
    return _DayCost(total_of(lines), sums.kwh)


def _by_energy(past: Past, sums: Metered) -> list[Line]:
    """The lines of what was drawn and fed in."""
    energy = energy_lines(past.tables, past.contract, sums)
    fund = efficiency_fund_lines(past.tables, past.contract, sums)
    return [*energy, *fund, *surplus_lines(past.contract, sums, total_of(energy))]


def _by_month(past: Past, sums: Metered) -> list[Line]:
    """The lines that only the whole of a month tells: so far."""
    excess = excess_lines(past.tables, past.contract, sums)
    return [*excess, *reactive_lines(past.tables, past.contract, sums)]


def _fixed(past: Past, first: date, last: date) -> list[Line]:
    return [*power_lines(past.tables, past.contract, first, last), *social_bonus_lines(past.tables, first, last)]


def kind(day: date) -> int:
    """Monday is 0; a national holiday is a Sunday."""
    return SUNDAY if is_national_holiday(day) else day.weekday()


def reckoned(past: Past, first: date, known_to: date, last: date) -> _End | None:
    """The end of a month of which the days up to one are known; None where one of them is not, or none of a kind to come."""
    if not past.whole(first, known_to):
        return None
    samples: dict[int, list[_DayCost]] = {}
    for day in days_between(known_to - SAMPLE + timedelta(days=1), known_to):
        if day in past.costs:
            samples.setdefault(kind(day), []).append(past.costs[day])
    to_come = [] if known_to >= last else list(days_between(known_to + timedelta(days=1), last))
    if any(kind(day) not in samples for day in to_come):
        return None
    known, sums = [past.costs[day] for day in days_between(first, known_to)], past.part(first, known_to)
    lines = [*_fixed(past, first, last), *_by_month(past, sums)]
    if any(line.amount is None for line in lines):
        return None
    means = [_mean(samples[kind(day)]) for day in to_come]
    return _End(
        total_of(lines) + sum((one.eur for one in (*known, *means)), ZERO),
        sum((one.kwh for one in (*known, *means)), ZERO),
    )


def _mean(costs: Sequence[_DayCost]) -> _DayCost:
    count = len(costs)
    return _DayCost(sum((one.eur for one in costs), ZERO) / count, sum((one.kwh for one in costs), ZERO) / count)


def ratios(past: Past, before: date, known_days: int) -> Iterator[Decimal]:
    """How each whole month before a day ended, over what was reckoned when as many of its days were known; the newest first."""
    spans = [(first, last) for first, last in months_between(past.sums.first, before - timedelta(days=1)) if first.day == 1]
    for first, last in reversed(spans):
        if not past.whole(first, last):
            continue
        end = reckoned(past, first, min(last, first + timedelta(days=known_days - 1)), last)
        actual = reckoned(past, first, last, last)
        enough = past.whole(first - SAMPLE / 2, first - timedelta(days=1))
        if end is not None and actual is not None and enough and end.base > 0:
            yield actual.base / end.base


def projection_of(past: Past, first: date, last: date) -> Projection | NoProjection:
    """The month between the bounds that its own past gives, from its last whole day on; else why there is none."""
    known_to = max((day for day in past.costs if first <= day <= last), default=None)
    end = None if known_to is None else reckoned(past, first, known_to, last)
    if known_to is None or end is None:
        return "days_missing"
    found = [ratio for _, ratio in zip(range(MOST_MONTHS), ratios(past, first, (known_to - first).days + 1), strict=False)]
    if len(found) < LEAST_MONTHS:
        return "months_missing"
    low = min(_totals(past, end, min(found), (first, last)))
    high = max(_totals(past, end, max(found), (first, last)))
    return Projection(first, last, known_to, len(found), low, high, min(found), max(found))


def _totals(past: Past, end: _End, ratio: Decimal, days: tuple[date, date]) -> list[Decimal]:
    """With each reading of the taxes."""
    rental = tuple(rental_lines(past.contract, *days))
    base = cents(end.base * ratio)
    return [taxed.total for taxed in readings_of(past.tables, past.contract, base, end.kwh * ratio, days[1], rental, days)]
