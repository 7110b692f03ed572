"""A line of a bill and how it is rounded. Money is Decimal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from domain.bill.tariff import DatedTable
from domain.errors import NotKnownError

BeforeTax = Literal["power", "energy", "excess_power", "reactive", "efficiency_fund", "social_bonus", "surplus"]
LineCode = BeforeTax | Literal["electricity_tax", "meter_rental", "vat"]
BilledUnit = Literal["kW", "kWh", "kVArh", "day", "EUR"]
Standing = Literal["in_force", "assumed", "missing", "reference"]
"""Of the figures of a line: published for its days; carried beyond their end; not known; a price that the plant does not pay."""
CENT, MICRO = Decimal("0.01"), Decimal("0.000001")
ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """Half up, by line, as retailers round."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def exact(figure: float) -> Decimal:
    """A figure of a table or a file as it is written there."""
    return Decimal(str(figure))


@dataclass(frozen=True, slots=True)
class Line:
    """`amount` = `quantity` x `unit_price` (x `days` of the year where told), in whole cents; None while a figure is not known."""

    code: LineCode
    period: int | None
    first: date
    last: date
    quantity: Decimal
    unit: BilledUnit
    unit_price: Decimal | None
    amount: Decimal | None
    norm: str
    standing: Standing

    @property
    def days(self) -> int:
        """Days of the line, both ends included."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a name on a day, with their norm and standing; no values where they are not known."""

    values: tuple[Decimal, ...]
    norm: str
    standing: Standing


def figures_on(table: DatedTable, name: str, day: date) -> Figures:
    """What a table says of a name on a day."""
    try:
        row = table.row_at(name, day)
    except NotKnownError:
        return Figures((), "", "missing")
    ended = row.valid_to is not None and row.valid_to < day
    return Figures(tuple(exact(value) for value in row.values), row.norm, "assumed" if ended else "in_force")


def worst(standings: Iterable[Standing]) -> Standing:
    """The least certain of some."""
    order: tuple[Standing, ...] = ("in_force", "assumed", "reference", "missing")
    return max(standings, key=order.index, default="in_force")


def total_of(lines: Iterable[Line]) -> Decimal:
    """Sum of the rounded lines; what is not known is not in it."""
    return sum((line.amount for line in lines if line.amount is not None), ZERO)
