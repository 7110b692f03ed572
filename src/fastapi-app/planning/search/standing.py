"""What the plan in force costs from now on, without a search."""

from domain.plan.production import PlanProblem
from planning.milp.grid import grid_of
from planning.search.costing import costed, total_eur
from planning.search.mend import mended
from planning.search.solve import check_late


def standing_eur(problem: PlanProblem) -> float | None:
    """Cost of the batches of the plan in force within the horizon [€]; None where they do not do for the problem."""
    grid = grid_of(problem)
    batches = mended(problem, grid)
    if batches is None or check_late(problem, batches) is None:
        return None
    return total_eur(costed(problem, grid, batches))
