"""The services of one running application, as the routes may call them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.errors import NotFoundError
from domain.operations import Build
from ports import Clock, SchedulerPort
from services.advice.service import AdviceService
from services.bill.consumption import ConsumptionService
from services.bill.power import PowerService
from services.bill.service import BillService
from services.energy_service import EnergyService
from services.forecast.predictions import PredictionService
from services.gaps.backfill import BackfillService
from services.gaps.service import GapService
from services.ml_service import MlService
from services.operations.fence import Fence
from services.operations.health import HealthService
from services.page.dashboard import DashboardService
from services.page.heatmap import HeatmapService
from services.plan.order_costs import Cost
from services.plan.service import PlanService
from services.plan.wishes import WishesService
from services.plant.service import PlantService
from services.savings.audit import AuditService
from services.savings.ledger import LedgerService
from services.shop_floor.desk import FloorDesk
from services.shop_floor.floor import FloorService
from services.shop_floor.orders import OrdersService
from services.weather_service import WeatherService


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
    orders: OrdersService[Cost]
    audit: AuditService
    ledger: LedgerService
    consumption: ConsumptionService
    power: PowerService
    bills: BillService
    plant: PlantService
    heatmap: HeatmapService
    advice: AdviceService
    dashboard: DashboardService
    fence: Fence
    health: HealthService
    scheduler: SchedulerPort | None
    disk: Callable[[], Mapping[str, float]]
    """Free and whole size of the disk of the data, and the size of each database [bytes]."""
    version: str
    build: Build
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
