"""How certain the figures of a contract are on a day: in force, assumed beyond their end, or open while a condition is. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from domain.bill.tariff import TARIFFS, Condition, DatedTable, Tariff, TariffTables
from domain.bill.terms import PriceTerms
from domain.errors import NotKnownError

WARN_BEFORE = timedelta(days=30)
"""How long before the end of a figure its successor is asked for."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The figures of a name in a table. `code`: the table, or the name where that says more."""

    code: str
    table: DatedTable
    name: str

    def __str__(self) -> str:
        return f"{self.code} of {self.name}" if self.name in TARIFFS else self.code


@dataclass(frozen=True, slots=True)
class Assumed:
    """A figure that is carried beyond its end: `last` is the last day that it was published for."""

    figure: Figure
    last: date


@dataclass(frozen=True, slots=True)
class Open:
    """A figure that depends on a condition: `reading` holds if it is not met."""

    figure: Figure
    reading: tuple[float, ...]
    condition: Condition
    norm: str
    last: date | None


@dataclass(frozen=True, slots=True)
class Certainty:
    """What is to be said of figures on a day."""

    assumed: tuple[Assumed, ...]
    open: tuple[Open, ...]
    missing: tuple[tuple[Figure, str], ...]
    """Figures of which no row begins by then, and why."""
    ending: tuple[Assumed, ...]
    """In force, and their last day comes within 30 days, with nothing after it."""


def every_figure(tables: TariffTables) -> Iterator[Figure]:
    """All that the tables are for, by tariff and by name."""
    by_tariff = {
        "toll_and_charge": tables.toll_and_charge,
        "power": tables.power,
        "losses": tables.losses,
        "capacity": tables.capacity,
        "excess_power": tables.excess_power,
        "excess_power_of_quarters": tables.excess_power_of_quarters,
    }
    for code, table in by_tariff.items():
        yield from (Figure(code, table, tariff) for tariff in TARIFFS)
    for table in (tables.taxes, tables.market_costs, tables.daily_costs, tables.reactive):
        yield from (Figure(name, table, name) for name in table.rows)


def figures_of_price(tables: TariffTables, tariff: Tariff, terms: PriceTerms) -> Iterator[Figure]:
    """Those that a kWh of a contract is priced with: none where the price is published or agreed as a whole."""
    if terms.basis != "indexed":
        return
    yield Figure("toll_and_charge", tables.toll_and_charge, tariff)
    yield Figure("losses", tables.losses, tariff)
    yield Figure("capacity", tables.capacity, tariff)
    if terms.ancillary_eur_per_kwh is None:
        yield Figure("ancillary", tables.market_costs, "ancillary")
    for cost in ("efficiency_fund", terms.tax_floor):
        yield Figure(cost, tables.market_costs, cost)
    for tax in ("electricity_tax", "municipal_tax"):
        yield Figure(tax, tables.taxes, tax)


def certainty_of(figures: Iterator[Figure], day: date) -> Certainty:
    """What is to be said of some figures on a Madrid day."""
    assumed, is_open, missing, ending = [], [], [], []
    for figure in figures:
        try:
            row = figure.table.row_at(figure.name, day)
        except NotKnownError as error:
            missing.append((figure, str(error)))
            continue
        if row.valid_to is not None and row.valid_to < day:
            assumed.append(Assumed(figure, row.valid_to))
            continue
        if row.condition is not None:
            is_open.append(Open(figure, row.values, row.condition, row.norm, row.valid_to))
        last = figure.table.rows[figure.name][-1].valid_to
        if last is not None and day <= last <= day + WARN_BEFORE:
            ending.append(Assumed(figure, last))
    return Certainty(tuple(assumed), tuple(is_open), tuple(missing), tuple(ending))
