"""Parts of a plan as JSON: what changed, what clashes, what wishes cost. No I/O, no timing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.messages import Message, Moment, Term, count, message, message_json
from domain.plan.plan import BatchMove, Changes, Clash, MachineChange, Plan, Relief
from domain.plan.production import Forbidden, MachineDown, NoStart, Wish
from domain.shop_floor.identity import name_of
from planning import messages
from planning.explain import WishAnswer
from planning.search.costing import rounded
from services.plan.replaced import Replaced

CENTS = 4
"""Euros are given to a hundredth of a cent."""


def eur(value: float | None) -> float | None:
    """Euros as they are given: without the noise of a sum first, so that one sum is one figure, whoever added it up."""
    return None if value is None else round(rounded(value), CENTS)


def wishes_json(wishes: Sequence[Wish], answers: Sequence[WishAnswer], plan: Plan) -> list[dict[str, Any]]:
    """Each wish with what it costs. One that cannot be had beside the facts was set aside, and costs nothing; what a plan keeps is
    possible also before it is known what it costs, and what clashes is not.
    """
    costed = {answer.wish_id: answer for answer in answers}
    told = [wish_json(wish, costed.get(wish.id)) for wish in wishes]
    clashes = plan.clash is not None and "wishes" in plan.clash.limits
    kept = True if plan.batches else False if clashes else None
    return [
        wish | {"possible": False if wish["id"] in plan.set_aside else kept if wish["possible"] is None else wish["possible"]}
        for wish in told
    ]


def changes_json(changes: Changes, replaced: Sequence[Replaced] = ()) -> list[dict[str, Any]]:
    """What moved, came and went, each with its reason, the sum first; empty where nothing did."""
    if not changes.moved and not replaced:
        return []
    text = changes.message if changes.moved else message("changes.replaced", count=count(len(replaced)))
    summary = {
        "batch": None,
        "saving_eur": eur(changes.gain_eur),
        "reason": changes.reason,
        "text": message_json(text),
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
            "text": message_json(said_of(item)),
        }
        for item in changes.moved
    ]
    return [summary, *moved, *(replaced_json(item) for item in replaced)]


def replaced_json(item: Replaced) -> dict[str, Any]:
    """A batch that is new, or that is planned no more."""
    start = _iso(item.batch.start)
    return {
        "batch": item.batch.id,
        "quality": item.batch.quality,
        "from": None if item.is_new else start,
        "to": start if item.is_new else None,
        "due": None if item.batch.due is None else item.batch.due.isoformat(),
        "text": message_json(item.text),
    }


def said_of(item: BatchMove) -> Message:
    """A batch that starts a stage at another time, and why."""
    if item.machine is not None:
        return said_of_machine(item, item.machine)
    named, before, after = name_of(item.id), Moment(item.before), Moment(item.after)
    if item.why is None:
        return message("changes.batch", batch=named, before=before, after=after)
    return message("changes.batch_why", batch=named, before=before, after=after, why=item.why)


def said_of_machine(item: BatchMove, machine: MachineChange) -> Message:
    """A batch that keeps its times on another machine, and why."""
    stage, before, after = Term("stage", machine.stage), str(machine.before), str(machine.after)
    named = name_of(item.id)
    if item.why is None:
        return message("changes.machine", batch=named, stage=stage, before=before, after=after)
    return message("changes.machine_why", batch=named, stage=stage, before=before, after=after, why=item.why)


def clash_json(clash: Clash) -> dict[str, Any]:
    """Which limits cannot all hold, and what mends it."""
    return {
        "limits": list(clash.limits),
        "minimal": clash.minimal,
        "together": clash.together,
        "text": message_json(clash.message),
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
        "text": message_json(messages.relief(relief)),
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
        "cost_eur": eur(answer.cost_eur),
        "uncertainty_eur": eur(answer.uncertainty_eur),
        "possible": answer.possible,
        "text": message_json(answer.message),
    }


def _iso(at: datetime) -> str:
    return at.isoformat()
