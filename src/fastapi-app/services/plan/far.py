"""Orders that are due beyond what is planned: which there are, and which of them are promised by date. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.plan.plant import Plant
from domain.plan.production import Demand, Order
from domain.shop_floor.orders import Kilograms, plant_order_id
from domain.timeline import QUARTER, local_day


@dataclass(frozen=True, slots=True)
class Far:
    """All that is due after the end of the horizon, and the identities of what is promised by date, in the plant's file or as an
    order.
    """

    orders: tuple[Order, ...]
    by_date: frozenset[str]
    ahead: tuple[Order, ...] = ()
    """What of them must be there by then, due then."""

    def demand(self, plant: Plant) -> tuple[Demand, ...]:
        """What the plant's file has due by date."""
        own = _own(plant)
        mine = [order for order in self.orders if order.id in own and order.id in self.by_date]
        return tuple(Demand(local_day(order.due - QUARTER, plant.tz), order.quality, order.kg) for order in mine)


def far_of(plant: Plant, kilograms: Kilograms, end: datetime, *, more: Sequence[Order], without: Sequence[str]) -> Far:
    """What is due after `end`, with orders that a question has more, and without those that it leaves out."""
    own = _own(plant)
    kept = [item for item in kilograms.promises if item.order.due > end and item.order.id not in without]
    later = [order for order in more if order.due > end]
    dated = {item.order.id for item in kept if not item.is_plant or item.order.id in own} | {order.id for order in later}
    return Far((*(item.order for item in kept), *later), frozenset(dated))


def _own(plant: Plant) -> frozenset[str]:
    """Identities of what the plant's file has due by date."""
    return frozenset(plant_order_id(day, quality) for day, batches in plant.date_batches.items() for quality in batches)
