"""The price history, composed: chains of sources, ingestion, gaps, backfill."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.sources.chain import FirstThatAnswers
from adapters.state.gaps import SqliteGapLedger
from adapters.state.issued import SqliteIssuedLog
from adapters.state.notes import SqliteNotes
from adapters.state.products import SqliteProductLog
from bootstrap.foundation import Foundation
from bootstrap.sources import Fetchers, price_sources
from domain.prices.slots import Market
from ports import PriceSource
from services.energy_service import EnergyService
from services.gaps.backfill import BackfillService
from services.gaps.fill import GapFill
from services.gaps.history import GapHistory
from services.gaps.service import GapService
from services.prices.fill import PriceFill
from services.prices.ingest import IngestService
from services.prices.market import MarketService


@dataclass(frozen=True, slots=True)
class Prices:
    """The price history."""

    energy: EnergyService
    ingest: IngestService
    gaps: GapService
    backfill: BackfillService
    market: MarketService


async def prices_of(base: Foundation, fetchers: Fetchers, observe: Callable[[], Awaitable[str]]) -> Prices:
    """The price history, and the gaps of every series; `observe` asks for the weather that is observed."""
    storage, clock = base.storage, base.clock
    described = await price_sources(base.settings, fetchers, base.tariffs)
    sources = described.by_market
    chains: dict[Market, PriceSource] = {market: FirstThatAnswers(chain) for market, chain in sources.items()}
    issued, ledger = SqliteIssuedLog(storage.state), SqliteGapLedger(storage.state)
    energy = EnergyService(storage.series, issued, chains, clock, SqliteProductLog(storage.state))
    history = GapHistory(ledger, clock)
    fill = PriceFill(energy, sources, clock, history.attempted)
    notes = SqliteNotes(storage.state)
    ingest = IngestService(energy, notes, clock, fill=fill, history_start=base.settings.history_start)
    gaps = GapService(energy, ingest, storage.series, history, clock)
    filling = GapFill(gaps, history, fill, observe, clock)
    return Prices(
        energy=energy,
        ingest=ingest,
        gaps=gaps,
        backfill=BackfillService(gaps, filling, ledger, clock),
        market=MarketService(described.esios, issued, clock),
    )
