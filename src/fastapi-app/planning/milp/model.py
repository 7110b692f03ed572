"""The schedule as a mixed-integer programme: counts of starts by segment, quality and slot, not a binary for each batch.

Batches that wait are the running difference of arrivals and departures, bounded by the arrivals of the last `slack` slots, which
is exact for first in, first out. Machines, attendance and power are sums over windows of starts; demand is a cumulative count.
What has begun or is frozen enters as constants.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from domain.plan.production import HOURS_PER_SLOT, Batch, PlanProblem
from planning.milp.grid import Bools, Floats, Grid, all_still_kw, begun_batches, grid_of, kept_batches, settled_ids
from planning.milp.programme import INFINITY, Program, Sum
from planning.milp.relaxation import Limit, Relaxation
from planning.milp.segments import Segment, segments_of, stages_told_apart
from planning.milp.time_grid import Cell, cells_of

Span = tuple[int, int, int]
"""First slot of a run, first after it, first in which its machine is free."""
Key = tuple[int, int, int, int]
"""(segment, quality, slot, group) of a start."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A batch with runs that no plan may change: they are constants."""

    batch: Batch
    starts: list[tuple[int, int] | None]
    """(slot, group) of each segment's start; None where it is planned."""
    spans: dict[int, Span]
    """By stage, whole segments: what follows at once follows as it must."""
    settled: bool
    """Nothing of it is planned."""

    def is_unfinished(self, problem: PlanProblem) -> bool:
        """Whether it does not come to its end within the horizon."""
        last = len(problem.plant.stages) - 1
        return self.settled and (last not in self.spans or self.spans[last][1] > problem.slots)


@dataclass(slots=True)
class Model:
    """The programme and where its columns stand."""

    problem: PlanProblem
    grid: Grid
    segments: tuple[Segment, ...]
    relaxed: Relaxation
    may_run: Bools
    """(stages, slots)."""
    cells: tuple[Cell, ...]
    """Stretches of time at whose beginning runs may start; rows are theirs."""
    program: Program = field(default_factory=Program)
    starts: dict[Key, int] = field(default_factory=dict)
    """Column of each start count; a start that is not allowed has none."""
    leaves: dict[Key, int] = field(default_factory=dict)
    """Column of each count that leaves a told-apart machine (segment and group of the machine)."""
    fixed: dict[Key, int] = field(default_factory=dict)
    """Starts that are kept."""
    kept: tuple[Kept, ...] = ()
    still_kw: Floats = field(default_factory=lambda: np.zeros(0))
    """(slots,): power that runs do not draw in which a machine stands still."""
    held: dict[Key, Sum] = field(default_factory=dict)
    """Batches that wait after a segment while a cell lasts, by (segment, quality, slot, group)."""
    held_by_fact: dict[Key, Sum] = field(default_factory=lambda: defaultdict(Sum))
    """The same of batches that are settled."""
    running: dict[tuple[int, int, int], Sum] = field(default_factory=lambda: defaultdict(Sum))
    """Runs of (stage, first slot of a cell, group)."""
    stretch: dict[tuple[Limit, str, int], int] = field(default_factory=dict)
    """Columns that stretch a limit, by (limit, what, slot or 0)."""

    @property
    def last(self) -> int:
        """Index of the last segment."""
        return len(self.segments) - 1

    def segment_of(self, stage: int) -> int:
        """Index of the segment that a stage is in."""
        return next(index for index, segment in enumerate(self.segments) if stage in segment.stages)

    def length(self, segment: int, quality: int) -> int:
        """Length of a segment for a quality [quarter-hours]."""
        name = self.problem.plant.qualities[quality]
        return sum(self.problem.plant.stages[stage].slots(name) for stage in self.segments[segment].stages)

    def offsets(self, segment: int, quality: int) -> list[tuple[int, int, int]]:
        """(stage, first slot, end slot) of a segment's stages, from its start."""
        name, spans, at = self.problem.plant.qualities[quality], [], 0
        for stage in self.segments[segment].stages:
            end = at + self.problem.plant.stages[stage].slots(name)
            spans.append((stage, at, end))
            at = end
        return spans

    def segment_starts(self, batch: Batch) -> list[tuple[int, int] | None]:
        """(slot, group) in which a batch starts each segment; None where it has no such run."""
        runs = {run.stage: run for run in batch.runs}
        found: list[tuple[int, int] | None] = []
        for segment in self.segments:
            run = runs.get(self.problem.plant.stages[segment.stages[0]].name)
            group = 0 if run is None or segment.groups == 1 else run.unit - 1
            found.append(None if run is None else (self.problem.slot_of(run.start), group))
        return found

    def kept_of(self, batch: Batch, *, settled: bool) -> Kept:
        """What a batch has of constants."""
        plant, spans = self.problem.plant, dict[int, Span]()
        for index, run in enumerate(batch.runs):
            start, end, released = (self.problem.slot_of(instant) for instant in (run.start, run.end, run.released))
            spans[index] = (start, end, released if settled else end)
        last = len(batch.runs) - 1
        segment = self.segments[self.segment_of(last)]
        for stage in segment.stages if not settled else ():
            if stage > last:
                start = spans[stage - 1][1]
                end = start + plant.stages[stage].slots(batch.quality)
                spans[stage] = (start, end, end)
        return Kept(batch, self.segment_starts(batch), spans, settled)

    def may_start(self, segment: int, quality: int, slot: int) -> bool:
        """Whether each stage of a segment may run where a start at a slot puts it."""
        spans = [(stage, slot + first, slot + end) for stage, first, end in self.offsets(segment, quality)]
        return spans[-1][2] <= self.problem.slots and all(self.may_run[stage, first:end].all() for stage, first, end in spans)

    def run_eur(self, segment: int, quality: int, slot: int) -> float:
        """Cost of the runs of a segment inside the horizon [€]."""
        most = self.problem.slots
        spans = [(stage, max(0, slot + first), min(most, slot + end)) for stage, first, end in self.offsets(segment, quality)]
        return sum(self.stage_eur(stage, first, end) for stage, first, end in spans if end > 0)

    def stage_eur(self, stage: int, first: int, end: int) -> float:
        """Cost of a machine that runs in slots [first, end) within the horizon [€]."""
        return float(self.grid.run_eur[stage, end] - self.grid.run_eur[stage, first])

    def stretched(self, limit: Limit, what: str, slot: int = 0, *, whole: bool = True) -> int:
        """A new column that stretches a limit: 0 or 1, or (not `whole`) any amount."""
        column = self.program.column(1.0, 1 if whole else INFINITY, integer=whole)
        self.stretch[limit, what, slot] = column
        return column

    def start_sum(self, key: Key) -> Sum:
        """The count of starts at a key: a column, a constant, or nothing."""
        count = Sum(constant=float(self.fixed.get(key, 0)))
        return count.plus(self.starts[key]) if key in self.starts else count


def new_model(problem: PlanProblem, relaxed: Relaxation) -> Model:
    """A model with its start columns, kept runs and running sums; limits are added by the modules that know them."""
    segments = segments_of(problem.plant, stages_told_apart(problem))
    grid = grid_of(problem)
    may_run = np.array([relaxed.may_run(problem, grid, stage) for stage in range(len(problem.plant.stages))])
    fine = (
        bool(relaxed.elastic) or "freeze" in relaxed.dropped
    )  # a stretch is counted, a start without freeze made, by quarter-hours
    model = Model(problem, grid, segments, relaxed, may_run, cells_of(problem, grid, fine=fine))
    _keep(model)
    for segment in range(len(segments)):
        for quality in range(len(problem.plant.qualities)):
            _add_starts(model, segment, quality)
    _sum_runs(model)
    return model


def _keep(model: Model) -> None:
    """Kept runs as constants, by the first stage of each segment. One that is frozen, not begun, must still be allowed."""
    settled = settled_ids(model.problem)
    model.kept = tuple(model.kept_of(batch, settled=batch.id in settled) for batch in kept_for(model))
    for kept in model.kept:
        quality = model.problem.plant.qualities.index(kept.batch.quality)
        for segment, start in enumerate(kept.starts):
            if start is not None:
                key = (segment, quality, *start)
                model.fixed[key] = model.fixed.get(key, 0) + 1
                if start[0] >= 0 and not kept.settled and not model.may_start(segment, quality, start[0]):
                    model.program.impossible.append("freeze")


def kept_for(model: Model) -> tuple[Batch, ...]:
    """The batches whose runs are constants in this model."""
    return begun_batches(model.problem) if "freeze" in model.relaxed.dropped else kept_batches(model.problem)


def _add_starts(model: Model, segment: int, quality: int) -> None:
    """A column for each start that calendar, air, wishes and known prices allow, after the freeze."""
    groups = model.segments[segment].groups
    units = min(model.problem.plant.stages[stage].units for stage in model.segments[segment].stages)
    still = sum(model.length(later, quality) for later in range(segment, len(model.segments)))
    frozen = 0 if "freeze" in model.relaxed.dropped else model.grid.freeze
    for slot, _ in model.cells:
        if frozen <= slot <= model.problem.slots - still and model.may_start(segment, quality, slot):
            cost = model.relaxed.energy_weight * model.run_eur(segment, quality, slot)
            for group in range(groups):
                model.starts[segment, quality, slot, group] = model.program.column(cost, 1 if groups > 1 else units)


def _sum_runs(model: Model) -> None:
    """Running sums of each stage and cell from kept runs and starts; the cost of kept runs inside the horizon."""
    begins = [begin for begin, _ in model.cells]
    most = model.problem.slots
    for kept in model.kept:
        _run_kept(model, kept, begins)
    for key in model.starts:
        segment, quality, slot, group = key
        count = Sum().plus(model.starts[key])
        for stage, first, end in model.offsets(segment, quality):
            low, high = max(0, slot + first), min(most, slot + end)
            for at in begins[bisect_left(begins, low) : bisect_left(begins, high)]:
                model.running[stage, at, group].add(count)
    _stand_still(model)


def _run_kept(model: Model, kept: Kept, begins: list[int]) -> None:
    for stage, (start, end, _) in kept.spans.items():
        low, high = max(0, start), min(model.problem.slots, end)
        for at in begins[bisect_left(begins, low) : bisect_left(begins, high)]:
            model.running[stage, at, _group(model, kept, stage)].add(Sum(constant=1.0))
        if low < high:
            model.program.offset += model.relaxed.energy_weight * model.stage_eur(stage, low, high)
    if kept.settled:
        _hold_settled(model, kept, begins)


def _group(model: Model, kept: Kept, stage: int) -> int:
    return kept.batch.runs[stage].unit - 1 if model.segments[model.segment_of(stage)].groups > 1 else 0


def _hold_settled(model: Model, kept: Kept, begins: list[int]) -> None:
    """Machines that a settled batch is held in, as constants."""
    quality = model.problem.plant.qualities.index(kept.batch.quality)
    for stage, (_, end, released) in kept.spans.items():
        low, high = max(0, end), min(model.problem.slots, released)
        segment = model.segment_of(stage)
        for at in begins[bisect_left(begins, low) : bisect_left(begins, high)]:
            model.held_by_fact[segment, quality, at, _group(model, kept, stage)].add(Sum(constant=1.0))
        if low < high:
            kw = model.problem.plant.stages[stage].hold_kw
            model.program.offset += model.relaxed.energy_weight * kw * float(model.grid.hold_eur[high] - model.grid.hold_eur[low])


def _stand_still(model: Model) -> None:
    """Power that is not drawn, and not paid for, where the run that a batch is in stands still."""
    model.still_kw = all_still_kw(model.problem, model.grid)
    eur = float(np.nan_to_num(model.still_kw * model.grid.price).sum()) * HOURS_PER_SLOT
    model.program.offset -= model.relaxed.energy_weight * eur
