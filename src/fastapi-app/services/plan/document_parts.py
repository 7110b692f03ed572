"""Parts of a plan as JSON: what changed, what clashes, what wishes cost. No I/O, no timing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.plan.plan import Changes, Clash, Relief, Said
from domain.plan.production import Forbidden, MachineDown, NoStart, Wish
from domain.timeline import MADRID
from planning.explain import WishAnswer
from planning.words import clock_en, clock_es

CENTS = 4
"""Euros are given to a hundredth of a cent."""


def eur(value: float | None) -> float | None:
    """Euros as they are given."""
    return None if value is None else round(value, CENTS)


def wishes_json(wishes: Sequence[Wish], answers: Sequence[WishAnswer]) -> list[dict[str, Any]]:
    """Each wish with what it costs."""
    costed = {answer.wish_id: answer for answer in answers}
    return [wish_json(wish, costed.get(wish.id)) for wish in wishes]


def changes_json(changes: Changes) -> list[dict[str, Any]]:
    """What moved, the sum first; empty where nothing did."""
    if not changes.moved:
        return []
    summary = {
        "batch": None,
        "saving_eur": eur(changes.gain_eur),
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
        "cost_eur": eur(answer.cost_eur),
        "uncertainty_eur": eur(answer.uncertainty_eur),
        "possible": answer.possible,
        "text": said_json(answer.said),
    }


def said_json(said: Said) -> dict[str, str]:
    """A sentence in its languages."""
    return {"es": said.es, "en": said.en}


def _local(at: datetime) -> datetime:
    return at.astimezone(MADRID)


def _iso(at: datetime) -> str:
    return at.isoformat()
