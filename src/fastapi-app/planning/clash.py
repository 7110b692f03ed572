"""When there is no plan: which limits clash, and the smallest relaxation of each that mends it, confirmed by a second solve."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from domain.plan import Clash, Relief
from domain.schedule import Demand, Overtime, PlanProblem
from domain.timeline import HOUR, QUARTER, local_day
from planning import words_clash
from planning.engine import SearchLimits, minimise
from planning.grid import Floats, grid_of
from planning.model import Model
from planning.relax import LIMITS, Limit, Relaxed
from planning.solve import build

UNITS: dict[Limit, tuple[Literal["kg", "h", "kW", "wishes"], float, timedelta | None]] = {
    "wishes": ("wishes", 1.0, None),
    "demand": ("kg", 1.0, None),
    "stock": ("kg", 1.0, None),
    "power": ("kW", 1.0, None),
    "ambient": ("h", 0.25, QUARTER),
    "shifts": ("h", 1.0, HOUR),
}
"""Limits that can be stretched, the quickest to find first: unit, what a column of 1 is in it, and its length where it is time."""
SMALLEST: dict[str, float] = {"kg": 0.5, "kW": 0.05, "h": 0.99, "wishes": 0.99}
"""Absolute gap of a stretch, in columns: whole counts below one, amounts to half a kilogram or 50 W."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A clock over several solves: each may take half of what is left."""

    until_s: float

    @property
    def share_s(self) -> float:
        """Guard of the next solve [s]."""
        return max(0.2, (self.until_s - time.monotonic()) / 2)


def explain(problem: PlanProblem, *, clock_s: float = 60.0) -> Clash:
    """The clash of a problem without a plan. `clock_s` guards all of its ten or so solves together [s]."""
    guard = Guard(time.monotonic() + clock_s)
    present = _present(problem)
    stretchable = [limit for limit in UNITS if limit in present]
    if short := _base_load_short(problem):
        found = _stretch(problem, frozenset({"power"}), guard)
        every = found or _stretch(problem, frozenset(stretchable), guard)
        return _clash(problem, ("power",), every or [short], minimal=True, together=not found and bool(every))
    alone = {limit: _stretch(problem, frozenset({limit}), guard) for limit in stretchable}
    limits, minimal = _minimal_set(problem, present, alone, guard)
    reliefs = [relief for found in alone.values() for relief in found or ()]
    together = not reliefs
    if together:
        reliefs = _stretch(problem, frozenset(stretchable), guard) or []
    return _clash(problem, limits, reliefs, minimal=minimal, together=together and bool(reliefs))


def is_possible(problem: PlanProblem, relaxed: Relaxed, clock_s: float) -> bool | None:
    """Whether a plan exists; None where the clock ended the search."""
    outcome = minimise(build(problem, relaxed).program, SearchLimits(rel_gap=1.0, nodes=100_000, clock_s=clock_s))
    return True if outcome.values is not None else (False if outcome.proven_infeasible else None)


def relieved(problem: PlanProblem, reliefs: Iterable[Relief]) -> PlanProblem:
    """The problem with limits stretched as the reliefs say."""
    for relief in reliefs:
        problem = _RELIEVE[relief.limit](problem, relief)
    return problem


def _present(problem: PlanProblem) -> list[Limit]:
    """Limits that the problem has at all, in the order of `LIMITS`."""
    there: dict[Limit, bool] = {
        "prices": None in problem.prices,
        "freeze": problem.freeze_until is not None,
        "wishes": bool(problem.wishes),
        "ambient": any(None in kw for kw in problem.ambient_kw.values()),
        "stock": bool(problem.plant.max_stock_kg),
    }
    return [limit for limit in LIMITS if there.get(limit, True)]


def _minimal_set(
    problem: PlanProblem, present: list[Limit], alone: dict[Limit, list[Relief] | None], guard: Guard
) -> tuple[tuple[str, ...], bool]:
    """Leaves limits out one by one; what may not be left out for the clash to remain, is in it.

    `alone` tells for the limits that were stretched whether a plan exists with that one left out: reliefs if so, nothing if
    it is proven that not, None if the clock came first.
    """
    left_out: set[Limit] = set()
    proven = True
    for limit in present:
        if alone.get(limit):
            continue
        possible: bool | None = False if not left_out and alone.get(limit) == [] else None
        if possible is None:
            possible = is_possible(problem, Relaxed(dropped=frozenset({*left_out, limit})), guard.share_s)
        proven &= possible is not None
        if possible is False:
            left_out.add(limit)
    clash = tuple(limit for limit in present if limit not in left_out)
    return clash or (("started", "machines") if problem.started else ("machines",)), proven


def _stretch(problem: PlanProblem, limits: frozenset[Limit], guard: Guard) -> list[Relief] | None:
    """The smallest stretch of limits that gives a plan, one relief for each limit that is stretched.

    Nothing where no stretch of them does; None where the clock came before either was known.
    """
    model = build(problem, Relaxed(elastic=limits))
    gap = min(SMALLEST[UNITS[limit][0]] for limit in limits)
    outcome = minimise(model.program, SearchLimits(rel_gap=0.0, abs_gap_eur=gap, nodes=100_000, clock_s=guard.share_s))
    if outcome.values is None:
        return [] if outcome.proven_infeasible else None
    found = [_relief(model, limit, outcome.values, minimal=outcome.stopped_by == "gap") for limit in UNITS if limit in limits]
    reliefs = [relief for relief in found if relief.amount > 1e-6]
    confirmed = is_possible(relieved(problem, reliefs), Relaxed(any_plan=True), guard.share_s) is True
    return [replace(relief, confirmed=confirmed, said=words_clash.relief(relief)) for relief in reliefs]


def _relief(model: Model, limit: Limit, values: Floats, *, minimal: bool) -> Relief:
    unit, factor, length = UNITS[limit]
    used = {key[1:]: round(float(values[column]), 6) for key, column in model.stretch.items() if key[0] == limit}
    used = {key: value for key, value in used.items() if value > 1e-6}
    sums: dict[str, float] = {}
    for (what, slot), value in used.items():
        label = str(local_day(model.problem.at(slot), model.problem.plant.tz)) if length else what
        sums[label] = sums.get(label, 0.0) + value * factor
    spans = _spans(model.problem, sorted(used), length) if length else ()
    return Relief(limit, unit, sum(sums.values()), tuple(sums.items()), spans, minimal)


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


def _base_load_short(problem: PlanProblem) -> Relief | None:
    """What the contract lacks for the base load alone, by period."""
    grid = grid_of(problem)
    lacking: dict[str, float] = {}
    for slot, period in enumerate(problem.periods):
        short = float(grid.base_kw[slot] - grid.limit_kw[slot])
        if short > 1e-9:
            lacking[f"P{period}"] = max(short, lacking.get(f"P{period}", 0.0))
    if not lacking:
        return None
    relief = Relief("power", "kW", sum(lacking.values()), tuple(sorted(lacking.items())))
    still = grid_of(relieved(problem, [relief]))
    return replace(relief, confirmed=bool((still.base_kw <= still.limit_kw + 1e-9).all()), said=words_clash.relief(relief))


def _clash(problem: PlanProblem, limits: tuple[str, ...], reliefs: list[Relief], *, minimal: bool, together: bool) -> Clash:
    said = words_clash.clash(limits, reliefs, together=together, base_load=_base_load_kw(problem, limits, reliefs))
    return Clash(limits, minimal, tuple(reliefs), together, said)


def _base_load_kw(problem: PlanProblem, limits: tuple[str, ...], reliefs: list[Relief]) -> float | None:
    """The base load [kW] where it alone is more than the contract."""
    grid = grid_of(problem)
    alone = limits == ("power",) and bool(reliefs) and bool((grid.base_kw > grid.limit_kw + 1e-9).any())
    return float(grid.base_kw.max()) if alone else None


def _less_demand(problem: PlanProblem, relief: Relief) -> PlanProblem:
    less = dict(relief.parts)
    demand = [Demand(d.day, d.quality, d.kg - less.get(f"{d.day} {d.quality}", 0.0)) for d in problem.demand]
    return replace(problem, demand=tuple(demand))


def _more_hours(problem: PlanProblem, relief: Relief) -> PlanProblem:
    extra = tuple(Overtime(start, end) for _, start, end in relief.spans)
    return replace(problem, overtime=problem.overtime + extra)


def _more_power(problem: PlanProblem, relief: Relief) -> PlanProblem:
    """The contract with more in some periods; later periods follow where it must not fall."""
    more = dict(relief.parts)
    raised: list[float] = []
    for number, kw in enumerate(problem.plant.contracted_kw, start=1):
        raised.append(max([kw + more.get(f"P{number}", 0.0), *raised[-1:]]))
    return replace(problem, plant=replace(problem.plant, contracted_kw=tuple(raised)))


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


_RELIEVE = {
    "demand": _less_demand,
    "shifts": _more_hours,
    "power": _more_power,
    "wishes": _fewer_wishes,
    "ambient": _more_air,
    "stock": _more_store,
}
