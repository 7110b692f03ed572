"""What the log says of each batch, read again for the audit. Pure; shares with the service the record types alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from statistics import median

from domain.plan.production import Batch, Order
from domain.shop_floor.events import Event, Recipe, Recorded

Span = tuple[datetime, datetime | None]
Machine = tuple[str, int]
ENOUGH = 5
"""Lengths of a stage and quality that were told, before their median counts (ADR 19)."""


@dataclass(slots=True)
class Told:
    """Everything that holds of one batch."""

    planned: Batch
    began: dict[str, Event] = field(default_factory=dict)
    ended: dict[str, Event] = field(default_factory=dict)
    pauses: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    spoiled: list[Event] = field(default_factory=list)
    finished: Event | None = None
    withdrawn: bool = False
    recipe: Recipe | None = None

    @property
    def is_said(self) -> bool:
        """Whether anybody spoke of it."""
        return bool(self.began or self.ended or self.pauses or self.spoiled or self.finished)

    def instants(self, stages: Iterable[str], now: datetime) -> list[datetime]:
        """When any of the stages is said to have been under way or over, or the batch to be finished."""
        said = [event for stage in stages for event in (self.began.get(stage), self.ended.get(stage), *self.pauses.get(stage, ()))]
        return [event.at for event in (*said, self.finished) if event is not None and event.at <= now]


@dataclass(frozen=True, slots=True)
class Book:
    """The log by what it speaks of."""

    batches: Mapping[str, Told]
    down: Mapping[Machine, Sequence[Span]]
    absent: Sequence[Span]
    usual: Mapping[tuple[str, str], timedelta]
    """(stage, quality) -> median of what was told."""
    begins: Mapping[Machine, Sequence[tuple[datetime, str]]]
    """Begins that were said, in order of time."""
    opened: Event | None
    orders: Mapping[str, Order]
    cancelled: frozenset[str]

    @property
    def first_day(self) -> date | None:
        """The first day that the plans answer for."""
        return None if self.opened is None else self.opened.day


def standing(log: Sequence[Recorded]) -> list[Event]:
    """The events that hold: each as its last correction has it, in the order in which they were last spoken of."""
    histories: dict[int, list[tuple[int, Event | None]]] = {}
    roots: dict[int, int] = {}
    for item in sorted(log, key=lambda item: item.sequence):
        target = item.event.of
        if target is None:
            roots[item.sequence], histories[item.sequence] = item.sequence, [(item.sequence, item.event)]
            continue
        if target not in roots:
            continue
        root = roots[item.sequence] = roots[target]
        history = histories[root]
        if target != root:  # what that correction said is no longer said
            history = histories[root] = [one for one in history if one[0] != target] or history
        takes_back = item.event.says_nothing_new and not item.at_said
        if takes_back and target == root:
            history.append((item.sequence, None))
        held = [event for _, event in history if event is not None]
        if not takes_back and held:
            history.append((item.sequence, _corrected(held[-1], item)))
    last = sorted((history[-1] for history in histories.values()), key=lambda one: one[0])
    return [event for _, event in last if event is not None]


def _corrected(event: Event, item: Recorded) -> Event:
    told = item.event
    event = replace(event, at=told.at) if item.at_said else event
    event = event if told.kg is None else replace(event, kg=told.kg)
    event = replace(event, batch=told.batch or event.batch, stage=told.stage or event.stage)
    return replace(event, unit=told.unit or event.unit, until=told.until or event.until)


def book_of(log: Sequence[Recorded]) -> Book:
    """The log, read once from its beginning to its end."""
    events = standing(log)
    batches = _planned(events)
    for event in events:
        told = batches.get(event.batch or "")
        if told is not None:
            _say(told, event)
    usual = _usual(batches.values())
    _confirm(batches, events)
    orders: dict[str, Order] = {}
    cancelled: set[str] = set()
    for event in events:
        if event.order is not None and event.kind == "ordered":
            orders[event.order.id] = event.order
            cancelled.discard(event.order.id)
        elif event.order is not None:
            orders.pop(event.order.id, None)
            cancelled.add(event.order.id)
    machines = {(event.stage or "", event.unit or 1) for event in events if event.kind == "machine_down"}
    return Book(
        batches=batches,
        down={machine: _spans(events, ("machine_down", "machine_up"), machine) for machine in machines},
        absent=_spans(events, ("nobody", "back"), None),
        usual=usual,
        begins=_begins(batches),
        opened=next((event for event in reversed(events) if event.kind == "opened"), None),
        orders=orders,
        cancelled=frozenset(cancelled),
    )


def _planned(events: Iterable[Event]) -> dict[str, Told]:
    found: dict[str, Told] = {}
    for event in events:
        if event.planned is not None:
            told = found.setdefault(event.planned.id, Told(event.planned))
            told.planned, told.withdrawn = event.planned, False
            told.recipe = event.recipe or told.recipe
        elif event.kind == "withdrawn" and event.batch in found:
            found[event.batch].withdrawn = True
    return found


def _say(told: Told, event: Event) -> None:
    stage = event.stage or ""
    if event.kind == "began":
        told.began[stage] = event
    elif event.kind == "ended":
        told.ended[stage] = event
    elif event.kind in ("interrupted", "resumed"):
        told.pauses[stage].append(event)
    elif event.kind == "spoiled":
        told.spoiled.append(event)
    elif event.kind == "finished":
        told.finished = event


def _confirm(batches: Mapping[str, Told], events: Iterable[Event]) -> None:
    """What was confirmed gives way to whatever was told of the same stage."""
    seen = [(stage, event.unit or 1, event.at) for told in batches.values() for stage, event in told.began.items()]
    for event in events:
        for run in event.runs if event.kind == "confirmed" else ():
            told = batches.get(run.batch)
            if told is None:
                continue
            said = Event(event.id, "began", run.start, event.by, run.batch, run.stage, run.unit)
            began = told.began.setdefault(run.stage, said)
            machine = (run.stage, began.unit or 1)
            if began.at < run.end and not any((stage, unit) == machine and began.at < at < run.end for stage, unit, at in seen):
                told.ended.setdefault(run.stage, replace(said, kind="ended", at=run.end))


def _usual(batches: Iterable[Told]) -> dict[tuple[str, str], timedelta]:
    took: dict[tuple[str, str], list[float]] = defaultdict(list)
    for told in batches:
        for stage in told.began:
            if stage in told.ended and stage not in told.pauses and told.ended[stage].at > told.began[stage].at:
                took[stage, told.planned.quality].append((told.ended[stage].at - told.began[stage].at).total_seconds())
    return {key: timedelta(seconds=median(values)) for key, values in took.items() if len(values) >= ENOUGH}


def _begins(batches: Mapping[str, Told]) -> dict[Machine, list[tuple[datetime, str]]]:
    found: dict[Machine, list[tuple[datetime, str]]] = defaultdict(list)
    for id_, told in batches.items():
        for stage, event in told.began.items():
            found[stage, event.unit or 1].append((event.at, id_))
    return {machine: sorted(begins) for machine, begins in found.items()}


def _spans(events: Sequence[Event], kinds: tuple[str, str], machine: Machine | None) -> list[Span]:
    """From each first word to the next second one; of one instant what was said later counts."""
    told = [event for event in events if event.kind in kinds and (machine is None or (event.stage, event.unit) == machine)]
    found: list[Span] = []
    for event in sorted(told, key=lambda event: event.at):  # stable: the order of the log within an instant
        starts, last = event.kind == kinds[0], found[-1] if found else None
        if last is not None and (last[1] is None or last[1] > event.at):
            found[-1] = (last[0], event.until if starts else event.at)
        elif starts:
            found.append((event.at, event.until))
    return [span for span in found if span[1] is None or span[1] > span[0]]
