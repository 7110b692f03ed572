"""The services of one running application, composed."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import jobs
from adapters.files.models import ModelFiles
from adapters.runtime.child import ChildProcess, end_children
from adapters.runtime.scheduler import Scheduler
from adapters.sources.chain import FirstThatAnswers
from adapters.state.gaps import SqliteGapLedger
from adapters.state.upkeep import StateUpkeep
from adapters.store.as_of import AsOfStore
from bootstrap.opening import Kept, open_kept, read_plant, read_points, read_tariffs, read_version
from bootstrap.planning import Parts, planning_of
from bootstrap.sources import Fetchers, price_sources, weather_sources
from domain.plan.plant import Plant
from domain.prices.slots import Market
from planning.milp.engine import SearchLimits
from ports import Clock, Job, PriceSource
from services.container import Learning, Planning, Prices, Services, Weather
from services.energy_service import EnergyService
from services.forecast.predictions import PredictionService
from services.forecast.record import RecordService
from services.forecast.service import ForecastService
from services.forecast.training import TrainingService
from services.gaps.backfill import BackfillService
from services.gaps.fill import GapFill
from services.gaps.service import GapService
from services.influx_service import InfluxService
from services.ml_service import MlService
from services.operations.health import HealthService
from services.operations.rehearsal import PastClock, RehearsalService, together
from services.page.dashboard import DashboardService
from services.prices.fill import PriceFill
from services.prices.ingest import IngestService
from services.prices.market import MarketService
from services.prices.paid_price import PaidPrice
from services.weather.board import WeatherBoard
from services.weather.ingest import WeatherIngest
from services.weather.unconfigured import Unconfigured
from services.weather_service import WeatherService
from settings import Settings

QUICK_LIMITS = SearchLimits(rel_gap=0.02, nodes=50, clock_s=0.7)
"""How long a rehearsed plan is searched for: twenty-eight of them and as many with perfect knowledge are wanted within minutes."""
REHEARSED_FROM_DAYS = 2 * 250
"""Days of history, of both markets, from which a rehearsal is worth while: a model needs 182 before its first day."""


async def prices_of(settings: Settings, kept: Kept, fetchers: Fetchers) -> Prices:
    """The price history: chains of sources, ingestion, gaps, backfill."""
    described = await price_sources(settings, fetchers)
    sources = described.by_market
    chains: dict[Market, PriceSource] = {market: FirstThatAnswers(chain) for market, chain in sources.items()}
    energy = EnergyService(kept.store, kept.issued, chains, kept.clock)
    fill = PriceFill(energy, sources, kept.clock)
    ingest = IngestService(energy, kept.notes, kept.clock, fill=fill, history_start=settings.history_start)
    ledger = SqliteGapLedger(kept.database)
    gaps = GapService(energy, ingest, kept.store, ledger, kept.clock)
    market = MarketService(described.esios, kept.issued, kept.clock)
    fill.told = gaps.attempted
    filling = GapFill(gaps, fill, kept.clock)
    return Prices(energy, ingest, gaps, filling, BackfillService(gaps, filling, ledger, kept.clock), market)


async def weather_of(settings: Settings, kept: Kept, fetchers: Fetchers, plant: Plant) -> Weather:
    """The weather of the plant, and the points of the country."""
    aemet, openweather = await weather_sources(settings, fetchers, plant)
    points = read_points(settings)
    service = WeatherService(kept.store, kept.issued, points)
    ingest = WeatherIngest(
        kept.store, kept.issued, [aemet, openweather], forecaster=openweather, points=points, health=kept.health, clock=kept.clock
    )
    unconfigured = [source.name for source in (aemet, openweather) if isinstance(source, Unconfigured)]
    board = WeatherBoard(
        service, kept.issued, health=kept.health, notes=kept.notes, limits=plant.ambient_limits, unconfigured=unconfigured
    )
    return Weather(service, ingest, board)


def learning_of(settings: Settings, kept: Kept, prices: Prices, weather: Weather, plant: Plant) -> Learning:
    """Forecasts, models and their record. What is forecast is PVPC, or the spot that the contract follows."""
    tariffs = read_tariffs(settings)
    paid = PaidPrice(plant.tariff, plant.price, tariffs)
    models = ModelFiles(settings.models_dir, settings.kind)
    influx = InfluxService(kept.view, tariffs, prices.market)
    forecasts = ForecastService(influx, kept.store, kept.issued, models, kept.clock, paid=paid, writes=lambda: kept.store.writes)
    record = RecordService(influx, kept.issued, kept.clock, paid)
    training = TrainingService(influx, forecasts, record, models, child=ChildProcess(), clock=kept.clock)
    ml = MlService(training, forecasts, record, models, clock=kept.clock, directory=str(settings.models_dir))
    predictions = PredictionService(forecasts, weather.service, plant.ambient_limits)
    return Learning(forecasts, record, ml, predictions)


def schedule(prices: Prices, weather: Weather, learning: Learning, planning: Planning, clock: Clock) -> Sequence[Job]:
    """Every job of the service."""
    ingest, around = prices.ingest, prices.gaps.around
    return (
        *jobs.price_jobs(
            pvpc=lambda: around(lambda: ingest.due("pvpc")),
            spot=lambda: around(lambda: ingest.due("spot")),
            recheck=ingest.recheck,
            history=lambda: around(ingest.history),
        ),
        *jobs.model_jobs(issue=learning.forecasts.issue, train=learning.ml.training.train, watch=learning.ml.training.watch),
        jobs.market_job(prices.market.refresh),
        *jobs.plan_jobs(plan=planning.plans.replan, ledger=planning.ledger.close, advice=planning.advice.look),
        *jobs.upkeep_jobs(gaps=prices.backfill.refill),
        *jobs.weather_jobs(
            observed=lambda: around(weather.ingest.refresh_observations),
            forecast=weather.ingest.refresh_forecasts,
            points=weather.ingest.collect_points,
            errors=lambda: weather.board.measure_errors(clock()),
        ),
    )


def rehearsal_of(settings: Settings, kept: Kept, parts: Parts) -> RehearsalService:
    """The forecasts, plans and savings of the last weeks of a simulated world, each from what was known on its day."""
    past = PastClock(kept.clock())
    seen = replace(kept, clock=past, view=AsOfStore(kept.store, past))
    prices = replace(parts.prices, energy=EnergyService(seen.view, kept.issued, {}, past))
    weather = replace(parts.weather, service=WeatherService(seen.view, kept.issued))
    learning = learning_of(settings, seen, prices, weather, parts.plant)
    planning = planning_of(settings, seen, Parts(prices, weather, learning, parts.plant, parts.health), QUICK_LIMITS)
    ingest = parts.prices.ingest
    return RehearsalService(
        past,
        kept.clock,
        kept.notes,
        days=settings.sim_rehearsal_days,
        first=[learning.ml.training.train],
        daily=[learning.forecasts.issue, together(planning.plans.replan, planning.ledger.close)],  # the ledger closes earlier days
        ready=lambda: ingest.progress.state == "done" and ingest.progress.total >= REHEARSED_FROM_DAYS,
    )


@asynccontextmanager
async def running(settings: Settings, clock: Clock) -> AsyncGenerator[Services]:
    """The services of a running application; the schedule turns until the context ends."""
    async with AsyncExitStack() as stack:
        plant = read_plant(settings)
        kept = await open_kept(settings, clock, stack)
        fetchers = Fetchers(settings, kept, stack)
        prices = await prices_of(settings, kept, fetchers)
        weather = await weather_of(settings, kept, fetchers, plant)
        learning = learning_of(settings, kept, prices, weather, plant)
        prices.filling.fill_weather = weather.ingest.refresh_observations
        health = HealthService(kept.store, kept.health, prices, clock, store_kind=settings.store)
        health.spool = kept.spooled
        health.parts["models"] = learning.ml.status
        health.parts["gaps"] = prices.gaps.brief
        parts = Parts(prices, weather, learning, plant, health)
        planning = planning_of(settings, kept, parts)
        stack.callback(end_children)
        stack.push_async_callback(planning.answers.stop)
        scheduler = None
        if settings.scheduler_enabled:
            table = [*schedule(prices, weather, learning, planning, clock), jobs.state_job(StateUpkeep(kept.database, clock).prune)]
            if settings.simulated and settings.sim_rehearsal_days:
                rehearsal = rehearsal_of(settings, kept, parts)
                today = [learning.forecasts.issue, planning.plans.replan, planning.ledger.close, planning.advice.look]
                table.append(jobs.rehearsal_job(rehearsal.run, learning.forecasts.reload, today))
            scheduler = Scheduler(table, clock, kept.job_log, kept.notes)
            health.watch(scheduler)
            await scheduler.start()
            stack.push_async_callback(scheduler.stop)
            await prices.backfill.start()
            stack.push_async_callback(prices.backfill.stop)
        dashboard = DashboardService(
            prices.energy,
            clock,
            plant_name=plant.site.name if plant.site else "Chocolate Factory",
            simulated=settings.simulated,
            blocks={
                "current.weather": weather.board.current_block,
                "weather": weather.board.dashboard_block,
                "forecast": learning.block,
                **planning.blocks(),
                "system": lambda _now: health.system(),
            },
            paid=learning.forecasts.paid,
            writes=lambda: kept.store.writes + planning.changes(),
        )
        yield Services(
            clock=clock,
            energy=prices.energy,
            gaps=prices.gaps,
            backfill=prices.backfill,
            weather=weather.service,
            predictions=learning.predictions,
            models=learning.ml,
            plans=planning.plans,
            wishes=planning.wishes,
            floor=planning.floor,
            desk=planning.desk,
            orders=planning.orders,
            ledger=planning.ledger,
            heatmap=planning.heatmap,
            advice=planning.advice,
            dashboard=dashboard,
            health=health,
            scheduler=scheduler,
            version=read_version(),
            simulated=settings.simulated,
            clock_rate=settings.sim_speed,
        )
