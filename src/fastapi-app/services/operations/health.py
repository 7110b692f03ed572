"""Whether the service is ready, and the state of each part either way."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from domain.errors import StoreError
from domain.operations import JobStatus
from domain.timeline import HOUR, floor_to
from ports import Clock, SchedulerPort
from services.energy_service import EnergyService
from services.operations.fence import Fence, check_json
from services.operations.sources_health import SourcesHealth
from services.operations.store_health import StoreHealth
from services.prices.board import price_holding
from services.prices.newest import Newest, with_age

Part = Callable[[], Awaitable[Any]]


class HealthService:
    """Collects the state of sources, store, ingestion, schedule and what later parts add."""

    def __init__(
        self,
        store: StoreHealth,
        sources: SourcesHealth,
        newest: Newest,
        energy: EnergyService,
        clock: Clock,
        *,
        scheduler: SchedulerPort | None,
        parts: Mapping[str, Part],
    ) -> None:
        self.fence = Fence(clock)
        self.store = store
        self._sources = sources
        self._newest = newest
        self._energy = energy
        self._clock = clock
        self._scheduler = scheduler
        self._parts = parts

    async def block(self, _now: datetime) -> dict[str, Any]:
        """The block `system` of the page."""
        return await self.system()

    async def system(self) -> dict[str, Any]:
        """State of each part, as the page and /ready show it. A part that cannot be told is empty; `failed` says why."""
        now = self._clock()
        nothing = dict.fromkeys(("kind", "fault", "detail", "spool"))
        unknown: dict[str, Any] = {**nothing, "state": "unknown", "since": now.isoformat(), "notes": []}
        parts: dict[str, tuple[Part, Any]] = {
            "sources": (self._sources.state, []),
            "imported": (self._sources.imported, []),
            "store": (self.store.state, unknown),
            "series": (lambda: self._newest.series(now), []),
            "jobs": (self._jobs, []),
            **{name: (part, None) for name, part in self._parts.items()},
        }
        told = await asyncio.gather(*(self._fenced(name, part, empty) for name, (part, empty) in parts.items()))
        return dict(zip(parts, told, strict=True)) | {
            "scheduler": {"state": self._scheduler_state()},
            "failed": [failed.as_json() for failed in self.fence.failed],
        }

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """(ready, what is wrong and the state of each part)."""
        system = await self.system()
        now = self._clock()
        reasons = []
        if system["store"]["state"] != "ok":
            reasons.append(f"store: {system['store']['detail'] or system['store']['state']}")
        spool = system["store"].get("spool")
        if spool and spool["records"]:
            reasons.append(f"spool: {spool['records']} writes wait for the store")
        if spool and spool["refused"]:
            reasons.append(f"spool: the store refused {spool['refused']} writes, which are kept: {spool['refused_reason']}")
        if not await self.fence.value("system.price", lambda: self._price_covers(now), otherwise=False):
            reasons.append(f"no published price covers {now.isoformat()}")
        disk = system.get("disk")
        if disk and disk["state"] != "ok":
            reasons.append(f"disk: {disk['detail']}")
        if system["scheduler"]["state"] == "dead":
            reasons.append("scheduler: dead")
        aged = {"series": [with_age(series, now) for series in system["series"]]}
        failed = {"failed": [part.as_json() for part in self.fence.failed]}
        return not reasons, {"ready": not reasons, "reasons": reasons, "as_of": now.isoformat(), **system, **aged, **failed}

    async def _fenced(self, name: str, part: Part, empty: Any) -> Any:
        async def told() -> Any:
            value = await part()
            check_json(value)
            return value

        return await self.fence.value(f"system.{name}", told, empty)

    async def _jobs(self) -> list[dict[str, Any]]:
        return [_job_json(job) for job in await self._scheduler.status()] if self._scheduler else []

    async def _price_covers(self, now: datetime) -> bool:
        start = floor_to(now, HOUR)
        try:
            known = await self._energy.known("pvpc", 60, start, start + HOUR)
        except StoreError:
            return False
        return price_holding("pvpc", known, now) is not None

    def _scheduler_state(self) -> str:
        if self._scheduler is None:
            return "off"
        return "alive" if self._scheduler.alive else "dead"


def _job_json(job: JobStatus) -> dict[str, Any]:
    """A job with its instants as ISO 8601."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(job).items()}
