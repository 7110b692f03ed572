"""The planning part, composed."""

from dataclasses import dataclass, replace

from adapters.runtime.child import ChildProcess
from adapters.state.alerts import SqliteAlertLog
from adapters.state.floor import SqliteFloorLog
from adapters.state.ledger import SqliteLedger
from adapters.state.plans import SqlitePlanLog
from adapters.state.plants import SqlitePlantLog
from adapters.state.sent import SqliteSentLog
from adapters.state.wishes import SqliteWishLog
from bootstrap.forecast import Learning
from bootstrap.foundation import Foundation
from bootstrap.prices import Prices
from bootstrap.weather import Weather
from planning.milp.engine import SearchLimits
from ports import Clock, PlanLog
from services.advice.facts import PlanFacts, PriceFacts, ServiceFacts
from services.advice.held_alerts import HeldAlerts
from services.advice.service import AdviceService, Watch
from services.operations.health import HealthService
from services.page.heatmap import HeatmapService, WeekPrices
from services.plan.answers import UNHURRIED, Patience, PlanAnswers
from services.plan.board import PlanBoard
from services.plan.floor_board import FloorBoard
from services.plan.once import Once
from services.plan.order_costs import Cost, OrderCosts
from services.plan.prices import PlanPrices
from services.plan.search_on import SearchOn
from services.plan.service import Logs, PlanService
from services.plan.wishes import WishesService
from services.plan.work import work
from services.savings.audit import AuditService
from services.savings.audit import Sources as Audited
from services.savings.ledger import LedgerService, Sources
from services.savings.plants import Plants
from services.shop_floor.desk import FloorDesk
from services.shop_floor.floor import FloorService
from services.shop_floor.orders import OrdersService

DEFAULT_LIMITS = SearchLimits()
SEARCHES_ON_S = (240.0, 1200.0)
"""Real time of the longer searches for a plan that is not proven [s]: 29 processor seconds prove a week of five qualities."""


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
    floor_board: FloorBoard
    desk: FloorDesk
    orders: OrdersService[Cost]
    audit: AuditService
    search_on: SearchOn
    worker: ChildProcess
    """Makes the plan that is to be in force; one process waits for the next one."""

    def changes(self) -> int:
        """Counts what changed of all that."""
        return self.plans.changes + self.ledger.changes + self.advice.changes + self.floor.changes


def planning_of(
    base: Foundation,
    prices: Prices,
    weather: Weather,
    learning: Learning,
    health: HealthService,
    limits: SearchLimits = DEFAULT_LIMITS,
    *,
    rehearsed: bool = False,
) -> Planning:
    """Plans, wishes, savings, advice. A rehearsal of the past sees no plan of a later instant."""
    storage, plant, clock = base.storage, base.plant, base.clock
    energy, forecasts = prices.energy, learning.forecasts
    plan_prices = PlanPrices(energy, forecasts, plant, base.tariffs)
    floor = FloorService(SqliteFloorLog(storage.state), plant, clock)
    ledger_log = SqliteLedger(storage.state)
    logs = Logs(SqlitePlanLog(storage.state, clock if rehearsed else None), SqliteWishLog(storage.state), floor)
    worker = ChildProcess(niceness=0, spare_for=work)
    patience = UNHURRIED if rehearsed else Patience()
    answers = PlanAnswers(logs.plans, clock, limits, worker, aside=ChildProcess(niceness=0), patience=patience)
    plans = PlanService(answers, plan_prices, weather.service, logs, plant=plant, clock=clock, program=base.version)
    plants = Plants(SqlitePlantLog(storage.state), plant, base.plant_text)
    sources = Sources(plans, plan_prices, weather.service, logs, plants)
    price_facts = PriceFacts(energy, forecasts)
    plan_facts = PlanFacts(plans, weather.service, price_facts, plant)
    service_facts = ServiceFacts(health.system, learning.record.record, prices.ingest.was_imported)
    week = WeekPrices(energy, forecasts)

    def changes() -> int:
        return storage.series.writes + plans.changes

    ledger = LedgerService(sources, ledger_log, plant, clock, limits=limits, child=ChildProcess(niceness=0))
    watch = Watch(clock, health.fence, lambda: changes() + forecasts.serving.changes, looks=base.settings.scheduler_enabled)
    return Planning(
        plans=plans,
        wishes=WishesService(plans, logs, clock, Once(SqliteSentLog(storage.state), clock)),
        ledger=ledger,
        heatmap=HeatmapService(week, weather.board, plans, plant, lambda: storage.series.writes),
        advice=AdviceService(price_facts, plan_facts, service_facts, HeldAlerts(SqliteAlertLog(storage.state)), watch),
        answers=answers,
        board=PlanBoard(plans),
        floor=floor,
        floor_board=FloorBoard(floor, plans, plant),
        desk=FloorDesk(floor, plans),
        orders=OrdersService(floor, OrderCosts(plans, answers, logs.plans, clock), plant, clock),
        worker=worker,
        search_on=SearchOn(plans, [_longer(logs.plans, clock, limits, seconds) for seconds in SEARCHES_ON_S]),
        audit=AuditService(Audited(floor, ledger_log, plan_prices, weather.service, plants, ledger.followed), plant, clock),
    )


def _longer(plans: PlanLog, clock: Clock, limits: SearchLimits, seconds: float) -> PlanAnswers:
    """Answers of a child process that gives way to all others, to a proof of a cent."""
    longer = replace(limits, rel_gap=0.0, nodes=1_000_000, clock_s=seconds)
    return PlanAnswers(plans, clock, longer, ChildProcess(), patience=Patience(deadline_s=seconds))
