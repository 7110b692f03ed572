"""Everything that the page shows, composed of the blocks that the parts make."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from domain.alerts.alert import KeptAlert
from domain.alerts.recommendations import Recommendation
from domain.bill.terms import PriceBasis
from domain.errors import StoreUnavailableError
from domain.prices.slots import Market
from domain.timeline import local_day
from domain.weather.merge import MergedHour
from ports import Clock
from services.bill.board import BillBlock
from services.bill.power_board import PowerBlock
from services.forecast.board import ForecastBlock
from services.forecast.issued import IssuedForecast
from services.operations.fence import Fence
from services.operations.health import System
from services.page.block import Block, nothing
from services.page.heatmap import ClassNow, Week
from services.page.past import NotKept, PastBoard
from services.plan.floor_board import FloorBlock
from services.prices.board import CurrentPrice, PriceBoard, PriceDay, price_day
from services.prices.paid_price import PaidNow
from services.prices.price_parts import PriceParts
from services.weather.board import WeatherBlock

logger = logging.getLogger("application")

ANSWER_S = 2.0
"""Real seconds that a document takes at most: what is not there by then is shown as it was last."""
FIRST_S = 10.0
"""Real seconds that are waited for a part of which there is no last one: after a start much is made for the first time."""


@dataclass(frozen=True, slots=True)
class PriceDays:
    """Today and tomorrow of both markets."""

    today: PriceDay
    tomorrow: PriceDay
    spot_today: PriceDay
    spot_tomorrow: PriceDay


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the page shows at an instant; None where nothing is known.

    `at` is the instant of a view of the past, which tells what was known then, and in `not_kept` what of it is not kept. `late` are
    the places of the blocks that are shown as they were last, because a new one was not there in time.
    """

    plant: str
    price_basis: PriceBasis
    composed_at: datetime
    at: datetime | None
    prices: PriceDays
    price: CurrentPrice | None
    spot: CurrentPrice | None
    paid: PaidNow | None
    price_parts: PriceParts | None = None
    weather_now: MergedHour | None = None
    class_now: ClassNow | None = None
    week: Week | None = None
    weather: WeatherBlock | None = None
    forecast: ForecastBlock | IssuedForecast | None = None
    plan: Mapping[str, Any] | None = None
    plan_reason: str | None = None
    """Why there is no plan."""
    floor: FloorBlock | None = None
    recommendations: Sequence[Recommendation] = ()
    alerts: Sequence[KeptAlert] = ()
    savings: Mapping[str, Any] | None = None
    bill: BillBlock | None = None
    power: PowerBlock | None = None
    system: System | None = None
    late: Sequence[str] = ()
    not_kept: Sequence[NotKept] = ()


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of the page."""

    price: Block[CurrentPrice | None]
    spot: Block[CurrentPrice | None]
    today: Block[PriceDay]
    tomorrow: Block[PriceDay]
    spot_today: Block[PriceDay]
    spot_tomorrow: Block[PriceDay]
    price_parts: Block[PriceParts | None]
    weather_now: Block[MergedHour | None]
    class_now: Block[ClassNow | None]
    week: Block[Week | None]
    weather: Block[WeatherBlock | None]
    forecast: Block[ForecastBlock | None]
    plan: Block[Mapping[str, Any] | None]
    plan_reason: Block[str | None]
    floor: Block[FloorBlock | None]
    recommendations: Block[Sequence[Recommendation]]
    alerts: Block[Sequence[KeptAlert]]
    savings: Block[Mapping[str, Any] | None]
    bill: Block[BillBlock | None]
    power: Block[PowerBlock | None]
    system: Block[System | None]

    def all(self) -> tuple[Block[Any], ...]:
        """Each of them."""
        return tuple(getattr(self, block.name) for block in fields(self))


class DashboardService:
    """Composes the document. `writes` counts the writes to the history."""

    def __init__(
        self,
        blocks: Blocks,
        clock: Clock,
        *,
        plant: str,
        prices: PriceBoard,
        past: PastBoard,
        writes: Callable[[], int],
        fence: Fence,
    ) -> None:
        self.blocks = blocks
        self._clock = clock
        self._plant = plant
        self._prices = prices
        self._paid = past.paid
        self._past = past
        self._writes = writes
        self._fence = fence
        self._memo: tuple[tuple[int, datetime], Dashboard] | None = None
        self._composing = asyncio.Lock()

    async def document(self, at: datetime | None = None) -> Dashboard:
        """What is shown now, or what was known at a past instant. One of now serves every reader for a second."""
        if at is not None:
            return await self._of_the_past(at)
        async with self._composing:
            now = self._clock()
            mark = (self._writes(), now.replace(microsecond=0))
            if self._memo is not None and self._memo[0] == mark:
                return self._memo[1]
            fresh = not self._is_making
            document = await self._composed(now)
            self._memo = (mark, document) if fresh and not self._is_making else None
            return document

    async def prices_of(self, day: date, at: datetime | None) -> PriceDay:
        """The prices of a day that has begun, as they are known now, or at a past instant."""
        now = at or self._clock()
        return await self._prices.day("pvpc", (day - local_day(now)).days, now, at)

    async def stop(self) -> None:
        """End what is still being made."""
        await asyncio.gather(*(block.stop() for block in self.blocks.all()))

    @property
    def _is_making(self) -> bool:
        return any(block.is_making for block in self.blocks.all())

    async def _gathered(self, now: datetime) -> list[str]:
        """Give every block its time; the places of those that are not there then."""
        tasks = {block: block.begin(now, self._fence) for block in self.blocks.all()}
        await asyncio.wait(tasks.values(), timeout=ANSWER_S)
        if never := [task for block, task in tasks.items() if not task.done() and not block.was_made and block.is_waited_for]:
            await asyncio.wait(never, timeout=FIRST_S - ANSWER_S)
        late = [block.place for block, task in tasks.items() if not task.done()]
        for place in late:
            logger.warning("block_late place=%s", place)
        return late

    async def _composed(self, now: datetime) -> Dashboard:
        late, blocks = await self._gathered(now), self.blocks
        spot = blocks.spot.shown(now)
        return Dashboard(
            plant=self._plant,
            price_basis=self._paid.told,
            composed_at=now,
            at=None,
            prices=PriceDays(
                today=blocks.today.shown(now),
                tomorrow=blocks.tomorrow.shown(now),
                spot_today=blocks.spot_today.shown(now),
                spot_tomorrow=blocks.spot_tomorrow.shown(now),
            ),
            price=blocks.price.shown(now),
            spot=spot,
            paid=await self._fence.value("current.paid", lambda: self._paid_now(now, spot), None),
            price_parts=blocks.price_parts.shown(now),
            weather_now=blocks.weather_now.shown(now),
            class_now=blocks.class_now.shown(now),
            week=blocks.week.shown(now),
            weather=blocks.weather.shown(now),
            forecast=blocks.forecast.shown(now),
            plan=blocks.plan.shown(now),
            plan_reason=blocks.plan_reason.shown(now),
            floor=blocks.floor.shown(now),
            recommendations=blocks.recommendations.shown(now),
            alerts=blocks.alerts.shown(now),
            savings=blocks.savings.shown(now),
            bill=blocks.bill.shown(now),
            power=blocks.power.shown(now),
            system=blocks.system.shown(now),
            late=tuple(late),
        )

    async def _of_the_past(self, at: datetime) -> Dashboard:
        """What was known then. For its one reader a fault of the prices is an error; of what else is kept, a part that says so."""
        board = self._prices
        try:
            async with asyncio.timeout(FIRST_S):
                spot = await board.current("spot", at, at)
                past = await self._past.of(at)
                return Dashboard(
                    plant=self._plant,
                    price_basis=self._paid.told,
                    composed_at=at,
                    at=at,
                    prices=PriceDays(
                        today=await board.day("pvpc", 0, at, at),
                        tomorrow=await board.day("pvpc", 1, at, at),
                        spot_today=await board.day("spot", 0, at, at),
                        spot_tomorrow=await board.day("spot", 1, at, at),
                    ),
                    price=await board.current("pvpc", at, at),
                    spot=spot,
                    paid=await self._paid_now(at, spot),
                    price_parts=await self._past.parts.past(at),
                    weather_now=past.weather_now,
                    class_now=past.class_now,
                    week=past.week,
                    weather=past.weather,
                    forecast=past.forecast,
                    plan=past.plan,
                    floor=past.floor,
                    recommendations=past.recommendations,
                    alerts=past.alerts,
                    savings=past.savings,
                    not_kept=past.not_kept,
                )
        except TimeoutError as error:
            raise StoreUnavailableError(f"the store does not answer within {FIRST_S:g} s") from error

    async def _paid_now(self, now: datetime, spot: CurrentPrice | None) -> PaidNow | None:
        return self._paid.now(now, spot)


def price_block(board: PriceBoard, name: str, market: Market, days_ahead: int) -> Block[PriceDay]:
    """A day of prices; one that was made yesterday is not that day any more."""

    async def made(now: datetime) -> PriceDay:
        return await board.day(market, days_ahead, now)

    def empty(now: datetime) -> PriceDay:
        return price_day(market, local_day(now) + timedelta(days=days_ahead), [], now)

    return Block(f"prices.{name}", made, empty, lambda day, now: day.day == empty(now).day)


def current_block(board: PriceBoard, name: str, market: Market) -> Block[CurrentPrice | None]:
    """The price of now; one whose slot is over is not that any more."""

    async def made(now: datetime) -> CurrentPrice | None:
        return await board.current(market, now)

    return Block(f"current.{name}", made, nothing, lambda price, now: price is None or price.price.slot.end > now)
