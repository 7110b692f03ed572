"""Everything that the page shows, as one JSON document with a revision that changes only when the content does."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from domain.bill.tariff import Tariff
from domain.errors import StoreUnavailableError
from domain.prices.expected import expected_minutes
from domain.prices.slots import KnownPrice, Market
from domain.timeline import day_bounds, floor_to, local_day
from ports import Clock
from services.energy_service import EnergyService
from services.operations.fence import Fence, check_json
from services.prices.paid_price import PaidPrice
from services.prices.view import current_json, day_json

logger = logging.getLogger("application")
Block = Callable[[datetime], Awaitable[Any]]
"""Makes one part of the document for an instant."""

VOLATILE = frozenset(
    {
        "left_out_total",
        "failures_in_a_row",
        "generated_at",
        "revision",
        "ingestion",
        "runs",
        "failures",
        "last_duration_s",
        "last_detail",
        "progress",
    }
)
"""What changes without being content: stamps, counters, and the progress of a fetch."""

LISTS = frozenset({"recommendations", "alerts"})
"""Parts that are a list where there is nothing to tell; the others are null."""
ANSWER_S = 2.0
"""Real seconds that a document takes at most: what is not there by then is shown as it was last."""
FIRST_S = 10.0
"""Real seconds that are waited for a part of which there is no last one: after a start much is made for the first time."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document and the hash of its content."""

    content: Mapping[str, Any]
    revision: str


class DashboardService:
    """Composes the document. `blocks` are the parts that other services make, by their place (`plan`, `current.weather`, ...);
    `writes` counts the writes to the history; `about` is what every document says.
    """

    def __init__(
        self,
        energy: EnergyService,
        clock: Clock,
        *,
        about: Mapping[str, Any],
        blocks: Mapping[str, Block],
        paid: PaidPrice,
        writes: Callable[[], int],
        fence: Fence,
    ) -> None:
        self._energy = energy
        self._clock = clock
        self._about = about
        self._blocks = blocks
        self._paid = paid
        self._writes = writes
        self._fence = fence
        self._last: tuple[str, str] | None = None
        self._memo: tuple[tuple[int, datetime], Document] | None = None
        self._kept: dict[str, Any] = {}
        self._making: dict[str, asyncio.Task[Any]] = {}
        self._composing = asyncio.Lock()

    async def document(self, at: datetime | None = None) -> Document:
        """The document of now, or as it was known at a past instant. One of now serves every reader for a second."""
        if at is not None:
            return await self._composed(at, at)
        async with self._composing:
            now = self._clock()
            mark = (self._writes(), now.replace(microsecond=0))
            if self._memo is not None and self._memo[0] == mark:
                return self._memo[1]
            fresh = not self._making
            document = await self._composed(now, None)
            self._memo = (mark, document) if fresh and not self._making else None
            return document

    async def _block(self, place: str, block: Block, now: datetime, empty: Any) -> Any:
        """A part; while the store is away as it was last, which says its age. `empty` where it never was, and where it fails."""

        async def made() -> Any:
            try:
                value = await block(now)
            except StoreUnavailableError as away:
                logger.warning("block_kept place=%s error=%s", place, away)
                return self._kept.get(place, empty)
            check_json(value)
            self._kept[place] = value
            return value

        return await self._fence.value(place, made, empty)

    async def _gathered(self, now: datetime, blocks: Mapping[str, tuple[Block, Any]]) -> tuple[dict[str, Any], list[str]]:
        """(place -> part, the places whose part is the last one, because a new one is not there in time).

        A part that is late goes on by itself, and is taken when it is there: what takes longer than an answer may is not begun anew
        with each of them.
        """
        for place, (block, empty) in blocks.items():
            if place not in self._making:
                self._making[place] = asyncio.create_task(self._block(place, block, now, empty), name=f"block:{place}")
        tasks = {place: self._making[place] for place in blocks}
        await asyncio.wait(tasks.values(), timeout=ANSWER_S)
        if never := [task for place, task in tasks.items() if not task.done() and place not in self._kept]:
            await asyncio.wait(never, timeout=FIRST_S - ANSWER_S)
        late = [place for place, task in tasks.items() if not task.done()]
        for place in late:
            logger.warning("block_late place=%s", place)
        made = {}
        for place, task in tasks.items():
            if task.done():
                del self._making[place]
            value = task.result() if task.done() else self._kept.get(place, blocks[place][1])
            made[place] = value if _is_of(now, place, value, blocks[place][1]) else blocks[place][1]
        return made, late

    async def stop(self) -> None:
        """End what is still being made."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _known(self, market: Market, minutes: int, span: tuple[datetime, datetime], at: datetime | None) -> list[KnownPrice]:
        """Prices; while the store is away those in memory, and none where they are not in it. A past view needs the store."""
        try:
            return await self._energy.known(market, minutes, *span, at)
        except StoreUnavailableError:
            if at is not None:
                raise
            return []

    async def _composed(self, now: datetime, at: datetime | None) -> Document:
        if at is None:
            made, late = await self._gathered(now, self._places(now))
        else:
            made, late = await self._of_the_past(at), []
        content: dict[str, Any] = {"current": {}, "prices": {}, **self._about}
        for place, value in made.items():
            _put(content, place, value)
        content["current"]["paid"] = await self._fence.value(
            "current.paid", lambda: self._paid_now(now, made["current.spot"]), None
        )
        content["failed"] = [] if at else [failed.as_json() for failed in self._fence.failed]
        content |= {"at": at.isoformat() if at else None}
        revision = revision_of(content)  # which parts are late is no content; what is late in the plan is
        content["late"] = late
        return Document(content | {"revision": revision, "generated_at": self._generated_at(revision, at)}, revision)

    async def _of_the_past(self, at: datetime) -> dict[str, Any]:
        """The prices as they were known; nothing else is told of the past. For its one reader a fault is an error."""
        try:
            async with asyncio.timeout(FIRST_S):
                return {
                    place: empty if place in self._blocks else await block(at)
                    for place, (block, empty) in self._places(at, at).items()
                }
        except TimeoutError as error:
            raise StoreUnavailableError(f"the store does not answer within {FIRST_S:g} s") from error

    def _places(self, now: datetime, at: datetime | None = None) -> dict[str, tuple[Block, Any]]:
        """Place -> (what makes it, what stands there when nothing is known)."""
        today = local_day(now)
        days: dict[str, tuple[Market, date, Tariff | None]] = {
            "today": ("pvpc", today, "2.0TD"),
            "tomorrow": ("pvpc", today + timedelta(days=1), "2.0TD"),
            "spot_today": ("spot", today, None),
            "spot_tomorrow": ("spot", today + timedelta(days=1), None),
        }
        return {
            **{
                f"prices.{name}": (partial(self._day, market, day, tariff, at), day_json(market, day, [], now, None))
                for name, (market, day, tariff) in days.items()
            },
            "current.price": (partial(self._current, "pvpc", "2.0TD", at), None),
            "current.spot": (partial(self._current, "spot", None, at), None),
            **{place: (block, [] if place in LISTS else None) for place, block in self._blocks.items()},
        }

    def _generated_at(self, revision: str, at: datetime | None) -> str:
        """When the content last changed; for a past view that instant itself."""
        if at is not None:
            return at.isoformat()
        if self._last is None or self._last[0] != revision:
            self._last = (revision, self._clock().isoformat())
        return self._last[1]

    async def _paid_now(self, now: datetime, spot: Mapping[str, Any] | None) -> dict[str, Any] | None:
        return self._paid.now(now, spot)

    async def _day(self, market: Market, day: date, tariff: Tariff | None, at: datetime | None, now: datetime) -> dict[str, Any]:
        known = await self._known(market, expected_minutes(market, day), day_bounds(day), at)
        if not known:
            known = await self._known(market, 60, day_bounds(day), at)
        return day_json(market, day, known, now, tariff)

    async def _current(self, market: Market, tariff: Tariff | None, at: datetime | None, now: datetime) -> dict[str, Any] | None:
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


def _is_of(now: datetime, place: str, value: Any, empty: Any) -> bool:
    """Whether a price or a day of prices, if it was made a while ago, is that of this hour and day."""
    if place.startswith("prices."):
        return bool(value["date"] == empty["date"])
    return place not in ("current.price", "current.spot") or value is None or datetime.fromisoformat(value["end"]) > now


def _put(content: dict[str, Any], place: str, value: Any) -> None:
    *path, last = place.split(".")
    for name in path:
        content = content.setdefault(name, {})
    content[last] = value
