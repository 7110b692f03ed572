"""A price history on a real store and state, fed by a source whose answers a test decides."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from adapters.state.file import open_state
from adapters.state.gaps import SqliteGapLedger
from adapters.state.issued import SqliteIssuedLog
from adapters.state.notes import SqliteNotes
from adapters.store.sqlite_series import SqliteStore
from domain.errors import NotPublishedError
from domain.prices.expected import expected_minutes
from domain.prices.slots import Market, PriceBatch, PriceSlot, published_by
from domain.timeline import QUARTER, floor_to, local_day, slot_starts
from services.energy_service import EnergyService
from services.gaps.backfill import BackfillService
from services.gaps.fill import GapFill
from services.gaps.history import GapHistory
from services.gaps.service import GapService
from services.prices.fill import PriceFill
from services.prices.ingest import IngestService
from support.clock import ManualClock

Price = Callable[[Market, datetime], float | None]


def by_hour_of_day(market: Market, start: datetime) -> float:
    """A price that says which slot it is: 0.10 €/kWh plus 0.001 for each UTC hour, plus 0.05 for the spot."""
    return round(0.1 + start.hour / 1000 + (0.05 if market == "spot" else 0.0), 6)


@dataclass
class ScriptedSource:
    """Publishes at the nominal hours what `price` says; None is a slot that it does not have."""

    clock: ManualClock
    price: Price = by_hour_of_day
    name: str = "redata"
    markets: frozenset[Market] = frozenset({"pvpc", "spot"})
    longest_chunk: timedelta = timedelta(days=28)
    asked: list[tuple[Market, date, date]] = field(default_factory=list)
    fail: Exception | None = None

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        self.asked.append((market, local_day(start), local_day(end - timedelta(seconds=1))))
        if self.fail is not None:
            raise self.fail
        slots = [slot for slot in self._slots(market, start, end) if published_by(market, slot.start) <= self.clock()]
        if not slots:
            raise NotPublishedError(self.name, "nothing yet")
        return PriceBatch(market, tuple(slots), "redata", fetched_at=self.clock())

    def _slots(self, market: Market, start: datetime, end: datetime) -> Sequence[PriceSlot]:
        slots = []
        for begin in slot_starts(start, end, QUARTER):
            step = timedelta(minutes=expected_minutes(market, local_day(begin)))
            value = self.price(market, begin) if floor_to(begin, step) == begin else None
            if value is not None:
                slots.append(PriceSlot(begin, begin + step, value))
        return slots


@dataclass
class PriceWorld:
    """The parts that a test may look at."""

    clock: ManualClock
    source: ScriptedSource
    store: SqliteStore
    issued: SqliteIssuedLog
    energy: EnergyService
    ingest: IngestService
    gaps: GapService
    history: GapHistory
    filling: GapFill
    backfill: BackfillService
    ledger: SqliteGapLedger


async def nothing_observed() -> str:
    """Weather sources that have nothing."""
    return "0 hours"


@asynccontextmanager
async def price_world(
    folder: Path, now: datetime, *, history_start: date | None = None, observe: Callable[[], Awaitable[str]] = nothing_observed
) -> AsyncGenerator[PriceWorld]:
    clock = ManualClock(now)
    source = ScriptedSource(clock)
    store = SqliteStore(folder / "series.sqlite", "simulated")
    state = open_state(folder / "state.sqlite", "simulated")
    issued = SqliteIssuedLog(state)
    energy = EnergyService(store, issued, {"pvpc": source, "spot": source}, clock)
    ledger = SqliteGapLedger(state)
    history = GapHistory(ledger, clock)
    fill = PriceFill(energy, {"pvpc": [source], "spot": [source]}, clock, history.attempted)
    ingest = IngestService(energy, SqliteNotes(state), clock, fill=fill, history_start=history_start)
    gaps = GapService(energy, ingest, store, history, clock)
    filling = GapFill(gaps, history, fill, observe, clock)
    backfill = BackfillService(gaps, filling, ledger, clock)
    try:
        yield PriceWorld(clock, source, store, issued, energy, ingest, gaps, history, filling, backfill, ledger)
    finally:
        await backfill.stop()
        await store.aclose()
        state.close()
