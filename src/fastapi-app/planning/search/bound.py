"""A bound that is there before any search: each stage of each batch where it is cheapest, as if it had the plant to itself."""

import numpy as np

from domain.plan.production import HOURS_PER_SLOT, PlanProblem
from planning.milp.demands import spare_kg, whole_batches
from planning.milp.grid import Grid, kept_batches, settled_ids
from planning.milp.relaxation import NOTHING
from planning.search.costing import costed, rounded, total_eur


def least_eur(problem: PlanProblem, grid: Grid, *, all_made: bool) -> float:
    """No plan costs less [€]. Unless all that is due is made, what could be left undone counts only where it earns."""
    kept = kept_batches(problem)
    total = total_eur(costed(problem, grid, kept))
    settled = settled_ids(problem)
    for batch in kept:
        if batch.id not in settled:
            total += _rest_eur(problem, grid, batch.quality, len(batch.runs))
    for quality in problem.plant.qualities:
        due = sum(item.kg for item in problem.promises if item.quality == quality) - spare_kg(problem, quality)
        fresh = whole_batches(due, problem.plant.batch_kg)
        each = _rest_eur(problem, grid, quality, 0)
        total += max(0, fresh - sum(batch.quality == quality for batch in kept)) * each if all_made else fresh * min(0.0, each)
    return rounded(total)


def _rest_eur(problem: PlanProblem, grid: Grid, quality: str, done: int) -> float:
    """The cheapest slots of the stages from one on, and of what it is held before and between them."""
    total = 0.0
    for index, stage in enumerate(problem.plant.stages):
        cheapest = float(np.nanmin(grid.price)) if grid.known.any() else 0.0
        if index >= done - 1:
            total += min(0.0, stage.hold_kw * stage.slack_slots * HOURS_PER_SLOT * cheapest) * stage.holds
        if index >= done:
            total += _run_eur(problem, grid, index, stage.slots(quality))
    return total


def _run_eur(problem: PlanProblem, grid: Grid, stage: int, length: int) -> float:
    costs = grid.run_eur[stage, length:] - grid.run_eur[stage, :-length] if length <= problem.slots else np.zeros(0)
    may = NOTHING.may_run(problem, grid, stage)
    blocked = np.concatenate([[0], np.cumsum(~may)])
    free = blocked[length:] == blocked[:-length] if length <= problem.slots else np.zeros(0, dtype=bool)
    return float(costs[free].min()) if free.any() else 0.0
