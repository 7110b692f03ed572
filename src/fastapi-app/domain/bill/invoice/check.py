"""A retailer's lines beside ours: what differs, by how much, and which slip would explain it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from domain.bill.invoice.bill import Bill
from domain.bill.invoice.lines import ZERO, Line, LineCode, cents, figures_on, total_of
from domain.bill.supply import Contract, MeterType
from domain.bill.tariff import TariffTables

Verdict = Literal["matches", "over", "under", "not_due", "absent", "figure_missing"]
Slip = Literal["other_year", "other_meter", "day_less", "day_more", "other_base", "other_reading"]
LINE_EUR, LINE_SHARE, EXCESS_SHARE, TOTAL_EUR = Decimal("0.02"), Decimal("0.005"), Decimal("0.015"), Decimal("0.05")
"""Differences that come of rounding and of printed prices: of a line, of excess power, and of what lines add up to."""
Key = tuple[LineCode, int | None]
Rebill = Callable[[Contract, timedelta, timedelta], Bill]
"""The bill of another contract, with its first and last day moved."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the retailer's bill; without a period it stands for all of them."""

    code: LineCode
    period: int | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Compared:
    """A line beside ours. `difference` is what is asked too much; None where ours is not known."""

    code: LineCode
    period: int | None
    asked: Decimal | None
    ours: Decimal | None
    difference: Decimal | None
    verdict: Verdict
    slip: Slip | None


@dataclass(frozen=True, slots=True)
class Checked:
    """All lines, the worst first. `adds_up` None: no total was told."""

    lines: tuple[Compared, ...]
    asked_eur: Decimal
    adds_up: bool | None
    reading: int
    """The reading of the taxes that is nearer to what is asked."""


def checked(
    tables: TariffTables, contract: Contract, bill: Bill, asked: Sequence[Asked], total: Decimal | None, rebill: Rebill
) -> Checked:
    """Compare line by line; a tax that has two readings is compared with the nearer one."""
    reading = _nearer(bill, asked)
    ours = _sums([*bill.lines, *bill.readings[reading].lines], asked)
    theirs: dict[Key, Decimal] = {}
    for line in asked:
        theirs[line.code, line.period] = theirs.get((line.code, line.period), ZERO) + line.amount
    others = dict(_others(tables, contract, bill, rebill, reading))
    found = [_compared(key, theirs.get(key), ours, others, asked) for key in {**ours, **theirs}]
    summed = sum(theirs.values(), ZERO)
    adds_up = None if total is None else abs(total - summed) <= TOTAL_EUR
    return Checked(tuple(sorted(found, key=_gravity, reverse=True)), summed, adds_up, reading)


def _gravity(line: Compared) -> Decimal:
    return abs(line.difference) if line.difference is not None and line.verdict != "matches" else Decimal(-1)


def _nearer(bill: Bill, asked: Sequence[Asked]) -> int:
    """The reading whose taxes, of those that are asked, are nearer."""
    codes = {line.code for line in asked} & {"electricity_tax", "vat"}
    taxes = sum((line.amount for line in asked if line.code in codes), ZERO)
    owed = [total_of(line for line in reading.lines if line.code in codes) for reading in bill.readings]
    return min(range(len(owed)), key=lambda index: abs(owed[index] - taxes))


def _sums(lines: Sequence[Line], asked: Sequence[Asked]) -> dict[Key, Decimal | None]:
    """Ours, by period where the retailer has periods, else added up."""
    whole = {line.code for line in asked if line.period is None}
    found: dict[Key, Decimal | None] = {}
    for line in lines:
        key: Key = line.code, None if line.code in whole else line.period
        before = found.get(key, ZERO)
        found[key] = None if before is None or line.amount is None else before + line.amount
    return found


def _compared(
    key: Key, asked: Decimal | None, ours: dict[Key, Decimal | None], others: dict[Slip, list[Line]], all_asked: Sequence[Asked]
) -> Compared:
    code, period = key
    if key not in ours:
        return Compared(code, period, asked, ZERO, asked, "not_due" if asked else "matches", None)
    due = ours[key]
    if due is None:
        return Compared(code, period, asked, None, None, "figure_missing", None)
    difference = (asked or ZERO) - due
    allowed = max(LINE_EUR, abs(due) * (EXCESS_SHARE if code == "excess_power" else LINE_SHARE))
    if asked is None:
        return Compared(code, period, None, due, difference, "absent" if due else "matches", None)
    slip = None
    if abs(difference) > LINE_EUR:
        slip = next((slip for slip, lines in others.items() if _explains(lines, key, asked, all_asked)), None)
    if abs(difference) <= allowed and slip is None:
        return Compared(code, period, asked, due, difference, "matches", None)
    return Compared(code, period, asked, due, difference, "over" if difference > 0 else "under", slip)


def _explains(lines: list[Line], key: Key, asked: Decimal, all_asked: Sequence[Asked]) -> bool:
    other = _sums(lines, all_asked).get(key)
    return other is not None and abs(other - asked) <= LINE_EUR


def _others(
    tables: TariffTables, contract: Contract, bill: Bill, rebill: Rebill, reading: int
) -> Iterator[tuple[Slip, list[Line]]]:
    """What the lines would be with each of the usual slips."""
    day, none = timedelta(days=1), timedelta(0)
    yield "other_year", list(_of_other_year(tables, contract, bill))
    other: MeterType = 4 if contract.meter_type <= 3 else 3
    flipped = replace(contract, supply=replace(contract.supply, meter_type=other))
    yield "other_meter", [line for line in rebill(flipped, none, none).lines if line.code == "excess_power"]
    if bill.last > bill.first:
        yield "day_less", list(rebill(contract, none, -day).lines)
    yield "day_more", list(rebill(contract, -day, none).lines)
    for index, readings in enumerate(bill.readings):
        if index != reading:
            yield "other_reading", list(readings.lines)
    yield "other_base", list(_on_other_base(bill, reading))


def _of_other_year(tables: TariffTables, contract: Contract, bill: Bill) -> Iterator[Line]:
    """The power term with the row of the year before."""
    for line in bill.lines:
        if line.code != "power" or line.amount is None or not line.unit_price or line.period is None:
            continue
        before = figures_on(tables.power, contract.tariff, line.first.replace(month=1, day=1) - timedelta(days=1))
        if before.values:
            yield replace(line, amount=cents(line.amount * before.values[line.period - 1] / line.unit_price))


def _on_other_base(bill: Bill, reading: int) -> Iterator[Line]:
    """The electricity tax with the meter rental in its base, which it is not."""
    lines = bill.readings[reading].lines
    tax = next(line for line in lines if line.code == "electricity_tax")
    rental = total_of(line for line in lines if line.code == "meter_rental")
    if tax.unit == "EUR" and tax.unit_price is not None and rental:
        yield replace(tax, amount=cents((bill.base + rental) * tax.unit_price))
    bonus = total_of(line for line in bill.lines if line.code in ("excess_power", "reactive"))
    if tax.unit == "EUR" and tax.unit_price is not None and bonus and not rental:
        yield replace(tax, amount=cents((bill.base - bonus) * tax.unit_price))
