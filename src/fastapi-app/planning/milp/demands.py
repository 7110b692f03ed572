"""Rows of what must be finished by when, of stock limits, and of staying with the plan in force."""

from collections import defaultdict
from datetime import date
from math import ceil

from domain.timeline import days_between, local_day
from planning.milp.model import Model, kept_for
from planning.milp.programme import INFINITY, Sum


def add_demand(model: Model) -> None:
    """Cumulative output by the end of each day; over the horizon exactly what is due, so that no price makes more of it."""
    for quality, name in enumerate(model.problem.plant.qualities):
        less, less_by_day = Sum(), dict[date, Sum]()
        for day, due_kg in cumulative_kg(model, name):
            if "demand" in model.relaxed.dropped:
                break
            made = finished_by(model, quality, model.problem.day_end_slot(day))
            if "demand" in model.relaxed.elastic:
                less = Sum().add(less).plus(model.stretched("demand", f"{day} {name}", whole=False))
                less_by_day[day] = less
                kg = Sum().add(made, model.problem.plant.batch_kg).add(less)
                model.program.row(due_kg, kg, INFINITY, "demand")
            else:
                model.program.row(float(batches_for(model, due_kg)), made, INFINITY, "demand")
        total = float(batches_in_all(model, name))
        least = total if model.relaxed.holds("demand") else 0.0
        model.program.row(least, finished_by(model, quality, model.problem.slots), total, "demand")
        _add_stock(model, quality, name, less_by_day)


def cumulative_kg(model: Model, quality: str) -> list[tuple[date, float]]:
    """What must have been finished in the horizon by the end of each day with demand, beyond the stock [kg]."""
    problem, total, rows = model.problem, 0.0, []
    spare = problem.stock_kg.get(quality, 0.0) - problem.plant.min_stock_kg.get(quality, 0.0)
    for item in problem.plannable:
        if item.quality == quality:
            total += item.kg
            rows.append((item.day, total - spare))
    return rows


def whole_batches(kg: float, batch_kg: float) -> int:
    """Batches that make at least a mass; none for a mass that is there already."""
    return max(0, ceil(kg / batch_kg - 1e-9))


def batches_for(model: Model, kg: float) -> int:
    """Whole batches that make at least a mass."""
    return whole_batches(kg, model.problem.plant.batch_kg)


def batches_in_all(model: Model, quality: str) -> int:
    """Batches finished within the horizon: what is due, or what is already in the works if that is more."""
    due = cumulative_kg(model, quality)
    kept = sum(batch.quality == quality for batch in kept_for(model))
    return max(kept, batches_for(model, due[-1][1]) if due else 0)


def finished_by(model: Model, quality: int, slot: int) -> Sum:
    """Batches whose last segment ends at a slot or before."""
    length = model.length(model.last, quality)
    total = Sum()
    for key in [*model.starts, *model.fixed]:
        if key[:2] == (model.last, quality) and key[2] + length <= slot:
            total.add(Sum().plus(model.starts[key]) if key in model.starts else Sum(constant=float(model.fixed[key])))
    return total


def _add_stock(model: Model, quality: int, name: str, less_by_day: dict[date, Sum]) -> None:
    """Finished goods at the end of each day, before the day's demand leaves, within the store. What is given up of the demand
    (`less_by_day`, cumulative) does not leave it.
    """
    problem = model.problem
    limit = problem.plant.max_stock_kg.get(name)
    if limit is None or "stock" in model.relaxed.dropped:
        return
    more = model.stretched("stock", name, whole=False) if "stock" in model.relaxed.elastic else None
    gone: dict[date, float] = defaultdict(float)
    for item in problem.plannable:
        if item.quality == name:
            gone[item.day] += item.kg
    left, less = 0.0, Sum()
    for day in days_between(local_day(problem.start, problem.plant.tz), local_day(problem.end, problem.plant.tz)):
        slot = min(problem.slots, problem.day_end_slot(day))
        there = problem.stock_kg.get(name, 0.0) - left
        kg = Sum(constant=there).add(finished_by(model, quality, slot), problem.plant.batch_kg).add(less)
        model.program.row(-INFINITY, kg if more is None else kg.plus(more, -1.0), max(limit, there), "stock")
        left += gone[day]
        less = less_by_day.get(day, less)


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
