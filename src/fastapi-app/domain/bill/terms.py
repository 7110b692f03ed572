"""The terms of the contract by which a kWh is paid."""

from dataclasses import dataclass, field
from typing import Literal

from domain.bill.tariff import MarketCost
from domain.canonical import LATER

Basis = Literal["pvpc", "indexed", "fixed"]
PriceBasis = Literal["pvpc", "pvpc_reference", "indexed", "fixed"]
"""The basis as it is told beside euros: `pvpc_reference` is PVPC for a plant that does not pay it."""
Use = Literal["industrial", "high_voltage", "irrigation", "other"]
"""What the supply is for, as the least electricity tax asks (Ley 38/1992, art. 99): the first three pay half of the other."""
Territory = Literal["peninsula", "balearic islands", "canary islands", "ceuta", "melilla"]
"""Where the supply is; the tables are those of the peninsula."""
MOST_KW_OF_PVPC = 10.0
"""Contracted power, in every period, up to which a supply may have PVPC [kW]. RD 216/2014, art. 5."""


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """What the plant pays for a kWh: the basis, and the figures of a contract where the basis needs them [€/kWh]."""

    basis: Basis = "pvpc"
    fixed_eur_per_kwh: tuple[float, ...] = ()
    """By period, P1 first; basis `fixed` only."""
    fee_eur_per_kwh: float = 0.0
    """Fee of the supplier; basis `indexed` only."""
    ancillary_eur_per_kwh: float | None = None
    """Ancillary costs where the market's own are not at hand; basis `indexed` only."""
    reference: bool = False
    """Whether the plant is planned by a price that it does not pay; basis `pvpc` only."""

    use: Use = field(default="industrial", metadata=LATER)

    @property
    def tax_floor(self) -> MarketCost:
        """The name of the least electricity tax."""
        return "electricity_tax_floor_other" if self.use == "other" else "electricity_tax_floor"

    @property
    def told(self) -> PriceBasis:
        """The basis, and whether its euros are what the plant pays or a reference."""
        return "pvpc_reference" if self.basis == "pvpc" and self.reference else self.basis
