"""Electricity tax and VAT, which go by the day on which a bill falls due; two readings while a condition is open."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.bill.invoice.lines import Line, Standing, cents, exact, figures_on, total_of
from domain.bill.supply import Contract
from domain.bill.tariff import TariffTables, TaxName

MOST_KW_OF_LOWER_VAT = Decimal(10)
"""A lower rate of VAT is for supplies of up to this power, in every period [kW]. RDL 7/2026, RDL 10/2026."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax on a day."""

    per_unit: Decimal
    norm: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Taxed:
    """What is owed; `condition` is what has to be met for it, None for what holds otherwise."""

    condition: str | None
    lines: tuple[Line, ...]
    total: Decimal


def readings_of(
    tables: TariffTables,
    contract: Contract,
    base: Decimal,
    kwh: Decimal,
    due: date,
    rental: tuple[Line, ...],
    days: tuple[date, date],
) -> tuple[Taxed, ...]:
    """The general reading, and that of the open condition where a tax has one."""
    vat: TaxName = "vat" if contract.most_kw > MOST_KW_OF_LOWER_VAT else "vat_up_to_10_kw"
    names: tuple[TaxName, ...] = ("electricity_tax", vat)
    conditions = [c for name in names if (c := tables.taxes.row_at(name, due).condition) is not None]
    found = []
    for met in (False, True) if conditions else (False,):
        rates = {name: _rate(tables, name, due, met=met) for name in names}
        tax = _electricity_tax(tables, contract, rates["electricity_tax"], base, kwh, due, days)
        before = base + total_of((tax, *rental))
        owed = cents(before * rates[vat].per_unit)
        last = Line("vat", None, *days, before, "EUR", rates[vat].per_unit, owed, rates[vat].norm, rates[vat].standing)
        found.append(Taxed(conditions[0].text if met else None, (tax, *rental, last), before + owed))
    return tuple(found)


def _rate(tables: TariffTables, name: TaxName, due: date, *, met: bool) -> Rate:
    row, figures = tables.taxes.row_at(name, due), figures_on(tables.taxes, name, due)
    value = exact(row.condition.if_met[0]) if met and row.condition else figures.values[0]
    return Rate(value, figures.norm, figures.standing)


def _electricity_tax(
    tables: TariffTables, contract: Contract, rate: Rate, base: Decimal, kwh: Decimal, due: date, days: tuple[date, date]
) -> Line:
    """The rate of the base, and never less than the floor of the energy."""
    floor = figures_on(tables.market_costs, contract.price.tax_floor, due)
    by_rate, least = cents(base * rate.per_unit), cents(kwh * floor.values[0])
    if least > by_rate:
        return Line("electricity_tax", None, *days, kwh, "kWh", floor.values[0], least, floor.norm, floor.standing)
    return Line("electricity_tax", None, *days, base, "EUR", rate.per_unit, by_rate, rate.norm, rate.standing)
