"""The schedule as a mixed-integer programme: counts of starts by segment, quality and slot, not a binary for each batch.

Batches that wait are the running difference of arrivals and departures, bounded by the arrivals of the last `slack` slots, which
is exact for first in, first out. Machines, attendance and power are sums over windows of starts; demand is a cumulative count.
What has begun or is frozen enters as constants.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from domain.plan.production import Batch, PlanProblem
from planning.milp.grid import Bools, Grid, grid_of, kept_batches
from planning.milp.programme import INFINITY, Program, Sum
from planning.milp.relaxation import Limit, Relaxed
from planning.milp.segments import Segment, segments_of, stages_told_apart
from planning.milp.time_grid import Cell, cells_of

Key = tuple[int, int, int, int]
"""(segment, quality, slot, group) of a start."""


@dataclass(slots=True)
class Model:
    """The programme and where its columns stand."""

    problem: PlanProblem
    grid: Grid
    segments: tuple[Segment, ...]
    relaxed: Relaxed
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
    held: dict[Key, Sum] = field(default_factory=dict)
    """Batches that wait after a segment while a cell lasts, by (segment, quality, slot, group)."""
    running: dict[tuple[int, int, int], Sum] = field(default_factory=lambda: defaultdict(Sum))
    """Runs of (stage, first slot of a cell, group)."""
    stretch: dict[tuple[Limit, str, int], int] = field(default_factory=dict)
    """Columns that stretch a limit, by (limit, what, slot or 0)."""

    @property
    def last(self) -> int:
        """Index of the last segment."""
        return len(self.segments) - 1

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

    def may_start(self, segment: int, quality: int, slot: int) -> bool:
        """Whether each stage of a segment may run where a start at a slot puts it."""
        spans = [(stage, slot + first, slot + end) for stage, first, end in self.offsets(segment, quality)]
        return spans[-1][2] <= self.problem.slots and all(self.may_run[stage, first:end].all() for stage, first, end in spans)

    def run_eur(self, segment: int, quality: int, slot: int) -> float:
        """Cost of the runs of a segment inside the horizon [€]."""
        most = self.problem.slots
        spans = [(stage, max(0, slot + first), min(most, slot + end)) for stage, first, end in self.offsets(segment, quality)]
        return sum(float(self.grid.run_eur[stage, end] - self.grid.run_eur[stage, first]) for stage, first, end in spans if end > 0)

    def stretched(self, limit: Limit, what: str, slot: int = 0, *, whole: bool = True) -> int:
        """A new column that stretches a limit: 0 or 1, or (not `whole`) any amount."""
        column = self.program.column(1.0, 1 if whole else INFINITY, integer=whole)
        self.stretch[limit, what, slot] = column
        return column

    def start_sum(self, key: Key) -> Sum:
        """The count of starts at a key: a column, a constant, or nothing."""
        count = Sum(constant=float(self.fixed.get(key, 0)))
        return count.plus(self.starts[key]) if key in self.starts else count


def new_model(problem: PlanProblem, relaxed: Relaxed) -> Model:
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
    for batch in kept_for(model):
        quality = model.problem.plant.qualities.index(batch.quality)
        for segment, start in enumerate(model.segment_starts(batch)):
            if start is not None:
                key = (segment, quality, *start)
                model.fixed[key] = model.fixed.get(key, 0) + 1
                if start[0] >= 0 and not model.may_start(segment, quality, start[0]):
                    model.program.impossible.append("freeze")


def kept_for(model: Model) -> tuple[Batch, ...]:
    """The batches whose runs are constants in this model."""
    return model.problem.started if "freeze" in model.relaxed.dropped else kept_batches(model.problem)


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
    """Running sums of each stage and cell from starts and kept runs; the cost of kept runs inside the horizon."""
    begins = [begin for begin, _ in model.cells]
    for key in [*model.fixed, *(key for key in model.starts if key not in model.fixed)]:
        segment, quality, slot, group = key
        count = model.start_sum(key)
        for stage, first, end in model.offsets(segment, quality):
            low, high = max(0, slot + first), min(model.problem.slots, slot + end)
            for at in begins[bisect_left(begins, low) : bisect_left(begins, high)]:
                model.running[stage, at, group].add(count)
        if key in model.fixed:
            model.program.offset += model.relaxed.energy_weight * model.fixed[key] * model.run_eur(segment, quality, slot)
