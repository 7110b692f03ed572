"""Forecasts, record and models on a real store, state and model folder, over a synthetic market that a test can bend."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from adapters.files.models import ModelFiles
from adapters.runtime.child import ChildProcess
from adapters.state.file import open_state
from adapters.state.issued import SqliteIssuedLog
from adapters.store.as_of import AsOfStore
from adapters.store.cached import CachedStore
from adapters.store.sqlite_series import SqliteStore
from domain.bill.tariff import TariffTables, load_tariffs, toll_and_charge_eur_per_kwh
from domain.bill.terms import PriceTerms
from domain.prices.slots import Market, published_by
from domain.series import Rows, Value, price_key
from domain.timeline import MADRID, day_bounds, epoch, is_off_day, local_day, utc_from_epoch
from services.forecast.issue import IssueService
from services.forecast.record import RecordService
from services.forecast.service import ForecastService
from services.forecast.training import TrainingService
from services.influx_service import InfluxService
from services.ml_service import MlService
from services.prices.paid_price import PaidPrice
from support.clock import ManualClock

ROOT = Path(__file__).resolve().parents[2]
Bend = Callable[[datetime, float], float | None]
PVPC = PriceTerms("pvpc")
EVENING = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)  # 21:30 in Madrid


def market(start: datetime, end: datetime, seed: int = 1) -> dict[int, float]:
    """Hourly prices [€/kWh]: a daily shape, cheaper off days, a level that wanders from day to day."""
    noise = np.random.default_rng(seed)
    hours = np.arange(epoch(start), epoch(end), 3600)
    level: dict[int, float] = {}
    prices, wander = {}, 0.0
    for hour in hours:
        local = utc_from_epoch(int(hour)).astimezone(MADRID)
        day = local.toordinal()
        if day not in level:
            wander = 0.85 * wander + 0.008 * noise.standard_normal()
            level[day] = wander
        shape = 0.03 * np.cos(2 * np.pi * (local.hour - 20) / 24) + 0.015 * np.cos(4 * np.pi * (local.hour - 8) / 24)
        off = -0.02 if is_off_day(local.date()) else 0.0
        prices[int(hour)] = float(0.14 + shape + off + level[day] + 0.003 * noise.standard_normal())
    return prices


@dataclass
class ForecastWorld:
    """The parts that a test may look at."""

    clock: ManualClock
    store: CachedStore
    issued: SqliteIssuedLog
    models: ModelFiles
    forecasts: ForecastService
    issues: IssueService
    record: RecordService
    ml: MlService
    influx: InfluxService

    async def evening(self, day: int) -> None:
        """Go to 21:30 Madrid of a day counted from the start and issue."""
        self.clock.now = EVENING + timedelta(days=day)
        await self.issues.issue()


@asynccontextmanager
async def forecast_world(
    folder: Path,
    *,
    days: int,
    ahead: int = 0,
    bend: Bend = lambda _, price: price,
    now: datetime = EVENING,
    spot: bool = False,
    terms: PriceTerms = PVPC,
) -> AsyncGenerator[ForecastWorld]:
    """History of so many days before ``now`` and so many after, each hour known from its publication on; ``spot`` beside PVPC."""
    clock = ManualClock(now)
    inner = CachedStore(SqliteStore(folder / "series.sqlite", "simulated"))
    state = open_state(folder / "state.sqlite", "simulated")
    issued, models = SqliteIssuedLog(state), ModelFiles(folder / "models", "simulated")
    start = day_bounds(local_day(now) - timedelta(days=days - 1))[0]
    prices = market(start, day_bounds(local_day(now) + timedelta(days=1 + ahead))[1])
    await _write(inner, "pvpc", prices, bend)
    view = AsOfStore(inner, clock)
    tariffs = load_tariffs((ROOT / "src" / "configs" / "tariffs.toml").read_text(encoding="utf-8"))
    if spot:
        await _write(inner, "spot", {time: price - _above_spot(tariffs, time) for time, price in prices.items()}, bend)
    influx, paid = InfluxService(view, tariffs), PaidPrice("3.0TD", terms, tariffs)
    forecasts = ForecastService(influx, models, clock, paid=paid, writes=lambda: inner.writes)
    issues = IssueService(forecasts, inner, issued, clock)
    record = RecordService(influx, issued, clock, paid)
    training = TrainingService(influx, forecasts, record, models, child=ChildProcess(), clock=clock)
    ml = MlService(training, forecasts, record, models, clock=clock, directory=str(folder), pinned_for=timedelta(days=14))
    try:
        yield ForecastWorld(clock, inner, issued, models, forecasts, issues, record, ml, influx)
    finally:
        await inner.aclose()
        state.close()


def _above_spot(tariffs: TariffTables, time: int) -> float:
    """What PVPC has on top of the spot: tolls and charges of the hour, and 20 €/MWh."""
    return toll_and_charge_eur_per_kwh(tariffs, "2.0TD", utc_from_epoch(time)) + 0.02


async def _write(store: CachedStore, market: Market, prices: dict[int, float], bend: Bend) -> None:
    bent = {time: bend(utc_from_epoch(time), price) for time, price in prices.items()}
    kept = {time: price for time, price in bent.items() if price is not None}
    since = [epoch(published_by(market, utc_from_epoch(time))) for time in kept]
    columns: dict[str, list[Value | None]] = {
        "price_eur_kwh": [*kept.values()],
        "provider": ["esios"] * len(kept),
        "as_of": [*since],
    }
    await store.write(price_key(market, 60), Rows(list(kept), columns))
