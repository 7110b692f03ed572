"""A last look at each batch: to the cheapest slot that is free for it as it stands, and at equal cost to the earliest.

The search stops at a proven gap, within which plans are alike to it; the preference for earlier over later is far below what a
solver can tell. Both are settled here, by a plain loop that never makes a plan dearer, whatever the sign of the prices.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from domain.plan.checker import check
from domain.plan.production import HOURS_PER_SLOT, Batch, Pin, PlanProblem, StageRun
from domain.plan.served import lateness_of
from domain.timeline import QUARTER, local_day
from planning.milp.grid import Grid, kept_batches
from planning.search.costing import batch_load_kw
from planning.search.shop_floor import Floor, empty_floor

ROUNDS = 3
"""Looks at all batches: one that moves may make room for another."""
EQUAL_EUR = 1e-9


def polished(problem: PlanProblem, grid: Grid, batches: Sequence[Batch], asked: PlanProblem) -> tuple[Batch, ...]:
    """The batches with each where it is cheapest, then where the plant prefers it, by itself; unchanged where the checker would
    refuse that or anything would be later than it is."""
    floor = empty_floor(problem, grid)
    for batch in batches:
        for run in batch.runs:
            floor.take(run)
    fixed = {batch.id for batch in kept_batches(problem)}
    placed = list(batches)
    for _ in range(ROUNDS + len(placed)):
        before = list(placed)
        for index, batch in enumerate(placed):
            if batch.id not in fixed and not _is_pinned(problem, batch):
                placed[index] = _best_place(floor, placed, index)
        if placed == before:
            break
    found = tuple(sorted(placed, key=lambda batch: (batch.start, batch.id)))
    late, kg_h = lateness_of(asked, found)
    no_later = kg_h <= lateness_of(asked, batches)[1] + 1e-6
    return found if no_later and check(asked, found, late=late).passed else tuple(batches)


def _is_pinned(problem: PlanProblem, batch: Batch) -> bool:
    starts = {(batch.quality, run.stage, run.start) for run in batch.runs}
    return any(isinstance(wish, Pin) and (wish.quality, wish.stage, wish.start) in starts for wish in problem.wishes)


def _best_place(floor: Floor, placed: Sequence[Batch], index: int) -> Batch:
    """The batch at the cheapest, then earliest free slot between its neighbours of the same quality: names stay in order."""
    problem, batch = floor.problem, placed[index]
    load = batch_load_kw(problem, floor.grid, batch) * HOURS_PER_SLOT
    here, end = problem.slot_of(batch.start), problem.slot_of(batch.end)
    costs = np.correlate(floor.grid.price, load[here:end], mode="valid")
    low, high = _between(problem, placed, index)
    better = [slot for slot in range(low, min(high, len(costs) - 1) + 1) if costs[slot] <= costs[here] + EQUAL_EUR]
    floor.lift(batch)
    chosen = batch
    for slot in sorted(better, key=lambda slot: (round(float(costs[slot]), 9), *_preference(problem, batch, slot - here))):
        moved = batch if slot == here else _placed_at(floor, batch, slot - here)
        if moved is not None:
            chosen = moved
            break
    for run in chosen.runs:
        floor.take(run)
    return chosen


def _preference(problem: PlanProblem, batch: Batch, shift: int) -> tuple[int, int]:
    """What is preferred of equal cost, smallest first: by the plant's setting early, late, or on the due day and early in it."""
    if problem.plant.prefer == "day" and batch.due is not None:
        return max(0, (batch.due - local_day(batch.end + shift * QUARTER - QUARTER, problem.plant.tz)).days), shift
    return 0, -shift if problem.plant.prefer == "late" else shift


def _between(problem: PlanProblem, placed: Sequence[Batch], index: int) -> tuple[int, int]:
    """First and last start slot that keep the order among batches of a quality, and the day that the batch is due."""
    batch = placed[index]
    starts = sorted(problem.slot_of(other.start) for other in placed if other.quality == batch.quality and other.id != batch.id)
    here, length = problem.slot_of(batch.start), problem.slot_of(batch.end) - problem.slot_of(batch.start)
    low = max([0, *(start for start in starts if start <= here)])
    latest = problem.slots if batch.due is None else max(problem.day_end_slot(batch.due), problem.slot_of(batch.end))
    return low, min([latest - length, *(start for start in starts if start >= here)])


def _placed_at(floor: Floor, batch: Batch, shift: int) -> Batch | None:
    """The batch as it stands, `shift` slots on, on machines that are free there; None if it does not fit.

    The air may ask for another power there: then its cost is not what was compared, and it does not count as fitting.
    """
    runs: list[StageRun] = []
    for index, run in enumerate(batch.runs):
        now = run.moved(shift * QUARTER)
        start, end, released = (floor.problem.slot_of(instant) for instant in (now.start, now.end, now.released))
        was = floor.problem.slot_of(run.start)
        kw = floor.grid.stage_kw[index]
        unit = floor.unit(index, start, released) if floor.fits(index, start, end) else None
        same = np.array_equal(kw[start:end], kw[was : was + end - start])
        if unit is None or not same or not floor.may_hold(index, end, released):
            return None
        runs.append(replace(now, unit=unit))
    return replace(batch, runs=tuple(runs))
