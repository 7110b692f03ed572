"""How many batches a plant can make at most."""

from dataclasses import dataclass
from math import floor, isfinite

from domain.plan.production import PlanProblem
from planning.milp.demands import finished_by
from planning.milp.engine import SearchLimits, minimise
from planning.milp.flows import add_flows
from planning.milp.limits import add_limits
from planning.milp.model import new_model
from planning.milp.relaxation import Relaxed


@dataclass(frozen=True, slots=True)
class Most:
    """The most batches that were found, and the most that are not ruled out."""

    found: int
    at_most: int

    @property
    def proven(self) -> bool:
        """Whether the two meet."""
        return self.found == self.at_most


def most_in_horizon(problem: PlanProblem, quality: str, limits: SearchLimits | None = None) -> Most:
    """The most batches of one quality, and none of another, that can be finished within the horizon, whatever the energy costs."""
    model = new_model(problem, Relaxed(any_plan=True))
    add_flows(model)
    add_limits(model)
    for index, name in enumerate(problem.plant.qualities):
        made = finished_by(model, index, problem.slots)
        if name != quality:
            model.program.row(0.0, made, 0.0, "demand")
        for column, _ in made.terms if name == quality else ():
            model.program.cost[column] = -1.0
    if not any(model.program.cost):
        return Most(0, 0)
    outcome = minimise(model.program, limits or SearchLimits(rel_gap=0.0, abs_gap_eur=0.99, nodes=100_000, clock_s=10.0))
    if outcome.proven_infeasible:
        return Most(0, 0)
    found = 0 if outcome.values is None else round(-outcome.objective)
    if not isfinite(outcome.bound):
        return Most(found, problem.slots)
    return Most(found, max(found, floor(-outcome.bound + 1e-6)))
