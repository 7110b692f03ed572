"""The supply as it is billed, beside the price of its energy: meter, powers, rental, surplus."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from domain.bill.tariff import Tariff
from domain.bill.terms import PriceTerms

MeterType = Literal[1, 2, 3, 4, 5]
METER_TYPES: tuple[MeterType, ...] = (1, 2, 3, 4, 5)
LEAST_KW_OF_TYPE: tuple[tuple[float, MeterType], ...] = ((10_000.0, 1), (450.0, 2), (50.0, 3), (15.0, 4))
"""A supply of more power than this, in any period, has that meter (type 1 from it on). RD 1110/2007, art. 7."""


def meter_type_of(contracted_kw: Sequence[float]) -> MeterType:
    """The meter that a supply must have at least; an owner may have a better one."""
    most = max(contracted_kw)
    for least, kind in LEAST_KW_OF_TYPE:
        if most > least or (kind == 1 and most >= least):
            return kind
    return 5


@dataclass(frozen=True, slots=True)
class Supply:
    """What a bill needs to be told. None: not told, and the bill says so where it would need it."""

    meter_type: MeterType | None = None
    """None: the one that the contracted power asks for."""
    meter_rental_eur_month: float | None = None
    """0 where the meter is the plant's own."""
    billed_eur_per_kwh: tuple[float, ...] = ()
    """Prices by period of a fixed contract as its bills print them: tolls and charges inside, the electricity tax not."""
    surplus_eur_per_kwh: float | None = None
    """Agreed price of energy that is fed in (RD 244/2019)."""
    efficiency_fund_apart: bool = False
    """Whether the bill has a line of its own for the efficiency fund."""


@dataclass(frozen=True, slots=True)
class ContractedFrom:
    """Contracted power by power period, P1 first, from a Madrid day on."""

    day: date
    kw: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of a supply over the days of a bill."""

    tariff: Tariff
    powers: tuple[ContractedFrom, ...]
    """In order of day; the first holds before its day too."""
    price: PriceTerms
    supply: Supply = Supply()

    def kw_on(self, day: date) -> tuple[Decimal, ...]:
        """Contracted power of a day."""
        return next((power.kw for power in reversed(self.powers) if power.day <= day), self.powers[0].kw)

    @property
    def most_kw(self) -> Decimal:
        """The highest contracted power of any period and day."""
        return max(max(power.kw) for power in self.powers)

    @property
    def meter_type(self) -> MeterType:
        """The meter that rules how excess power is billed."""
        return self.supply.meter_type or meter_type_of([float(self.most_kw)])
