"""A plan as JSON: the same answer gives the same text. No I/O, no timing."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.checker import Verdict
from domain.plan import Changes, Clash, PlannedBatch, Relief, Said
from domain.schedule import HOURS_PER_SLOT, Batch, Forbidden, MachineDown, NoStart, PlanProblem, StageRun, Wish
from domain.timeline import MADRID
from planning.explain import Reason, WishAnswer
from planning.words import clock_en, clock_es
from services.plan_prices import Outlook
from services.plan_work import Worked

CHECKED = ("order", "waits", "machines", "shifts", "power", "air", "wishes", "started", "freeze", "demand", "stock", "cost")
"""What the independent check goes through."""
CENTS = 4
"""Euros are given to a hundredth of a cent."""


def plan_json(problem: PlanProblem, worked: Worked, verdict: Verdict | None, outlook: Outlook) -> dict[str, Any]:
    """The whole answer. `verdict` is None where there is no plan to check."""
    plan = worked.plan
    why = {reason.batch_id: reason for reason in worked.reasons}
    return {
        "plan_id": plan.plan_id,
        "status": plan.status,
        "complete": worked.complete,
        "gap": None if plan.gap_percent is None else round(plan.gap_percent / 100, 8),
        "gap_eur": _eur(plan.gap_eur),
        "bound_eur": _eur(plan.bound_eur),
        "objective_eur": _eur(plan.cost_eur) if plan.batches else None,
        "horizon": {"start": _iso(plan.start), "end": _iso(plan.end), "known_until": _iso(plan.known_until)},
        "batches": [batch_json(problem, item.batch, why.get(item.batch.id)) for item in plan.batches],
        "energy_kwh": round(plan.kwh, 3),
        "base_load": {"energy_kwh": round(plan.base_kwh, 3), "cost_eur": _eur(plan.base_cost_eur)},
        "cost_eur": {"p10": _eur(plan.cost_p10_eur), "p50": _eur(plan.cost_p50_eur), "p90": _eur(plan.cost_p90_eur)}
        if plan.cost_p50_eur is not None
        else None,
        "baseline_eur": _eur(plan.baseline_cost_eur),
        "baseline": {"batches": _baseline(problem, plan.baseline)},
        "saving_eur": _eur(plan.saving_eur),
        "saving_percent": None if plan.saving_percent is None else round(plan.saving_percent, 3),
        "changes": [] if plan.changes is None else changes_json(plan.changes),
        "wishes": [wish_json(wish, _answer(worked.wishes, wish)) for wish in problem.wishes],
        "unplanned": [{"date": item.day.isoformat(), "quality": item.quality, "kg": item.kg} for item in plan.unplanned],
        "freeze_released": plan.freeze_released,
        "clash": None if worked.clash is None else clash_json(worked.clash),
        "checks": None
        if verdict is None
        else {"passed": verdict.passed, "limits": list(CHECKED), "cost_eur": _eur(verdict.cost_eur)},
        "price_basis": problem.plant.price.basis,
        "unit": "EUR",
        "source": outlook.source,
        "origin": "forecast" if "forecast" in outlook.origins else "published",
        "as_of": _iso(outlook.as_of),
    }


def checks_json(verdict: Verdict) -> dict[str, Any]:
    """What the independent check went through, and the cost that it found."""
    return {"passed": verdict.passed, "limits": list(CHECKED), "cost_eur": _eur(verdict.cost_eur)}


def as_text(document: Mapping[str, Any]) -> str:
    """The bytes that are kept and sent: compact, in the order of the keys as they are made."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def batch_json(problem: PlanProblem, batch: Batch, reason: Reason | None = None) -> dict[str, Any]:
    """A batch with its stages, and why it stands there."""
    return {
        "id": batch.id,
        "quality": batch.quality,
        "kg": problem.plant.batch_kg,
        "due": None if batch.due is None else batch.due.isoformat(),
        "start": _iso(batch.start),
        "end": _iso(batch.end),
        "stages": [stage_json(problem, run) for run in batch.runs],
        "why": None if reason is None else said_json(reason.said),
        "reason": None if reason is None else reason_json(reason),
    }


def stage_json(problem: PlanProblem, run: StageRun) -> dict[str, Any]:
    """A run with what it uses within the horizon. `unit` names the machine; a stage with several numbers them."""
    kwh, eur = energy_and_cost(problem, run)
    several = problem.plant.stage(run.stage).units > 1
    return {
        "stage": run.stage,
        "unit": f"{run.stage}-{run.unit}" if several else run.stage,
        "start": _iso(run.start),
        "end": _iso(run.end),
        "released": _iso(run.released),
        "energy_kwh": round(kwh, 3),
        "cost_eur": _eur(eur),
    }


def energy_and_cost(problem: PlanProblem, run: StageRun) -> tuple[float, float]:
    """Energy [kWh] and cost [€] of a run with its holding, within the horizon, at the expected prices."""
    stage = problem.plant.stage(run.stage)
    first, last, free = (min(problem.slots, max(0, problem.slot_of(at))) for at in (run.start, run.end, run.released))
    extra = problem.ambient_kw.get(run.stage)
    kwh = eur = 0.0
    for slot in range(first, free):
        power = stage.hold_kw if slot >= last else stage.power_kw + ((extra[slot] or 0.0) if extra else 0.0)
        kwh += power * HOURS_PER_SLOT
        eur += power * HOURS_PER_SLOT * (problem.prices[slot] or 0.0)
    return kwh, eur


def reason_json(reason: Reason) -> dict[str, Any]:
    """Where the batch would be cheaper, and what stops it."""
    stopped = reason.stopped
    return {
        "rank": reason.rank,
        "of": reason.of,
        "kept": reason.kept,
        "cheaper": None
        if stopped is None
        else {
            "start": _iso(stopped.start),
            "saves_eur": _eur(stopped.saves_eur),
            "limits": list(stopped.limits),
            "blocked_by": list(stopped.blocked_by),
            "at": None if stopped.at is None else _iso(stopped.at),
        },
    }


def changes_json(changes: Changes) -> list[dict[str, Any]]:
    """What moved, the sum first; empty where nothing did."""
    if not changes.moved:
        return []
    summary = {
        "batch": None,
        "saving_eur": _eur(changes.gain_eur),
        "reason": changes.reason,
        "text": said_json(changes.said),
        "added": list(changes.added),
        "removed": list(changes.removed),
    }
    moved = [
        {
            "batch": item.id,
            "quality": item.quality,
            "from": _iso(item.before),
            "to": _iso(item.after),
            "due": None if item.due is None else item.due.isoformat(),
            "text": said_json(moved_said(item.id, item.before, item.after)),
        }
        for item in changes.moved
    ]
    return [summary, *moved]


def moved_said(id_: str, before: datetime, after: datetime) -> Said:
    """A batch that starts a stage at another time."""
    return Said(
        f"El lote {id_} pasa del {clock_es(_local(before))} al {clock_es(_local(after))}.",
        f"Batch {id_} moves from {clock_en(_local(before))} to {clock_en(_local(after))}.",
    )


def clash_json(clash: Clash) -> dict[str, Any]:
    """Which limits cannot all hold, and what mends it."""
    return {
        "limits": list(clash.limits),
        "minimal": clash.minimal,
        "together": clash.together,
        "text": said_json(clash.said),
        "reliefs": [relief_json(relief) for relief in clash.reliefs],
    }


def relief_json(relief: Relief) -> dict[str, Any]:
    """The smallest stretch of a limit that mends a clash."""
    return {
        "limit": relief.limit,
        "unit": relief.unit,
        "amount": round(relief.amount, 3),
        "parts": [{"what": what, "amount": round(amount, 3)} for what, amount in relief.parts],
        "spans": [{"stage": stage or None, "start": _iso(start), "end": _iso(end)} for stage, start, end in relief.spans],
        "minimal": relief.minimal,
        "confirmed": relief.confirmed,
        "text": said_json(relief.said),
    }


def wish_json(wish: Wish, answer: WishAnswer | None) -> dict[str, Any]:
    """A wish and what it costs; the cost is null while it is not known."""
    body: dict[str, Any] = {"id": wish.id, "start": _iso(wish.start), "stage": wish.stage}
    if isinstance(wish, Forbidden):
        body |= {"kind": "forbidden", "end": _iso(wish.end)}
    elif isinstance(wish, MachineDown):
        body |= {"kind": "machine_down", "unit": wish.unit, "end": _iso(wish.end)}
    else:
        kind = "no_start" if isinstance(wish, NoStart) else "pin"
        body |= {"kind": kind, "quality": wish.quality, "count": wish.count}
    if answer is None:
        return body | {"cost_eur": None, "uncertainty_eur": None, "possible": None, "text": None}
    return body | {
        "cost_eur": _eur(answer.cost_eur),
        "uncertainty_eur": _eur(answer.uncertainty_eur),
        "possible": answer.possible,
        "text": said_json(answer.said),
    }


def said_json(said: Said) -> dict[str, str]:
    """A sentence in its languages."""
    return {"es": said.es, "en": said.en}


def _baseline(problem: PlanProblem, baseline: Sequence[PlannedBatch] | None) -> list[dict[str, Any]] | None:
    return None if baseline is None else [batch_json(problem, item.batch) for item in baseline]


def _answer(answers: Sequence[WishAnswer], wish: Wish) -> WishAnswer | None:
    return next((answer for answer in answers if answer.wish_id == wish.id), None)


def _local(at: datetime) -> datetime:
    return at.astimezone(MADRID)


def _iso(at: datetime) -> str:
    return at.isoformat()


def _eur(value: float | None) -> float | None:
    return None if value is None else round(value, CENTS)
