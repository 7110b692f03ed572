"""The day that a batch belongs to: that of the promise that its goods go to. Pure.

Goods of a quality are alike, so what is made goes to what is due first, whatever a plan had it for when it was begun.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from domain.plan.plant import Plant
from domain.shop_floor.facts import Facts
from domain.shop_floor.orders import LEAST_KG, promised
from domain.shop_floor.state import FloorBatch, FloorState
from domain.timeline import local_day

AHEAD = timedelta(days=21)
"""Goods that nothing takes by then have no day but that of the plan."""
MOMENT = timedelta(seconds=1)


def days_served(plant: Plant, facts: Facts, state: FloorState) -> dict[str, date]:
    """Batch that began -> the local day of the first promise that takes of its goods: in the order in which batches end, those that
    have not ended after the others. Without the spoiled ones, which go to nobody."""
    if facts.opened is None:
        return {}
    queues: dict[str, deque[tuple[date, float]]] = defaultdict(deque)
    for order, _ in promised(plant, facts, state.at + AHEAD):
        queues[order.quality].append((local_day(order.due - MOMENT, plant.tz), order.kg))
    for quality, kg in facts.opened.stock:
        _take(queues[quality], kg)
    found = {}
    for batch in sorted(_goods(state.batches, facts.opened.at), key=_ends):
        queue = queues[batch.quality]
        if queue:
            found[batch.id] = queue[0][0]
        _take(queue, batch.kg)
    return found


def _goods(batches: Iterable[FloorBatch], opened: datetime) -> list[FloorBatch]:
    """What was made since the opening, or is being made."""
    return [one for one in batches if one.runs and one.state != "spoiled" and (one.ends_at is None or one.ends_at > opened)]


def _ends(batch: FloorBatch) -> tuple[bool, datetime, str]:
    if batch.ends_at is not None:
        return False, batch.ends_at, batch.id
    begun = {run.stage for run in batch.runs}
    ahead = [run.end for run in batch.planned.runs if run.stage not in begun]
    return True, max([*ahead, *(run.end for run in batch.runs)]), batch.id


def _take(queue: deque[tuple[date, float]], kg: float) -> None:
    """Promises that are kept by so many kilograms go, from the first on."""
    while queue and kg > LEAST_KG:
        day, wanted = queue.popleft()
        if wanted > kg + LEAST_KG:
            queue.appendleft((day, wanted - kg))
        kg -= wanted
