"""Orders: kept, changed, withdrawn; before they count, what they cost and make late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import uuid4

from domain.errors import InvalidRequestError, NotFoundError, NotKnownError
from domain.plan.plant import Plant
from domain.plan.production import Order
from domain.shop_floor.capacity import latest_begin
from ports import Clock
from services.shop_floor.desk import Late
from services.shop_floor.floor import FloorService

FARTHEST = timedelta(days=366)
Before = TypeVar("Before")
"""What a planner compares with."""


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
class Effect:
    """What orders bring: the difference of two plans; None where one of them is not known."""

    cost_eur: float | None
    uncertainty_eur: float | None
    """How far the cost may be off: what the searches for the two have not proven."""
    late: tuple[Late, ...]
    plan_id: str | None = None
    """The plan in force with them; None where they were only tried, or it is being computed."""


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """What an order brings. `id` is None where nothing was kept, `begin_by` where that is unknown."""

    id: str | None
    effect: Effect
    begin_by: datetime | None


class OrderPlanner(Protocol[Before]):
    """Plans with and without orders."""

    async def tried(self, orders: Sequence[Order], without: Sequence[str]) -> Effect:
        """What it would cost and make late, with these orders in place of those."""
        ...

    async def now(self) -> Before | None:
        """The plan in force, to compare with; None where it is being made anew."""
        ...

    async def since(self, before: Before | None, undo: tuple[Sequence[Order], Sequence[str]]) -> Effect:
        """What was told since costs and makes late. `undo` would take it back."""
        ...


class OrdersService(Generic[Before]):
    """Keeps orders in the floor's log."""

    def __init__(self, floor: FloorService, planner: OrderPlanner[Before], plant: Plant, clock: Clock) -> None:
        self._floor = floor
        self._planner = planner
        self._plant = plant
        self._clock = clock

    async def add(self, given: OrderGiven, key: str | None, *, keep: bool) -> tuple[OrderAnswer, bool]:
        """The answer, and whether a new order was kept. The same key again is the same order."""
        now = self._clock()
        self._check(given, now)
        if not keep:
            return await self._tried(given.named("order-new"), ()), False
        before = await self._before()
        order, is_new = await self._floor.place(f"order:{key or uuid4()}", given.named, now)
        effect = await self._planner.since(before if is_new else None, ((), (order.id,)))
        return self._answer(order.id, order, effect), is_new

    async def change(self, order_id: str, given: OrderGiven, *, keep: bool) -> OrderAnswer:
        """The order as it is from now on."""
        now = self._clock()
        self._check(given, now)
        old, order = await self._known(order_id, now), given.named(order_id)
        if not keep:
            return await self._tried(order, (order_id,))
        before = await self._before()
        await self._floor.order(order, now)
        return self._answer(order_id, order, await self._planner.since(before, ((old,), (order_id,))))

    async def withdraw(self, order_id: str, *, keep: bool) -> OrderAnswer:
        """The order counts no more."""
        now = self._clock()
        order = await self._known(order_id, now)
        if not keep:
            return OrderAnswer(None, await self._planner.tried((), (order_id,)), None)
        before = await self._before()
        await self._floor.order(order, now, withdrawn=True)
        return OrderAnswer(order_id, await self._planner.since(before, ((order,), ())), None)

    async def _before(self) -> Before | None:
        """The plan in force; an order is kept also while no plan can be made."""
        try:
            return await self._planner.now()
        except NotKnownError:
            return None

    async def _tried(self, order: Order, without: Sequence[str]) -> OrderAnswer:
        return self._answer(None, order, await self._planner.tried([order], without))

    def _answer(self, id_: str | None, order: Order, effect: Effect) -> OrderAnswer:
        return OrderAnswer(id_, effect, latest_begin(self._plant, order, self._clock()))

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
