"""The plant while batches are placed on it one by one: which machine is free, and how much power is left."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from domain.plan.production import Batch, PlanProblem, StageRun
from planning.milp.grid import Bools, Floats, Grid, all_still_kw, units_down
from planning.milp.relaxation import NOTHING

Counts = NDArray[np.int16]


@dataclass(slots=True)
class Floor:
    """The plant while batches are placed on it."""

    problem: PlanProblem
    grid: Grid
    may_run: Bools
    """(stages, slots)."""
    busy: list[Counts]
    """(units, slots) of each stage: how many batches, and outages, have the machine. By fact it may be more than one: a batch that
    left its kettle waits for the next machine while another is in the kettle.
    """
    free_kw: Floats
    """(slots,): contracted power less base load and what is placed."""
    _chains: dict[tuple[str, int, int, int], tuple[StageRun, ...] | None] = field(default_factory=dict)
    """What `chain` found since something was placed or lifted: starts beside each other ask for the same later stages."""

    def fits(self, stage: int, start: int, end: int) -> bool:
        """Whether calendar, air, prices and power let a stage run in slots [start, end)."""
        inside = start >= 0 and end <= self.problem.slots
        return inside and bool(
            self.may_run[stage, start:end].all() and (self.grid.stage_kw[stage, start:end] <= self.free_kw[start:end] + 1e-9).all()
        )

    def unit(self, stage: int, start: int, released: int) -> int | None:
        """The first machine that is free in slots [start, released); 1 is the first."""
        free = np.flatnonzero(~self.busy[stage][:, max(0, start) : released].any(axis=1))
        return int(free[0]) + 1 if len(free) else None

    def may_hold(self, stage: int, start: int, end: int) -> bool:
        """Whether a batch may be held in a stage's machine in slots [start, end)."""
        if start == end:
            return True
        kw = self.problem.plant.stages[stage].hold_kw
        allowed = ~np.isnan(self.grid.price[start:end]) & ~self.grid.forbidden[stage, start:end]
        return bool(allowed.all() and (kw <= self.free_kw[start:end] + 1e-9).all())

    def take(self, run: StageRun) -> None:
        """Marks a run as placed."""
        self._mark(run, taken=True)

    def _mark(self, run: StageRun, *, taken: bool) -> None:
        self._chains.clear()
        stage = next(i for i, data in enumerate(self.problem.plant.stages) if data.name == run.stage)
        start, end, released = (max(0, self.problem.slot_of(instant)) for instant in (run.start, run.end, run.released))
        sign = -1.0 if taken else 1.0
        self.busy[stage][run.unit - 1, start:released] += 1 if taken else -1
        self.free_kw[start:end] += sign * np.nan_to_num(self.grid.stage_kw[stage, start:end])
        self.free_kw[end:released] += sign * self.problem.plant.stages[stage].hold_kw

    def hold(self, stage: int, run: StageRun) -> None:
        """Marks the time that a placed run is held after its end."""
        self._chains.clear()
        end, released = (max(0, self.problem.slot_of(instant)) for instant in (run.end, run.released))
        self.busy[stage][run.unit - 1, end:released] += 1
        self.free_kw[end:released] -= self.problem.plant.stages[stage].hold_kw

    def release(self, stage: int, run: StageRun) -> None:
        """Takes back that a run holds its machine after its end to the end of the horizon."""
        self._chains.clear()
        end = max(0, self.problem.slot_of(run.end))
        self.busy[stage][run.unit - 1, end:] -= 1
        self.free_kw[end:] += self.problem.plant.stages[stage].hold_kw

    def holds_on(self, stage: int, run: StageRun, until: int) -> bool:
        """Whether a run may hold its own machine up to a slot."""
        start = max(0, self.problem.slot_of(run.end))
        return self.may_hold(stage, start, until) and not self.busy[stage][run.unit - 1, start:until].any()

    def chain(self, quality: str, stage: int, start: int, latest: int) -> tuple[StageRun, ...] | None:
        """Runs of a stage from a slot and of all after it, each as early as may be, done by a slot; None if there are none."""
        key = (quality, stage, start, latest)
        if key not in self._chains:
            self._chains[key] = self._chain(quality, stage, start, latest)
        return self._chains[key]

    def _chain(self, quality: str, stage: int, start: int, latest: int) -> tuple[StageRun, ...] | None:
        plant, at = self.problem.plant, self.problem.at
        data = plant.stages[stage]
        end = start + data.slots(quality)
        if end > latest or not self.fits(stage, start, end):
            return None
        if stage == len(plant.stages) - 1:
            unit = self.unit(stage, start, end)
            return None if unit is None else (StageRun(data.name, unit, at(start), at(end), at(end)),)
        for onward in range(end, end + data.slack_slots + 1):
            released = onward if data.holds else end
            unit = self.unit(stage, start, released)
            if unit is None or (data.holds and not self.may_hold(stage, end, onward)):
                return None
            rest = self.chain(quality, stage + 1, onward, latest)
            if rest is not None:
                return StageRun(data.name, unit, at(start), at(end), at(released)), *rest
        return None

    def lift(self, batch: Batch) -> None:
        """Takes a placed batch off the floor."""
        for run in batch.runs:
            self._mark(run, taken=False)


def empty_floor(problem: PlanProblem, grid: Grid, *, frozen: bool = True) -> Floor:
    """The plant before anything is placed; nothing may start in the freeze, unless that is not `frozen`."""
    stages = range(len(problem.plant.stages))
    may_run = np.array([NOTHING.may_run(problem, grid, stage) for stage in stages])
    if frozen:
        may_run[:, : grid.freeze] = False
    busy = [units_down(problem, stage.name).astype(np.int16) for stage in problem.plant.stages]
    return Floor(problem, grid, may_run, busy, grid.limit_kw - grid.base_kw + all_still_kw(problem, grid))
