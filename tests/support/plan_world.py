"""The planning part on a real store and state, with the small plant and published prices that a test writes."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from adapters.model_files import ModelFiles
from adapters.sqlite_store import SqliteStore
from adapters.state import open_state
from adapters.state_alerts import SqliteAlertLog
from adapters.state_issued import SqliteIssuedLog
from adapters.state_plans import SqliteLedger, SqlitePlanLog, SqliteWishLog, SqliteWorkLog
from domain.plant import Plant, PriceTerms
from domain.prices import PriceBatch, PriceSlot
from domain.tariff import load_tariffs
from domain.timeline import HOUR, day_bounds, slot_starts
from planning.engine import SearchLimits
from services.energy_service import EnergyService
from services.forecast_service import ForecastService
from services.influx_service import InfluxService
from services.ledger_service import LedgerService, Sources
from services.paid_price import PaidPrice
from services.plan_answers import PlanAnswers
from services.plan_prices import PlanPrices
from services.plan_service import Logs, PlanService
from services.weather_service import WeatherService
from services.wishes_service import WishesService
from support.clock import ManualClock
from support.plan_cases import ROOT, WEDNESDAY, small_plant

MIDNIGHT = day_bounds(WEDNESDAY)[0]
TARIFFS = ROOT / "src" / "configs" / "tariffs.toml"


def made_plant(basis: str = "fixed", **changes: object) -> Plant:
    """The small plant with one batch due every day and room for one; by default at a fixed price that falls from P1 to P6."""
    terms = PriceTerms("fixed", (0.20, 0.18, 0.16, 0.14, 0.12, 0.10)) if basis == "fixed" else PriceTerms("pvpc")
    due = MappingProxyType({weekday: {"plain": 1.0} for weekday in range(7)})
    plant = small_plant(weekday_batches=dict(due), price=terms, max_stock_kg={"plain": 100.0})
    return replace(plant, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class PlanWorld:
    """The parts that a test may look at."""

    clock: ManualClock
    energy: EnergyService
    logs: Logs
    answers: PlanAnswers
    plans: PlanService
    wishes: WishesService
    ledger: LedgerService
    alerts: SqliteAlertLog

    async def publish(self, day: date, price: Callable[[datetime], float], *, days: int = 1) -> None:
        """PVPC of local days, known since the evening before the first."""
        start, end = day_bounds(day)[0], day_bounds(day + timedelta(days=days - 1))[1]
        slots = tuple(PriceSlot(at, at + HOUR, price(at)) for at in slot_starts(start, end, HOUR))
        await self.energy.keep(PriceBatch("pvpc", slots, "csv", fetched_at=start - 3 * HOUR))


@asynccontextmanager
async def plan_world(folder: Path, plant: Plant, now: datetime = MIDNIGHT) -> AsyncGenerator[PlanWorld]:
    clock = ManualClock(now.astimezone(UTC))
    store = SqliteStore(folder / "series.sqlite", "simulated")
    state = open_state(folder / "state.sqlite", "simulated")
    issued = SqliteIssuedLog(state)
    tables = load_tariffs(TARIFFS.read_text(encoding="utf-8"))
    energy = EnergyService(store, issued, {}, clock)
    influx = InfluxService(store, tables)
    models = ModelFiles(folder / "models", "simulated")
    forecasts = ForecastService(
        influx, store, issued, models, clock, paid=PaidPrice(plant.tariff, plant.price, tables), writes=lambda: 0
    )
    prices, weather = PlanPrices(energy, forecasts, plant, tables), WeatherService(store, issued)
    logs = Logs(SqlitePlanLog(state), SqliteWishLog(state), SqliteWorkLog(state))
    answers = PlanAnswers(logs.plans, clock, SearchLimits())
    plans = PlanService(answers, prices, weather, logs, plant, clock)
    ledger = LedgerService(Sources(plans, prices, weather, logs), SqliteLedger(state), plant, clock, SearchLimits())
    world = PlanWorld(clock, energy, logs, answers, plans, WishesService(plans, logs, clock), ledger, SqliteAlertLog(state))
    try:
        yield world
    finally:
        await answers.stop()
        await store.aclose()
        state.close()
