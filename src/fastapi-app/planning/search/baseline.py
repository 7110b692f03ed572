"""Working as usual: the day's batches in order, from the first shift, each stage as early as machines, waits and power allow.

It knows no price. It keeps what has begun or is frozen, hard limits of the air, machines that are down, forbidden hours, the
room in the store and shelf lives, but not pins, which are wishes about the plan.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.plan.production import Batch, PlanProblem, StageRun
from domain.plan.served import LEAST_KG
from domain.timeline import days_between, local_day
from planning.milp.grid import Grid, kept_batches, settled_ids
from planning.search.assignment import due_units
from planning.search.shop_floor import Floor, empty_floor


def baseline(problem: PlanProblem, grid: Grid, kept: tuple[Batch, ...] | None = None) -> tuple[Batch, ...] | None:
    """The batches of working as usual, by start; None where one of them finds no place by its day.

    `kept` are batches (whole, or cut to what may not change) that stand already; by default what has begun or is frozen.
    """
    kept = kept_batches(problem) if kept is None else kept
    floor, placed = begun(problem, grid, kept)
    if placed is None:
        return None
    for id_, quality, day in owed_batches(problem, kept):
        made = _place_by(floor, placed, id_, quality, day)
        if made is None:
            return None
        placed.append(made)
    return tuple(sorted(placed, key=lambda batch: (batch.start, batch.id)))


def early(problem: PlanProblem, grid: Grid) -> tuple[Batch, ...] | None:
    """Everything that is due as early as the facts allow, in the order in which it is due; what finds no place is left out.

    None where a batch in the works cannot go on.
    """
    kept = kept_batches(problem)
    floor, placed = begun(problem, grid, kept)
    if placed is None:
        return None
    first: dict[str, int] = {}
    for id_, quality, day in owed_batches(problem, kept):
        for slot in range(first.get(quality, 0), problem.slots):
            runs = floor.chain(quality, 0, slot, problem.slots)
            if runs is not None and may_be_stored(problem, placed, quality, day, runs[-1].end):
                placed.append(_taken(floor, Batch(id_, quality, day, runs), new=runs))
                break
        first[quality] = slot
    return tuple(sorted(placed, key=lambda batch: (batch.start, batch.id)))


def begun(problem: PlanProblem, grid: Grid, kept: tuple[Batch, ...]) -> tuple[Floor, list[Batch] | None]:
    """The floor with what stands already, carried on; None where a batch of it cannot go on."""
    floor = empty_floor(problem, grid)
    settled = settled_ids(problem)
    stages = len(problem.plant.stages)
    for batch in kept:
        for run in batch.runs:
            whole = len(batch.runs) == stages or run is not batch.runs[-1]
            floor.take(run if whole else replace(run, released=run.end))
    placed: list[Batch] = []
    for batch in kept:
        rest = batch if len(batch.runs) == stages or batch.id in settled else carried_on(floor, batch)
        if rest is None:
            return floor, None
        placed.append(rest)
    return floor, placed


def owed_batches(problem: PlanProblem, kept: tuple[Batch, ...]) -> list[tuple[str, str, date]]:
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


def too_many(problem: PlanProblem, quality: str, kept: Sequence[Batch]) -> int:
    """How many of the kept batches of a quality nobody is owed any more."""
    return max(0, sum(batch.quality == quality for batch in kept) - len(due_units(problem, quality)))


def _place_by(floor: Floor, placed: Sequence[Batch], id_: str, quality: str, day: date) -> Batch | None:
    """A batch on its day from the first shift; if the day has no room, on the days before it, the nearest first."""
    problem = floor.problem
    earliest = local_day(problem.start, problem.plant.tz) - timedelta(days=1)
    latest = problem.day_end_slot(day)
    for begin in reversed(list(days_between(earliest, day))):
        shifts = problem.plant.shifts_of(begin)
        opening = shifts[0][0] if shifts else problem.at(problem.day_end_slot(begin - timedelta(days=1)))
        close = max([problem.day_end_slot(begin), *(problem.slot_of(end) for _, end in shifts)])
        for slot in range(max(0, problem.slot_of(opening)), min(latest, close)):
            runs = floor.chain(quality, 0, slot, latest)
            if runs is not None and may_be_stored(problem, placed, quality, day, runs[-1].end):
                return _taken(floor, Batch(id_, quality, day, runs), new=runs)
    return None


def may_be_stored(problem: PlanProblem, placed: Sequence[Batch], quality: str, day: date, end: datetime) -> bool:
    """Whether what ends at an instant keeps until its day, and finds room in the store then and later."""
    hours = problem.plant.shelf_life_hours.get(quality)
    if hours is not None and end < problem.at(problem.day_end_slot(day)) - timedelta(hours=hours):
        return False
    limit = problem.plant.max_stock_kg.get(quality)
    if limit is None:
        return True
    ends = [end, *(batch.end for batch in placed if batch.quality == quality and batch.end <= problem.end)]
    leaving = [(item.due, -item.kg) for item in problem.promises if item.quality == quality and not item.is_reserve]
    stock = problem.stock_kg.get(quality, 0.0)
    for instant, kg in sorted([*((one, problem.plant.batch_kg) for one in ends), *leaving], key=lambda item: (item[0], -item[1])):
        stock += kg
        if kg > 0 and instant >= end and stock > limit + LEAST_KG:
            return False
    return True


def carried_on(floor: Floor, batch: Batch) -> Batch | None:
    """The rest of a kept batch, as early as may be."""
    last, done = batch.runs[-1], len(batch.runs)
    begin = floor.problem.slot_of(last.end)
    stage = floor.problem.plant.stages[done - 1]
    for slot in range(begin, begin + stage.slack_slots + 1):
        if stage.holds and slot > begin and not floor.holds_on(done - 1, last, slot):
            break
        rest = floor.chain(batch.quality, done, slot, floor.problem.slots)
        if rest is not None:
            held = StageRun(last.stage, last.unit, last.start, last.end, rest[0].start if stage.holds else last.end)
            floor.hold(done - 1, held)
            return _taken(floor, Batch(batch.id, batch.quality, batch.due, (*batch.runs[:-1], held, *rest)), new=rest)
    return None


def _taken(floor: Floor, batch: Batch, new: tuple[StageRun, ...]) -> Batch:
    for run in new:
        floor.take(run)
    return batch
