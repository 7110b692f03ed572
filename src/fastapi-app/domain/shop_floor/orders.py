"""Kilograms: what is promised, what was made of it, what is owed, and what is in stock. Pure.

Goods of a quality are alike, so what is made goes to what is due first. For every quality and instant: made since the opening =
delivered + stock, and due = delivered + owed.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.plan.plant import Plant
from domain.plan.production import Order
from domain.shop_floor.facts import Facts
from domain.shop_floor.state import FloorState
from domain.timeline import day_bounds, days_between, local_day

LEAST_KG = 1e-6


@dataclass(frozen=True, slots=True)
class Promise:
    """An order with what was made of it so far."""

    order: Order
    made_kg: float
    is_plant: bool
    """Whether it is the demand that the plant's file has, and nobody said otherwise."""

    @property
    def owed_kg(self) -> float:
        """What is still to be made."""
        return max(0.0, self.order.kg - self.made_kg)


@dataclass(frozen=True, slots=True)
class Kilograms:
    """The promises in the order in which they are served, and what is there."""

    promises: tuple[Promise, ...]
    made: Mapping[str, float]
    """Since the opening, and what was there then, by quality."""
    stock: Mapping[str, float]
    """Made, and due later or not at all."""

    def owed(self, until: datetime) -> tuple[Promise, ...]:
        """What is due by an instant and not made."""
        return tuple(item for item in self.promises if item.owed_kg > LEAST_KG and item.order.due <= until)

    def late(self, now: datetime) -> tuple[Promise, ...]:
        """What was due before now and is not made."""
        return self.owed(now)


def plant_order_id(day: date, quality: str) -> str:
    """The id of what the plant's file has due on a day."""
    return f"plant-{day:%Y%m%d}-{quality}"


def plant_orders(plant: Plant, first: date, last: date) -> tuple[Order, ...]:
    """What the plant's file has due from one local day to another, by the end of each day."""
    return tuple(
        Order(plant_order_id(day, quality), quality, kg, day_bounds(day, plant.tz)[1])
        for day in days_between(first, last)
        for quality, kg in sorted(plant.demand_kg(day).items())
    )


def promised(plant: Plant, facts: Facts, until: datetime) -> tuple[tuple[Order, bool], ...]:
    """Every order due by an instant since the opening, and whether it is the plant's own, by due time and id."""
    found: dict[str, tuple[Order, bool]] = {}
    if facts.opened is not None:
        last = local_day(until, plant.tz)
        own = plant_orders(plant, facts.opened.day, last) if last >= facts.opened.day else ()
        found = {order.id: (order, True) for order in own if order.id not in facts.cancelled}
    found |= {order.id: (order, found.get(order.id, (None, False))[0] == order) for order in facts.orders.values()}
    opened = None if facts.opened is None else facts.opened.at
    kept = [item for item in found.values() if item[0].due <= until and (opened is None or item[0].due > opened)]
    return tuple(sorted(kept, key=lambda item: (item[0].due, item[0].id)))


def kilograms(plant: Plant, facts: Facts, state: FloorState, until: datetime) -> Kilograms:
    """What is promised until an instant and what was made of it: first due, first served."""
    made = _made(facts, state)
    left = dict(made)
    promises = []
    delivered: dict[str, float] = defaultdict(float)
    for order, is_plant in promised(plant, facts, until):
        taken = min(order.kg, max(0.0, left.get(order.quality, 0.0)))
        left[order.quality] = left.get(order.quality, 0.0) - taken
        promises.append(Promise(order, taken, is_plant))
        if order.due <= state.at:
            delivered[order.quality] += taken
    stock = {quality: kg - delivered[quality] for quality, kg in made.items() if kg - delivered[quality] > LEAST_KG}
    return Kilograms(tuple(promises), made, stock)


def _made(facts: Facts, state: FloorState) -> dict[str, float]:
    opened = None if facts.opened is None else facts.opened.at
    made: dict[str, float] = defaultdict(float, () if facts.opened is None else facts.opened.stock)
    for batch in state.batches:
        if batch.state == "finished" and batch.ends_at is not None and (opened is None or batch.ends_at > opened):
            made[batch.quality] += batch.kg
    return dict(made)


def orders_to_keep(plant: Plant, facts: Facts, now: datetime) -> tuple[Order, ...]:
    """The plant's own orders of the days up to today that the log has not: a file that is edited later does not change them."""
    if facts.opened is None:
        return ()
    today = local_day(now, plant.tz)
    own = plant_orders(plant, facts.opened.day, today) if today >= facts.opened.day else ()
    return tuple(order for order in own if order.id not in facts.orders and order.id not in facts.cancelled)


def goods_due_from(state: FloorState, day: date) -> tuple[tuple[str, float], ...]:
    """(quality, kg) that is finished and was planned for a local day or later."""
    made: dict[str, float] = defaultdict(float)
    for batch in state.batches:
        if batch.state == "finished" and batch.planned.due is not None and batch.planned.due >= day:
            made[batch.quality] += batch.kg
    return tuple(sorted(made.items()))
