"""The smallest stretch of limits that gives a plan, within a time for several solves."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Literal

from domain.bill.tariff import may_be_contracted
from domain.plan.checker import check
from domain.plan.plan import Relief
from domain.plan.production import PlanProblem
from domain.plan.served import LEAST_KG
from domain.timeline import HOUR, QUARTER, local_day
from planning.conflict.apply_relief import relieved, without
from planning.milp.engine import SearchLimits, SecondsLeft, minimise
from planning.milp.grid import Floats, grid_of
from planning.milp.model import Model
from planning.milp.relaxation import Limit, Relaxation
from planning.search.baseline import baseline
from planning.search.solve import build, start_values

UNITS: dict[Limit, tuple[Literal["kg", "h", "kW", "wishes"], float, timedelta | None]] = {
    "wishes": ("wishes", 1.0, None),
    "demand": ("kg", 1.0, None),
    "stock": ("kg", 1.0, None),
    "power": ("kW", 1.0, None),
    "ambient": ("h", 0.25, QUARTER),
    "shifts": ("h", 1.0, HOUR),
}
"""Limits that can be stretched, the quickest to find first: unit, what a column of 1 is in it, and its length where it is time."""
UNITS_BY_NAME: dict[str, float] = {limit: factor for limit, (_, factor, _) in UNITS.items()}
LEAST_S = 1.0
"""Time that is left below which no further solve is begun: to put a week's programme together takes half of it [s]."""
SMALLEST: dict[str, float] = {"kg": 0.5, "kW": 0.05, "h": 0.99, "wishes": 0.99}
"""Absolute gap of a stretch, in columns: whole counts below one, amounts to half a kilogram or 50 W."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Time for several solves: each may take a third of what is left."""

    left_s: SecondsLeft

    @property
    def share_s(self) -> float:
        """Guard of the next solve [s]."""
        return self.left_s() / 3

    @property
    def is_over(self) -> bool:
        """Whether another solve would not be worth beginning."""
        return self.left_s() < LEAST_S


def is_possible(problem: PlanProblem, relaxed: Relaxation, clock_s: float) -> bool | None:
    """Whether a plan exists; None where the clock ended the search, or leaves no time to begin it."""
    if clock_s < LEAST_S / 2:
        return None
    outcome = minimise(build(problem, relaxed).program, SearchLimits(rel_gap=1.0, nodes=100_000, clock_s=clock_s))
    return True if outcome.values is not None else (False if outcome.proven_infeasible else None)


def stretch(problem: PlanProblem, limits: frozenset[Limit], guard: Guard) -> list[Relief] | None:
    """The smallest stretch of limits that gives a plan, one relief for each limit that is stretched.

    Nothing where no stretch of them does; None where the clock came before either was known.
    """
    if guard.is_over:
        return None
    model = build(problem, Relaxation(elastic=limits))
    gap = min(SMALLEST[UNITS[limit][0]] for limit in limits)
    search = SearchLimits(rel_gap=0.0, abs_gap_eur=gap, nodes=100_000, clock_s=max(LEAST_S / 2, guard.share_s))
    outcome = minimise(model.program, search, _as_usual(model))
    if outcome.values is None:
        return [] if outcome.proven_infeasible else None
    found = [_relief(model, limit, outcome.values, minimal=outcome.stopped_by == "gap") for limit in UNITS if limit in limits]
    if len(limits) == 1:
        found = [replace(relief, least=_least(relief, outcome.bound)) for relief in found]
    reliefs = [relief for relief in found if relief.amount > 1e-6]
    mended = relieved(problem, reliefs)
    same = mended.plant.contracted_kw == problem.plant.contracted_kw
    confirmed = (same or may_be_contracted(mended.plant.tariff, mended.plant.contracted_kw)) and _has_plan(mended, guard)
    return [replace(relief, confirmed=confirmed) for relief in reliefs]


def _least(relief: Relief, bound: float) -> float:
    """What is proven to be needed at least, in the unit of the relief."""
    if relief.minimal:
        return relief.amount
    return round(max(0.0, bound) * UNITS_BY_NAME[relief.limit], 3) if isfinite(bound) else 0.0


def machines_up(problem: PlanProblem, guard: Guard) -> list[Relief]:
    """Machines that are down, each of which would do if it were up."""
    found: list[Relief] = []
    for outage in problem.outages:
        name = f"{outage.stage} {outage.unit}"
        others = tuple(other for other in problem.outages if (other.stage, other.unit) != (outage.stage, outage.unit))
        if any(name == part for relief in found for part, _ in relief.parts) or guard.is_over:
            continue
        if _has_plan(replace(problem, outages=others), guard):
            hours = ((outage.end or problem.end) - max(outage.start, problem.start)) / HOUR
            found.append(Relief("outages", "h", hours, ((name, hours),), minimal=True, least=hours, confirmed=True))
    return found


def _has_plan(problem: PlanProblem, guard: Guard) -> bool:
    """Whether a plan is found: working as usual, if the checker accepts it, or by a second search."""
    usual = baseline(problem, grid_of(problem))
    if usual is not None and check(problem, usual).passed:
        return True
    return is_possible(problem, Relaxation(any_plan=True), guard.share_s) is True


def _as_usual(model: Model) -> list[dict[int, float]]:
    """Working as usual without the limits that are stretched: a start, so that a stretch that is not proven is not absurd."""
    free = without(model.problem, model.relaxed.elastic)
    batches = baseline(free, grid_of(free))
    return [] if batches is None else [start_values(model, batches)]


def _relief(model: Model, limit: Limit, values: Floats, *, minimal: bool) -> Relief:
    unit, factor, length = UNITS[limit]
    used = {key[1:]: round(float(values[column]), 6) for key, column in model.stretch.items() if key[0] == limit}
    used = {key: value for key, value in used.items() if value > 1e-6}
    sums: dict[str, float] = {}
    for (what, slot), value in used.items():
        label = str(local_day(model.problem.at(slot), model.problem.plant.tz)) if length else what
        sums[label] = sums.get(label, 0.0) + value * factor
    if limit == "demand":
        sums = _without_idle_reserves(model.problem, sums)
    spans = _spans(model.problem, sorted(used), length) if length else ()
    return Relief(limit, unit, sum(sums.values()), tuple(sums.items()), spans, minimal)


def _without_idle_reserves(problem: PlanProblem, less: dict[str, float]) -> dict[str, float]:
    """A reserve is wanted when something of its quality is due: where all of that is given up, it need not be."""
    idle = set()
    for promise in problem.promises:
        others = [item for item in problem.promises if item.quality == promise.quality and not item.is_reserve]
        if promise.is_reserve and all(less.get(item.label, 0.0) >= item.kg - LEAST_KG for item in others):
            idle.add(promise.label)
    return {label: kg for label, kg in less.items() if label not in idle}


def _spans(problem: PlanProblem, slots: list[tuple[str, int]], length: timedelta) -> tuple[tuple[str, datetime, datetime], ...]:
    """(stage, start, end) of what is used, joined where it is consecutive."""
    spans: list[tuple[str, datetime, datetime]] = []
    for what, slot in slots:
        start = problem.at(slot)
        if spans and spans[-1][0] == what and spans[-1][2] == start:
            spans[-1] = (what, spans[-1][1], start + length)
        else:
            spans.append((what, start, start + length))
    return tuple(spans)
