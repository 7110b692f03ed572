"""What is said against what was said before: two batches in one machine, an end before its begin. Pure.

Only what was said is a fact. What was assumed gives way without a word.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NoReturn

from domain.errors import ContradictionError
from domain.plan.plant import Plant
from domain.shop_floor.events import Event, Recorded
from domain.shop_floor.facts import BatchFacts, Facts, holds
from domain.timeline import HOUR

LEAST = 0.5
"""A stage that another batch follows in its machine after less than this share of its length cannot have been done."""


def check_event(plant: Plant, facts: Facts, event: Event) -> None:
    """ContradictionError names what was said before, and offers what would settle it. `event` is resolved."""
    told = facts.batches.get(event.batch or "")
    if told is not None:
        _batch_is_there(plant, told, event)
        _order(plant, told, event)
    if event.kind == "began" and event.stage is not None:
        _machine_is_up(facts, event)
        _machine_is_free(plant, facts, event)
    if event.kind == "ended" and event.stage is not None:
        _nobody_followed(facts, event)


def _batch_is_there(plant: Plant, told: BatchFacts, event: Event) -> None:
    """Nothing happens to a batch after it was finished or lost."""
    for item in [*told.losses(plant), *([told.finished] if told.finished is not None else [])]:
        after_it = event.at > item.event.at or event.kind in ("finished", item.event.kind)
        if after_it and not (event.kind == "spoiled" and item.event.kind == "finished"):
            _refuse(event, item, _taken_back(item))


def _order(plant: Plant, told: BatchFacts, event: Event) -> None:
    """Begins and ends of a batch follow each other."""
    if event.kind == "finished":
        later = [item for item in _said(told) if item.event.at > event.at]
        if later:
            _refuse(event, later[0], _moved(later[0], event.at))
    names = [stage.name for stage in told.stages(plant)]
    if event.kind in ("began", "ended", "interrupted", "resumed") and event.stage in names:
        _stage_order(told, names, event)


def _stage_order(told: BatchFacts, names: list[str], event: Event) -> None:
    here = names.index(event.stage or "")
    for item in _said(told):
        if item.event.stage not in names:
            continue
        there = names.index(item.event.stage)
        if there == here:
            _same_stage(event, item)
        elif (there < here and _too_late(item, event)) or (there > here and item.event.at < event.at):
            _refuse(event, item, _moved(item, event.at))


def _too_late(before: Recorded, event: Event) -> bool:
    """Whether an earlier stage is said to have begun, or ended, after this one; an end that was only announced moves."""
    announced = before.event.kind == "ended" and before.learnt_at < before.event.at
    return before.event.at > event.at and not announced


def _same_stage(event: Event, item: Recorded) -> None:
    """One begin, one end, in this order."""
    kinds = (event.kind, item.event.kind)
    if kinds == ("began", "began") or (kinds == ("ended", "ended") and item.learnt_at >= item.event.at):
        _refuse(event, item, _moved(item, event.at))
    begin_after = event.kind == "began" and item.event.at < event.at
    end_before = event.kind == "ended" and item.event.kind != "ended" and item.event.at >= event.at
    inside = event.kind in ("interrupted", "resumed")
    outside = inside and (
        (item.event.kind == "began" and item.event.at > event.at)
        or (item.event.kind == "ended" and item.event.at < event.at and item.learnt_at >= item.event.at)
    )
    if begin_after or end_before or outside:
        _refuse(event, item, _moved(item, event.at))


def _machine_is_up(facts: Facts, event: Event) -> None:
    """Nothing begins in a machine that is said to be down."""
    machine = (event.stage or "", event.unit or 1)
    if any(holds(span, event.at) for span in facts.down.get(machine, ())):
        before = [
            item
            for item in facts.held
            if item.event.kind == "machine_down" and (item.event.stage, item.event.unit) == machine and item.event.at <= event.at
        ]
        offer: dict[str, str | int] = {"kind": "machine_up", "at": event.at.isoformat(), "stage": machine[0], "unit": machine[1]}
        _refuse(event, max(before, key=lambda item: (item.event.at, item.sequence)), offer)


def _machine_is_free(plant: Plant, facts: Facts, event: Event) -> None:
    """One batch in a machine: what was said to be in it is over, or long enough in it to be."""
    for other, begun in _others(facts, event):
        first, second = sorted((begun.event.at, event.at))
        told, stage = (other, begun.event.stage or "") if begun.event.at <= event.at else (None, event.stage or "")
        gone = told is not None and _gone(plant, told, stage, second)
        quality = other.planned.quality
        own = next((one for one in other.stages(plant) if one.name == stage), None)
        needs = timedelta(minutes=0 if own is None else own.minutes.get(quality, 0)) or HOUR
        end = None if told is None else told.ended.get(stage)
        if end is not None and end.event.at > second and end.learnt_at >= end.event.at:
            _refuse(event, end, _moved(end, event.at))
        if not gone and second - first < LEAST * needs:
            offer: dict[str, str | int] = {"kind": "ended", "at": event.at.isoformat(), "batch": other.planned.id, "stage": stage}
            _refuse(event, begun, offer)


def _gone(plant: Plant, told: BatchFacts, stage: str, at: datetime) -> bool:
    """Whether a batch is said to have left a stage by an instant."""
    names = [one.name for one in told.stages(plant)]
    after = names.index(stage) + 1 if stage in names else len(names)
    later = [name for name in names[after:] if name in told.began]
    items = [told.began[name] for name in later] + list(told.spoiled)
    items += [item for item in (told.ended.get(stage), told.finished) if item is not None]
    return any(item.event.at <= at for item in items)


def _nobody_followed(facts: Facts, event: Event) -> None:
    """A stage does not end after another batch is said to have begun in its machine."""
    own = facts.batches[event.batch or ""].began.get(event.stage or "")
    for _, begun in _others(facts, event):
        if begun.event.at < event.at and (own is not None and own.event.at < begun.event.at):
            _refuse(event, begun, _moved(begun, event.at))


def _others(facts: Facts, event: Event) -> Iterator[tuple[BatchFacts, Recorded]]:
    """Begins of other batches in the machine."""
    for id_, told in facts.batches.items():
        begun = told.began.get(event.stage or "")
        if id_ != event.batch and begun is not None and (begun.event.unit or 1) == (event.unit or 1):
            yield told, begun


def _said(told: BatchFacts) -> Sequence[Recorded]:
    pauses = [item for items in told.pauses.values() for item in items]
    return sorted([*told.began.values(), *told.ended.values(), *pauses], key=lambda item: item.sequence)


def _moved(item: Recorded, at: datetime) -> dict[str, str | int]:
    """The correction that has the earlier event happen at another time."""
    return {"kind": "correction", "of": item.sequence, "at": at.isoformat()}


def _taken_back(item: Recorded) -> dict[str, str | int]:
    return {"kind": "correction", "of": item.sequence}


def _refuse(event: Event, item: Recorded, offer: dict[str, str | int]) -> NoReturn:
    raise ContradictionError(
        f"{_named(event)} contradicts what was said before (event {item.sequence}): {_named(item.event)}",
        told=item.sequence,
        offer=offer,
    )


def _named(event: Event) -> str:
    machine = "" if event.stage is None else f" in {event.stage}{'' if event.unit is None else f' {event.unit}'}"
    return f"{event.batch or 'the machine'} {event.kind}{machine} at {event.at.isoformat()}"
