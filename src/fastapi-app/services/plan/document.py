"""A plan as JSON: the same answer gives the same text. No I/O, no timing."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.messages import message_json
from domain.plan.checker import Verdict
from domain.plan.plan import Plan, PlannedBatch
from domain.plan.production import HOURS_PER_SLOT, Batch, Demand, PlanProblem, StageRun
from domain.shop_floor.identity import name_of
from domain.shop_floor.orders import plant_order_id
from domain.timeline import QUARTER, local_day, slot_starts
from planning.explain import Reason
from services.plan.document_parts import CENTS, changes_json, clash_json, eur, wishes_json
from services.plan.prices import Outlook
from services.plan.problem import Past
from services.plan.replaced import replaced, why_of
from services.plan.work import PlanReport

KWH = 6
"""Decimals of the energy of a quarter-hour: a watt-hour counts a thousand of them."""
CHECKED = ("order", "waits", "machines", "shifts", "power", "air", "wishes", "started", "freeze", "demand", "stock", "cost")
"""What the independent check goes through."""


def plan_json(
    problem: PlanProblem, worked: PlanReport, verdict: Verdict | None, outlook: Outlook, past: Past, now: datetime
) -> dict[str, Any]:
    """The whole answer. `verdict` is None where there is no plan to check. What was not late in the plan in force is known since
    `now`.
    """
    plan = worked.plan
    why = {reason.batch_id: reason for reason in worked.reasons}
    return {
        "plan_id": plan.plan_id,
        "status": plan.status,
        "complete": worked.complete,
        "gap": None if plan.gap_percent is None else round(plan.gap_percent / 100, 8),
        "gap_eur": eur(plan.gap_eur),
        "bound_eur": eur(plan.bound_eur),
        "objective_eur": eur(plan.cost_eur) if plan.batches else None,
        "horizon": {"start": _iso(plan.start), "end": _iso(plan.end), "known_until": _iso(plan.known_until)},
        "batches": [
            batch_json(problem, item.batch, why.get(item.batch.id)) | {"assumed": assumed_stages(past, item.batch.id)}
            for item in plan.batches
        ],
        "energy_kwh": round(plan.kwh, 3),
        "base_load": base_load_json(problem, plan),
        "base_load_included": False,
        "prices": prices_json(problem),
        "cost_eur": {"p10": eur(plan.cost_p10_eur), "p50": eur(plan.cost_p50_eur), "p90": eur(plan.cost_p90_eur)}
        if plan.cost_p50_eur is not None
        else None,
        "baseline_eur": eur(plan.baseline_cost_eur),
        "baseline": {"batches": _baseline(problem, plan.baseline)},
        "saving_eur": eur(plan.saving_eur),
        **percents_json(plan),
        "changes": [] if plan.changes is None else changes_json(why_of(plan.changes, past), replaced(plan.schedule, past)),
        "wishes": wishes_json(problem.wishes, worked.wishes, plan),
        "late": late_json(problem, plan, past, now),
        "set_aside": list(plan.set_aside),
        "unplanned": unplanned_json(problem),
        "freeze_released": plan.freeze_released,
        "lateness_kg_h": round(plan.lateness_kg_h, 3),
        "lateness_bound_kg_h": round(plan.lateness_bound_kg_h, 3),
        "clash": None if worked.clash is None else clash_json(worked.clash),
        "checks": None
        if verdict is None
        else {"passed": verdict.passed, "limits": list(CHECKED), "cost_eur": eur(verdict.cost_eur)},
        "price_basis": problem.plant.price.told,
        "fixed_power_eur_per_day": fixed_power_json(outlook),
        "unit": "EUR",
        "source": outlook.source,
        "origin": "forecast" if "forecast" in outlook.origins else "published",
        "as_of": _iso(outlook.as_of),
    }


def assumed_stages(past: Past, batch_id: str) -> list[str]:
    """Stages that are taken to have begun, or ended, by the times of the plan before: nobody had reported them."""
    batch = past.floor.batch(batch_id)
    runs = () if batch is None else batch.runs
    return [run.stage for run in runs if not (run.is_said or (run.start_said and run.state != "done"))]


def prices_json(problem: PlanProblem) -> dict[str, Any]:
    """What the plan takes a kWh to cost in each quarter-hour: everything in euros follows from it."""
    return {"start": _iso(problem.start), "minutes": int(QUARTER.total_seconds() // 60), "eur_kwh": list(problem.prices)}


def base_load_json(problem: PlanProblem, plan: Plan) -> dict[str, Any]:
    """The base load of the quarter-hours whose price is known; it is in no other figure of the plan."""
    starts = slot_starts(problem.start, problem.end, QUARTER)
    kw = [problem.plant.base_kw(staffed=staffed) for staffed in problem.plant.are_staffed(starts)]
    kwh = [round(power * HOURS_PER_SLOT, KWH) for power in kw]
    return {"energy_kwh": round(plan.base_kwh, 3), "cost_eur": eur(plan.base_cost_eur), "quarters_kwh": kwh}


def percents_json(plan: Plan) -> dict[str, float | None]:
    """The saving over the baseline of this document, which is of the batches alone; and with the base load beside it."""
    usual, saving = plan.baseline_cost_eur, plan.saving_eur
    of_batches = None if usual is None or saving is None or usual <= 0 else round(100 * saving / usual, 3)
    return {
        "saving_percent": of_batches,
        "saving_percent_of_batches": of_batches,
        "saving_percent_with_base_load": None if plan.saving_percent is None else round(plan.saving_percent, 3),
    }


def unplanned_json(problem: PlanProblem) -> list[dict[str, Any]]:
    """What is due beyond the known prices, and how much of it is made before, as it could not all be made after them."""
    ahead = {order.id: order.kg for order in problem.orders if order.due <= problem.known_until}
    demand = set(problem.plannable)
    later = [(plant_order_id(item.day, item.quality), item) for item in problem.demand if item not in demand]
    orders = [order for order in problem.orders if order.due > problem.known_until]
    later += [(order.id, Demand(local_day(order.due - QUARTER, problem.plant.tz), order.quality, order.kg)) for order in orders]
    return [
        {"date": item.day.isoformat(), "quality": item.quality, "kg": item.kg, "ahead_kg": ahead.get(name, 0.0)}
        for name, item in later
    ]


def late_json(problem: PlanProblem, plan: Plan, past: Past, now: datetime) -> list[dict[str, Any]]:
    """What comes after its due time: how much, by how much (null where it does not come within what is planned), and since when it
    is known.
    """
    since = {} if past.in_force is None else past.in_force.late_since
    promises = {item.order_id: item for item in problem.promises}
    own = {item.id for item in problem.orders}
    found = [(item, promise) for item in plan.late if (promise := promises.get(item.order_id)) is not None]
    names = [item.order_id if item.order_id in own else plant_order_id(promise.day, promise.quality) for item, promise in found]
    return [
        {
            "order": name,
            "quality": promise.quality,
            "kg": round(item.kg, 3),
            "due": _iso(promise.promised_for or promise.due),
            "by_minutes": item.by_minutes,
            "since": _iso(since.get(name, now)),
        }
        for name, (item, promise) in zip(names, found, strict=True)
    ]


def fixed_power_json(outlook: Outlook) -> dict[str, float] | None:
    """The fixed power term of a day, by period and in all: it is paid whatever is planned."""
    if outlook.power_eur_per_day is None:
        return None
    by_period = {f"P{number}": round(amount, CENTS) for number, amount in enumerate(outlook.power_eur_per_day, start=1)}
    return by_period | {"total": round(sum(outlook.power_eur_per_day), CENTS)}


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
        "name": name_json(batch.id),
        "start": _iso(batch.start),
        "end": _iso(batch.end),
        "stages": [stage_json(problem, run) for run in batch.runs],
        "why": None if reason is None else message_json(reason.message),
        "reason": None if reason is None else reason_json(reason),
    }


def name_json(batch_id: str) -> dict[str, Any] | None:
    """What people call a batch: quality, number, and the day of its name; None where the id is all."""
    name = name_of(batch_id)
    if name.number is None:
        return None
    return {"quality": name.quality, "day": None if name.day is None else name.day.isoformat(), "number": name.number}


def stage_json(problem: PlanProblem, run: StageRun) -> dict[str, Any]:
    """A run with what it uses within the horizon. `unit` names the machine; `machine` is its number where a stage has several."""
    first, quarters = quarters_kwh(problem, run)
    kwh = sum(quarters)
    cost = sum(used * (problem.prices[first + i] or 0.0) for i, used in enumerate(quarters))
    several = problem.plant.stage(run.stage).units > 1
    return {
        "stage": run.stage,
        "unit": f"{run.stage}-{run.unit}" if several else run.stage,
        "machine": run.unit if several else None,
        "start": _iso(run.start),
        "end": _iso(run.end),
        "released": _iso(run.released),
        "energy_kwh": round(kwh, 3),
        "cost_eur": eur(cost),
        "quarters": {"start": _iso(problem.start + first * QUARTER), "kwh": [round(used, KWH) for used in quarters]},
    }


def quarters_kwh(problem: PlanProblem, run: StageRun) -> tuple[int, list[float]]:
    """Its first slot within the horizon, and the energy of a run with its holding in each from there on [kWh]."""
    stage = problem.plant.stage(run.stage)
    first, last, free = (min(problem.slots, max(0, problem.slot_of(at))) for at in (run.start, run.end, run.released))
    extra = problem.ambient_kw.get(run.stage)
    kw = [
        stage.hold_kw if slot >= last else stage.power_kw + ((extra[slot] or 0.0) if extra else 0.0) for slot in range(first, free)
    ]
    return first, [power * HOURS_PER_SLOT for power in kw]


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
            "saves_eur": eur(stopped.saves_eur),
            "limits": list(stopped.limits),
            "blocked_by": [other.id for other in stopped.blocked_by],
            "at": None if stopped.at is None else _iso(stopped.at),
        },
    }


def _baseline(problem: PlanProblem, baseline: Sequence[PlannedBatch] | None) -> list[dict[str, Any]] | None:
    return None if baseline is None else [batch_json(problem, item.batch) for item in baseline]


def _iso(at: datetime) -> str:
    return at.isoformat()
