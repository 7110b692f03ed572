"""What batches use and cost within the horizon."""

from collections.abc import Iterable

import numpy as np

from domain.plan.plan import PlannedBatch
from domain.plan.production import HOURS_PER_SLOT, Batch, PlanProblem
from planning.milp.grid import Floats, Grid, still_kw


def batch_load_kw(problem: PlanProblem, grid: Grid, batch: Batch) -> Floats:
    """(slots,): power of a batch on its machines, running and held."""
    load = np.zeros(problem.slots)
    for run in batch.runs:
        index = next(i for i, stage in enumerate(problem.plant.stages) if stage.name == run.stage)
        start, end, released = (max(0, problem.slot_of(instant)) for instant in (run.start, run.end, run.released))
        load[start:end] += np.nan_to_num(grid.stage_kw[index, start:end], nan=problem.plant.stages[index].power_kw)
        load[end:released] += problem.plant.stages[index].hold_kw
    fact = next((item for item in problem.under_way if item.batch_id == batch.id), None)
    return load if fact is None else load - still_kw(problem, grid, fact)


def costed(problem: PlanProblem, grid: Grid, batches: Iterable[Batch]) -> tuple[PlannedBatch, ...]:
    """Batches with energy [kWh] and cost [€]; a slot without a price adds no cost (and holds only what had begun)."""
    prices = np.nan_to_num(grid.price)
    loads = [(batch, batch_load_kw(problem, grid, batch) * HOURS_PER_SLOT) for batch in batches]
    return tuple(PlannedBatch(batch, round(float(kwh.sum()), 9), rounded(float(kwh @ prices))) for batch, kwh in loads)


def total_eur(batches: Iterable[PlannedBatch]) -> float:
    """Cost of batches [€]."""
    return rounded(sum(item.cost_eur for item in batches))


def rounded(eur: float) -> float:
    """Euros without the noise of floating point, and no minus before a zero."""
    return round(eur, 9) + 0.0


def scenario_costs(problem: PlanProblem, grid: Grid, batches: Iterable[Batch]) -> list[float]:
    """Cost of the batches on each price scenario [€]."""
    load = sum((batch_load_kw(problem, grid, batch) for batch in batches), np.zeros(problem.slots))
    return [float(load @ np.array(path)) * HOURS_PER_SLOT for path in problem.scenarios]
