"""Lines that depend on days alone: power term, social bonus, meter rental."""

from calendar import isleap
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from domain.bill.invoice.lines import Figures, Line, cents, exact, figures_on
from domain.bill.supply import Contract
from domain.bill.tariff import TariffTables, power_periods
from domain.timeline import days_between


def stretches(first: date, last: date, key: Callable[[date], object]) -> Iterator[tuple[date, date]]:
    """Runs of days on which a key is the same."""
    for _, days in groupby(days_between(first, last), key=key):
        run = list(days)
        yield run[0], run[-1]


def power_lines(tables: TariffTables, contract: Contract, first: date, last: date) -> list[Line]:
    """kW x EUR/kW and year x days / days of the year; split where the year, the figures or the contract change."""

    def key(day: date) -> object:
        return day.year, figures_on(tables.power, contract.tariff, day), contract.kw_on(day)

    lines = []
    for begin, end in stretches(first, last, key):
        figures, kw = figures_on(tables.power, contract.tariff, begin), contract.kw_on(begin)
        days = Decimal((end - begin).days + 1) / (366 if isleap(begin.year) else 365)
        for index in range(power_periods(contract.tariff)):
            price = figures.values[index] if figures.values else None
            amount = None if price is None else cents(kw[index] * price * days)
            lines.append(Line("power", index + 1, begin, end, kw[index], "kW", price, amount, figures.norm, figures.standing))
    return lines


def social_bonus_lines(tables: TariffTables, first: date, last: date) -> list[Line]:
    """EUR a day and supply; split where the figure changes."""

    def on(day: date) -> Figures:
        return figures_on(tables.daily_costs, "social_bonus", day)

    return [_bonus(begin, end, on(begin)) for begin, end in stretches(first, last, on)]


def _bonus(begin: date, end: date, figures: Figures) -> Line:
    days = Decimal((end - begin).days + 1)
    price = figures.values[0] if figures.values else None
    amount = None if price is None else cents(days * price)
    return Line("social_bonus", None, begin, end, days, "day", price, amount, figures.norm, figures.standing)


def rental_lines(contract: Contract, first: date, last: date) -> Sequence[Line]:
    """The rental of a month x 12 / 365 a day; none for a meter of the plant's own, nor while it is not told."""
    monthly = contract.supply.meter_rental_eur_month
    if not monthly:
        return []
    days = Decimal((last - first).days + 1)
    daily = exact(monthly) * 12 / 365
    return [Line("meter_rental", None, first, last, days, "day", daily, cents(daily * days), "contract", "in_force")]
