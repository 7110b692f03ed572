"""The composition root: the only module that knows concrete classes and the clock."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiolimiter import AsyncLimiter

import jobs
from adapters import logs, state
from adapters.archive70 import Archive70Source
from adapters.cached_store import CachedStore
from adapters.chain import FirstThatAnswers
from adapters.clock import RealClock, SimulatedClock
from adapters.esios import EsiosSource
from adapters.http import PATIENT, Fetcher, make_client
from adapters.influx import InfluxStore
from adapters.influx_http import InfluxTarget
from adapters.logs import request_id
from adapters.omie import OmieSource
from adapters.redata import RedataSource
from adapters.replay import replaying
from adapters.scheduler import Scheduler
from adapters.spool import Spool
from adapters.spooled_store import SpooledStore
from adapters.sqlite import Database
from adapters.sqlite_store import SqliteStore
from adapters.state_gaps import SqliteGapLedger
from adapters.state_health import SqliteHealthLog, SqliteNotes
from adapters.state_issued import SqliteIssuedLog
from adapters.state_jobs import SqliteJobLog
from domain.prices import Market
from domain.simtime import ScaledTime, parse_sim_now
from domain.tariff import TariffTables, load_tariffs
from ports import Clock, Job, PriceSource, SeriesStore
from services.backfill_service import BackfillService
from services.dashboard_service import DashboardService
from services.energy_service import EnergyService
from services.gap_service import GapService
from services.health_service import HealthService
from services.ingest_service import IngestService
from services.price_fill import PriceFill
from services.registry import Services
from settings import ROOT, Settings, secret_names

__all__ = ["build_clock", "check_files", "open_series", "open_state", "read_version", "request_id", "running", "set_up_logs"]

PLANT_NAME = "Chocolate Factory · Linares"
REQUESTS_PER_S: Mapping[str, tuple[float, float]] = {
    "redata": (1, 1.0),
    "esios": (1, 1.0),
    "archive70": (1, 1.0),
    "omie": (1, 1.0),
}
"""Source -> (requests, seconds): none publishes a limit; one a second is what long-running public clients found safe."""


def machine_clock() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)


def build_clock(settings: Settings, read: Callable[[], datetime] = machine_clock) -> Clock:
    """The real clock, or the simulated one that SIM_NOW and SIM_SPEED describe."""
    if settings.sim_now is None and settings.sim_speed == 1.0:
        return RealClock(read)
    started_at = read()
    simulated, real = parse_sim_now(settings.sim_now, started_at) if settings.sim_now else (started_at, started_at)
    return SimulatedClock(ScaledTime(simulated, real, settings.sim_speed), read)


def set_up_logs(settings: Settings) -> None:
    """Direct the logging of this process; every secret of the settings is hidden in it."""
    values = (getattr(settings, name) for name in secret_names())
    secrets = [value.get_secret_value() for value in values if value]
    logs.set_up(settings.log_dir, secrets, lambda seconds: datetime.fromtimestamp(seconds, UTC))


def read_version(root: Path = ROOT) -> str:
    """The newest version in the changelog."""
    for line in (root / "CHANGELOG.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## [") and "Unreleased" not in line:
            return line[4:].split("]")[0]
    raise ValueError("CHANGELOG.md names no version")


def read_tariffs(settings: Settings) -> TariffTables:
    """The dated tables of tolls, charges, losses and taxes."""
    return load_tariffs((settings.config_dir / "tariffs.toml").read_text(encoding="utf-8"))


def open_series(settings: Settings) -> SeriesStore:
    """The store that the settings choose, bare. StoreRefusedError when it holds the other kind of data or a newer schema."""
    if settings.store == "sqlite":
        return SqliteStore(settings.data_dir / "series.sqlite", settings.kind)
    token = settings.influxdb_token.get_secret_value() if settings.influxdb_token else None
    target = InfluxTarget(settings.influxdb_url, settings.influxdb_bucket, token=token, org=settings.influxdb_org)
    return InfluxStore(target, settings.kind)


def open_state(settings: Settings) -> Database:
    """The local state file. StoreRefusedError as for the store."""
    return state.open_state(settings.data_dir / "state.sqlite", settings.kind)


async def check_files(settings: Settings) -> None:
    """Open state and store once: a wrong kind, a newer schema or a folder that cannot be written shows before the start."""
    open_state(settings).close()
    await open_series(settings).aclose()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is held open while the service runs."""

    clock: Clock
    database: Database
    store: CachedStore
    spooled: SpooledStore
    health: SqliteHealthLog
    notes: SqliteNotes
    issued: SqliteIssuedLog
    job_log: SqliteJobLog


async def open_kept(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Kept:
    """Open store, spool and state; the stack closes them."""
    database = open_state(settings)
    stack.callback(database.close)
    spooled = SpooledStore(open_series(settings), Spool(database), clock)
    store = CachedStore(spooled)
    stack.push_async_callback(store.aclose)
    await stack.enter_async_context(replaying(spooled))
    job_log = SqliteJobLog(database)
    await job_log.mark_interrupted(clock())
    return Kept(
        clock, database, store, spooled, SqliteHealthLog(database), SqliteNotes(database), SqliteIssuedLog(database), job_log
    )


class Fetchers:
    """Makes the fetcher of each source: its client, its limiter, its circuit as it was before the restart."""

    def __init__(self, settings: Settings, kept: Kept, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._kept = kept
        self._stack = stack

    async def make(self, source: str, base_url: str) -> Fetcher:
        """A fetcher; the stack closes its client."""
        client = await self._stack.enter_async_context(make_client(base_url, f"chocolate-factory/{read_version()} (self-hosted)"))
        requests, seconds = REQUESTS_PER_S[source]
        speed = self._settings.sim_speed
        stored = next((health for health in await self._kept.health.all() if health.source == source), None)
        return Fetcher(
            source,
            client,
            AsyncLimiter(requests, seconds / speed),
            clock=self._kept.clock,
            health=self._kept.health,
            policy=PATIENT.faster(speed),
            stored_health=stored,
        )


async def price_sources(settings: Settings, fetchers: Fetchers) -> dict[Market, list[PriceSource]]:
    """For each market the sources in order of trust and reach; ESIOS only with a token."""
    redata = RedataSource(await fetchers.make("redata", settings.ree_base_url))
    archive = Archive70Source(await fetchers.make("archive70", settings.esios_base_url))
    omie = OmieSource(await fetchers.make("omie", settings.omie_base_url))
    official: list[PriceSource] = []
    if settings.ree_api_token:
        token = settings.ree_api_token.get_secret_value()
        official.append(EsiosSource(await fetchers.make("esios", settings.esios_base_url), token))
    return {"pvpc": [*official, redata, archive], "spot": [*official, redata, omie]}


def schedule(ingest: IngestService, backfill: BackfillService) -> Sequence[Job]:
    """Every job of the service."""
    prices = jobs.price_jobs(
        pvpc=lambda: ingest.due("pvpc"), spot=lambda: ingest.due("spot"), recheck=ingest.recheck, history=ingest.history
    )
    return (*prices, *jobs.upkeep_jobs(gaps=backfill.refill))


@asynccontextmanager
async def running(settings: Settings, clock: Clock) -> AsyncGenerator[Services]:
    """The services of a running application; the schedule turns until the context ends."""
    async with AsyncExitStack() as stack:
        kept = await open_kept(settings, clock, stack)
        sources = await price_sources(settings, Fetchers(settings, kept, stack))
        energy = EnergyService(
            kept.store, kept.issued, {market: FirstThatAnswers(chain) for market, chain in sources.items()}, clock
        )
        fill = PriceFill(energy, sources, clock)
        ingest = IngestService(energy, kept.notes, clock, fill=fill, history_start=settings.history_start)
        health = HealthService(
            store=kept.store, store_kind=settings.store, health=kept.health, energy=energy, ingest=ingest, clock=clock
        )
        health.spool = kept.spooled.status
        ledger = SqliteGapLedger(kept.database)
        gaps = GapService(energy, ingest, kept.store, ledger, clock)
        backfill = BackfillService(gaps, fill, ledger, clock)
        table = schedule(ingest, backfill)
        scheduler = Scheduler(table, clock, kept.job_log, kept.notes) if settings.scheduler_enabled else None
        if scheduler:
            health.scheduler_alive = lambda: scheduler.alive
            health.jobs = scheduler.status
            await scheduler.start()
            stack.push_async_callback(scheduler.stop)
            await backfill.start()
            stack.push_async_callback(backfill.stop)
        dashboard = DashboardService(
            energy,
            clock,
            plant_name=PLANT_NAME,
            simulated=settings.simulated,
            blocks={"system": lambda _now: health.system()},
            writes=lambda: kept.store.writes,
        )
        yield Services(
            clock=clock,
            energy=energy,
            ingest=ingest,
            gaps=gaps,
            backfill=backfill,
            dashboard=dashboard,
            health=health,
            scheduler=scheduler,
            version=read_version(),
            simulated=settings.simulated,
            clock_rate=settings.sim_speed,
        )
