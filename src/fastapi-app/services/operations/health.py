"""Whether the service is ready, and the state of each part either way."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from domain.errors import StoreError
from domain.timeline import HOUR, floor_to
from ports import Clock, HealthLog, SchedulerPort, SeriesStore, SourceHealth
from services.energy_service import EnergyService
from services.prices.ingest import IngestService
from services.prices.newest import Newest, with_age
from services.prices.view import current_json

PING_S = 3.0
"""Real seconds after which a store that does not answer counts as away."""
Part = Callable[[], Awaitable[Any]]


class PriceParts(Protocol):
    """What is looked at of the price history."""

    @property
    def energy(self) -> EnergyService:
        """The prices."""
        ...

    @property
    def ingest(self) -> IngestService:
        """How they come."""
        ...


class WaitingWrites(Protocol):
    """What is looked at of the spool."""

    async def status(self) -> Any:
        """What waits, and what was set aside."""
        ...

    async def retry_refused(self) -> int:
        """Let what was set aside wait again; how many."""
        ...


class HealthService:
    """Collects the state of sources, store, ingestion, schedule and what later parts add."""

    def __init__(self, store: SeriesStore, health: HealthLog, prices: PriceParts, clock: Clock, *, store_kind: str) -> None:
        self._store = store
        self._store_kind = store_kind
        self._health = health
        self._energy = prices.energy
        self._ingest = prices.ingest
        self._clock = clock
        self._store_since: tuple[str, datetime] | None = None
        self._scheduler: SchedulerPort | None = None
        self.parts: dict[str, Part] = {}
        self.spool: WaitingWrites | None = None
        self._newest = Newest(store)

    def watch(self, scheduler: SchedulerPort) -> None:
        """Look at a schedule from now on."""
        self._scheduler = scheduler

    async def system(self) -> dict[str, Any]:
        """State of each part, as the page and /ready show it."""
        now = self._clock()
        return {
            "sources": [source_json(health) for health in await self._health.all()],
            "store": await self.store(),
            "series": await self._newest.series(now),
            "ingestion": self._ingest.progress.as_json(now),
            "scheduler": {"state": self._scheduler_state()},
            "jobs": [_plain(job) for job in await self._scheduler.status()] if self._scheduler else [],
            **{name: await part() for name, part in self.parts.items()},
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

    async def store(self) -> dict[str, Any]:
        """Whether the store answers, and since when it is so."""
        state, detail = "ok", None
        try:
            async with asyncio.timeout(PING_S):
                await self._store.ping()
        except StoreError as away:
            state, detail = "away", f"{type(away).__name__}: {away}"
        except TimeoutError:
            state, detail = "away", f"no answer within {PING_S:g} s"
        if self._store_since is None or self._store_since[0] != state:
            self._store_since = (state, self._clock())
        described = {"kind": self._store_kind, "state": state, "since": self._store_since[1].isoformat(), "detail": detail}
        return described | {"spool": await self._spooled()}

    async def retry_refused(self) -> int:
        """Let the writes that the store refused wait for it again; how many they are. For a person who has removed the cause."""
        return await self.spool.retry_refused() if self.spool else 0

    async def _spooled(self) -> dict[str, Any] | None:
        if self.spool is None:
            return None
        status = await self.spool.status()
        return {
            "state": "waiting" if status.records else "empty",
            "records": status.records,
            "points": status.points,
            "bytes": status.bytes,
            "limit_bytes": status.limit_bytes,
            "oldest_at": status.oldest_at.isoformat() if status.oldest_at else None,
            "refused": status.refused,
            "refused_reason": status.refused_reason,
        }

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
