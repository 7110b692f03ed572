"""The best plan for a problem, with its proof; the same problem gives the same plan, bit for bit."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import quantiles

import numpy as np

from domain.canonical import digest
from domain.plan.checker import check
from domain.plan.plan import Plan, PlannedBatch, Status, StoppedBy
from domain.plan.production import HOURS_PER_SLOT, Batch, PlanProblem
from domain.shop_floor.identity import identified
from planning.milp.demands import add_demand, add_stability
from planning.milp.engine import Outcome, SearchLimits, minimise
from planning.milp.flows import add_flows
from planning.milp.grid import Floats, grid_of, kept_batches
from planning.milp.limits import add_limits
from planning.milp.model import Model, new_model
from planning.milp.relaxation import NOTHING, Relaxed
from planning.search.assignment import batches_of, due_units
from planning.search.baseline import baseline, carried_on
from planning.search.changes import changes_between, moved_between
from planning.search.costing import costed, rounded, scenario_costs, total_eur
from planning.search.polish import polished

MODEL_VERSION = 2
"""Part of the plan's identity: raise it when the model changes."""
NO_LIMITS = SearchLimits()

OnPlan = Callable[[Plan], None]


class PlanCheckError(Exception):
    """The checker refuses what the solver returned: a fault of the program, never of the input."""


def plan_id(problem: PlanProblem, limits: SearchLimits = NO_LIMITS) -> str:
    """SHA-256 of everything that may influence the plan."""
    return digest([MODEL_VERSION, problem, limits.rel_gap, limits.abs_gap_eur, limits.nodes])


def build(problem: PlanProblem, relaxed: Relaxed = NOTHING) -> Model:
    """The whole programme of a problem."""
    model = new_model(problem, relaxed)
    add_flows(model)
    add_limits(model)
    add_demand(model)
    add_stability(model)
    return model


def solve(problem: PlanProblem, limits: SearchLimits = NO_LIMITS, on_plan: OnPlan | None = None) -> Plan:
    """The best plan within the limits, checked. `on_plan` receives each better plan on the way, checked as well.

    An infeasible answer has no clash yet: `planning.conflict.conflict.explain` finds it. A freeze that cannot be kept is given up.
    """
    return _Search(problem, limits, on_plan).run()


class _Search:
    """One solve: what is known from the start, and how a plan is put together from it."""

    def __init__(self, problem: PlanProblem, limits: SearchLimits, on_plan: OnPlan | None) -> None:
        self.problem, self.limits, self.on_plan = problem, limits, on_plan
        self.grid = grid_of(problem)
        self.id = plan_id(problem, limits)
        self.usual = self._usual()
        self.best_eur = np.inf

    def run(self) -> Plan:
        if not any(due_units(self.problem, name) for name in self.problem.plant.qualities) and not kept_batches(self.problem):
            return replace(self._frame(), status="empty")
        offers = self._offers()
        if offers and self.on_plan:
            self._offer(min(offers, key=self._objective), -np.inf)
        model = build(self.problem)
        starts = [start_values(model, min(offers, key=self._objective))] if offers else []
        outcome = minimise(model.program, self.limits, starts, self._reporter(model))
        found = [] if outcome.values is None else [_batches(model, outcome.values)]
        if not found and not offers:
            return self._without_plan(outcome)
        best = min([*found, *offers], key=self._objective)
        if not self.problem.current:
            best = polished(self.problem, self.grid, best)
        return self._plan(best, outcome.bound, outcome.stopped_by)

    def _without_plan(self, outcome: Outcome) -> Plan:
        """Once more without the freeze, if that may help; else the answer that there is none."""
        if self.problem.freeze_until is not None:
            freed = replace(self.problem, freeze_until=None)
            plan = _Search(freed, self.limits, None).run()
            if plan.batches:
                return replace(plan, plan_id=self.id, freeze_released=True)
        status: Status = "infeasible" if outcome.proven_infeasible else "unknown"
        return replace(self._frame(), status=status, stopped_by=outcome.stopped_by)

    def _usual(self) -> tuple[PlannedBatch, ...] | None:
        """Working as usual, if it can be done and the checker accepts it."""
        batches = baseline(self.problem, self.grid)
        if batches is None or not check(self.problem, batches, pins=False).passed:
            return None
        return costed(self.problem, self.grid, batches)

    def _offers(self) -> list[tuple[Batch, ...]]:
        """Plans that are known before any search: working as usual, and the plan in force carried on, if they keep every limit."""
        known = [tuple(item.batch for item in self.usual or ())]
        if self.problem.current:
            known.append(carried_on(self.problem, self.grid) or ())
        return [batches for batches in known if batches and check(self.problem, batches).passed]

    def _named(self, batches: Sequence[Batch]) -> tuple[Batch, ...]:
        """The batches with their names for life, where the problem has names at all."""
        problem = self.problem
        if problem.names_given is None:
            return tuple(batches)
        begun = {batch.id for batch in problem.started} | {batch.batch_id for batch in problem.under_way}
        known = [batch for batch in problem.current if batch.id not in begun]
        return identified(batches, known, begun, problem.names_given)

    def _objective(self, batches: Sequence[Batch]) -> float:
        batches = self._named(batches)
        moves = moved_between(self.problem.current, batches) if self.problem.current else ()
        kept_ids = {batch.id for batch in batches}
        lost = sum(batch.id not in kept_ids for batch in self.problem.current)
        return total_eur(costed(self.problem, self.grid, batches)) + self.problem.move_threshold_eur * (len(moves) + lost)

    def _reporter(self, model: Model) -> Callable[[Floats, float], None] | None:
        if self.on_plan is None:
            return None
        return lambda values, bound: self._offer(_batches(model, values), bound)

    def _offer(self, batches: tuple[Batch, ...], bound: float) -> None:
        objective = self._objective(batches)
        if self.on_plan is not None and objective < self.best_eur - 1e-9:
            self.best_eur = objective
            self.on_plan(self._plan(batches, bound, "clock"))

    def _frame(self) -> Plan:
        """The plan without batches."""
        problem, grid = self.problem, self.grid
        kwh = np.where(grid.known, grid.base_kw, 0.0) * HOURS_PER_SLOT
        return Plan(
            plan_id=self.id,
            status="infeasible",
            start=problem.start,
            end=problem.end,
            known_until=problem.known_until,
            base_kwh=float(kwh.sum()),
            base_cost_eur=rounded(float(kwh @ np.nan_to_num(grid.price))),
            baseline=self.usual,
            baseline_cost_eur=None if self.usual is None else total_eur(self.usual),
            unplanned=problem.unplanned,
        )

    def _plan(self, batches: tuple[Batch, ...], bound: float, stopped_by: StoppedBy) -> Plan:
        """A plan around batches, once the checker accepts them and finds the same cost."""
        batches = self._named(batches)
        items = costed(self.problem, self.grid, batches)
        cost, verdict = total_eur(items), check(self.problem, batches)
        if not verdict.passed or abs(verdict.cost_eur - cost) > 1e-6:
            raise PlanCheckError(f"{verdict.cost_eur} € against {cost} €; {verdict.violations[:3]}")
        objective = self._objective(batches)
        gap = None if not np.isfinite(bound) else max(0.0, rounded(objective - bound))
        plan = replace(
            self._compared(cost),
            status=self._status(gap),
            batches=items,
            kwh=round(sum(item.kwh for item in items), 9),
            cost_eur=cost,
            objective_eur=objective,
            bound_eur=None if gap is None else objective - gap,
            gap_eur=gap,
            gap_percent=None if gap is None or abs(objective) < 1e-9 else 100 * gap / abs(objective),
            stopped_by=stopped_by,
            changes=changes_between(self.problem, self.grid, batches) if self.problem.current else None,
        )
        return self._spread(plan, batches)

    def _status(self, gap: float | None) -> Status:
        return "optimal" if gap is not None and gap <= self.limits.abs_gap_eur + 1e-9 else "feasible"

    def _compared(self, cost: float) -> Plan:
        """The frame with the saving against working as usual."""
        frame = self._frame()
        if frame.baseline_cost_eur is None:
            return frame
        saving, whole = rounded(frame.baseline_cost_eur - cost), frame.baseline_cost_eur + frame.base_cost_eur
        return replace(frame, saving_eur=saving, saving_percent=100 * saving / whole if whole > 0 else None)

    def _spread(self, plan: Plan, batches: Sequence[Batch]) -> Plan:
        """The plan with its cost at p10, p50 and p90 of the scenarios, if there are two or more."""
        costs = scenario_costs(self.problem, self.grid, batches)
        if len(costs) < 2:
            return plan
        deciles = quantiles(costs, n=10, method="inclusive")
        return replace(plan, cost_p10_eur=deciles[0], cost_p50_eur=deciles[4], cost_p90_eur=deciles[8])


def _batches(model: Model, values: Floats) -> tuple[Batch, ...]:
    """Columns back to batches."""
    counts = {key: round(values[column]) for key, column in model.starts.items() if round(values[column])}
    leaves = {key: round(values[column]) for key, column in model.leaves.items() if round(values[column])}
    return batches_of(model, counts, leaves)


def start_values(model: Model, batches: Sequence[Batch]) -> dict[int, float]:
    """A plan as values of the start columns."""
    values = dict.fromkeys(model.starts.values(), 0.0)
    for batch in batches:
        quality = model.problem.plant.qualities.index(batch.quality)
        for segment, start in enumerate(model.segment_starts(batch)):
            key = None if start is None else (segment, quality, *start)
            if key in model.starts:
                values[model.starts[key]] += 1.0
    return values
