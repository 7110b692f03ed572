"""Why each batch stands where it does, and what a move or a wish costs: measured against the limits, or solved anew."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from domain.messages import Message
from domain.plan.checker import Violation, check
from domain.plan.plan import Plan, Stopped
from domain.plan.production import HOURS_PER_SLOT, Batch, NoStart, Pin, PlanProblem, Wish
from domain.plan.served import LEAST_KG_H
from domain.timeline import QUARTER
from planning import messages
from planning.milp.engine import SearchLimits
from planning.milp.grid import Floats, Grid, grid_of, kept_batches
from planning.search.costing import batch_load_kw
from planning.search.solve import NO_LIMITS, solve

CENT = 0.01
"""A slot counts as cheaper when it saves at least this much [€]."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a batch stands where it does."""

    batch_id: str
    start: datetime
    cost_eur: float
    rank: int
    """Place of its slot among all slots by cost of this batch in its present shape, 1 is the cheapest."""
    of: int
    """How many slots there are (with known prices)."""
    kept: bool
    """It had begun or is frozen: it was not for the plan to place."""
    stopped: Stopped | None
    """The cheapest slot, if that is cheaper by a cent or more."""
    message: Message


@dataclass(frozen=True, slots=True)
class WishAnswer:
    """What a wish costs, beside the other wishes."""

    wish_id: str
    cost_eur: float | None
    """None where no plan has it, or the one without it makes other batches, or the same ones earlier or later."""
    uncertainty_eur: float
    possible: bool
    message: Message


def reasons(problem: PlanProblem, plan: Plan) -> tuple[Reason, ...]:
    """A reason for each batch of a plan."""
    grid, schedule = grid_of(problem), plan.schedule
    kept = {batch.id for batch in kept_batches(problem)}
    return tuple(_reason(problem, grid, schedule, batch, kept=batch.id in kept) for batch in schedule)


def _reason(problem: PlanProblem, grid: Grid, schedule: Sequence[Batch], batch: Batch, *, kept: bool) -> Reason:
    costs, here = _costs_by_shift(problem, grid, batch)
    own = float(costs[here]) if 0 <= here < len(costs) else float("nan")
    better = int(np.sum(costs < own - CENT))
    stopped = None if kept or not better else _stopped(problem, schedule, batch, int(np.nanargmin(costs)) - here, costs, own)
    known = int(np.sum(~np.isnan(costs)))
    message = messages.reason(batch.start, kept=kept, stopped=stopped)
    return Reason(batch.id, batch.start, own, better + 1, known, kept, stopped, message)


def _costs_by_shift(problem: PlanProblem, grid: Grid, batch: Batch) -> tuple[Floats, int]:
    """Cost of the batch's shape at each start slot [€], NaN where a price is not known; and the slot where it is. What is left of a
    batch whose last stages find no place costs nothing.
    """
    load = batch_load_kw(problem, grid, batch) * HOURS_PER_SLOT
    first, last = problem.slot_of(batch.start), problem.slot_of(batch.end)
    shape = load[max(0, first) : max(0, last)]
    if not len(shape):
        return np.zeros(1), 0
    return np.correlate(grid.price, shape, mode="valid"), max(0, first)


def _stopped(problem: PlanProblem, schedule: Sequence[Batch], batch: Batch, shift: int, costs: Floats, own: float) -> Stopped:
    """The cheapest slot of a batch and what the checker says against it."""
    moved = replace(batch, runs=tuple(run.moved(shift * QUARTER) for run in batch.runs))
    others = [other for other in schedule if other.id != batch.id]
    broken = check(replace(problem, wishes=_without_starts(problem.wishes)), [*others, moved]).violations
    return Stopped(
        start=moved.start,
        saves_eur=own - float(np.nanmin(costs)),
        limits=tuple(dict.fromkeys(item.limit for item in broken)) or ("gap",),
        blocked_by=_in_the_way(broken, others),
        at=next((item.at for item in broken), None),
    )


def _without_starts(wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    return tuple(wish for wish in wishes if not isinstance(wish, NoStart))


def _in_the_way(broken: Sequence[Violation], others: Sequence[Batch]) -> tuple[Batch, ...]:
    """Batches that the checker finds on a machine together with the moved one."""
    ids = {id_ for item in broken if item.limit == "machines" for id_ in (item.batch_id, item.beside)}
    return tuple(other for other in others if other.id in ids)


def move_wishes(problem: PlanProblem, batch: Batch, start: datetime) -> tuple[Wish, ...]:
    """The wishes, under one name, that a batch of the plan in force starts at another instant.

    Batches of one quality are alike: a move is one more start at the new instant, and one fewer at the old.
    """
    stage, name = problem.plant.stages[0].name, f"move {batch.id}"
    starts = [other.start for other in problem.current if other.quality == batch.quality]
    return (
        Pin(name, batch.quality, stage, start, starts.count(start) + 1),
        NoStart(name, batch.quality, stage, batch.start, starts.count(batch.start) - 1),
    )


def wish_cost(problem: PlanProblem, plan: Plan, wish_id: str, limits: SearchLimits = NO_LIMITS) -> WishAnswer:
    """What a wish (or a move, which is two of one name) costs: the plan against the one without it, in which the same others hold.
    None where it was set aside, or the two make not the same batches as late: what is left out or comes later would pass for a
    saving.
    """
    holds = bool(plan.batches) and wish_id not in plan.set_aside
    cost, doubt = _difference(problem, plan, wish_id, limits) if holds else (None, 0.0)
    there = _moved_to(problem, wish_id)
    message = messages.wish(wish_id, cost, doubt, possible=holds) if there is None else messages.move(there, cost, doubt)
    return WishAnswer(wish_id, cost, doubt, holds, message)


def _difference(problem: PlanProblem, plan: Plan, wish_id: str, limits: SearchLimits) -> tuple[float | None, float]:
    """By how much a plan is dearer than without a wish [€], and by how much that may be wrong."""
    fewer = tuple(other for other in problem.wishes if other.id not in (wish_id, *plan.set_aside))
    without = solve(replace(problem, wishes=fewer, move_threshold_eur=0.0), limits)
    doubt = (plan.gap_eur or 0.0) + (without.gap_eur or 0.0)
    return plan.cost_eur - without.cost_eur if _serves_as(plan, without) else None, doubt


def _serves_as(plan: Plan, other: Plan) -> bool:
    """Whether two plans make the same, as late."""
    made = [Counter(batch.quality for batch in each.schedule) for each in (plan, other)]
    return made[0] == made[1] and abs(plan.lateness_kg_h - other.lateness_kg_h) < LEAST_KG_H


def _moved_to(problem: PlanProblem, name: str) -> datetime | None:
    """Instant to which the wishes of a name move a batch; None where they move none."""
    named = [wish for wish in problem.wishes if wish.id == name]
    if not any(isinstance(wish, NoStart) for wish in named):
        return None
    pin = next(wish for wish in named if isinstance(wish, Pin))
    return pin.start
