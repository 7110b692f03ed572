"""The terms of the contract by which a kWh is paid."""

from dataclasses import dataclass
from typing import Literal

Basis = Literal["pvpc", "indexed", "fixed"]
PriceBasis = Literal["pvpc", "pvpc_reference", "indexed", "fixed"]
"""The basis as it is told beside euros: `pvpc_reference` is PVPC for a plant that does not pay it."""
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

    @property
    def told(self) -> PriceBasis:
        """The basis, and whether its euros are what the plant pays or a reference."""
        return "pvpc_reference" if self.basis == "pvpc" and self.reference else self.basis
