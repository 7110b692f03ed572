"""The problem with a limit stretched as a relief says, or as far as it may go."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import accumulate

import numpy as np

from domain.bill.tariff import must_not_fall
from domain.plan.plan import Relief
from domain.plan.production import Demand, Overtime, PlanProblem
from domain.plan.served import LEAST_KG
from planning.milp.grid import grid_of
from planning.milp.relaxation import Limit


def relieved(problem: PlanProblem, reliefs: Iterable[Relief]) -> PlanProblem:
    """The problem with limits stretched as the reliefs say."""
    for relief in reliefs:
        problem = _RELIEVE[relief.limit](problem, relief)
    return problem


def without(problem: PlanProblem, limits: Collection[Limit]) -> PlanProblem:
    """The problem with limits stretched as far as they may go; demand stays."""
    plant = problem.plant
    if "power" in limits:
        peak = _peak_kw(problem)
        plant = replace(plant, contracted_kw=tuple(max(kw, peak) for kw in plant.contracted_kw))
    if "stock" in limits:
        plant = replace(plant, max_stock_kg={})
    if "ambient" in limits:
        air = {stage: tuple(kw or 0.0 for kw in extra) for stage, extra in problem.ambient_kw.items()}
        problem = replace(problem, ambient_kw=air)
    if "wishes" in limits:
        problem = replace(problem, wishes=())
    if "shifts" in limits:
        problem = replace(problem, overtime=(*problem.overtime, Overtime(problem.start, problem.end)))
    return replace(problem, plant=plant)


def _peak_kw(problem: PlanProblem) -> float:
    """All machines at once, with what the weather adds, and the base load."""
    peak = problem.plant.base_kw(staffed=True)
    for stage, kw in zip(problem.plant.stages, grid_of(problem).stage_kw, strict=True):
        peak += stage.units * max([stage.power_kw, *kw[np.isfinite(kw)].tolist()])
    return peak


def _less_demand(problem: PlanProblem, relief: Relief) -> PlanProblem:
    less = dict(relief.parts)
    labels = {item.order_id: item.label for item in problem.promises}
    demand = [Demand(d.day, d.quality, d.kg - less.get(f"{d.day} {d.quality}", 0.0)) for d in problem.demand]
    orders = [(order, order.kg - less.get(labels.get(order.id, ""), 0.0)) for order in problem.orders]
    reserve = {item.quality: less.get(item.label, 0.0) for item in problem.promises if item.is_reserve}
    stock = {quality: kg - reserve.get(quality, 0.0) for quality, kg in problem.plant.min_stock_kg.items()}
    return replace(
        problem,
        plant=replace(problem.plant, min_stock_kg=stock),
        demand=tuple(item for item in demand if item.kg > LEAST_KG),
        orders=tuple(replace(order, kg=kg) for order, kg in orders if kg > LEAST_KG),
    )


def _more_hours(problem: PlanProblem, relief: Relief) -> PlanProblem:
    extra = tuple(Overtime(start, end) for _, start, end in relief.spans)
    return replace(problem, overtime=problem.overtime + extra)


def _more_power(problem: PlanProblem, relief: Relief) -> PlanProblem:
    """The contract with more in some periods; later periods follow where it must not fall."""
    more, plant = dict(relief.parts), problem.plant
    raised = [kw + more.get(f"P{number}", 0.0) for number, kw in enumerate(plant.contracted_kw, start=1)]
    if must_not_fall(plant.tariff):
        raised = list(accumulate(raised, max))
    return replace(problem, plant=replace(plant, contracted_kw=tuple(raised)))


def _fewer_wishes(problem: PlanProblem, relief: Relief) -> PlanProblem:
    dropped = {what for what, _ in relief.parts}
    return replace(problem, wishes=tuple(wish for wish in problem.wishes if wish.id not in dropped))


def _more_air(problem: PlanProblem, relief: Relief) -> PlanProblem:
    air = dict(problem.ambient_kw)
    for stage, start, end in relief.spans:
        inside = range(problem.slot_of(start), problem.slot_of(end))
        air[stage] = tuple(0.0 if slot in inside and kw is None else kw for slot, kw in enumerate(air[stage]))
    return replace(problem, ambient_kw=air)


def _more_store(problem: PlanProblem, relief: Relief) -> PlanProblem:
    limits = dict(problem.plant.max_stock_kg)
    for quality, kg in relief.parts:
        limits[quality] += kg
    return replace(problem, plant=replace(problem.plant, max_stock_kg=limits))


def _machines_up(problem: PlanProblem, relief: Relief) -> PlanProblem:
    up = {what for what, _ in relief.parts}
    return replace(problem, outages=tuple(item for item in problem.outages if f"{item.stage} {item.unit}" not in up))


_RELIEVE = {
    "demand": _less_demand,
    "shifts": _more_hours,
    "power": _more_power,
    "wishes": _fewer_wishes,
    "ambient": _more_air,
    "stock": _more_store,
    "outages": _machines_up,
}
