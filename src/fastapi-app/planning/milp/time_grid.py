"""The coarsest grid of time on which a best plan exists: hours, half-hours or quarter-hours.

Let all that a plan depends on (lengths of runs, longest waits, and every instant at which a price, a limit, a shift or anything
else changes) lie on a grid of half-hours. Take a plan with starts between its points, and shift all runs that begin at one
distance from the grid together: until they meet the grid or the runs of another distance, no limit is touched, because
lengths and limits lie on the grid, and the cost changes in proportion to the shift. So one of both directions costs no more, and
a plan of equal cost or less lies on the grid. It has a fraction of the columns and rows, and its proof is that of quarter-hours.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import numpy as np

from domain.plan.production import Forbidden, MachineDown, NoStart, Pin, PlanProblem
from domain.timeline import HOUR, QUARTER, floor_to
from planning.milp.grid import Grid, kept_batches, under_way_batch, units_down

STEPS = (4, 2)
"""Steps that are tried before the quarter-hour itself [quarter-hours]; grids of hours and less, so that hours lie on each."""
Cell = tuple[int, int]
"""First slot of a stretch of time in which nothing begins, ends or changes, and the first after it."""


def cells_of(problem: PlanProblem, grid: Grid, *, fine: bool) -> tuple[Cell, ...]:
    """The horizon cut at the points of the coarsest grid; `fine`: at every quarter-hour.

    Runs may start at the beginning of each cell. The first is shorter where the horizon begins between two points.
    """
    hour = (floor_to(problem.start, HOUR) - problem.start) // QUARTER
    step = 1 if fine else _step(problem, grid, hour)
    starts = [0, *(slot for slot in range(1, problem.slots) if (slot - hour) % step == 0)]
    return tuple(zip(starts, [*starts[1:], problem.slots], strict=True))


def _step(problem: PlanProblem, grid: Grid, hour: int) -> int:
    if any(isinstance(wish, NoStart) for wish in problem.wishes):
        return 1  # an instant at which nothing may start: the point beside it may be better, and there is none on the grid
    lengths = set(_lengths(problem))
    events = {event - hour for event in _events(problem, grid)}
    return next((step for step in STEPS if all(value % step == 0 for value in (*lengths, *events))), 1)


def _lengths(problem: PlanProblem) -> Iterator[int]:
    """Lengths of runs and longest waits [quarter-hours]."""
    for stage in problem.plant.stages:
        yield stage.slack_slots
        yield from (stage.slots(quality) for quality in problem.plant.qualities)


def _events(problem: PlanProblem, grid: Grid) -> Iterator[int]:
    """Slots at which something changes, begins or ends."""
    yield from (grid.freeze, problem.slots)
    yield from (problem.day_end_slot(item.day) for item in problem.demand)
    yield from (problem.slot_of(order.due) for order in problem.orders if order.due <= problem.end)
    yield from (problem.slot_of(due) for due in shelf_starts(problem))
    for values in (grid.price, grid.limit_kw, grid.base_kw, grid.staffed, grid.stage_kw, grid.forbidden):
        yield from _changes(np.atleast_2d(values).astype(float))
    for stage in problem.plant.stages:
        yield from _changes(units_down(problem, stage.name).astype(float))
    yield from (problem.slot_of(wish.start) for wish in problem.wishes if isinstance(wish, Pin | Forbidden | MachineDown))
    facts = {item.batch_id for item in problem.under_way}
    for batch in (*kept_batches(problem), *problem.current):
        instants = (problem.slot_of(instant) for run in batch.runs for instant in (run.start, run.end, run.released))
        yield from (slot for slot in instants if slot >= 0 or batch.id not in facts)
    for item in problem.under_way:
        run = under_way_batch(problem, item).runs[-1]
        yield max(0, problem.slot_of(run.end) + problem.plant.stage(run.stage).slack_slots)


def shelf_starts(problem: PlanProblem) -> Iterator[datetime]:
    """Before these instants nothing may be finished for what is due a shelf life later."""
    for promise in problem.promises:
        hours = problem.plant.shelf_life_hours.get(promise.quality)
        if hours is not None:
            yield promise.due - timedelta(hours=hours)


def _changes(rows: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Iterable[int]:
    """Slots whose value is not that of the slot before, in any row; unknown is equal to unknown."""
    before, after = rows[:, :-1], rows[:, 1:]
    differs = (before != after) & ~(np.isnan(before) & np.isnan(after))
    return map(int, np.flatnonzero(differs.any(axis=0)) + 1)
