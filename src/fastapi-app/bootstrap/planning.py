"""The planning part, composed."""

from dataclasses import dataclass

from adapters.runtime.child import ChildProcess
from adapters.state.alerts import SqliteAlertLog
from adapters.state.floor import SqliteFloorLog
from adapters.state.ledger import SqliteLedger
from adapters.state.plans import SqlitePlanLog
from adapters.state.wishes import SqliteWishLog
from bootstrap.opening import Kept, read_tariffs
from domain.plan.plant import Plant
from planning.milp.engine import SearchLimits
from services.advice.facts import Facts, Watched
from services.advice.service import AdviceService
from services.container import Learning, Planning, Prices, Weather
from services.operations.health import HealthService
from services.page.heatmap import HeatmapService, Seen
from services.plan.answers import PlanAnswers
from services.plan.board import PlanBoard
from services.plan.prices import PlanPrices
from services.plan.service import Logs, PlanService
from services.plan.wishes import WishesService
from services.savings.ledger import LedgerService, Sources
from services.shop_floor.desk import FloorDesk
from services.shop_floor.floor import FloorService
from services.shop_floor.orders import OrdersService
from settings import Settings

DEFAULT_LIMITS = SearchLimits()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the planning rests on."""

    prices: Prices
    weather: Weather
    learning: Learning
    plant: Plant
    health: HealthService


def planning_of(settings: Settings, kept: Kept, parts: Parts, limits: SearchLimits = DEFAULT_LIMITS) -> Planning:
    """Plans, wishes, savings, advice."""
    energy, forecasts, weather = parts.prices.energy, parts.learning.forecasts, parts.weather
    prices = PlanPrices(energy, forecasts, parts.plant, read_tariffs(settings))
    floor = FloorService(SqliteFloorLog(kept.database), parts.plant, kept.clock)
    logs = Logs(SqlitePlanLog(kept.database, kept.clock), SqliteWishLog(kept.database), floor)
    answers = PlanAnswers(logs.plans, kept.clock, limits, ChildProcess(niceness=0))
    plans = PlanService(answers, prices, weather.service, logs, parts.plant, kept.clock)
    sources = Sources(plans, prices, weather.service, logs)
    watched = Watched(
        energy,
        forecasts,
        weather.service,
        plans,
        parts.health.system,
        parts.learning.record.record,
        parts.prices.ingest.was_imported,
    )
    return Planning(
        plans=plans,
        wishes=WishesService(plans, logs, kept.clock),
        ledger=LedgerService(
            sources, SqliteLedger(kept.database), parts.plant, kept.clock, limits=limits, child=ChildProcess(niceness=0)
        ),
        heatmap=HeatmapService(
            Seen(energy, forecasts, weather.board, plans), parts.plant, lambda: kept.store.writes + plans.changes
        ),
        advice=AdviceService(Facts(watched, parts.plant), SqliteAlertLog(kept.database), kept.clock),
        answers=answers,
        board=PlanBoard(plans),
        floor=floor,
        desk=FloorDesk(floor, plans),
        orders=OrdersService(floor, plans, parts.plant, kept.clock),
    )
