"""Which goods go to which promise, and what of it is late: part of the independent check, a plain loop over kilograms.

Promises are served by weight, then by due time. Each takes what is ready at its due time (the latest of it, so that the earlier
goods stay for others), then what comes first after it. For promises of one weight no other way is less late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.plan.production import Batch, Lateness, PlanProblem, Promise
from domain.timeline import HOUR, QUARTER, floor_to

LEAST_KG = 1e-6
LEAST_KG_H = 1e-6
"""Lateness that cannot be told apart [kg h]."""
NEVER = timedelta(hours=24)
"""What is not made within the horizon counts as made so much after it."""


@dataclass(slots=True)
class _Goods:
    """Goods of a quality that are ready at an instant."""

    ready: datetime
    kg: float


def lateness_of(problem: PlanProblem, batches: Sequence[Batch]) -> tuple[tuple[Lateness, ...], float]:
    """What is late, by due time, and its kilograms times hours (from the start, on the grid) times weight."""
    late: list[Lateness] = []
    total = 0.0
    for quality in problem.plant.qualities:
        goods = [_Goods(problem.start, problem.stock_kg.get(quality, 0.0))]
        goods += sorted((_Goods(b.end, made_kg(problem, b)) for b in batches if b.quality == quality), key=lambda item: item.ready)
        mine = [item for item in problem.promises if item.quality == quality]
        for promise in sorted(mine, key=lambda item: (-item.weight, item.due, item.is_reserve)):
            kg, last, weighed = _served(problem, promise, goods)
            total += weighed * promise.weight
            if kg > LEAST_KG:
                late.append(Lateness(promise.order_id, round(kg, 6), None if last is None else _minutes(last - promise.due)))
    ranks = {item.order_id: rank for rank, item in enumerate(problem.promises)}
    return tuple(sorted(late, key=lambda item: ranks[item.order_id])), total


def made_kg(problem: PlanProblem, batch: Batch) -> float:
    """What a batch makes; nothing where its last stages are not planned."""
    if len(batch.runs) < len(problem.plant.stages) or batch.end > problem.end:
        return 0.0
    kg = next((item.kg for item in problem.under_way if item.batch_id == batch.id), None)
    return problem.plant.batch_kg if kg is None else kg


def _served(problem: PlanProblem, promise: Promise, goods: list[_Goods]) -> tuple[float, datetime | None, float]:
    """(kg late, when the last of it comes, kg x hours) of a promise, which takes its goods."""
    due = floor_to(promise.due, QUARTER)
    owed = promise.kg
    for item in [*reversed([item for item in goods if item.ready <= due])]:
        owed -= _take(item, owed)
    late, weighed, last = max(0.0, owed), 0.0, None
    since = max(due, problem.start)
    for item in goods:
        if owed > LEAST_KG and item.ready > due:
            taken = _take(item, owed)
            owed -= taken
            if taken > LEAST_KG:
                last, weighed = item.ready, weighed + taken * ((item.ready - since) / HOUR)
    if owed > LEAST_KG:
        return late, None, weighed + owed * ((problem.end + NEVER - since) / HOUR)
    return late, last, weighed


def _take(item: _Goods, kg: float) -> float:
    taken = min(item.kg, max(0.0, kg))
    item.kg -= taken
    return taken


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
