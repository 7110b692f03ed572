"""Which limits a model leaves out (to name a clash) or stretches at a price (to find the smallest relaxation)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from domain.plan.production import PlanProblem
from planning.milp.grid import Bools, Floats, Grid

Limit = Literal["demand", "shifts", "power", "ambient", "wishes", "stock", "shelf_life", "freeze", "prices"]
LIMITS: tuple[Limit, ...] = ("prices", "freeze", "wishes", "ambient", "stock", "shelf_life", "shifts", "power", "demand")
"""What can be left out, in the order in which it is tried; machines, times and waits are the plant itself."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Limits that are left out, and limits whose stretch is minimised in place of the cost."""

    dropped: frozenset[Limit] = frozenset()
    elastic: frozenset[Limit] = frozenset()
    any_plan: bool = False
    """Only whether there is a plan is asked, not which is the best."""
    late: bool = False
    """Promises may be late: the lateness is minimised, or (with `most_kg_h`) the cost with no more lateness than that."""
    most_kg_h: float | None = None

    @property
    def energy_weight(self) -> float:
        """1 where the cost of energy is minimised; 0 where only feasibility or the stretch counts."""
        other = self.dropped or self.elastic or self.any_plan or (self.late and self.most_kg_h is None)
        return 0.0 if other else 1.0

    def holds(self, limit: Limit) -> bool:
        """Whether a limit is in force as it stands."""
        return limit not in self.dropped and limit not in self.elastic

    @property
    def holds_due(self) -> bool:
        """Whether what is due must be made in time, or given up at the price of a stretch."""
        return "demand" not in self.dropped and not self.late

    def may_run(self, problem: PlanProblem, grid: Grid, stage: int) -> Bools:
        """(slots,): where calendar, air, wishes and known prices let a stage run."""
        may: Bools = np.ones(problem.slots, dtype=bool)
        if "prices" not in self.dropped:
            may &= grid.known
        if self.holds("wishes"):
            may &= ~grid.forbidden[stage]
        if self.holds("ambient"):
            may &= ~np.isnan(grid.stage_kw[stage])
        if problem.plant.stages[stage].attended:
            may &= grid.staffed if self.holds("shifts") else ~grid.absent
        return may

    def stage_kw(self, problem: PlanProblem, grid: Grid) -> Floats:
        """(stages, slots): power of a running unit; its power in mild air where the air would forbid it."""
        plain = np.array([[stage.power_kw] for stage in problem.plant.stages])
        return np.where(np.isnan(grid.stage_kw), plain, grid.stage_kw)


NOTHING = Relaxation()
