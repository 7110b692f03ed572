"""How many batches a plant can make at most."""

from dataclasses import dataclass, replace
from itertools import groupby
from math import floor, isfinite

from domain.plan.production import Demand, PlanProblem
from domain.timeline import QUARTER, local_day
from planning.milp.demands import finished_by
from planning.milp.engine import SearchLimits, minimise
from planning.milp.flows import add_flows
from planning.milp.grid import Grid, grid_of
from planning.milp.limits import add_limits
from planning.milp.model import new_model
from planning.milp.relaxation import NOTHING, Relaxation
from planning.search.baseline import early
from planning.search.solve import start_values


@dataclass(frozen=True, slots=True)
class Most:
    """The most batches that were found, and the most that are not ruled out."""

    found: int
    at_most: int

    @property
    def proven(self) -> bool:
        """Whether the two meet."""
        return self.found == self.at_most


CLOCK_S = 4.0
"""Guard of the search for one quality [s]: what it leaves open is said."""


def most_in_horizon(problem: PlanProblem, quality: str, limits: SearchLimits | None = None) -> Most:
    """The most batches of one quality, and none of another, that can be finished within the horizon, whatever the energy costs."""
    asked = _asked_for(problem, quality)
    grid = grid_of(asked)
    ceiling = _ceiling(asked, grid, quality)
    known = early(asked, grid) or ()
    if len(known) >= ceiling:
        return Most(ceiling, ceiling)
    model = new_model(asked, Relaxation(any_plan=True))
    add_flows(model)
    add_limits(model)
    made = finished_by(model, 0, problem.slots)
    model.program.row(0.0, made, float(ceiling), "demand")
    for column, _ in made.terms:
        model.program.cost[column] = -1.0
    if not any(model.program.cost):
        return Most(0, 0)
    search = limits or SearchLimits(rel_gap=0.0, abs_gap_eur=0.99, nodes=100_000, clock_s=CLOCK_S)
    outcome = minimise(model.program, search, [start_values(model, known)] if known else [])
    if outcome.proven_infeasible:
        return Most(0, 0)
    found = max(len(known), 0 if outcome.values is None else round(-outcome.objective))
    bound = floor(-outcome.bound + 1e-6) if isfinite(outcome.bound) else ceiling
    return Most(found, max(found, min(ceiling, bound)))


def _asked_for(problem: PlanProblem, quality: str) -> PlanProblem:
    """The problem with more of the quality due at its end than the quickest plant could make, and nothing else."""
    last = local_day(problem.end - QUARTER, problem.plant.tz)
    kg = problem.slots * max(stage.units for stage in problem.plant.stages) * problem.plant.batch_kg
    plant = replace(
        problem.plant,
        qualities=(quality,),
        stages=tuple(replace(stage, minutes={quality: stage.minutes[quality]}) for stage in problem.plant.stages),
        weekday_batches={},
        date_batches={},
        min_stock_kg={},
        max_stock_kg={},
        shelf_life_hours={},
    )
    return replace(problem, plant=plant, demand=(Demand(last, quality, kg),), orders=(), stock_kg={})


def _ceiling(problem: PlanProblem, grid: Grid, quality: str) -> int:
    """What no stage lets through more than: its machines' time in which it may run, over the length of a batch."""
    most = problem.slots * max(stage.units for stage in problem.plant.stages)
    for index, stage in enumerate(problem.plant.stages):
        may = NOTHING.may_run(problem, grid, index)
        length = stage.slots(quality)
        stretches = (sum(1 for _ in run) for there, run in groupby(may.tolist()) if there)
        most = min(most, sum(stage.units * (stretch // length) for stretch in stretches))
    return most
