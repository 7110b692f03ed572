"""What the columns of a CSV file of prices mean: the known exports (docs/import.md), or what who imports it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from domain.prices.slots import MARKETS, Market

UNITS: Mapping[str, float] = {"EUR/MWh": 1000.0, "EUR/kWh": 1.0}
"""Unit -> how many of it make one €/kWh."""


@dataclass(frozen=True, slots=True)
class PriceColumn:
    """A column that holds prices of a market, in those rows whose other cells are as given in `where`."""

    name: str
    market: Market
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a file are. `zone` is that of times without an offset; without it they are refused."""

    title: str
    time: str
    prices: tuple[PriceColumn, ...]
    unit: str = "EUR/MWh"
    zone: tzinfo | None = None

    @property
    def columns(self) -> set[str]:
        """Columns that must be there."""
        return {self.time, *(price.name for price in self.prices), *(name for price in self.prices for name in price.where)}


OWN_EXPORT = Layout(
    "prices of this service",
    "start",
    tuple(PriceColumn("price_eur_kwh", market, {"market": market, "simulated": "false"}) for market in MARKETS),
    "EUR/kWh",
)
"""`GET /prices?format=csv`: it names its market, its unit and its world, so that nobody else's word counts."""
KNOWN_EXPORTS = (
    Layout("spot and PVPC by the hour", "utc", (PriceColumn("omie_es", "spot"), PriceColumn("pvpc_pcb", "pvpc"))),
    Layout("spot", "utc", (PriceColumn("omie_es", "spot"),)),
    Layout("PVPC and its terms", "utc", (PriceColumn("PCB", "pvpc"),)),
    Layout(
        "export of ESIOS",
        "datetime",
        (
            PriceColumn("value", "pvpc", {"id": "1001", "geoid": "8741"}),
            PriceColumn("value", "spot", {"id": "600", "geoid": "3"}),
        ),
    ),
    OWN_EXPORT,
)
"""The first whose columns are all in the header. Other columns are passed over. Every time carries its offset."""
