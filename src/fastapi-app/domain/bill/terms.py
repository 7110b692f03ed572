"""The terms of the contract by which a kWh is paid."""

from dataclasses import dataclass
from typing import Literal

Basis = Literal["pvpc", "indexed", "fixed"]


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
