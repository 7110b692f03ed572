"""What is asked of contracted powers and what is answered: today's beside others, over twelve months of a curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.bill.contracted_power import Powers
from domain.bill.invoice.lines import Figures
from domain.bill.supply import MeterType
from domain.bill.tariff import Tariff

ChoiceName = Literal["free", "last_period_held", "margin_5", "margin_10"]
Month = tuple[int, int]
"""Year and month."""
Curve = Mapping[Month, Mapping[int, Sequence[float]]]
"""Month -> power period -> its quarter-hours [kW]."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is studied: a tariff, the powers of today [kW, P1 first], the kind of meter where it is told, the day of the tolls."""

    tariff: Tariff
    kw: tuple[float, ...]
    meter_type: MeterType | None
    day: date


@dataclass(frozen=True, slots=True)
class Choice:
    """Powers that could be contracted, and what the twelve months would have cost with them."""

    name: ChoiceName
    powers: Powers
    goes_by_quarters: bool
    saving_eur: float
    """Against today's powers; negative: they would cost more."""


@dataclass(frozen=True, slots=True)
class WithoutQuarter:
    """The best powers of nine months, and what all twelve would have cost with them."""

    first: Month
    last: Month
    powers: Powers
    saving_eur: float


@dataclass(frozen=True, slots=True)
class PowerPoint:
    """A power of one period, and what that period alone costs with it [EUR of twelve months]."""

    kw: float
    fixed_eur: float
    excess_eur: float


@dataclass(frozen=True, slots=True)
class PowerStudy:
    """Today's powers beside others."""

    months: tuple[Month, ...]
    prices: Figures
    """€/kW and year."""
    excess: Figures
    """Of today's kind of meter."""
    present: Powers
    goes_by_quarters: bool
    most_kw: tuple[float, ...]
    """The highest quarter-hour of each period."""
    choices: tuple[Choice, ...]
    without: tuple[WithoutQuarter, ...]
    points: tuple[tuple[PowerPoint, ...], ...]
    """By period."""
