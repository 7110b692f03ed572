"""The bill of a range of days: its lines, the readings of the taxes, and what of the curve is not there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.bill.invoice.energy_lines import efficiency_fund_lines, energy_lines, surplus_lines
from domain.bill.invoice.excess_lines import excess_lines, reactive_lines
from domain.bill.invoice.fixed_lines import power_lines, rental_lines, social_bonus_lines
from domain.bill.invoice.lines import ZERO, Line, total_of
from domain.bill.invoice.metered import MarketPrices, Metered, Reading, metered, power_period_of
from domain.bill.invoice.taxes import Taxed, readings_of
from domain.bill.supply import Contract
from domain.bill.tariff import TariffTables

QUARTERS_OF_HOUR = 4


@dataclass(frozen=True, slots=True)
class Missing:
    """Quarter-hours that are not there, by energy period, and their energy if no more than the contracted power was drawn."""

    quarters: Mapping[int, int]
    most_kwh: Decimal

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.quarters.values())


@dataclass(frozen=True, slots=True)
class Bill:
    """`lines` up to the base of the electricity tax; `readings` are one, or two while a tax depends on a condition."""

    first: date
    last: date
    due: date
    meter_type: int
    lines: tuple[Line, ...]
    base: Decimal
    readings: tuple[Taxed, ...]
    kwh: Decimal
    slots: int
    estimated: int
    by_the_hour: int
    without_reactive: int
    missing: Missing
    rental_told: bool

    @property
    def complete(self) -> bool:
        """Whether every quarter-hour is there and every line has its amount."""
        return not self.missing.count and all(line.amount is not None for line in self.lines)


def bill_of(
    tables: TariffTables,
    contract: Contract,
    readings: Iterable[Reading],
    market: MarketPrices,
    days: tuple[date, date],
    due: date,
) -> Bill:
    """The bill of the days from one to another, both included, that falls due on a day."""
    first, last = days
    sums = metered(readings, contract, first, last, market)
    energy = energy_lines(tables, contract, sums)
    lines = (
        *power_lines(tables, contract, first, last),
        *energy,
        *excess_lines(tables, contract, sums),
        *reactive_lines(tables, contract, sums),
        *efficiency_fund_lines(tables, contract, sums),
        *social_bonus_lines(tables, first, last),
        *surplus_lines(contract, sums, total_of(energy)),
    )
    base = total_of(lines)
    return Bill(
        first,
        last,
        due,
        contract.meter_type,
        lines,
        base,
        readings_of(tables, contract, base, sums.kwh, due, tuple(rental_lines(contract, first, last)), days),
        sums.kwh,
        sums.slots,
        sums.estimated,
        sums.by_the_hour,
        sums.without_reactive,
        _missing(contract, sums),
        contract.supply.meter_rental_eur_month is not None,
    )


def _missing(contract: Contract, sums: Metered) -> Missing:
    kw = contract.kw_on(sums.last)
    most = sum(
        (kw[power_period_of(number, contract.tariff) - 1] * count / QUARTERS_OF_HOUR for number, count in sums.missing.items()),
        ZERO,
    )
    return Missing(dict(sorted(sums.missing.items())), most)
