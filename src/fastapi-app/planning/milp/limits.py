"""Rows of the limits that hold at each slot: machines, power, and what may be stretched (shifts, air, wishes)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import numpy as np

from domain.bill.tariff import must_not_fall
from domain.plan.production import Forbidden, MachineDown, NoStart, Pin
from domain.timeline import HOUR, QUARTER, floor_to
from planning.milp.facets import facets
from planning.milp.grid import Bools, units_down
from planning.milp.model import Model
from planning.milp.programme import INFINITY, Sum

Memo = dict[tuple[tuple[float, ...], tuple[int, ...], float], tuple[tuple[tuple[int, ...], int], ...]]


def add_limits(model: Model) -> None:
    """All rows of slot limits."""
    drops = _wish_drops(model)
    _add_extra_hours(model)
    for stage in range(len(model.problem.plant.stages)):
        _add_machines(model, stage, drops)
    _add_power(model)
    _add_elastic_air(model)
    _add_forbidden(model, drops)
    _add_starts_wished(model, drops)


def stage_sum(model: Model, stage: int, slot: int) -> Sum:
    """Running units of a stage, all machines."""
    total = Sum()
    for group in range(_groups(model, stage)):
        if (stage, slot, group) in model.running:
            total.add(model.running[stage, slot, group])
    return total


def _groups(model: Model, stage: int) -> int:
    return model.segments[model.segment_of(stage)].groups


def _held_in(model: Model, stage: int, slot: int, group: int) -> Sum:
    """Batches held in a machine of a stage, all qualities."""
    total = Sum()
    for index, segment in enumerate(model.segments):
        if segment.hold_kw is not None and segment.stages[-1] == stage:
            for quality in range(len(model.problem.plant.qualities)):
                total.add(model.held.get((index, quality, slot, group), Sum()))
                total.add(model.held_by_fact.get((index, quality, slot, group), Sum()))
    return total


def _wish_drops(model: Model) -> dict[str, int]:
    """With stretched wishes, a column for each: 1 drops it."""
    if "wishes" not in model.relaxed.elastic:
        return {}
    return {wish.id: model.stretched("wishes", wish.id) for wish in model.problem.wishes}


def _add_machines(model: Model, stage: int, drops: dict[str, int]) -> None:
    """Running and held batches need machines that are not down."""
    problem = model.problem
    name, units = problem.plant.stages[stage].name, problem.plant.stages[stage].units
    down = units_down(problem, name, wishes=model.relaxed.holds("wishes")) & ~_stands_in(model, stage)
    groups = _groups(model, stage)
    for slot, _ in model.cells:
        for group in range(groups):
            used = Sum().add(model.running.get((stage, slot, group), Sum())).add(_held_in(model, stage, slot, group))
            free = 1 - down[group, slot] if groups > 1 else units - down[:, slot].sum()
            for column in _drops_at(model, name, slot, group if groups > 1 else None, drops):
                used.plus(column, -1.0)
                free -= 1
            name_of_row = "wishes" if free < units else "machines"
            model.program.row(-INFINITY, used, max(float(free), used.constant if model.problem.under_way else 0.0), name_of_row)


def _stands_in(model: Model, stage: int) -> Bools:
    """(units, slots): where a machine that is down has a batch in it by fact: it is not lost twice."""
    problem = model.problem
    down = units_down(problem, problem.plant.stages[stage].name, wishes=False)
    inside = np.zeros_like(down)
    facts = {item.batch_id for item in problem.under_way}
    for kept in model.kept:
        if kept.batch.id in facts and stage < len(kept.batch.runs):
            start, _, released = kept.spans[stage]
            inside[kept.batch.runs[stage].unit - 1, max(0, start) : max(0, released)] = True
    return down & inside


def _drops_at(model: Model, stage: str, slot: int, group: int | None, drops: dict[str, int]) -> Iterator[int]:
    """Drop columns of the machines that wishes hold down at a slot; one for each machine."""
    seen: set[int] = set()
    instant = model.problem.at(slot)
    for wish in model.problem.wishes:
        if not isinstance(wish, MachineDown) or wish.id not in drops or wish.stage != stage:
            continue
        if wish.unit not in seen and group in (None, wish.unit - 1) and _covers(wish, instant):
            seen.add(wish.unit)
            yield drops[wish.id]


def _covers(wish: MachineDown | Forbidden, instant: datetime) -> bool:
    """Whether a wish touches the quarter-hour that begins at an instant."""
    return wish.start < instant + QUARTER and instant < wish.end


def _add_extra_hours(model: Model) -> None:
    """With stretched shifts, a column for each clock hour with slots that are not staffed: people are not called for less."""
    if "shifts" not in model.relaxed.elastic:
        return
    for slot in map(int, np.flatnonzero(~model.grid.staffed & ~model.grid.absent)):
        column = extra_hour(model, slot)
        if column is None:
            column = model.stretched("shifts", "", hour_slot(model, slot))
        for index, stage in enumerate(model.problem.plant.stages):
            running = stage_sum(model, index, slot)
            if stage.attended and running.terms:
                model.program.row(-INFINITY, running.plus(column, -float(stage.units)), 0.0, "shifts")


def hour_slot(model: Model, slot: int) -> int:
    """The slot in which the clock hour of a slot begins (negative for an hour cut by the horizon's start)."""
    return model.problem.slot_of(floor_to(model.problem.at(slot), HOUR))


def extra_hour(model: Model, slot: int) -> int | None:
    """The column that staffs the hour of a slot, if there is one."""
    return model.stretch.get(("shifts", "", hour_slot(model, slot)))


def _add_power(model: Model) -> None:
    """Machines and base load within the contracted power, and the facets of what may run together."""
    if "power" in model.relaxed.dropped:
        return
    problem, grid = model.problem, model.grid
    elastic = "power" in model.relaxed.elastic
    more = _more_power(model) if elastic else {}
    stage_kw = model.relaxed.stage_kw(problem, grid)
    shift_kw = problem.plant.base_kw(staffed=True) - problem.plant.base_kw(staffed=False)
    memo: Memo = {}
    for slot, end in model.cells:
        load = Sum(constant=float(grid.base_kw[slot]) - float(model.still_kw[slot:end].min()))
        for stage in range(len(problem.plant.stages)):
            load.add(stage_sum(model, stage, slot), float(stage_kw[stage, slot]))
            for group in range(_groups(model, stage)):
                load.add(_held_in(model, stage, slot, group), problem.plant.stages[stage].hold_kw)
        extra = None if grid.staffed[slot] else extra_hour(model, slot)
        if extra is not None:
            load.plus(extra, shift_kw)
        if elastic:
            load.plus(more[problem.periods[slot]], -1.0)
        most = float(grid.limit_kw[slot])
        model.program.row(-INFINITY, load, most if elastic else max(most, load.constant), "power")
        if not elastic and not model.still_kw[slot:end].any():
            _add_facets(model, slot, stage_kw[:, slot], memo)


def _more_power(model: Model) -> dict[int, int]:
    """Columns that stretch the contract, one a period: as a contract, it must not fall from a period to the next, but of 2.0TD."""
    plant = model.problem.plant
    contract = plant.contracted_kw
    more = {period: model.stretched("power", f"P{period}", whole=False) for period in range(1, len(contract) + 1)}
    for period, (kw, onward) in enumerate(pairwise(contract) if must_not_fall(plant.tariff) else (), start=1):
        model.program.row(kw - onward, Sum().plus(more[period + 1]).plus(more[period], -1.0), INFINITY, "power")
    return more


def _add_facets(model: Model, slot: int, stage_kw: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", memo: Memo) -> None:
    """Powers are cut to even kW (which only weakens a row), so that few different hulls are needed as the weather varies."""
    sums = [stage_sum(model, stage, slot) for stage in range(len(stage_kw))]
    plant = model.problem.plant
    plain = [stage.power_kw for stage in plant.stages]
    power = tuple(kw + (now - kw) // 2 * 2 for kw, now in zip(plain, stage_kw.tolist(), strict=True))
    units = tuple(stage.units for stage in plant.stages)
    key = (power, units, float(model.grid.limit_kw[slot] - model.grid.base_kw[slot]))
    if key not in memo:
        memo[key] = facets(*key)
    for coefficients, bound in memo[key]:
        most = sum(c * unit for c, unit, total in zip(coefficients, units, sums, strict=True) if total.terms or total.constant)
        if most > bound:
            row = Sum()
            for coefficient, total in zip(coefficients, sums, strict=True):
                row.add(total, float(coefficient))
            model.program.row(-INFINITY, row, max(float(bound), row.constant), "power")


def _add_elastic_air(model: Model) -> None:
    """With stretched air limits, a column for each stage and slot that the air forbids [quarter-hours]."""
    if "ambient" not in model.relaxed.elastic:
        return
    for stage, slot in zip(*np.nonzero(np.isnan(model.grid.stage_kw)), strict=True):
        running = stage_sum(model, int(stage), int(slot))
        if running.terms:
            units = float(model.problem.plant.stages[int(stage)].units)
            column = model.stretched("ambient", model.problem.plant.stages[int(stage)].name, int(slot))
            model.program.row(-INFINITY, running.plus(column, -units), 0.0, "ambient")


def _add_forbidden(model: Model, drops: dict[str, int]) -> None:
    """With stretched wishes, a forbidden hour that is kept stops its stages (otherwise such starts have no column)."""
    for wish in model.problem.wishes:
        if not isinstance(wish, Forbidden) or wish.id not in drops:
            continue
        for stage, data in enumerate(model.problem.plant.stages):
            for slot, _ in model.cells:
                instant = model.problem.at(slot)
                if wish.stage in (None, data.name) and _covers(wish, instant):
                    used = stage_sum(model, stage, slot)
                    for group in range(_groups(model, stage)):
                        used.add(_held_in(model, stage, slot, group))
                    model.program.row(-INFINITY, used.plus(drops[wish.id], -float(data.units)), 0.0, "wishes")


def _add_starts_wished(model: Model, drops: dict[str, int]) -> None:
    """Pins as lower and moves as upper bounds of start counts."""
    if "wishes" in model.relaxed.dropped:
        return
    for wish in model.problem.wishes:
        if isinstance(wish, Pin):
            count = started_at(model, wish)
            if wish.id in drops:
                count.plus(drops[wish.id], float(wish.count))
            model.program.row(float(wish.count), count, INFINITY, "wishes")
        elif isinstance(wish, NoStart):
            count = started_at(model, wish)
            if wish.id in drops:
                count.plus(drops[wish.id], -1e3)
            model.program.row(-INFINITY, count, float(wish.count), "wishes")


def started_at(model: Model, wish: Pin | NoStart) -> Sum:
    """How many batches of the quality start the stage at the instant."""
    plant, slot = model.problem.plant, model.problem.slot_of(wish.start)
    quality, total = plant.qualities.index(wish.quality), Sum()
    for index, segment in enumerate(model.segments):
        for stage, first, _ in model.offsets(index, quality):
            if plant.stages[stage].name == wish.stage:
                for group in range(segment.groups):
                    total.add(model.start_sum((index, quality, slot - first, group)))
    return total
