"""Batches that a new plan has and the one before had not, and the other way round, each with its reason. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.messages import Message, message
from domain.plan.plan import Changes
from domain.plan.production import Batch
from domain.shop_floor.identity import name_of
from domain.timeline import QUARTER, local_day
from planning import messages
from services.plan.problem import Past


@dataclass(frozen=True, slots=True)
class Replaced:
    """A batch that came or went."""

    batch: Batch
    is_new: bool
    text: Message


def why_of(changes: Changes, past: Past) -> Changes:
    """The changes with what the log knows of their reason: what was said on the floor, or an order."""
    if changes.reason not in ("limits_changed", "horizon_moved"):
        return changes
    news = _news(past)
    if news is None:
        return changes
    reason, why = news
    return Changes(
        moved=changes.moved,
        added=changes.added,
        removed=changes.removed,
        gain_eur=changes.gain_eur,
        reason=reason,
        message=messages.changes(len(changes.moved), changes.gain_eur, why),
    )


def _news(past: Past) -> tuple[str, Message] | None:
    if past.news.floor:
        return "floor", message("changes.floor")
    return ("orders", message("changes.orders")) if past.news.orders else None


def replaced(batches: Sequence[Batch], past: Past) -> list[Replaced]:
    """What came and went against the plan in force, over the days that both speak of; what was finished has not gone."""
    before, floor = past.in_force, past.floor
    if before is None:
        return []
    mine, theirs = {batch.id for batch in batches}, {batch.id for batch in before.batches}
    states = {batch.id: batch for batch in floor.batches}
    gone = [batch for batch in before.batches if batch.id not in mine and batch.end > floor.at]
    gone = [batch for batch in gone if batch.id not in states or states[batch.id].state != "finished"]
    spoiled = [batch for batch in before.batches if batch.id in states and states[batch.id].state == "spoiled"]
    last = local_day(before.end - QUARTER)
    fresh = [batch for batch in batches if batch.id not in theirs and not (batch.id in states and states[batch.id].runs)]
    fresh = [batch for batch in fresh if batch.due is None or batch.due <= last]
    found = [Replaced(batch, False, _gone(batch, past, lost=batch in spoiled)) for batch in gone]
    for batch in fresh:
        lost = next((other for other in spoiled if other.quality == batch.quality), None)
        if lost is not None:
            spoiled.remove(lost)
        found.append(Replaced(batch, True, _fresh(batch, past, lost)))
    return found


def _gone(batch: Batch, past: Past, *, lost: bool) -> Message:
    if lost:
        return message("changes.spoiled", batch=name_of(batch.id))
    return message("changes.removed", batch=name_of(batch.id), why=_why(past))


def _fresh(batch: Batch, past: Past, lost: Batch | None) -> Message:
    if lost is not None:
        return message("changes.replaces", batch=name_of(batch.id), lost=name_of(lost.id))
    return message("changes.added", batch=name_of(batch.id), why=_why(past))


def _why(past: Past) -> Message:
    news = _news(past)
    return messages.why_changed("limits_changed", None) if news is None else news[1]
