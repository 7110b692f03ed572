"""Whether the service is ready, and the state of each part either way."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from domain.errors import StoreError
from domain.gaps import Look
from domain.operations import BackupState, DiskState, Ingestion, JobStatus, LagState, ProductHealth, SourceState, StoreState
from domain.timeline import HOUR, floor_to
from ports import Clock, SchedulerPort
from services.energy_service import EnergyService
from services.forecast.models_state import ModelsStatus
from services.operations.fence import FailedPart, Fence
from services.operations.sources_health import SourcesHealth
from services.operations.store_health import StoreHealth
from services.prices.board import price_holding
from services.prices.newest import Newest, NewestSlot

T = TypeVar("T")
Part = Callable[[], Awaitable[T]]


@dataclass(slots=True)
class Parts:
    """How the parts that others know are told. `gaps` is the last look; `doors` whether everybody may change things; `folders` the
    state of each folder that is written to.
    """

    ingestion: Part[Ingestion]
    models: Part[ModelsStatus]
    gaps: Part[Look | None]
    backup: Part[BackupState]
    doors: Part[bool]
    disk: Part[DiskState]
    folders: Part[Mapping[str, str]]
    loop: Part[LagState]


@dataclass(frozen=True, slots=True)
class System:
    """State of each part. A part that cannot be told is None or empty; `failed` says why."""

    sources: tuple[SourceState, ...]
    imported: tuple[ProductHealth, ...]
    store: StoreState
    series: tuple[NewestSlot, ...]
    jobs: tuple[JobStatus, ...]
    ingestion: Ingestion | None
    models: ModelsStatus | None
    gaps: Look | None
    backup: BackupState | None
    is_open: bool | None
    disk: DiskState | None
    folders: Mapping[str, str] | None
    loop: LagState | None
    scheduler: Literal["alive", "dead", "off"]
    failed: tuple[FailedPart, ...]


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the service can do its work at an instant, and why not."""

    at: datetime
    reasons: tuple[str, ...]
    system: System

    @property
    def is_ready(self) -> bool:
        """Whether nothing is wrong."""
        return not self.reasons


class HealthService:
    """Collects the state of sources, store, schedule and the parts that others know."""

    def __init__(
        self,
        store: StoreHealth,
        sources: SourcesHealth,
        newest: Newest,
        energy: EnergyService,
        clock: Clock,
        *,
        scheduler: SchedulerPort | None,
        parts: Parts,
    ) -> None:
        self.fence = Fence(clock)
        self.store = store
        self.parts = parts
        self._sources = sources
        self._newest = newest
        self._energy = energy
        self._clock = clock
        self._scheduler = scheduler

    async def block(self, _now: datetime) -> System:
        """The block `system` of the page."""
        return await self.system()

    async def system(self) -> System:
        """State of each part, as the page and /ready show it."""
        now, parts = self._clock(), self.parts
        async with asyncio.TaskGroup() as tasks:

            def told(name: str, part: Part[T]) -> asyncio.Task[T | None]:
                return tasks.create_task(self._fenced(name, part))

            sources = told("sources", self._sources.state)
            imported = told("imported", self._sources.imported)
            store = told("store", self.store.state)
            series = told("series", lambda: self._newest.series(now))
            jobs = told("jobs", self._jobs)
            ingestion = told("ingestion", parts.ingestion)
            models = told("models", parts.models)
            gaps = told("gaps", parts.gaps)
            backup = told("backup", parts.backup)
            is_open = told("doors", parts.doors)
            disk = told("disk", parts.disk)
            folders = told("folders", parts.folders)
            loop = told("loop", parts.loop)
        return System(
            sources=tuple(sources.result() or ()),
            imported=tuple(imported.result() or ()),
            store=store.result() or StoreState(None, "unknown", now),
            series=tuple(series.result() or ()),
            jobs=tuple(jobs.result() or ()),
            ingestion=ingestion.result(),
            models=models.result(),
            gaps=gaps.result(),
            backup=backup.result(),
            is_open=is_open.result(),
            disk=disk.result(),
            folders=folders.result(),
            loop=loop.result(),
            scheduler=self._scheduler_state(),
            failed=tuple(self.fence.failed),
        )

    async def ready(self) -> Readiness:
        """Whether the service is ready, and the state of each part."""
        system, now = await self.system(), self._clock()
        store, spool, disk = system.store, system.store.spool, system.disk
        reasons = []
        if store.state != "ok":
            reasons.append(f"store: {store.detail or store.state}")
        if spool and spool.records:
            reasons.append(f"spool: {spool.records} writes wait for the store")
        if spool and spool.refused:
            reasons.append(f"spool: the store refused {spool.refused} writes, which are kept: {spool.refused_reason}")
        if not await self.fence.value("system.price", lambda: self._price_covers(now), otherwise=False):
            reasons.append(f"no published price covers {now.isoformat()}")
        if disk and disk.state != "ok":
            reasons.append(f"disk: {disk.detail}")
        if system.loop and system.loop.state != "ok":
            reasons.append(f"loop: held up for {system.loop.held_s:.0f} s of the last minute")
        if system.scheduler == "dead":
            reasons.append("scheduler: dead")
        return Readiness(now, tuple(reasons), replace(system, failed=tuple(self.fence.failed)))

    async def _fenced(self, name: str, part: Part[T]) -> T | None:
        async def told() -> T | None:
            return await part()

        return await self.fence.value(f"system.{name}", told, None)

    async def _jobs(self) -> list[JobStatus]:
        return list(await self._scheduler.status()) if self._scheduler else []

    async def _price_covers(self, now: datetime) -> bool:
        start = floor_to(now, HOUR)
        try:
            known = await self._energy.known("pvpc", 60, start, start + HOUR)
        except StoreError:
            return False
        return price_holding("pvpc", known, now) is not None

    def _scheduler_state(self) -> Literal["alive", "dead", "off"]:
        if self._scheduler is None:
            return "off"
        return "alive" if self._scheduler.alive else "dead"
