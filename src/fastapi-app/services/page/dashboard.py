"""Everything that the page shows, as one JSON document with a revision that changes only when the content does."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.bill.tariff import Tariff
from domain.errors import StoreUnavailableError
from domain.prices.expected import expected_minutes
from domain.prices.slots import KnownPrice, Market
from domain.timeline import day_bounds, floor_to, local_day
from ports import Clock
from services.energy_service import EnergyService
from services.prices.paid_price import PaidPrice
from services.prices.view import current_json, day_json

logger = logging.getLogger("application")
Block = Callable[[datetime], Awaitable[Any]]
"""Makes one part of the document for an instant."""

VOLATILE = frozenset({"generated_at", "revision", "ingestion", "runs", "failures", "last_duration_s", "last_detail", "progress"})
"""What changes without being content: stamps, counters, and the progress of a fetch."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document and the hash of its content."""

    content: Mapping[str, Any]
    revision: str


class DashboardService:
    """Composes the document. `blocks` are the parts that other services make, by their place (`plan`, `current.weather`, ...);
    `writes` counts the writes to the history.
    """

    def __init__(
        self,
        energy: EnergyService,
        clock: Clock,
        *,
        plant_name: str,
        simulated: bool,
        blocks: Mapping[str, Block],
        paid: PaidPrice,
        writes: Callable[[], int],
    ) -> None:
        self._energy = energy
        self._clock = clock
        self._plant_name = plant_name
        self._simulated = simulated
        self._blocks = blocks
        self._paid = paid
        self._writes = writes
        self._last: tuple[str, str] | None = None
        self._memo: tuple[tuple[int, datetime], Document] | None = None
        self._kept: dict[str, Any] = {}
        self._composing = asyncio.Lock()

    async def document(self, at: datetime | None = None) -> Document:
        """The document of now, or as it was known at a past instant. One of now serves every reader for a second."""
        if at is not None:
            return await self._composed(at, at)
        async with self._composing:
            now = self._clock()
            mark = (self._writes(), now.replace(microsecond=0))
            if self._memo is None or self._memo[0] != mark:
                self._memo = (mark, await self._composed(now, None))
            return self._memo[1]

    async def _block(self, place: str, block: Block, now: datetime) -> Any:
        """A part; while the store is away as it was last, which says its own age, or None where it never was."""
        try:
            self._kept[place] = await block(now)
        except StoreUnavailableError as away:
            logger.warning("block_kept place=%s error=%s", place, away)
        return self._kept.get(place)

    async def _known(self, market: Market, minutes: int, span: tuple[datetime, datetime], at: datetime | None) -> list[KnownPrice]:
        """Prices; while the store is away those in memory, and none where they are not in it. A past view needs the store."""
        try:
            return await self._energy.known(market, minutes, *span, at)
        except StoreUnavailableError:
            if at is not None:
                raise
            return []

    async def _composed(self, now: datetime, at: datetime | None) -> Document:
        content = await self._prices(now, at)
        content |= {"simulated": self._simulated, "plant": {"name": self._plant_name}, "at": at.isoformat() if at else None}
        for place, block in self._blocks.items():
            _put(content, place, None if at else await self._block(place, block, now))
        revision = revision_of(content)
        return Document(content | {"revision": revision, "generated_at": self._generated_at(revision, at)}, revision)

    def _generated_at(self, revision: str, at: datetime | None) -> str:
        """When the content last changed; for a past view that instant itself."""
        if at is not None:
            return at.isoformat()
        if self._last is None or self._last[0] != revision:
            self._last = (revision, self._clock().isoformat())
        return self._last[1]

    async def _prices(self, now: datetime, at: datetime | None) -> dict[str, Any]:
        today = local_day(now)
        tomorrow = today + timedelta(days=1)
        days = {
            "today": await self._day("pvpc", today, now, at, "2.0TD"),
            "tomorrow": await self._day("pvpc", tomorrow, now, at, "2.0TD"),
            "spot_today": await self._day("spot", today, now, at, None),
            "spot_tomorrow": await self._day("spot", tomorrow, now, at, None),
        }
        spot = await self._current("spot", now, at, None)
        return {
            "current": {
                "price": await self._current("pvpc", now, at, "2.0TD"),
                "spot": spot,
                "paid": self._paid.now(now, spot),
                "weather": None,
                "class": None,
            },
            "prices": days,
            **dict.fromkeys(("week", "plan", "forecast", "savings", "weather", "system")),
            "recommendations": [],
            "alerts": [],
        }

    async def _day(self, market: Market, day: date, now: datetime, at: datetime | None, tariff: Tariff | None) -> dict[str, Any]:
        known = await self._known(market, expected_minutes(market, day), day_bounds(day), at)
        if not known:
            known = await self._known(market, 60, day_bounds(day), at)
        return day_json(market, day, known, now, tariff)

    async def _current(self, market: Market, now: datetime, at: datetime | None, tariff: Tariff | None) -> dict[str, Any] | None:
        start = floor_to(now, timedelta(hours=1))
        for minutes in (15, 60) if market == "spot" else (60,):
            known = await self._known(market, minutes, (start, start + timedelta(hours=2)), at)
            found = current_json(market, known, now, tariff)
            if found is not None:
                return found
        return None


def revision_of(content: Mapping[str, Any]) -> str:
    """Hash of the content without what is not content; the same content gives the same hash in every process."""
    kept = json.dumps(_without_volatile(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(kept.encode()).hexdigest()[:24]


def _without_volatile(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_volatile(part) for name, part in value.items() if name not in VOLATILE}
    if isinstance(value, list):
        return [_without_volatile(part) for part in value]
    return value


def _put(content: dict[str, Any], place: str, value: Any) -> None:
    *path, last = place.split(".")
    for name in path:
        content = content[name]
    content[last] = value
