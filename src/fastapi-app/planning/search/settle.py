"""What the facts of the floor leave no choice about, settled before anything is planned.

An interrupted run goes on as soon as its machine and people are there. A batch whose next stage can no longer begin within its
wait goes on as early as can be, later than it should. Frozen runs that facts have overtaken are frozen no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.plan.production import Batch, PlanProblem, Running, StageRun, UnderWay
from domain.timeline import QUARTER
from planning.milp.grid import Grid, begun_batches, grid_of, joined, kept_batches, under_way_batch, units_down
from planning.search.shop_floor import Floor, empty_floor


@dataclass(frozen=True, slots=True)
class Settled:
    """A problem with its facts settled."""

    problem: PlanProblem
    """Batches in the works that have no way to their end within their waits have one that is later, or none."""
    freeze_released: bool


def settled(problem: PlanProblem) -> Settled:
    """The problem as it can be planned."""
    grid = grid_of(problem)
    problem = replace(problem, under_way=tuple(_resumed(problem, grid, item) for item in problem.under_way))
    problem = replace(problem, current=tuple(_as_it_is(problem, batch) for batch in problem.current))
    released = problem.freeze_until is not None and not _can_be_frozen(problem, grid)
    if released:
        problem = replace(problem, freeze_until=None)
    return Settled(_with_ways(problem), released)


def _resumed(problem: PlanProblem, grid: Grid, item: UnderWay) -> UnderWay:
    """An interrupted run with the end that it comes to, and the time in which it stands."""
    running = item.running
    if running is None or running.left is None:
        return item
    stage = problem.plant.stage(running.stage)
    idle = units_down(problem, stage.name, wishes=False)[running.unit - 1]
    if stage.attended:
        idle = idle | ~grid.staffed
    left, slot = -(-running.left // QUARTER), 0
    stands: list[tuple[datetime, datetime]] = []
    while left > 0 and slot < problem.slots:
        if idle[slot]:
            stands.append((problem.at(slot), problem.at(slot + 1)))
        left -= int(not idle[slot])
        slot += 1
    end = problem.at(slot) if left == 0 else problem.end + left * QUARTER
    return replace(item, running=replace(running, left=None, expected_end=end, stands=tuple(stands)))


def _as_it_is(problem: PlanProblem, batch: Batch) -> Batch:
    """A batch of the plan in force with what it did in place of what was planned of it."""
    fact = next((item for item in problem.under_way if item.batch_id == batch.id), None)
    if fact is None:
        return batch
    begun = under_way_batch(problem, fact).runs
    return replace(batch, runs=joined(problem, begun, batch.runs[len(begun) :]))


def _floor_with_facts(problem: PlanProblem, grid: Grid, *, frozen: bool) -> Floor:
    floor = empty_floor(problem, grid, frozen=frozen)
    for batch in begun_batches(problem):
        for run in batch.runs:
            floor.take(run)
    return floor


def _can_be_frozen(problem: PlanProblem, grid: Grid) -> bool:
    """Whether all that is frozen can still be done: each run after the one before, within its wait, on a machine that is free."""
    if not (problem.under_way or problem.outages or problem.absences):
        return True
    floor = _floor_with_facts(problem, grid, frozen=False)
    begun = {batch.id: len(batch.runs) for batch in begun_batches(problem)}
    for batch in kept_batches(problem):
        for index in range(begun.get(batch.id, 0), len(batch.runs)):
            run = batch.runs[index]
            if (index and not follows_on(problem, batch.runs[index - 1], run)) or not _fits(floor, index, run):
                return False
            floor.take(replace(run, released=run.end))
    return True


def follows_on(problem: PlanProblem, run: StageRun, onward: StageRun) -> bool:
    """Whether a run begins after the one before, within its wait."""
    stage = problem.plant.stage(run.stage)
    return timedelta(0) <= onward.start - run.end <= max(stage.slack_slots * QUARTER, timedelta(minutes=stage.max_wait_minutes))


def _fits(floor: Floor, stage: int, run: StageRun) -> bool:
    start, end = floor.problem.slot_of(run.start), floor.problem.slot_of(run.end)
    return floor.fits(stage, start, end) and floor.unit(stage, start, end) is not None


def _with_ways(problem: PlanProblem) -> PlanProblem:
    """The problem with a settled way for each batch in the works that cannot go on as it should."""
    grid = grid_of(problem)
    kept = {batch.id: batch for batch in kept_batches(problem)}
    begun = [batch for batch in begun_batches(problem) if len(kept[batch.id].runs) == len(batch.runs)]
    floor = _floor_with_facts(problem, grid, frozen=True)
    _take_frozen(problem, floor, kept.values())
    stages = problem.plant.stages
    open_ = [batch for batch in begun if len(batch.runs) < len(stages)]
    for batch in open_:
        if stages[len(batch.runs) - 1].holds and batch.runs[-1].end < problem.end:
            floor.hold(len(batch.runs) - 1, replace(batch.runs[-1], released=problem.end))
    ways: dict[str, tuple[StageRun, ...]] = {}
    for batch in sorted(open_, key=lambda batch: (-len(batch.runs), batch.runs[-1].end, batch.id)):
        way, in_time = _way(floor, batch)
        if not in_time:
            ways[batch.id] = way
    return _told(problem, ways)


def _take_frozen(problem: PlanProblem, floor: Floor, kept: Iterable[Batch]) -> None:
    begun = {batch.id: len(batch.runs) for batch in begun_batches(problem)}
    for batch in kept:
        for run in batch.runs[begun.get(batch.id, 0) :]:
            floor.take(replace(run, released=run.end))


def _way(floor: Floor, batch: Batch) -> tuple[tuple[StageRun, ...], bool]:
    """The rest of a batch as early as can be, and whether that is within its wait."""
    problem, done, last = floor.problem, len(batch.runs), batch.runs[-1]
    stage = problem.plant.stages[done - 1]
    if last.end >= problem.end:
        return (), False
    if stage.holds:
        floor.release(done - 1, last)
    arrived = problem.slot_of(last.end)
    for slot in range(max(0, arrived), problem.slots):
        rest = floor.chain(batch.quality, done, slot, problem.slots)
        if rest is not None:
            in_time = slot <= arrived + stage.slack_slots and (not stage.holds or floor.holds_on(done - 1, last, slot))
            if stage.holds:
                floor.hold(done - 1, replace(last, released=max(last.end, rest[0].start)))
            for run in rest:
                floor.take(run)
            return rest, in_time
    return (), False


def _told(problem: PlanProblem, ways: dict[str, tuple[StageRun, ...]]) -> PlanProblem:
    """The problem with the ways written where they belong; a batch of `started` becomes one that is under way."""
    if not ways:
        return problem
    under_way = [replace(item, settled=ways.get(item.batch_id)) for item in problem.under_way]
    under_way += [_under_way(problem, batch, ways[batch.id]) for batch in problem.started if batch.id in ways]
    started = tuple(batch for batch in problem.started if batch.id not in ways)
    return replace(problem, under_way=tuple(under_way), started=started)


def _under_way(problem: PlanProblem, batch: Batch, way: tuple[StageRun, ...]) -> UnderWay:
    last = batch.runs[-1]
    if last.end <= problem.start:
        return UnderWay(batch.id, batch.quality, batch.runs, None, batch.due, settled=way)
    running = Running(last.stage, last.unit, last.start, last.end)
    return UnderWay(batch.id, batch.quality, batch.runs[:-1], running, batch.due, settled=way)
