"""What a plan was made from, as it is kept beside it: for the next plan, and to see whether anything changed. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.plan.production import Batch, NoStart, Pin, PlanProblem, Wish
from domain.shop_floor.execution import batch_from_json
from domain.timeline import QUARTER, local_day
from ports import StoredPlan
from services.plan.problem import InForce

SAME = 5e-7
"""Prices [€/kWh] and powers [kW] that differ by less count as equal."""


def inputs_of(problem: PlanProblem, sequence: int, made_from: str) -> dict[str, Any]:
    """What a plan was made from, as it is kept beside it: for the next plan, and to see whether anything changed."""
    return {
        "start": problem.start.isoformat(),
        "sequence": sequence,
        "made_from": made_from,
        "prices": list(problem.prices),
        "ambient_kw": {stage: list(kw) for stage, kw in problem.ambient_kw.items()},
        "demand": [[item.day.isoformat(), item.quality, item.kg] for item in problem.demand],
        "orders": [[order.id, order.quality, order.kg, order.due.isoformat(), order.weight] for order in problem.orders],
        "wishes": {wish.id: _until(wish).isoformat() for wish in problem.wishes},
    }


def _until(wish: Wish) -> datetime:
    """When a wish has nothing more to say."""
    return wish.start + QUARTER if isinstance(wish, Pin | NoStart) else wish.end


def batches_of(stored: StoredPlan) -> tuple[Batch, ...]:
    """The batches of a kept plan."""
    return tuple(batch_from_json(batch) for batch in stored.inputs["batches"])


def in_force_of(stored: StoredPlan) -> InForce:
    """The plan in force from what is kept of it."""
    start = datetime.fromisoformat(stored.inputs["start"])
    since = {order: datetime.fromisoformat(at) for order, at in stored.inputs.get("late_since", {}).items()}
    return InForce(batches_of(stored), start, tuple(stored.inputs["prices"]), since)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """What is new since a plan was made, over the hours that both know; None where nothing is."""
    if before.get("made_from") != after["made_from"]:
        return "the plant, its contract, the tables of tariffs or the program"
    shift = (datetime.fromisoformat(after["start"]) - datetime.fromisoformat(before["start"])) // QUARTER
    if shift + len(after["prices"]) != len(before["prices"]):
        return "the horizon"
    if not _equal(before["prices"][shift:], after["prices"]):
        return "prices"
    if set(before["ambient_kw"]) != set(after["ambient_kw"]) or not all(
        _equal(kw[shift:], after["ambient_kw"][stage]) for stage, kw in before["ambient_kw"].items()
    ):
        return "the weather"
    today = str(local_day(datetime.fromisoformat(after["start"])))
    if [item for item in before["demand"] if item[0] >= today] != [item for item in after["demand"] if item[0] >= today]:
        return "the demand"
    if sorted(before["orders"]) != sorted(after["orders"]):
        return "the orders"
    left = {id_ for id_, until in before["wishes"].items() if until > after["start"]}
    return "the wishes" if left != set(after["wishes"]) else None


def is_asked_for(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a new plan is what somebody waits for: orders or wishes came, were changed or withdrawn."""
    left = {id_ for id_, until in before["wishes"].items() if until > after["start"]}
    return sorted(before["orders"]) != sorted(after["orders"]) or left != set(after["wishes"])


def _equal(one: Sequence[float | None], other: Sequence[float | None]) -> bool:
    pairs = zip(one, other, strict=True)
    return all((a is None) == (b is None) and abs((a or 0.0) - (b or 0.0)) < SAME for a, b in pairs)
