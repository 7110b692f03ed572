"""The services of one running application: in groups for the composition, flat for the routes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.errors import NotFoundError, NotKnownError
from ports import Clock, SchedulerPort
from services.advice.service import AdviceService
from services.energy_service import EnergyService
from services.forecast.predictions import PredictionService
from services.forecast.record import RecordService
from services.forecast.service import ForecastService, about, hours_json
from services.gaps.backfill import BackfillService
from services.gaps.fill import GapFill
from services.gaps.service import GapService
from services.ml_service import MlService
from services.operations.health import HealthService
from services.page.dashboard import DashboardService
from services.page.heatmap import HeatmapService
from services.plan.answers import PlanAnswers
from services.plan.board import PlanBoard
from services.plan.service import PlanService
from services.plan.wishes import WishesService
from services.prices.ingest import IngestService
from services.prices.market import MarketService
from services.savings.ledger import LedgerService
from services.shop_floor.desk import FloorDesk
from services.shop_floor.floor import FloorService
from services.shop_floor.orders import OrdersService
from services.weather.board import WeatherBoard
from services.weather.ingest import WeatherIngest
from services.weather_service import WeatherService


@dataclass(frozen=True, slots=True)
class Prices:
    """The price history."""

    energy: EnergyService
    ingest: IngestService
    gaps: GapService
    filling: GapFill
    backfill: BackfillService
    market: MarketService


@dataclass(frozen=True, slots=True)
class Weather:
    """The weather."""

    service: WeatherService
    ingest: WeatherIngest
    board: WeatherBoard


@dataclass(frozen=True, slots=True)
class Learning:
    """Forecasts and models."""

    forecasts: ForecastService
    record: RecordService
    ml: MlService
    predictions: PredictionService

    async def block(self, _now: datetime) -> dict[str, Any] | None:
        """The forecast of the page with its record; None while there is no forecast."""
        try:
            current = await self.forecasts.current()
        except NotKnownError:
            return None
        record = await self.record.record()
        known = record if record["state"] == "ok" else None
        return about(current) | {"hours": hours_json(current), "record": known, "record_state": record}


@dataclass(frozen=True, slots=True)
class Planning:
    """Plans, wishes, savings, the week, advice."""

    plans: PlanService
    wishes: WishesService
    ledger: LedgerService
    heatmap: HeatmapService
    advice: AdviceService
    answers: PlanAnswers
    board: PlanBoard
    floor: FloorService
    desk: FloorDesk
    orders: OrdersService

    def changes(self) -> int:
        """Counts what changed of all that."""
        return self.plans.changes + self.ledger.changes + self.advice.changes + self.floor.changes

    def blocks(self) -> dict[str, Callable[[datetime], Awaitable[Any]]]:
        """Parts of the page."""
        return {
            "current.class": self.heatmap.class_now,
            "week": self.heatmap.week,
            "plan": self.board.block,
            "recommendations": self.advice.recommendations,
            "alerts": self.advice.alerts_block,
            "savings": self.ledger.block,
        }


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes may call."""

    clock: Clock
    energy: EnergyService
    gaps: GapService
    backfill: BackfillService
    weather: WeatherService
    predictions: PredictionService
    models: MlService
    plans: PlanService
    wishes: WishesService
    floor: FloorService
    desk: FloorDesk
    orders: OrdersService
    ledger: LedgerService
    heatmap: HeatmapService
    advice: AdviceService
    dashboard: DashboardService
    health: HealthService
    scheduler: SchedulerPort | None
    version: str
    simulated: bool
    clock_rate: float

    def now(self) -> datetime:
        """The instant."""
        return self.clock()

    def halt(self) -> None:
        """Begin nothing any more: the service is told to stop."""
        if self.scheduler is not None:
            self.scheduler.halt()

    @property
    def schedule(self) -> SchedulerPort:
        """The schedule; NotFoundError in a process that has none."""
        if self.scheduler is None:
            raise NotFoundError("the schedule: it is off in this process (SCHEDULER_ENABLED=false)")
        return self.scheduler
