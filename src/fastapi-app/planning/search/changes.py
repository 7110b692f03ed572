"""What a new plan changes against the plan in force, what it gains, and which prices made it so."""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from domain.messages import Message
from domain.plan.checker import broken
from domain.plan.plan import BatchMove, Changes, MachineChange
from domain.plan.production import Batch, PlanProblem
from domain.plan.served import LEAST_KG_H, lateness_of
from planning import messages
from planning.milp.grid import Floats, Grid
from planning.search.costing import batch_load_kw, costed, rounded, total_eur

PARTS = (("night", 0, 6), ("morning", 6, 12), ("afternoon", 12, 18), ("evening", 18, 24))
"""Parts of a local day by hour."""


def moved_between(before: Sequence[Batch], after: Sequence[Batch]) -> tuple[BatchMove, ...]:
    """Batches that start some stage at another time; the first such stage gives the two times."""
    now = {batch.id: batch for batch in after}
    found = []
    for batch in before:
        if batch.id in now:
            pairs = zip(batch.runs, now[batch.id].runs, strict=False)
            shifted = next(((a.start, b.start) for a, b in pairs if a.start != b.start), None)
            if shifted:
                found.append(BatchMove(batch.id, batch.quality, *shifted, batch.due))
    return tuple(found)


def machines_between(before: Sequence[Batch], after: Sequence[Batch]) -> tuple[BatchMove, ...]:
    """Batches that keep all their times, but not their machines; the first such stage is named."""
    now = {batch.id: batch for batch in after}
    found = []
    for batch in before:
        pairs = list(zip(batch.runs, now[batch.id].runs, strict=False)) if batch.id in now else []
        changed = next(((a, b) for a, b in pairs if a.unit != b.unit), None)
        if changed and all(a.start == b.start for a, b in pairs):
            was, is_now = changed
            machine = MachineChange(was.stage, was.unit, is_now.unit)
            found.append(BatchMove(batch.id, batch.quality, was.start, is_now.start, batch.due, machine=machine))
    return tuple(found)


def changes_between(problem: PlanProblem, grid: Grid, batches: Sequence[Batch]) -> Changes:
    """Changes against the plan in force. The gain is of the batches that both have, on the new prices."""
    moves = [*moved_between(problem.current, batches), *machines_between(problem.current, batches)]
    moved = tuple(replace(move, why=why_moved(problem, grid, batches, move.id)) for move in moves)
    old_ids, new_ids = {b.id for b in problem.current}, {b.id for b in batches}
    possible = _still_possible(problem)
    gain = _cost_of(problem, grid, problem.current, new_ids) - _cost_of(problem, grid, batches, old_ids) if possible else None
    reason, part = ("limits_changed", None) if not possible else _reason(problem, grid, batches) if moved else ("none", None)
    if reason == "limits_changed" and possible and old_ids != new_ids:
        reason = "horizon_moved"
    return Changes(
        moved=moved,
        added=tuple(sorted(new_ids - old_ids)),
        removed=tuple(sorted(old_ids - new_ids)),
        gain_eur=None if gain is None else rounded(gain),
        reason=reason,
        message=messages.changes(len(moved), gain, messages.why_changed(reason, part)),
    )


def why_moved(problem: PlanProblem, grid: Grid, batches: Sequence[Batch], batch_id: str) -> Message:
    """Why a batch is not where the plan in force had it: what the checker says against it there, beside the others where they
    are now; or what it saves.
    """
    before = next(batch for batch in problem.current if batch.id == batch_id)
    others = [batch for batch in batches if batch.id != batch_id]
    there = [*others, before]
    facts = replace(problem, freeze_until=None)
    late, kg_h = lateness_of(facts, there)
    against = broken(facts, there, late=late)
    is_later = kg_h > lateness_of(facts, batches)[1] + LEAST_KG_H
    beside = {id_ for item in against if item.limit == "machines" for id_ in (item.batch_id, item.beside)}
    gain = total_eur(costed(problem, grid, [before])) - _cost_of(problem, grid, batches, {batch_id})
    return messages.why_moved(
        [*dict.fromkeys(item.limit for item in against), *(["demand"] if is_later else [])],
        [batch.id for batch in others if batch.id in beside],
        has_passed=before.start < problem.start and all(fact.batch_id != batch_id for fact in problem.under_way),
        gain_eur=gain,
    )


def _still_possible(problem: PlanProblem) -> bool:
    """Whether the plan in force breaks nothing but demand that is new."""
    violations = broken(replace(problem, freeze_until=None), problem.current)
    return {violation.limit for violation in violations} <= {"demand"}


def _cost_of(problem: PlanProblem, grid: Grid, batches: Sequence[Batch], ids: Set[str]) -> float:
    return total_eur(costed(problem, grid, [batch for batch in batches if batch.id in ids]))


def _reason(problem: PlanProblem, grid: Grid, batches: Sequence[Batch]) -> tuple[str, tuple[date, str] | None]:
    """The part of a day whose change of price is worth most to the move."""
    if not problem.current_prices:
        return "limits_changed", None
    loads = [sum((batch_load_kw(problem, grid, b) for b in plan), np.zeros(problem.slots)) for plan in (problem.current, batches)]
    shift = loads[1] - loads[0]
    change = grid.price - np.array([np.nan if price is None else price for price in problem.current_prices])
    worth = _by_part(problem, np.nan_to_num(-shift * change))
    drift = _by_part(problem, np.nan_to_num(change))
    if not worth or max(worth.values()) <= 1e-6:
        return "limits_changed", None
    part = max(worth, key=lambda key: worth[key])
    return ("price_fell" if drift[part] < 0 else "price_rose"), part


def _by_part(problem: PlanProblem, values: Floats) -> dict[tuple[date, str], float]:
    """Sums over the parts of local days."""
    sums: dict[tuple[date, str], float] = {}
    for slot, value in enumerate(values):
        key = part_of_day(problem.at(slot), problem)
        sums[key] = sums.get(key, 0.0) + float(value)
    return sums


def part_of_day(instant: datetime, problem: PlanProblem) -> tuple[date, str]:
    """Local day and part of an instant."""
    local = instant.astimezone(problem.plant.tz)
    return local.date(), next(name for name, first, last in PARTS if first <= local.hour < last)
