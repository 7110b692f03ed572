"""The planning part, composed."""

from dataclasses import dataclass

from adapters.state_plans import SqliteLedger, SqlitePlanLog, SqliteWishLog, SqliteWorkLog
from bootstrap.opening import Kept, read_tariffs
from domain.plant import Plant
from planning.engine import SearchLimits
from services.ledger_service import LedgerService, Sources
from services.plan_answers import PlanAnswers
from services.plan_board import PlanBoard
from services.plan_prices import PlanPrices
from services.plan_service import Logs, PlanService
from services.registry import Learning, Planning, Prices, Weather
from services.wishes_service import WishesService
from settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """What the planning rests on."""

    prices: Prices
    weather: Weather
    learning: Learning
    plant: Plant


def planning_of(settings: Settings, kept: Kept, parts: Parts) -> Planning:
    """Plans, wishes, savings, advice."""
    prices = PlanPrices(parts.prices.energy, parts.learning.forecasts, parts.plant, read_tariffs(settings))
    logs = Logs(SqlitePlanLog(kept.database), SqliteWishLog(kept.database), SqliteWorkLog(kept.database))
    answers = PlanAnswers(logs.plans, kept.clock, SearchLimits())
    plans = PlanService(answers, prices, parts.weather.service, logs, parts.plant, kept.clock)
    wishes = WishesService(plans, logs, kept.clock)
    sources = Sources(plans, prices, parts.weather.service, logs)
    ledger = LedgerService(sources, SqliteLedger(kept.database), parts.plant, kept.clock, SearchLimits())
    return Planning(plans, wishes, ledger, answers, PlanBoard(plans))
