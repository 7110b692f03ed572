"""The planning part on a real store and state, with the small plant and published prices that a test writes."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from adapters.files.models import ModelFiles
from adapters.runtime.child import ChildProcess
from adapters.state.alerts import SqliteAlertLog
from adapters.state.file import open_state
from adapters.state.floor import SqliteFloorLog
from adapters.state.issued import SqliteIssuedLog
from adapters.state.ledger import SqliteLedger
from adapters.state.plans import SqlitePlanLog
from adapters.state.plants import SqlitePlantLog
from adapters.state.sent import SqliteSentLog
from adapters.state.wishes import SqliteWishLog
from adapters.store.cached import CachedStore
from adapters.store.sqlite_series import SqliteStore
from domain.bill.tariff import load_tariffs
from domain.bill.terms import PriceTerms
from domain.canonical import digest
from domain.plan.plant import Plant
from domain.prices.slots import PriceBatch, PriceSlot
from domain.timeline import HOUR, day_bounds, slot_starts
from planning.milp.engine import SearchLimits
from ports import ChildRunner
from services.energy_service import EnergyService
from services.forecast.service import ForecastService
from services.influx_service import InfluxService
from services.plan.answers import PlanAnswers
from services.plan.once import Once
from services.plan.prices import PlanPrices
from services.plan.service import Logs, PlanService
from services.plan.wishes import WishesService
from services.prices.paid_price import PaidPrice
from services.savings.ledger import LedgerService, Sources
from services.savings.plants import Plants
from services.shop_floor.desk import FloorDesk
from services.shop_floor.floor import FloorService
from services.weather_service import WeatherService
from support.clock import ManualClock
from support.plan_cases import ROOT, WEDNESDAY, small_plant

MIDNIGHT = day_bounds(WEDNESDAY)[0]
LIMITS = SearchLimits()
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
    desk: FloorDesk
    ledger_log: SqliteLedger
    prices: PlanPrices
    weather: WeatherService
    plants: Plants

    async def publish(self, day: date, price: Callable[[datetime], float], *, days: int = 1) -> None:
        """PVPC of local days, known since the evening before the first."""
        start, end = day_bounds(day)[0], day_bounds(day + timedelta(days=days - 1))[1]
        slots = tuple(PriceSlot(at, at + HOUR, price(at)) for at in slot_starts(start, end, HOUR))
        await self.energy.keep(PriceBatch("pvpc", slots, "csv", fetched_at=start - 3 * HOUR))


@asynccontextmanager
async def plan_world(
    folder: Path,
    plant: Plant,
    now: datetime = MIDNIGHT,
    text: str | None = None,
    child: ChildRunner | None = None,
    limits: SearchLimits = LIMITS,
) -> AsyncGenerator[PlanWorld]:
    """With `child` that one runs the planning and scoring, in place of processes; `limits` are those of the plans."""
    clock = ManualClock(now.astimezone(UTC))
    store = CachedStore(SqliteStore(folder / "series.sqlite", "simulated"))
    state = open_state(folder / "state.sqlite", "simulated")
    issued = SqliteIssuedLog(state)
    tables = load_tariffs(TARIFFS.read_text(encoding="utf-8"))
    energy = EnergyService(store, issued, {}, clock)
    influx = InfluxService(store, tables)
    models = ModelFiles(folder / "models", "simulated")
    forecasts = ForecastService(
        influx, models, clock, paid=PaidPrice(plant.tariff, plant.price, tables), writes=lambda: store.writes
    )
    prices, weather = PlanPrices(energy, forecasts, plant, tables), WeatherService(store, issued)
    floor = FloorService(SqliteFloorLog(state), plant, clock)
    logs = Logs(SqlitePlanLog(state), SqliteWishLog(state), floor)
    answers = PlanAnswers(logs.plans, clock, limits, child or ChildProcess(niceness=0), aside=child or ChildProcess())
    plans = PlanService(answers, prices, weather, logs, plant=plant, clock=clock)
    kept = SqliteLedger(state)
    plants = Plants(SqlitePlantLog(state), plant, digest(plant) if text is None else text)
    ledger = LedgerService(
        Sources(plans, prices, weather, logs, plants),
        kept,
        plant,
        clock,
        limits=SearchLimits(),
        child=child or ChildProcess(niceness=0),
    )
    wishes, alerts = WishesService(plans, logs, clock, Once(SqliteSentLog(state), clock)), SqliteAlertLog(state)
    desk = FloorDesk(floor, plans)
    world = PlanWorld(clock, energy, logs, answers, plans, wishes, ledger, alerts, desk, kept, prices, weather, plants)
    try:
        yield world
    finally:
        await answers.stop()
        await store.aclose()
        state.close()
