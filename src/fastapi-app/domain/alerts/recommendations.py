"""Recommendations: what to do, when, why, and what it is worth in euros. Each rule is a pure function.

What is worth euros is the difference of two plans. Hours that are cheap or dear are no advice by themselves: what can be had
of them is in the plan already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.messages import BatchName, Message, Moment, Term, euros, message, message_of
from domain.timeline import HOUR

SOON = timedelta(hours=24)
"""How far ahead batches are spoken of."""
MOST_STARTS = 3
LEAST_EUR = 0.5
"""Less than this is not worth a sentence."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One thing to do. `value_eur`: what it saves; None where it is not about money."""

    id: str
    text: Message
    start: datetime
    end: datetime
    value_eur: float | None
    reason: Message


@dataclass(frozen=True, slots=True)
class Coming:
    """A planned batch, with what it costs as planned and as working as usual would have made it [€]."""

    name: BatchName
    stage: str
    start: datetime
    end: datetime
    cost_eur: float
    usual_eur: float | None
    usual_start: datetime | None
    why: Message | None


def next_starts(coming: Sequence[Coming], now: datetime) -> list[Recommendation]:
    """Start the next batches when the plan says so; worth what that saves against working as usual."""
    found = []
    for batch in sorted((one for one in coming if now <= one.start < now + SOON), key=lambda one: one.start)[:MOST_STARTS]:
        text = message("advice.start", stage=Term("stage", batch.stage), batch=batch.name, at=Moment(batch.start))
        value = None if batch.usual_eur is None else batch.usual_eur - batch.cost_eur
        reason = _start_reason(batch, value)
        found.append(Recommendation(f"start:{batch.name.id}", text, batch.start, batch.end, value, reason))
    return found


def _start_reason(batch: Coming, value: float | None) -> Message:
    why = batch.why or message("advice.start.planned")
    if value is None or batch.usual_start is None or value < LEAST_EUR:
        return why
    return message("advice.start.usual", usual=Moment(batch.usual_start), cost=euros(value), why=why)


def drop_wishes(wishes: Sequence[Mapping[str, Any]]) -> list[Recommendation]:
    """Withdraw a wish that costs money."""
    found = []
    for wish in wishes:
        cost, doubt = wish["cost_eur"], wish["uncertainty_eur"] or 0.0
        if cost is None or cost - doubt < LEAST_EUR:
            continue
        start = datetime.fromisoformat(wish["start"])
        found.append(
            Recommendation(
                f"drop_wish:{wish['id']}",
                message("advice.drop_wish", wish=wish["id"]),
                start,
                datetime.fromisoformat(wish["end"]) if wish.get("end") else start + HOUR,
                cost,
                message("advice.drop_wish.reason", cost=euros(cost), margin=euros(doubt)),
            )
        )
    return found


def mend_clash(clash: Mapping[str, Any] | None, start: datetime) -> list[Recommendation]:
    """Where not everything has a plan from `start` on, or in time: the smallest reliefs."""
    if not clash:
        return []
    return [
        Recommendation(
            f"mend:{relief['limit']}",
            message("relief.enough", relief=message_of(relief["text"])),
            start,
            start + SOON,
            None,
            message_of(clash["text"]),
        )
        for relief in clash["reliefs"]
    ]
