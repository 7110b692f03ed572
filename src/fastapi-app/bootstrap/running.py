"""One running application: its parts composed, its schedule turning until the context ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from adapters.files.plant_editor import edited
from adapters.files.proof import BackupProof
from adapters.files.room import Room
from adapters.files.usage import DiskUsage
from adapters.runtime.child import end_children
from adapters.runtime.loop_lag import LoopLag
from adapters.runtime.scheduler import Scheduler
from adapters.state.health import SqliteHealthLog
from adapters.state.jobs import SqliteJobLog
from adapters.state.notes import SqliteNotes
from adapters.state.products import SqliteProductLog
from bootstrap.bill import billing_of
from bootstrap.forecast import Learning, learning_of
from bootstrap.foundation import Foundation, lay_foundation, take_over
from bootstrap.house import House, Tenant
from bootstrap.page import page_of
from bootstrap.planning import Planning, planning_of
from bootstrap.prices import Prices, prices_of
from bootstrap.schedule import schedule
from bootstrap.sources import Fetchers
from bootstrap.weather import Weather, weather_of
from domain.operations import LagState
from ports import Clock, Job
from services.container import Services
from services.operations.health import HealthService, Parts
from services.operations.sources_health import SourcesHealth
from services.operations.store_health import StoreHealth
from services.plant.service import InForce, PlantService, Renew
from services.prices.newest import Newest
from settings import Settings


@dataclass(frozen=True, slots=True)
class Application:
    """The composed parts of one running application."""

    base: Foundation
    prices: Prices
    weather: Weather
    learning: Learning
    planning: Planning
    health: HealthService
    scheduler: Scheduler | None


MoreJobs = Callable[[Application], Sequence[Job]]
"""Jobs that a starter other than the service's own adds to the schedule."""


@asynccontextmanager
async def running(
    settings: Settings,
    clock: Clock,
    more_jobs: MoreJobs | None = None,
    renewed: Callable[[Services], None] = lambda _services: None,
) -> AsyncGenerator[Services]:
    """The services of a running application; the schedule turns until the context ends. With a changed plant they are others, which
    `renewed` hears of.
    """

    async def tenant(base: Foundation, stack: AsyncExitStack) -> Tenant:
        app = await _composed(base, stack)
        services = _services(app, house.renew)
        stack.push_async_callback(services.dashboard.stop)
        return Tenant(services, lambda: _begin(app, more_jobs), lambda: _rest(app))

    async with AsyncExitStack() as stack:
        base = lay_foundation(settings, clock, stack)
        await take_over(base, stack)
        stack.callback(end_children)
        house = House(base, tenant, renewed)
        stack.push_async_callback(house.close)
        yield await house.open()


async def _begin(app: Application, more_jobs: MoreJobs | None) -> None:
    """The schedule turns."""
    if app.scheduler is not None:
        table = schedule(app.base, app.prices, app.weather, app.learning, app.planning)
        await app.scheduler.start([*table, *(more_jobs(app) if more_jobs else ())])
        await app.prices.backfill.start()
        await app.planning.worker.warm()


async def _rest(app: Application) -> None:
    """Nothing begins any more, and what ran has ended."""
    if app.scheduler is not None:
        app.planning.worker.retire()
        await app.prices.backfill.stop()
        await app.scheduler.stop()


@asynccontextmanager
async def beside(settings: Settings, clock: Clock) -> AsyncGenerator[Application]:
    """The parts for a command that looks at what another process may be keeping: no schedule, and nothing of that one's is taken
    over.
    """
    async with AsyncExitStack() as stack:
        looking = settings.model_copy(update={"scheduler_enabled": False})
        base = lay_foundation(looking, clock, stack)
        stack.callback(end_children)
        yield await _composed(base, stack)


async def _composed(base: Foundation, stack: AsyncExitStack) -> Application:
    settings, storage, clock = base.settings, base.storage, base.clock
    notes = SqliteNotes(storage.state)
    scheduler = Scheduler(clock, SqliteJobLog(storage.state), notes) if settings.scheduler_enabled else None
    fetchers = Fetchers(base, stack)
    weather = await weather_of(base, fetchers)
    prices = await prices_of(base, fetchers, weather.ingest.refresh_observations)
    learning = learning_of(base, storage.series, prices.market, weather.service)
    proof, disk = BackupProof(settings.data_dir), DiskUsage(settings.data_dir)

    async def doors() -> bool:
        return settings.is_open

    room = Room({"data": settings.data_dir, "models": settings.models_dir, "logs": settings.log_dir})

    async def folders() -> dict[str, str]:
        return dict(await asyncio.to_thread(room.states))

    lag = LoopLag()
    measuring = asyncio.create_task(lag.measure(), name="loop-lag")
    stack.callback(measuring.cancel)

    async def loop() -> LagState:
        return lag.state()

    health = HealthService(
        StoreHealth(storage.series, settings.store, storage.spooled, clock),
        SourcesHealth(SqliteHealthLog(storage.state), SqliteProductLog(storage.state), clock),
        Newest(storage.series),
        prices.energy,
        clock,
        scheduler=scheduler,
        parts=Parts(
            ingestion=prices.ingest.state,
            models=learning.ml.status,
            gaps=prices.gaps.brief,
            backup=proof.state,
            doors=doors,
            disk=disk.state,
            folders=folders,
            loop=loop,
        ),
    )
    planning = planning_of(base, prices, weather, learning, health)
    stack.push_async_callback(planning.answers.stop)
    stack.push_async_callback(planning.search_on.stop)
    stack.push_async_callback(planning.ledger.stop)
    stack.callback(planning.worker.retire)
    return Application(base, prices, weather, learning, planning, health, scheduler)


def _services(app: Application, renew: Renew) -> Services:
    """What the routes may call."""
    billing = billing_of(app.base, app.prices.energy)
    return Services(
        clock=app.base.clock,
        energy=app.prices.energy,
        gaps=app.prices.gaps,
        backfill=app.prices.backfill,
        weather=app.weather.service,
        predictions=app.learning.predictions,
        models=app.learning.ml,
        plans=app.planning.plans,
        wishes=app.planning.wishes,
        floor=app.planning.floor,
        desk=app.planning.desk,
        orders=app.planning.orders,
        audit=app.planning.audit,
        ledger=app.planning.ledger,
        consumption=billing.consumption,
        power=billing.power,
        bills=billing.bills,
        plant=PlantService(app.base.plant_file, edited, InForce(app.base.plant, app.base.plant_text), app.base.clock, renew),
        heatmap=app.planning.heatmap,
        advice=app.planning.advice,
        dashboard=page_of(app.base, app.prices, app.weather, app.learning, app.planning, billing, app.health),
        fence=app.health.fence,
        health=app.health,
        scheduler=app.scheduler,
        disk=DiskUsage(app.base.settings.data_dir),
        version=app.base.version,
        build=app.base.build,
        simulated=app.base.settings.simulated,
        clock_rate=app.base.settings.sim_speed,
    )
