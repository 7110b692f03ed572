"""Working as usual: the day's batches in order, from the first shift, each stage as early as machines, waits and power allow.

It knows no price. It keeps what has begun or is frozen, hard limits of the air, machines that are down and forbidden hours, but
not pins, which are wishes about the plan.
"""

from dataclasses import replace
from datetime import date, timedelta

from domain.plan.production import Batch, PlanProblem, StageRun
from domain.timeline import days_between, local_day
from planning.milp.grid import Grid, kept_batches
from planning.search.assignment import due_units
from planning.search.shop_floor import Floor, empty_floor


def baseline(problem: PlanProblem, grid: Grid, kept: tuple[Batch, ...] | None = None) -> tuple[Batch, ...] | None:
    """The batches of working as usual, by start; None where one of them finds no place by its day.

    `kept` are batches (whole, or cut to what may not change) that stand already; by default what has begun or is frozen.
    """
    floor = empty_floor(problem, grid)
    kept = kept_batches(problem) if kept is None else kept
    stages = len(problem.plant.stages)
    for batch in kept:
        for run in batch.runs:
            whole = len(batch.runs) == stages or run is not batch.runs[-1]
            floor.take(run if whole else replace(run, released=run.end))
    placed: list[Batch] = []
    for batch in kept:
        rest = batch if len(batch.runs) == stages else _continue(floor, batch)
        if rest is None:
            return None
        placed.append(rest)
    for id_, quality, day in _in_order(problem, kept):
        made = _place_by(floor, id_, quality, day)
        if made is None:
            return None
        placed.append(made)
    return tuple(sorted(placed, key=lambda batch: (batch.start, batch.id)))


def carried_on(problem: PlanProblem, grid: Grid) -> tuple[Batch, ...] | None:
    """The plan in force, with what is due beyond it placed as usual: a start for the search when the horizon has moved on."""
    begun = {batch.id: batch.runs for batch in problem.started}
    whole = [replace(b, runs=(*begun.get(b.id, ()), *b.runs[len(begun.get(b.id, ())) :])) for b in problem.current]
    known = {batch.id for batch in whole}
    return baseline(problem, grid, (*whole, *(batch for batch in problem.started if batch.id not in known)))


def _in_order(problem: PlanProblem, kept: tuple[Batch, ...]) -> list[tuple[str, str, date]]:
    """What is due and not in the works: by day, then in the plant's order of qualities."""
    ranks = {name: rank for rank, name in enumerate(problem.plant.qualities)}
    due = [(day, ranks[name], id_, name) for name in ranks for id_, day in _due_beyond(problem, name, kept)]
    return [(id_, name, day) for day, _, id_, name in sorted(due)]


def _due_beyond(problem: PlanProblem, quality: str, kept: tuple[Batch, ...]) -> list[tuple[str, date]]:
    """What is due of a quality, less what the kept batches make (they may have names of their own)."""
    due = due_units(problem, quality)
    taken, names = {batch.id for batch in kept}, {id_ for id_, _ in due}
    strangers = sum(batch.quality == quality and batch.id not in names for batch in kept)
    return [item for item in due if item[0] not in taken][strangers:]


def _place_by(floor: Floor, id_: str, quality: str, day: date) -> Batch | None:
    """A batch on its day from the first shift; if the day has no room, on the days before it, the nearest first."""
    problem = floor.problem
    earliest = local_day(problem.start, problem.plant.tz)
    latest = problem.day_end_slot(day)
    for begin in reversed(list(days_between(earliest, day))):
        opening = problem.plant.first_shift_start(begin) or problem.at(problem.day_end_slot(begin - timedelta(days=1)))
        for slot in range(max(0, problem.slot_of(opening)), min(latest, problem.day_end_slot(begin))):
            runs = _chain(floor, quality, 0, slot, latest)
            if runs is not None:
                return _taken(floor, Batch(id_, quality, day, runs), new=runs)
    return None


def _continue(floor: Floor, batch: Batch) -> Batch | None:
    """The rest of a kept batch, as early as may be."""
    last, done = batch.runs[-1], len(batch.runs)
    begin = floor.problem.slot_of(last.end)
    stage = floor.problem.plant.stages[done - 1]
    for slot in range(begin, begin + stage.slack_slots + 1):
        if stage.holds and slot > begin and not _holds_on(floor, done - 1, last, slot):
            break
        rest = _chain(floor, batch.quality, done, slot, floor.problem.slots)
        if rest is not None:
            held = StageRun(last.stage, last.unit, last.start, last.end, rest[0].start if stage.holds else last.end)
            floor.hold(done - 1, held)
            return _taken(floor, Batch(batch.id, batch.quality, batch.due, (*batch.runs[:-1], held, *rest)), new=rest)
    return None


def _holds_on(floor: Floor, stage: int, run: StageRun, until: int) -> bool:
    """Whether a kept run may hold its own machine up to a slot."""
    start = max(0, floor.problem.slot_of(run.end))
    return floor.may_hold(stage, start, until) and not floor.busy[stage][run.unit - 1, start:until].any()


def _taken(floor: Floor, batch: Batch, new: tuple[StageRun, ...]) -> Batch:
    for run in new:
        floor.take(run)
    return batch


def _chain(floor: Floor, quality: str, stage: int, start: int, latest: int) -> tuple[StageRun, ...] | None:
    """Runs of a stage from a slot and of all after it, each as early as may be, done by a slot; None if there are none."""
    plant, at = floor.problem.plant, floor.problem.at
    data = plant.stages[stage]
    end = start + data.slots(quality)
    if end > latest or not floor.fits(stage, start, end):
        return None
    if stage == len(plant.stages) - 1:
        unit = floor.unit(stage, start, end)
        return None if unit is None else (StageRun(data.name, unit, at(start), at(end), at(end)),)
    for onward in range(end, end + data.slack_slots + 1):
        released = onward if data.holds else end
        unit = floor.unit(stage, start, released)
        if unit is None or (data.holds and not floor.may_hold(stage, end, onward)):
            return None
        rest = _chain(floor, quality, stage + 1, onward, latest)
        if rest is not None:
            return StageRun(data.name, unit, at(start), at(end), at(released)), *rest
    return None
