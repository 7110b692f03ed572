"""Orders: kept, changed, withdrawn; before they count, what they cost and make late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from domain.errors import InvalidRequestError, NotFoundError
from domain.plan.plant import Plant
from domain.plan.production import Order
from domain.shop_floor.capacity import latest_begin
from ports import Clock
from services.shop_floor.desk import Late, Planner
from services.shop_floor.floor import FloorService

FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class OrderGiven:
    """An order before it has an id."""

    quality: str
    kg: float
    due: datetime
    weight: float = 1.0
    reference: str | None = None

    def named(self, id_: str) -> Order:
        """The order under an id."""
        return Order(id_, self.quality, self.kg, self.due, self.weight, self.reference)


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """What an order brings. `id` is None where nothing was kept; costs and plan are None while they are being computed."""

    id: str | None
    cost_eur: float | None
    late: tuple[Late, ...]
    begin_by: datetime | None
    plan_id: str | None


class OrderPlanner(Planner, Protocol):
    """Plans with and without an order."""

    async def difference(
        self, orders: Sequence[Order], without: Sequence[str], *, tried: bool
    ) -> tuple[float | None, tuple[Late, ...]]:
        """What the plan costs more with these orders in place of those, and what is late then; None while it is being computed.
        What is only `tried` is waited for.
        """
        ...


class OrdersService:
    """Keeps orders in the floor's log."""

    def __init__(self, floor: FloorService, planner: OrderPlanner, plant: Plant, clock: Clock) -> None:
        self._floor = floor
        self._planner = planner
        self._plant = plant
        self._clock = clock

    async def add(self, given: OrderGiven, key: str | None, *, keep: bool) -> tuple[OrderAnswer, bool]:
        """The answer, and whether a new order was kept. The same key again is the same order."""
        now = self._clock()
        self._check(given, now)
        if not keep:
            return await self._tried(given.named("order-new"), (), keep=False), False
        cost_eur, _ = await self._planner.difference([given.named("order-new")], (), tried=False)
        order, is_new = await self._floor.place(f"order:{key or uuid4()}", given.named, now)
        plan_id, late = await self._planner.renewed()
        return OrderAnswer(order.id, cost_eur, late, latest_begin(self._plant, order, now), plan_id), is_new

    async def change(self, order_id: str, given: OrderGiven, *, keep: bool) -> OrderAnswer:
        """The order as it is from now on."""
        now = self._clock()
        self._check(given, now)
        await self._known(order_id, now)
        order = given.named(order_id)
        tried = await self._tried(order, (order_id,), keep=keep)
        if not keep:
            return tried
        await self._floor.order(order, now)
        plan_id, late = await self._planner.renewed()
        return OrderAnswer(order_id, tried.cost_eur, late, tried.begin_by, plan_id)

    async def withdraw(self, order_id: str, *, keep: bool) -> OrderAnswer:
        """The order counts no more."""
        now = self._clock()
        order = await self._known(order_id, now)
        cost_eur, late = await self._planner.difference((), (order_id,), tried=not keep)
        if not keep:
            return OrderAnswer(None, cost_eur, late, None, None)
        await self._floor.order(order, now, withdrawn=True)
        plan_id, late = await self._planner.renewed()
        return OrderAnswer(order_id, cost_eur, late, None, plan_id)

    async def _tried(self, order: Order, without: Sequence[str], *, keep: bool) -> OrderAnswer:
        cost_eur, late = await self._planner.difference([order], without, tried=not keep)
        return OrderAnswer(None, cost_eur, late, latest_begin(self._plant, order, self._clock()), None)

    async def _known(self, order_id: str, now: datetime) -> Order:
        kilograms = await self._floor.kilograms(now, now + FARTHEST)
        found = next((item.order for item in kilograms.promises if item.order.id == order_id), None)
        if found is None:
            raise NotFoundError(f"order {order_id}")
        return found

    def _check(self, given: OrderGiven, now: datetime) -> None:
        if given.quality not in self._plant.qualities:
            valid = ", ".join(self._plant.qualities)
            raise InvalidRequestError(f"there is no quality {given.quality!r}", name="quality", value=given.quality, valid=valid)
        if not now < given.due <= now + FARTHEST:
            valid = f"after {now.isoformat()}, at most {FARTHEST.days} days ahead"
            raise InvalidRequestError("that cannot be promised", name="due", value=given.due.isoformat(), valid=valid)
