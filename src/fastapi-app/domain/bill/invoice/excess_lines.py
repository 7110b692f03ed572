"""What is billed beyond the contract: power above it, and reactive energy. By calendar month, or the part of one."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from domain.bill.invoice.fixed_lines import stretches
from domain.bill.invoice.lines import MICRO, ZERO, Figures, Line, cents, figures_on
from domain.bill.invoice.metered import Metered, PeriodOfDay, months_between, power_period_of
from domain.bill.supply import Contract
from domain.bill.tariff import TariffTables, energy_periods, power_periods

FREE_SHARE = Decimal("0.33")
"""Reactive energy up to this share of the active energy is free. Circular 3/2020."""
GOOD_COS_PHI, POOR_COS_PHI = Decimal("0.95"), Decimal("0.80")


def excess_lines(tables: TariffTables, contract: Contract, sums: Metered) -> list[Line]:
    """By month and period; types 1 to 3 by the root of the sum of squares, types 4 and 5 by the highest quarter-hour."""
    by_quarters = contract.meter_type <= 3
    table = tables.excess_power_of_quarters if by_quarters else tables.excess_power
    lines = []

    def key(day: date) -> object:
        return figures_on(table, contract.tariff, day), contract.kw_on(day)

    for month_first, month_last in months_between(sums.first, sums.last):
        for first, last in stretches(month_first, month_last, key):
            figures = figures_on(table, contract.tariff, first)
            for number in range(1, power_periods(contract.tariff) + 1):
                items = _of_power_period(contract, sums, first, last, number)
                above = _root(items) if by_quarters else _most(items) - contract.kw_on(first)[number - 1]
                if above > 0:
                    lines.append(_excess(figures, number, first, last, above, by_quarters=by_quarters))
    return lines


def _excess(figures: Figures, number: int, first: date, last: date, above: Decimal, *, by_quarters: bool) -> Line:
    """A whole month counts once for meters of quarter-hours, a part of it by days of 30; for the others each day counts."""
    days = (last - first).days + 1
    whole = days == monthrange(first.year, first.month)[1]
    times = (Decimal(1) if whole else Decimal(days) / 30) if by_quarters else Decimal(days)
    price = figures.values[number - 1] if figures.values else None
    amount = None if price is None else cents(above * price * times)
    shown = above.quantize(MICRO)
    return Line("excess_power", number, first, last, shown, "kW", price, amount, figures.norm, figures.standing)


def _of_power_period(contract: Contract, sums: Metered, first: date, last: date, number: int) -> list[PeriodOfDay]:
    energy = [e for e in range(1, energy_periods(contract.tariff) + 1) if power_period_of(e, contract.tariff) == number]
    return [item for one in energy for item in sums.between(first, last, one)]


def _root(items: Sequence[PeriodOfDay]) -> Decimal:
    return sum((item.squares for item in items), ZERO).sqrt()


def _most(items: Sequence[PeriodOfDay]) -> Decimal:
    return max((item.most_kw for item in items), default=ZERO)


def reactive_lines(tables: TariffTables, contract: Contract, sums: Metered) -> list[Line]:
    """Inductive energy beyond 33 % of the active energy of P1 to P5; not in 2.0TD."""
    if contract.tariff == "2.0TD":
        return []
    lines = []
    for first, last in months_between(sums.first, sums.last):
        figures = figures_on(tables.reactive, "inductive", first)
        for number in range(1, energy_periods(contract.tariff)):
            items = sums.between(first, last, number)
            kwh, kvarh = sum((item.kwh for item in items), ZERO), sum((item.kvarh for item in items), ZERO)
            beyond = kvarh - FREE_SHARE * kwh
            if beyond <= 0:
                continue
            price = reactive_price(figures, kwh, kvarh)
            if price != 0:
                amount = None if price is None else cents(beyond * price)
                lines.append(Line("reactive", number, first, last, beyond, "kVArh", price, amount, figures.norm, figures.standing))
    return lines


def reactive_price(figures: Figures, kwh: Decimal, kvarh: Decimal) -> Decimal | None:
    """EUR/kVArh by the power factor, which is rounded to two decimals; None where the figures are not known."""
    if not figures.values:
        return None
    cos_phi = round(kwh / (kwh**2 + kvarh**2).sqrt(), 2)
    if cos_phi >= GOOD_COS_PHI:
        return ZERO
    return figures.values[0] if cos_phi >= POOR_COS_PHI else figures.values[1]
