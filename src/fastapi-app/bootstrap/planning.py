"""The planning part, composed."""

from dataclasses import dataclass

from adapters.state_alerts import SqliteAlertLog
from adapters.state_plans import SqliteLedger, SqlitePlanLog, SqliteWishLog, SqliteWorkLog
from bootstrap.opening import Kept, read_tariffs
from domain.plant import Plant
from planning.engine import SearchLimits
from services.advice_facts import Facts, Watched
from services.advice_service import AdviceService
from services.health_service import HealthService
from services.heatmap_service import HeatmapService, Seen
from services.ledger_service import LedgerService, Sources
from services.plan_answers import PlanAnswers
from services.plan_board import PlanBoard
from services.plan_prices import PlanPrices
from services.plan_service import Logs, PlanService
from services.registry import Learning, Planning, Prices, Weather
from services.wishes_service import WishesService
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
    logs = Logs(SqlitePlanLog(kept.database, kept.clock), SqliteWishLog(kept.database), SqliteWorkLog(kept.database))
    answers = PlanAnswers(logs.plans, kept.clock, limits)
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
        ledger=LedgerService(sources, SqliteLedger(kept.database), parts.plant, kept.clock, limits),
        heatmap=HeatmapService(
            Seen(energy, forecasts, weather.board, plans), parts.plant, lambda: kept.store.writes + plans.changes
        ),
        advice=AdviceService(Facts(watched, parts.plant), SqliteAlertLog(kept.database), kept.clock),
        answers=answers,
        board=PlanBoard(plans),
    )
