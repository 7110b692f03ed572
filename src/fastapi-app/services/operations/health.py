"""Whether the service is ready, and the state of each part either way."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from domain.errors import StoreError
from domain.timeline import HOUR, floor_to
from ports import Clock, HealthLog, SchedulerPort, SourceHealth
from services.energy_service import EnergyService
from services.operations.store_health import StoreHealth
from services.prices.newest import Newest, with_age
from services.prices.view import current_json

Part = Callable[[], Awaitable[Any]]


class HealthService:
    """Collects the state of sources, store, ingestion, schedule and what later parts add."""

    def __init__(
        self,
        store: StoreHealth,
        sources: HealthLog,
        newest: Newest,
        energy: EnergyService,
        clock: Clock,
        *,
        scheduler: SchedulerPort | None,
        parts: Mapping[str, Part],
    ) -> None:
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
        """State of each part, as the page and /ready show it."""
        now = self._clock()
        return {
            "sources": [source_json(health) for health in await self._sources.all()],
            "store": await self.store.state(),
            "series": await self._newest.series(now),
            "scheduler": {"state": self._scheduler_state()},
            "jobs": [_plain(job) for job in await self._scheduler.status()] if self._scheduler else [],
            **{name: await part() for name, part in self._parts.items()},
        }

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """(ready, what is wrong and the state of each part)."""
        system = await self.system()
        now = self._clock()
        reasons = []
        if system["store"]["state"] != "ok":
            reasons.append(f"store: {system['store']['detail']}")
        spool = system["store"].get("spool")
        if spool and spool["records"]:
            reasons.append(f"spool: {spool['records']} writes wait for the store")
        if spool and spool["refused"]:
            reasons.append(f"spool: the store refused {spool['refused']} writes, which are kept: {spool['refused_reason']}")
        if not await self._price_covers(now):
            reasons.append(f"no published price covers {now.isoformat()}")
        if system["scheduler"]["state"] == "dead":
            reasons.append("scheduler: dead")
        aged = {"series": [with_age(series, now) for series in system["series"]]}
        return not reasons, {"ready": not reasons, "reasons": reasons, "as_of": now.isoformat(), **system, **aged}

    async def _price_covers(self, now: datetime) -> bool:
        start = floor_to(now, HOUR)
        try:
            known = await self._energy.known("pvpc", 60, start, start + HOUR)
        except StoreError:
            return False
        return current_json("pvpc", known, now, None) is not None

    def _scheduler_state(self) -> str:
        if self._scheduler is None:
            return "off"
        return "alive" if self._scheduler.alive else "dead"


def source_json(health: SourceHealth) -> dict[str, Any]:
    """State of one source."""
    return {
        "source": health.source,
        "state": health.state,
        "since": health.since.isoformat(),
        "last_success": health.last_success.isoformat() if health.last_success else None,
        "last_error_at": health.last_error_at.isoformat() if health.last_error_at else None,
        "last_error": health.last_error,
        "last_error_class": health.last_error_class,
        "open_until": health.open_until.isoformat() if health.open_until else None,
    }


def _plain(described: Mapping[str, Any]) -> dict[str, Any]:
    """A description with its instants as ISO 8601."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in described.items()}
