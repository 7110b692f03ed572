"""The problem as arrays over quarter-hours: where each stage may run, with what power, under which limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from domain.plan.production import HOURS_PER_SLOT, Batch, Forbidden, MachineDown, Outage, PlanProblem, StageRun, UnderWay
from domain.timeline import QUARTER, ceil_to

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grid:
    """Arrays of shape (slots,) or (stages, slots). Slots are quarter-hours from the problem's start."""

    price: Floats
    """€/kWh; NaN where it is not known."""
    staffed: Bools
    base_kw: Floats
    limit_kw: Floats
    """Contracted power."""
    stage_kw: Floats
    """(stages, slots): power of a running unit with what the weather adds; NaN where the air forbids it."""
    forbidden: Bools
    """(stages, slots): by a wish."""
    absent: Bools
    """(slots,): nobody is here, whatever the shifts say."""
    run_eur: Floats
    """(stages, slots + 1): cost of a unit that ran from the start up to a slot; unknown slots add nothing."""
    hold_eur: Floats
    """(slots + 1,): cost of 1 kW from the start up to a slot."""
    freeze: int
    """First slot that is not frozen; 0 without a freeze."""

    @property
    def known(self) -> Bools:
        """Where the price is known."""
        return ~np.isnan(self.price)


def grid_of(problem: PlanProblem) -> Grid:
    """The arrays of a problem."""
    price = np.array([np.nan if value is None else value for value in problem.prices])
    absent = np.array(spans_cover(problem, [(absence.start, absence.end) for absence in problem.absences]))
    plant = problem.plant
    starts = [problem.at(slot) for slot in range(problem.slots)]
    overtime = np.array([any(extra.start <= at < extra.end for extra in problem.overtime) for at in starts])
    staffed = (np.array(plant.are_staffed(starts)) | overtime) & ~absent
    stage_kw = np.array([_stage_kw(problem, stage.name, stage.power_kw) for stage in plant.stages])
    step = np.nan_to_num(stage_kw * price) * HOURS_PER_SLOT
    return Grid(
        price=price,
        staffed=staffed,
        base_kw=np.where(staffed, plant.base_kw(staffed=True), plant.base_kw(staffed=False)),
        limit_kw=np.array([plant.contracted_kw[period - 1] for period in problem.periods]),
        stage_kw=stage_kw,
        forbidden=np.array([_forbidden(problem, stage.name) for stage in plant.stages]),
        absent=absent,
        run_eur=np.hstack([np.zeros((len(plant.stages), 1)), np.cumsum(step, axis=1)]),
        hold_eur=np.concatenate([[0.0], np.cumsum(np.nan_to_num(price))]) * HOURS_PER_SLOT,
        freeze=0 if problem.freeze_until is None else max(0, -(-(problem.freeze_until - problem.start) // QUARTER)),
    )


def _stage_kw(problem: PlanProblem, stage: str, power_kw: float) -> list[float]:
    extra = problem.ambient_kw.get(stage, (0.0,) * problem.slots)
    return [np.nan if kw is None else power_kw + kw for kw in extra]


def _forbidden(problem: PlanProblem, stage: str) -> list[bool]:
    mine = [wish for wish in problem.wishes if isinstance(wish, Forbidden) and wish.stage in (None, stage)]
    return spans_cover(problem, [(wish.start, wish.end) for wish in mine])


def spans_cover(problem: PlanProblem, spans: Sequence[tuple[datetime, datetime | None]]) -> list[bool]:
    """By slot: whether one of the spans touches it; a span without an end lasts on."""
    touched = [slots_of(problem, start, end) for start, end in spans]
    return [any(first <= slot < last for first, last in touched) for slot in range(problem.slots)]


def slots_of(problem: PlanProblem, start: datetime, end: datetime | None) -> tuple[int, int]:
    """First slot that a span touches, and the first after it."""
    return problem.slot_of(start), problem.slots if end is None else -(-(end - problem.start) // QUARTER)


def units_down(problem: PlanProblem, stage: str, *, wishes: bool = True) -> Bools:
    """(units, slots): where a machine of a stage is out of use, by fact and (unless they are left out) by wish."""
    down = np.zeros((problem.plant.stage(stage).units, problem.slots), dtype=bool)
    for unit, first, last in down_spans(problem, stage, wishes=wishes):
        down[unit - 1, max(0, first) : max(0, last)] = True
    return down


def down_spans(problem: PlanProblem, stage: str, *, wishes: bool = True) -> Iterator[tuple[int, int, int]]:
    """(machine, first slot, first slot after it) in which a machine of a stage is out of use; 1 is the first machine."""
    down: list[Outage | MachineDown] = list(problem.outages)
    if wishes:
        down += [wish for wish in problem.wishes if isinstance(wish, MachineDown)]
    for item in down:
        if item.stage == stage:
            yield item.unit, *slots_of(problem, item.start, item.end)


def begun_batches(problem: PlanProblem) -> tuple[Batch, ...]:
    """What is in the works, cut to the runs that are facts or settled."""
    return (*problem.started, *(under_way_batch(problem, item) for item in problem.under_way))


def begun_runs(problem: PlanProblem, batch_id: str) -> int:
    """How many runs of a batch under way are facts: those that are done, and the one that it is in."""
    fact = next((item for item in problem.under_way if item.batch_id == batch_id), None)
    return 0 if fact is None else len(fact.done) + (fact.running is not None)


def under_way_batch(problem: PlanProblem, item: UnderWay) -> Batch:
    """A batch under way as its runs so far; the one that it is in ends on the grid."""
    runs = item.done
    if item.running is not None:
        running = item.running
        end = max(ceil_to(running.expected_end, QUARTER), problem.start)
        runs = (*runs, StageRun(running.stage, running.unit, running.since, end, end))
    later = item.settled or ()
    if later and problem.plant.stage(runs[-1].stage).holds:
        runs = (*runs[:-1], replace(runs[-1], released=later[0].start))
    return Batch(item.batch_id, item.quality, item.due, (*runs, *later))


def still_kw(problem: PlanProblem, grid: Grid, item: UnderWay) -> Floats:
    """(slots,): power that a batch under way does not draw, as its machine stands still for the whole of a slot."""
    still = np.zeros(problem.slots)
    for start, end in item.running.stands if item.running else ():
        stage = len(item.done)
        first, last = max(0, -(-(start - problem.start) // QUARTER)), max(0, problem.slot_of(end))
        still[first:last] = np.nan_to_num(grid.stage_kw[stage, first:last], nan=problem.plant.stages[stage].power_kw)
    return still


def all_still_kw(problem: PlanProblem, grid: Grid) -> Floats:
    """(slots,): the same of all batches under way."""
    return sum((still_kw(problem, grid, item) for item in problem.under_way), np.zeros(problem.slots))


def settled_ids(problem: PlanProblem) -> set[str]:
    """Batches of which nothing is planned: there is no choice left."""
    return {item.batch_id for item in problem.under_way if item.settled is not None}


def kept_batches(problem: PlanProblem) -> tuple[Batch, ...]:
    """Batches with runs that no plan may change, cut to those runs: begun before the start, or frozen in the current plan."""
    kept = {batch.id: batch for batch in begun_batches(problem)}
    settled = settled_ids(problem)
    for batch in problem.current:
        begun = kept[batch.id].runs if batch.id in kept else ()
        later = batch.runs[len(begun) :]
        frozen = tuple(takewhile(lambda run: _is_frozen(problem, run), later))
        if begun + frozen and batch.id not in settled:
            kept[batch.id] = Batch(batch.id, batch.quality, batch.due, joined(problem, begun, frozen))
    return tuple(kept.values())


def joined(problem: PlanProblem, begun: tuple[StageRun, ...], later: tuple[StageRun, ...]) -> tuple[StageRun, ...]:
    """What a batch did and what is planned of it: one that can be held is in its machine until the next stage begins."""
    if begun and later and problem.plant.stage(begun[-1].stage).holds and later[0].start >= begun[-1].end:
        begun = (*begun[:-1], replace(begun[-1], released=later[0].start))
    return (*begun, *later)


def _is_frozen(problem: PlanProblem, run: StageRun) -> bool:
    until = problem.freeze_until
    return until is not None and problem.start <= run.start < until
