"""Promises that may be late: kilograms that are due and not there, for as long as they are not, by weight.

For promises of one weight and quality the backlog (what is due less what is made) is what is late, as goods go to what is due
first. For promises of several weights each class of weight has its share of the goods, which never shrinks.
"""

from collections import defaultdict
from dataclasses import dataclass

from domain.plan.production import HOURS_PER_SLOT, Promise
from domain.plan.served import NEVER
from domain.timeline import HOUR
from planning.milp.demands import kept_ends, spare_kg
from planning.milp.model import Model
from planning.milp.programme import INFINITY, Sum


def add_lateness(model: Model) -> None:
    """Columns of the backlog by quality, class of weight and cell: minimised, or held to `most_kg_h`."""
    if not model.relaxed.late:
        return
    total = Sum()
    for quality, name in enumerate(model.problem.plant.qualities):
        mine = [item for item in model.problem.promises if item.quality == name]
        if mine:
            total.add(_add_backlog(model, quality, mine))
    if model.relaxed.most_kg_h is None:
        for column, weight in total.terms:
            model.program.cost[column] = weight
        model.program.offset += total.constant
    else:
        most = model.relaxed.most_kg_h
        model.program.row(-INFINITY, total, most + 1e-6 * max(1.0, abs(most)), "demand")


@dataclass(frozen=True, slots=True)
class _Class:
    """Promises of one weight: (slot, kg due by then) in order."""

    weight: float
    due: tuple[tuple[int, float], ...]

    def due_kg(self, slot: int) -> float:
        """What is due by a slot."""
        return sum(kg for at, kg in self.due if at <= slot)


def _classes(model: Model, mine: list[Promise]) -> list[_Class]:
    by_weight: dict[float, list[tuple[int, float]]] = defaultdict(list)
    for item in mine:
        by_weight[item.weight].append((max(0, model.problem.due_slot(item)), item.kg))
    return [_Class(weight, tuple(sorted(due))) for weight, due in sorted(by_weight.items(), reverse=True)]


def _add_backlog(model: Model, quality: int, mine: list[Promise]) -> Sum:
    """Rows of one quality; its kilograms times hours times weight."""
    classes = _classes(model, mine)
    made = _made_by(model, quality)
    total, before = Sum(), [Sum() for _ in classes]
    for slot, end in [*model.cells, (model.problem.slots, model.problem.slots)]:
        shares = [made[slot]] if len(classes) == 1 else _shares(model, classes, made[slot], before)
        for item, share in zip(classes, shares, strict=True):
            kg = item.due_kg(slot)
            if kg > 0:
                late = model.program.column(0.0, INFINITY, integer=False)
                model.program.row(kg, Sum().plus(late).add(share), INFINITY, "demand")
                hours = (end - slot) * HOURS_PER_SLOT if end > slot else NEVER / HOUR
                total.plus(late, item.weight * hours)
        before = shares
    return total


def _shares(model: Model, classes: list[_Class], made: Sum, before: list[Sum]) -> list[Sum]:
    """What each class has of the goods so far: together no more than there is, of none less than before."""
    shares, together = [], Sum().add(made, -1.0)
    for item, earlier in zip(classes, before, strict=True):
        column = model.program.column(0.0, item.due_kg(model.problem.slots), integer=False)
        share = Sum().plus(column)
        together.plus(column)
        model.program.row(0.0, Sum().plus(column).add(earlier, -1.0), INFINITY, "demand")
        shares.append(share)
    model.program.row(-INFINITY, together, max(0.0, together.constant), "demand")
    return shares


def _made_by(model: Model, quality: int) -> dict[int, Sum]:
    """Goods that are there by the beginning of each cell, and at the end [kg]: a column each, as sums would be long."""
    name = model.problem.plant.qualities[quality]
    batch_kg, length = model.problem.plant.batch_kg, model.length(model.last, quality)
    ready: dict[int, Sum] = defaultdict(Sum)
    for key, column in model.starts.items():
        if key[:2] == (model.last, quality):
            ready[key[2] + length].plus(column, batch_kg)
    for end in kept_ends(model, quality):
        ready[end].constant += batch_kg
    found: dict[int, Sum] = {}
    there, waiting = Sum(constant=spare_kg(model.problem, name)), sorted(ready)
    for slot in [*(begin for begin, _ in model.cells), model.problem.slots]:
        fresh = Sum()
        while waiting and waiting[0] <= slot:
            fresh.add(ready[waiting.pop(0)])
        if fresh.terms:
            column = model.program.column(0.0, INFINITY, integer=False)
            model.program.lower[column] = -INFINITY
            model.program.row(0.0, Sum().plus(column, -1.0).add(there).add(fresh), 0.0, "demand")
            there = Sum().plus(column)
        else:
            there = Sum().add(there).add(fresh)
        found[slot] = there
    return found
