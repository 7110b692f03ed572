"""The plan in force, mended: what still stands of it stands, and what is missing in it is put where it is cheapest.

A plan in hundredths of a second, near to what a search finds: a start for it, and what is in force until it is over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.plan.production import Batch, PlanProblem, StageRun
from domain.plan.served import LEAST_KG_H, lateness_of
from planning.milp.grid import Grid, begun_batches, joined, kept_batches, settled_ids
from planning.search.baseline import begun, carried_on, may_be_stored, owed_batches, too_many
from planning.search.costing import rounded
from planning.search.settle import follows_on
from planning.search.shop_floor import Floor, empty_floor


def mended(problem: PlanProblem, grid: Grid) -> tuple[Batch, ...] | None:
    """The batches by start; what finds no place is left out. None where a batch in the works cannot go on."""
    kept = _owed(problem, grid, tuple(_standing(problem, grid)))
    floor, placed = begun(problem, grid, kept)
    if placed is None:
        return None
    due = {item.names: problem.due_slot(item) for item in problem.promises}
    for id_, quality, day in owed_batches(problem, kept):
        by = min(problem.slots, due.get(id_.rpartition("-")[0], problem.day_end_slot(day)))
        fit = [runs for runs in _places(floor, quality, by) if may_be_stored(problem, placed, quality, day, runs[-1].end)]
        runs = min(fit, key=lambda runs: _eur(problem, grid, runs)) if fit else next(_places(floor, quality, problem.slots), None)
        if runs is not None:
            placed.append(Batch(id_, quality, day, runs))
            for run in runs:
                floor.take(run)
    return tuple(sorted(placed, key=lambda batch: (batch.start, batch.id)))


def _standing(problem: PlanProblem, grid: Grid) -> Iterator[Batch]:
    """What has begun or is frozen, and each batch of the plan in force that facts and wishes leave where it is. One that has begun
    and cannot go on as planned goes on as early as may be, before what has not begun is looked at.
    """
    floor, settled = empty_floor(problem, grid), settled_ids(problem)
    facts = {batch.id: batch.runs for batch in begun_batches(problem)}
    fixed = {batch.id: batch for batch in kept_batches(problem)}
    for batch in fixed.values():
        for run in batch.runs:
            floor.take(run if run is not batch.runs[-1] else replace(run, released=run.end))
    for batch in sorted(problem.current, key=lambda batch: (batch.id not in facts, batch.start, batch.id)):
        cut = fixed.pop(batch.id, None)
        before = cut.runs if cut else ()
        rest = batch.runs[len(before) :]
        goes_on = not before or not rest or follows_on(problem, before[-1], rest[0])
        if goes_on and all(_stands(floor, run) for run in rest):
            for run in rest:
                floor.take(run)
            done = facts.get(batch.id, ())
            yield replace(batch, runs=joined(problem, done, batch.runs[len(done) :]))
        elif cut is not None:
            yield (None if cut.id in settled else carried_on(floor, cut)) or cut
    yield from fixed.values()


def _owed(problem: PlanProblem, grid: Grid, kept: tuple[Batch, ...]) -> tuple[Batch, ...]:
    """The batches without those that nobody is owed any more, as after an order is withdrawn: of those that may go, the dearest
    without which nothing is later.
    """
    stays = {batch.id for batch in kept_batches(problem)}
    for quality in problem.plant.qualities:
        for _ in range(too_many(problem, quality, kept)):
            rests = [
                (-_eur(problem, grid, batch.runs), tuple(other for other in kept if other is not batch))
                for batch in kept
                if batch.quality == quality and batch.id not in stays
            ]
            late = lateness_of(problem, kept)[1] + LEAST_KG_H
            fit = [rest for _, rest in sorted(rests, key=lambda item: item[0]) if lateness_of(problem, rest)[1] <= late]
            kept = fit[0] if fit else kept
    return kept


def _stands(floor: Floor, run: StageRun) -> bool:
    """Whether a run finds its machine, people, air and power where it is planned."""
    problem = floor.problem
    stage = next(index for index, data in enumerate(problem.plant.stages) if data.name == run.stage)
    start, end, released = (problem.slot_of(instant) for instant in (run.start, run.end, run.released))
    free = start >= 0 and not floor.busy[stage][run.unit - 1, start:released].any()
    return free and floor.fits(stage, start, end) and floor.may_hold(stage, end, released)


def _places(floor: Floor, quality: str, by: int) -> Iterator[tuple[StageRun, ...]]:
    """Every way to make a batch by a slot, by its start, each stage as early as may be."""
    for slot in range(by):
        runs = floor.chain(quality, 0, slot, by)
        if runs is not None:
            yield runs


def _eur(problem: PlanProblem, grid: Grid, runs: Sequence[StageRun]) -> float:
    """What the runs of a whole batch cost; equal costs are equal to the last digit."""
    total = 0.0
    for index, run in enumerate(runs):
        start, end, released = (problem.slot_of(instant) for instant in (run.start, run.end, run.released))
        held = grid.hold_eur[released] - grid.hold_eur[end]
        total += grid.run_eur[index, end] - grid.run_eur[index, start] + problem.plant.stages[index].hold_kw * held
    return rounded(total)
