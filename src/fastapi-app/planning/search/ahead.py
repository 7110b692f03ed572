"""What is due beyond the horizon and cannot all be made after it: how much of it must be there when the horizon ends.

No search: everything from the end of the horizon on as early as can be, by the same list rule that gives a first plan. What lacks
in it because of the orders that are promised by date is made before: with it, that plan would do. A cleverer plan may need less.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from domain.bill.tariff import power_period
from domain.plan.plant import Plant
from domain.plan.production import Batch, Order, PlanProblem
from domain.plan.served import LEAST_KG, made_kg
from domain.timeline import QUARTER, ceil_to, slot_starts
from planning.milp.grid import grid_of
from planning.search.baseline import early


def needed_by(plant: Plant, end: datetime, orders: Sequence[Order], far: Collection[str]) -> tuple[Order, ...]:
    """What must be there at `end` because of the orders named in `far`: parts of them, or of what they would crowd out, due then.
    `orders` is all that is due after `end`.
    """
    asked = [order for order in orders if order.id in far and _keeps(plant, order, end)]
    if not asked:
        return ()
    until = ceil_to(max(order.due for order in asked), QUARTER)
    after = [order for order in orders if order.due <= until]
    with_them = _short(plant, end, until, after)
    if not any(kg > LEAST_KG for kg in with_them.values()):
        return ()
    without = _short(plant, end, until, [order for order in after if order.id not in far])
    found = []
    for quality in plant.qualities:
        short = max(0.0, with_them.get(quality, 0.0) - without.get(quality, 0.0))
        mine = [order for order in after if order.quality == quality and _keeps(plant, order, end)]
        for order in sorted(mine, key=lambda order: (order.id not in far, order.due, order.id)):
            kg = min(order.kg, short)
            short -= kg
            if kg > LEAST_KG:
                found.append(Order(order.id, quality, round(kg, 6), end, order.weight, promised_for=order.due))
    return tuple(found)


def _keeps(plant: Plant, order: Order, end: datetime) -> bool:
    """Whether what is made by then may still be delivered."""
    hours = plant.shelf_life_hours.get(order.quality)
    return hours is None or order.due - timedelta(hours=hours) < end


def _short(plant: Plant, end: datetime, until: datetime, orders: Sequence[Order]) -> dict[str, float]:
    """Kilograms by quality that must be there at `end`, where everything begins as early as can be, but is not finished before."""
    length = min(sum(stage.slots(order.quality) for stage in plant.stages) for order in orders) if orders else 0
    start = end - length * QUARTER
    starts = list(slot_starts(start, until, QUARTER))
    problem = PlanProblem(
        plant=plant,
        start=start,
        prices=(0.0,) * len(starts),
        periods=tuple(power_period(at, plant.tariff) for at in starts),
        orders=tuple(orders),
    )
    batches = early(problem, grid_of(problem)) or ()
    return {quality: _backlog(problem, quality, batches) for quality in plant.qualities}


def _backlog(problem: PlanProblem, quality: str, batches: Sequence[Batch]) -> float:
    """The most that is due by any time, beyond what is made by then."""
    due = most = 0.0
    for promise in (item for item in problem.promises if item.quality == quality and not item.is_reserve):
        due += promise.kg
        most = max(most, due - sum(made_kg(problem, b) for b in batches if b.quality == quality and b.end <= promise.due))
    return most
