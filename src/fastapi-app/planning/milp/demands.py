"""Rows of what must be finished by when, of stock limits, and of staying with the plan in force."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

from domain.plan.production import PlanProblem, Promise
from domain.timeline import QUARTER, days_between, local_day
from planning.milp.model import Model
from planning.milp.programme import INFINITY, Sum


def add_demand(model: Model) -> None:
    """Cumulative output by each due time; over the horizon exactly what is due, so that no price makes more of it.

    Where promises may be late, `lateness` has the rows of what is due.
    """
    for quality, name in enumerate(model.problem.plant.qualities):
        less = _add_due(model, quality, name) if model.relaxed.holds_due else _Less()
        total = float(batches_in_all(model, name))
        least = total if model.relaxed.holds("demand") and not model.relaxed.late else 0.0
        made = finished_by(model, quality, model.problem.slots)
        model.program.row(least, made, max(total, made.constant), "demand")
        _add_stock(model, quality, name, less)
        _add_shelf_life(model, quality, name)


@dataclass(slots=True)
class _Less:
    """What is given up of the promises so far; of those that leave the store, as a reserve does not, by due slot, too."""

    now: Sum = field(default_factory=Sum)
    leaving: Sum = field(default_factory=Sum)
    by_slot: dict[int, Sum] = field(default_factory=dict)


def _add_due(model: Model, quality: int, name: str) -> _Less:
    """What is due is made in time, or given up of it as much as is stretched: of each promise no more than it has."""
    less = _Less()
    for promise, due_kg in cumulative_kg(model, name):
        slot = model.problem.due_slot(promise)
        made = finished_by(model, quality, slot)
        if "demand" in model.relaxed.elastic:
            column = model.stretched("demand", promise.label, whole=False)
            model.program.upper[column] = promise.kg
            less.now = Sum().add(less.now).plus(column)
            if not promise.is_reserve:
                less.leaving = Sum().add(less.leaving).plus(column)
            less.by_slot[slot] = less.leaving
            kg = Sum().add(made, model.problem.plant.batch_kg).add(less.now)
            model.program.row(due_kg, kg, INFINITY, "demand")
        else:
            model.program.row(float(batches_for(model, due_kg)), made, INFINITY, "demand")
    return less


def cumulative_kg(model: Model, quality: str) -> list[tuple[Promise, float]]:
    """What must have been finished in the horizon by each due time, beyond the stock [kg]."""
    total, rows = 0.0, []
    spare = spare_kg(model.problem, quality)
    for item in model.problem.promises:
        if item.quality == quality:
            total += item.kg
            rows.append((item, total - spare))
    return rows


def spare_kg(problem: PlanProblem, quality: str) -> float:
    """The stock, less what batches under way make less than others."""
    mine = [item.kg for item in problem.under_way if item.quality == quality and item.kg is not None]
    return problem.stock_kg.get(quality, 0.0) - sum(problem.plant.batch_kg - kg for kg in mine)


def batches_for(model: Model, kg: float) -> int:
    """Whole batches that make at least a mass."""
    return whole_batches(kg, model.problem.plant.batch_kg)


def whole_batches(kg: float, batch_kg: float) -> int:
    """Batches that make at least a mass; none for a mass that is there already."""
    return max(0, ceil(kg / batch_kg - 1e-9))


def batches_in_all(model: Model, quality: str) -> int:
    """Batches finished within the horizon: what is due, or what is already in the works if that is more."""
    due = cumulative_kg(model, quality)
    kept = sum(kept.batch.quality == quality and not kept.is_unfinished(model.problem) for kept in model.kept)
    return max(kept, batches_for(model, due[-1][1]) if due else 0)


def finished_by(model: Model, quality: int, slot: int) -> Sum:
    """Batches whose last segment ends at a slot or before."""
    length = model.length(model.last, quality)
    total = Sum(constant=float(sum(end <= slot for end in kept_ends(model, quality))))
    for key, column in model.starts.items():
        if key[:2] == (model.last, quality) and key[2] + length <= slot:
            total.plus(column)
    return total


def kept_ends(model: Model, quality: int) -> list[int]:
    """Slots in which batches end whose last run is a constant."""
    name, last = model.problem.plant.qualities[quality], len(model.problem.plant.stages) - 1
    ends = [kept.spans[last][1] for kept in model.kept if kept.batch.quality == name and last in kept.spans]
    return [end for end in ends if end <= model.problem.slots]


def _add_stock(model: Model, quality: int, name: str, less: _Less) -> None:
    """Finished goods at the end of each day and at each due time, before what is due leaves, within the store. What is given up of
    the promises does not leave it.
    """
    problem = model.problem
    limit = problem.plant.max_stock_kg.get(name)
    if limit is None or "stock" in model.relaxed.dropped:
        return
    more = model.stretched("stock", name, whole=False) if "stock" in model.relaxed.elastic else None
    gone: dict[int, float] = defaultdict(float)
    for item in problem.promises:
        if item.quality == name and not item.is_reserve:
            gone[problem.due_slot(item)] += item.kg
    left, given_up = sum(kg for slot, kg in gone.items() if slot <= 0), Sum()
    days = days_between(local_day(problem.start, problem.plant.tz), local_day(problem.end, problem.plant.tz))
    slots = {min(problem.slots, problem.day_end_slot(day)) for day in days} | {slot for slot in gone if slot > 0}
    for slot in sorted(slots):
        there = problem.stock_kg.get(name, 0.0) - left
        kg = Sum(constant=there).add(finished_by(model, quality, slot), problem.plant.batch_kg).add(given_up)
        model.program.row(-INFINITY, kg if more is None else kg.plus(more, -1.0), max(limit, there, kg.constant), "stock")
        left += gone[slot]
        given_up = less.by_slot.get(slot, given_up)


def _add_shelf_life(model: Model, quality: int, name: str) -> None:
    """Before the shelf life of what is due begins, no more is finished than is due before it."""
    problem, hours = model.problem, model.problem.plant.shelf_life_hours.get(name)
    if hours is None or "shelf_life" in model.relaxed.dropped:
        return
    before = 0.0
    for item in problem.promises:
        if item.quality != name:
            continue
        begins = -(-(item.due - timedelta(hours=hours) - problem.start) // QUARTER)
        made = finished_by(model, quality, begins - 1)
        most = whole_batches(before - problem.stock_kg.get(name, 0.0), problem.plant.batch_kg)
        if begins > 0:
            model.program.row(-INFINITY, made, max(float(most), made.constant), "shelf_life")
        before += item.kg


def add_stability(model: Model) -> None:
    """A batch of the plan in force that keeps all its starts saves the move threshold; moving it must be worth more."""
    threshold = model.problem.move_threshold_eur * model.relaxed.energy_weight
    if threshold <= 0:
        return
    uses: dict[tuple[int, int, int], Sum] = defaultdict(Sum)
    for batch in model.problem.current:
        keeps = model.program.column(-threshold, 1)
        model.program.offset += threshold
        quality = model.problem.plant.qualities.index(batch.quality)
        for segment, start in enumerate(model.segment_starts(batch)):
            if start is not None and start[0] >= 0:
                uses[segment, quality, start[0]].plus(keeps)
    for (segment, quality, slot), kept in uses.items():
        for group in range(model.segments[segment].groups):
            kept.add(model.start_sum((segment, quality, slot, group)), -1.0)
        model.program.row(-INFINITY, kept, 0.0, "stability")
