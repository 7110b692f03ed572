"""The best plan for a problem, with its proof; the same problem gives the same plan, bit for bit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from statistics import quantiles
from typing import Any

import numpy as np

from domain.canonical import digest
from domain.plan.checker import Verdict, check
from domain.plan.plan import Plan, PlannedBatch, Status, StoppedBy
from domain.plan.production import HOURS_PER_SLOT, Batch, PlanProblem, Wish
from domain.plan.served import LEAST_KG_H, lateness_of, made_kg
from domain.shop_floor.identity import identified
from planning.milp.demands import add_demand, add_stability
from planning.milp.engine import Outcome, SearchLimits, minimise
from planning.milp.flows import add_flows
from planning.milp.grid import Floats, grid_of, kept_batches
from planning.milp.lateness import add_lateness
from planning.milp.limits import add_limits
from planning.milp.model import Model, new_model
from planning.milp.relaxation import NOTHING, Relaxation
from planning.search.assignment import batches_of, due_units
from planning.search.baseline import baseline, early
from planning.search.bound import least_eur
from planning.search.changes import changes_between, moved_between
from planning.search.costing import costed, rounded, scenario_costs, total_eur
from planning.search.mend import mended
from planning.search.polish import polished
from planning.search.settle import settled

MODEL_VERSION = 2
"""Part of the plan's identity: raise it when the model changes."""
NO_LIMITS = SearchLimits()

OnPlan = Callable[[Plan], None]


class PlanCheckError(Exception):
    """The checker refuses what the solver returned: a fault of the program, never of the input."""


def plan_id(problem: PlanProblem, limits: SearchLimits = NO_LIMITS) -> str:
    """SHA-256 of everything that may influence the plan."""
    return digest([MODEL_VERSION, problem, limits.rel_gap, limits.abs_gap_eur, limits.nodes])


def build(problem: PlanProblem, relaxed: Relaxation = NOTHING) -> Model:
    """The whole programme of a problem."""
    model = new_model(problem, relaxed)
    add_flows(model)
    add_limits(model)
    add_demand(model)
    add_lateness(model)
    add_stability(model)
    return model


def solve(problem: PlanProblem, limits: SearchLimits = NO_LIMITS, on_plan: OnPlan | None = None) -> Plan:
    """The best plan within the limits, checked. `on_plan` receives each better plan on the way, checked as well.

    Facts hold; what is due may be late where it cannot be otherwise: first as little as can be, then at the least cost. Wishes
    that cannot be had beside the facts are set aside, a freeze that cannot be kept is given up.
    """
    plan = _Search(problem, limits, on_plan).run()
    return plan if plan.status not in ("infeasible", "unknown") else _with_less(problem, limits, on_plan, plan)


def _with_less(problem: PlanProblem, limits: SearchLimits, on_plan: OnPlan | None, plan: Plan) -> Plan:
    """A problem without a plan once more, without its freeze, then without the wishes that cannot be had, one by one. Plans on the
    way say the same of themselves: one of them is the answer where the time is over.
    """

    def said(**more: Any) -> OnPlan | None:
        return None if on_plan is None else lambda found: on_plan(replace(found, plan_id=plan.plan_id, **more))

    if problem.freeze_until is not None:
        freed = _Search(replace(problem, freeze_until=None), limits, said(freeze_released=True)).run()
        if freed.batches or not problem.wishes:
            return replace(freed, plan_id=plan.plan_id, freeze_released=True)
    if not problem.wishes:
        return plan
    bare = replace(problem, freeze_until=None)
    kept: list[Wish] = []
    aside: list[str] = []
    for name in dict.fromkeys(wish.id for wish in problem.wishes):
        mine = [wish for wish in problem.wishes if wish.id == name]
        if _has_plan(replace(bare, wishes=(*kept, *mine)), limits):
            kept += mine
        else:
            aside.append(name)
    found = _Search(replace(problem, wishes=tuple(kept)), limits, said(set_aside=tuple(aside))).run()
    if not found.batches and problem.freeze_until is not None:
        freely = said(set_aside=tuple(aside), freeze_released=True)
        found = replace(_Search(replace(bare, wishes=tuple(kept)), limits, freely).run(), freeze_released=True)
    return replace(found, plan_id=plan.plan_id, set_aside=tuple(aside))


def _has_plan(problem: PlanProblem, limits: SearchLimits) -> bool:
    """Whether there is a plan at all, however late: one that the check accepts."""
    model = build(settled(problem).problem, _ANY)
    tried = minimise(model.program, replace(limits, rel_gap=1.0))
    return any(check_late(problem, batches) is not None for batches in _found(model, tried))


_ANY = Relaxation(late=True, any_plan=True)
_LATE = Relaxation(late=True)
LATE_GAP_KG_H = 0.5
"""No proof of lateness finer than half a kilogram for an hour."""
LATE_SHARE = 0.5
"""Share of the clock that the search for the least lateness may take."""


class _Search:
    """One solve: what is known from the start, and how a plan is put together from it."""

    def __init__(self, problem: PlanProblem, limits: SearchLimits, on_plan: OnPlan | None) -> None:
        self.asked, self.limits, self.on_plan = problem, limits, on_plan
        facts = settled(problem)
        self.problem, self.freeze_released = facts.problem, facts.freeze_released
        if self.freeze_released:
            self.asked = replace(problem, freeze_until=None)
        self.grid = grid_of(self.problem)
        self.id = plan_id(problem, limits)
        self.usual = self._usual()
        self.best = (np.inf, np.inf)

    def run(self) -> Plan:
        if not any(due_units(self.problem, name) for name in self.problem.plant.qualities) and not kept_batches(self.problem):
            return replace(self._frame(), status="empty")
        offers = self._offers()
        if offers and self.on_plan:
            self._offer(min(offers, key=self._rank), -np.inf)
        on_time = [batches for batches in offers if self._lateness(batches) <= LEAST_KG_H]
        if on_time or self._may_be_on_time():
            plan = self._on_time(on_time)
            if plan is not None:
                return plan
        return self._late(offers)

    def _on_time(self, offers: Sequence[tuple[Batch, ...]]) -> Plan | None:
        """The best plan with nothing late; None where none was found."""
        model = build(self.problem)
        starts = [start_values(model, min(offers, key=self._objective))] if offers else []
        outcome = minimise(model.program, self.limits, starts, self._reporter(model))
        found = _found(model, outcome)
        if not found and not offers:
            return None
        best = min(self._calm([*found, *offers]), key=lambda batches: round(self._objective(batches), 6))
        return self._plan(self._polished(best), outcome.bound, outcome.stopped_by)

    def _calm(self, plans: list[tuple[Batch, ...]]) -> list[tuple[Batch, ...]]:
        """The plans with those first that move nothing of the plan in force: of equal cost they are taken."""
        return sorted(plans, key=lambda batches: bool(moved_between(self.problem.current, self._named(batches))))

    def _late(self, offers: Sequence[tuple[Batch, ...]]) -> Plan:
        """Where something may have to be late: first as little as can be, then at the least cost."""
        clock_s = LATE_SHARE * self.limits.clock_s
        least = replace(self.limits, rel_gap=1e-4, abs_gap_eur=LATE_GAP_KG_H, clock_s=clock_s)
        model = build(self.problem, _LATE)
        starts = [start_values(model, min(offers, key=self._rank))] if offers else []
        outcome = minimise(model.program, least, starts)
        found = _found(model, outcome)
        known = [*self._allowed(found), *offers]
        if not known:
            status: Status = "infeasible" if outcome.proven_infeasible else "unknown"
            return replace(self._frame(), status=status, stopped_by=outcome.stopped_by)
        best = min(known, key=self._rank)
        late, bound = self._lateness(best), max(0.0, outcome.bound if np.isfinite(outcome.bound) else 0.0)
        if late <= LEAST_KG_H:
            return self._on_time([best]) or self._plan(best, -np.inf, outcome.stopped_by)
        return self._cheapest_of_least(best, late, min(late, bound))

    def _cheapest_of_least(self, best: tuple[Batch, ...], late: float, bound_kg_h: float) -> Plan:
        """The least cost with no more lateness than the best that is known."""
        model = build(self.problem, Relaxation(late=True, most_kg_h=late))
        reporter = self._reporter(model)
        clock_s = (1 - LATE_SHARE) * self.limits.clock_s
        outcome = minimise(model.program, replace(self.limits, clock_s=clock_s), [start_values(model, best)], reporter)
        found = _found(model, outcome)
        known = [*self._allowed(found), best]
        chosen = min(self._calm(known), key=lambda batches: (self._rank(batches)[0], round(self._objective(batches), 6)))
        return replace(self._plan(self._polished(chosen), outcome.bound, outcome.stopped_by), lateness_bound_kg_h=bound_kg_h)

    def _polished(self, batches: tuple[Batch, ...]) -> tuple[Batch, ...]:
        """A plan in force is left as it is."""
        return batches if self.problem.current else polished(self.problem, self.grid, batches, self.asked)

    def _may_be_on_time(self) -> bool:
        """Whether working as usual has nothing late, but breaks a wish: then a plan with the wish may well be in time."""
        return bool(self.problem.wishes) and bool(self.usual) and self._lateness(self._usual_batches) <= LEAST_KG_H

    def _usual(self) -> tuple[PlannedBatch, ...] | None:
        """Working as usual, or where that finds no place for all, everything as early as may be; if the checker accepts it."""
        for work in (baseline, early):
            batches = work(self.problem, self.grid)
            if batches is not None and check_late(self.asked, batches, pins=False) is not None:
                return costed(self.problem, self.grid, batches)
        return None

    @property
    def _usual_batches(self) -> tuple[Batch, ...]:
        """The batches of working as usual; none where that finds no place for all."""
        return tuple(item.batch for item in self.usual or ())

    def _offers(self) -> list[tuple[Batch, ...]]:
        """Plans that are known before any search: working as usual, everything early, and the plan in force mended, if they
        keep every limit."""
        in_force = mended(self.problem, self.grid) if self.problem.current else None
        offers = self._allowed(batches for batches in (self._usual_batches, in_force) if batches)
        if all(lateness_of(self.asked, batches)[0] for batches in offers):
            offers += self._allowed(batches for batches in (early(self.problem, self.grid),) if batches)
        return offers

    def _allowed(self, plans: Iterable[tuple[Batch, ...]]) -> list[tuple[Batch, ...]]:
        """Those that break no limit, as late as they are."""
        return [batches for batches in plans if check_late(self.asked, batches) is not None]

    def _lateness(self, batches: Sequence[Batch]) -> float:
        return lateness_of(self.asked, batches)[1]

    def _rank(self, batches: Sequence[Batch]) -> tuple[float, float]:
        """Lateness before cost; kilograms and hours that cannot be told apart are equal."""
        return round(self._lateness(batches), 4), self._objective(batches)

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
        rank = self._rank(batches)
        if self.on_plan is not None and rank < (self.best[0], self.best[1] - 1e-9):
            self.best = rank
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
        cost, verdict = total_eur(items), check_late(self.asked, batches)
        if verdict is None or abs(verdict.cost_eur - cost) > 1e-6:
            raise PlanCheckError(f"{cost} € against {check(self.asked, batches)}")
        objective = self._objective(batches)
        gap = max(0.0, rounded(objective - self._sure(bound, stopped_by, all_made=verdict.lateness_kg_h <= LEAST_KG_H)))
        plan = replace(
            self._compared(cost, batches),
            status=self._status(gap),
            batches=items,
            kwh=round(sum(item.kwh for item in items), 9),
            cost_eur=cost,
            objective_eur=objective,
            bound_eur=rounded(cost - gap),
            gap_eur=gap,
            gap_percent=None if abs(cost) < 1e-9 else 100 * gap / abs(cost),
            stopped_by=stopped_by,
            changes=changes_between(self.problem, self.grid, batches) if self.problem.current else None,
            late=verdict.late,
            lateness_kg_h=round(verdict.lateness_kg_h, 6),
            freeze_released=self.freeze_released,
        )
        return self._spread(plan, batches)

    def _sure(self, bound: float, stopped_by: StoppedBy, *, all_made: bool) -> float:
        """What is proven of the objective: by the search, or before it, as one that was cut may have nothing, or 0 €."""
        if stopped_by != "clock" and np.isfinite(bound):
            return bound
        known = least_eur(self.problem, self.grid, all_made=all_made)
        return max(known, bound) if np.isfinite(bound) else known

    def _status(self, gap: float) -> Status:
        return "optimal" if gap <= self.limits.abs_gap_eur + 1e-9 else "feasible"

    def _compared(self, cost: float, batches: Sequence[Batch]) -> Plan:
        """The frame with the saving against working as usual, where that makes as much."""
        frame = self._frame()
        if not batches or frame.baseline_cost_eur is None or _made(self.asked, batches) != _made(self.asked, self._usual_batches):
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


def check_late(problem: PlanProblem, batches: Sequence[Batch], *, pins: bool = True) -> Verdict | None:
    """What the check says of a plan that may be late, as late as it is; None where it breaks a limit."""
    late, _ = lateness_of(problem, batches)
    verdict = check(problem, batches, pins=pins, late=late)
    return verdict if verdict.passed else None


def _made(problem: PlanProblem, batches: Sequence[Batch]) -> list[float]:
    """Kilograms by quality."""
    return [round(sum(made_kg(problem, b) for b in batches if b.quality == name), 6) for name in problem.plant.qualities]


def _batches(model: Model, values: Floats) -> tuple[Batch, ...]:
    """Columns back to batches."""
    counts = {key: round(values[column]) for key, column in model.starts.items() if round(values[column])}
    leaves = {key: round(values[column]) for key, column in model.leaves.items() if round(values[column])}
    return batches_of(model, counts, leaves)


def _found(model: Model, outcome: Outcome) -> list[tuple[Batch, ...]]:
    """The plan that a search found, if it found one."""
    return [] if outcome.values is None else [_batches(model, outcome.values)]


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
