"""The events of the log by what they speak of: the first half of the fold. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median, quantiles
from typing import Literal

from domain.plan.plant import SLOT_MINUTES, Plant, Stage
from domain.plan.production import Batch, Order, StageRun
from domain.shop_floor.events import ConfirmedRun, Event, Recipe, Recorded, effective

Machine = tuple[str, int]
"""(stage, number); 1 is the first."""
Span = tuple[datetime, datetime | None]
"""``[start, end)``; no end while nobody knows it."""
LEARNT_FROM = 5
"""So many reported lengths of a stage and quality are needed before they count for more than the plant's."""
HABIT_OF = 20
"""So many of the last begins show whether whoever tells a begin tells what follows."""


def holds(span: Span, at: datetime) -> bool:
    """Whether a span holds an instant."""
    return span[0] <= at and not is_past(span, at)


def is_past(span: Span, at: datetime) -> bool:
    """Whether a span is over at an instant."""
    return span[1] is not None and span[1] <= at


def own_stages(plant: Plant, planned: Batch, recipe: Recipe | None) -> tuple[Stage, ...]:
    """The stages of a batch. One that an older version planned did not keep them: they are the plant's where it has all of their
    names, else those of its runs, of which the power is not known.
    """
    if recipe is not None and recipe.stages:
        return recipe.stages
    known = {stage.name: stage for stage in plant.stages}
    if all(run.stage in known for run in planned.runs):
        return plant.stages
    return tuple(known.get(run.stage) or _of_run(run) for run in planned.runs)


def _of_run(run: StageRun) -> Stage:
    held = SLOT_MINUTES if run.released > run.end else 0
    return Stage(run.stage, run.unit, power_kw=0.0, minutes={}, attended=False, hold_minutes=held)


@dataclass(slots=True)
class BatchFacts:
    """What the log has of one batch."""

    planned: Batch
    """With its identity, as the newest plan has it."""
    published: Batch
    """As the last plan had it before anything was said of it."""
    first_start: datetime
    """The earliest begin that any plan gave it: who works by that one may not have heard of a later one."""
    recipe: Recipe | None = None
    """As the newest plan that said so had it."""
    began: dict[str, Recorded] = field(default_factory=dict)
    ended: dict[str, Recorded] = field(default_factory=dict)
    pauses: dict[str, list[Recorded]] = field(default_factory=lambda: defaultdict(list))
    """Interrupted and resumed, by stage."""
    spoiled: list[Recorded] = field(default_factory=list)
    finished: Recorded | None = None
    withdrawn: bool = False

    @property
    def is_reported(self) -> bool:
        """Whether anybody said anything of it."""
        return bool(self.began or self.ended or self.pauses or self.spoiled or self.finished)

    def whole_kg(self, plant: Plant) -> float:
        """What the batch makes if nothing of it is lost."""
        return plant.batch_kg if self.recipe is None else self.recipe.kg

    def stages(self, plant: Plant) -> tuple[Stage, ...]:
        """The stages that the batch goes through: those that it was planned with, whatever the plant's file says now."""
        return own_stages(plant, self.planned, self.recipe)

    def losses(self, plant: Plant) -> list[Recorded]:
        """What says that the whole batch was spoiled."""
        return [item for item in self.spoiled if item.event.kg is None or item.event.kg >= self.whole_kg(plant)]

    def said_of(self, stage: str) -> list[datetime]:
        """Instants at which the stage is said to have been under way, or ended."""
        found = [facts[stage].event.at for facts in (self.began, self.ended) if stage in facts]
        return found + [item.event.at for item in self.pauses.get(stage, ())]


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a stage of a quality really took."""

    median: timedelta
    p90: timedelta
    of: int


@dataclass(frozen=True, slots=True)
class Opening:
    """Since when the plans answer for the demand."""

    at: datetime
    day: date
    """The first day whose demand they answer for."""
    stock: tuple[tuple[str, float], ...] = ()
    """(quality, kg) that was there."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was said, in the order of the sequence."""

    sequence: int
    held: tuple[Recorded, ...]
    """The events that hold."""
    batches: dict[str, BatchFacts]
    orders: dict[str, Order]
    cancelled: frozenset[str]
    """Orders that were withdrawn."""
    down: dict[Machine, tuple[Span, ...]]
    absent: tuple[Span, ...]
    lengths: dict[tuple[str, str], Lengths]
    ends_are_told: bool
    """Whether whoever tells a begin here tells the end too."""
    opened: Opening | None
    confirmed_until: datetime | None


def facts_of(log: Sequence[Recorded]) -> Facts:
    """The facts of a log. Of two statements of one thing the later in the sequence holds."""
    held = effective(tuple(log))
    batches = _batches(held)
    opened = [Opening(item.event.at, item.event.day, item.event.stock) for item in held if item.event.day is not None]
    orders, cancelled = _orders(held)
    confirmed = [item for item in held if item.event.kind == "confirmed"]
    lengths, habit = _lengths(batches.values()), _habit(held, batches)  # of what was seen, not of what was only nodded at
    _confirm(batches, confirmed)
    return Facts(
        sequence=max((item.sequence for item in log), default=0),
        held=held,
        batches=batches,
        orders=orders,
        cancelled=cancelled,
        down=_down(held),
        absent=spans(_changes(held, "nobody", "back")),
        lengths=lengths,
        ends_are_told=habit,
        opened=opened[-1] if opened else None,
        confirmed_until=max((item.event.at for item in confirmed), default=None),
    )


def _batches(held: Sequence[Recorded]) -> dict[str, BatchFacts]:
    """Facts by batch. A batch that nobody planned has no identity, so nothing can be kept of it."""
    found: dict[str, BatchFacts] = {}
    said: set[str] = set()
    for item in held:
        if item.event.planned is not None:
            batch = item.event.planned
            known = found.setdefault(batch.id, BatchFacts(batch, batch, batch.start))
            known.planned, known.withdrawn = batch, False
            known.recipe = item.event.recipe or known.recipe
            known.first_start = min(known.first_start, batch.start)
            known.published = known.published if batch.id in said else batch
        elif item.event.kind == "withdrawn" and item.event.batch in found:
            found[item.event.batch].withdrawn = True
        elif item.event.batch is not None:
            said.add(item.event.batch)
        said |= {run.batch for run in item.event.runs}
    for item in held:
        about = found.get(item.event.batch or "")
        if about is not None:
            _tell(about, item)
    return found


def _confirm(batches: Mapping[str, BatchFacts], confirmed: Iterable[Recorded]) -> None:
    """What was confirmed counts as said where nothing else was said of it: whoever names one thing knows it better."""
    told = {
        (stage, item.event.unit or 1, item.event.at) for one in batches.values() for stage, item in one.began.items()
    }  # begins that were seen
    for item in confirmed:
        for run in item.event.runs:
            about = batches.get(run.batch)
            if about is not None:
                _confirm_run(about, item, run, told)


def _confirm_run(about: BatchFacts, item: Recorded, run: ConfirmedRun, told: set[tuple[str, int, datetime]]) -> None:
    def of(kind: Literal["began", "ended"], at: datetime) -> Recorded:
        event = Event(f"{item.event.id}:{run.batch}:{run.stage}:{kind}", kind, at, item.event.by, run.batch, run.stage, run.unit)
        return Recorded(item.sequence, item.learnt_at, event)

    began = about.began.setdefault(run.stage, of("began", run.start)).event
    taken = any((stage, unit) == (run.stage, began.unit or 1) and began.at < at < run.end for stage, unit, at in told)
    if began.at < run.end and not taken:
        about.ended.setdefault(run.stage, of("ended", run.end))


def _tell(about: BatchFacts, item: Recorded) -> None:
    kind, stage = item.event.kind, item.event.stage or ""
    if kind == "began":
        about.began[stage] = item
    elif kind == "ended":
        about.ended[stage] = item
    elif kind in ("interrupted", "resumed"):
        about.pauses[stage].append(item)
    elif kind == "spoiled":
        about.spoiled.append(item)
    elif kind == "finished":
        about.finished = item


def _orders(held: Iterable[Recorded]) -> tuple[dict[str, Order], frozenset[str]]:
    found: dict[str, Order] = {}
    cancelled: set[str] = set()
    for item in held:
        order = item.event.order
        if order is not None and item.event.kind == "ordered":
            found[order.id] = order
            cancelled.discard(order.id)
        elif order is not None:
            found.pop(order.id, None)
            cancelled.add(order.id)
    return found, frozenset(cancelled)


Change = tuple[datetime, int, bool, datetime | None]
"""(at, sequence, whether a span begins, until)."""


def _changes(held: Iterable[Recorded], begins: str, ends: str, machine: Machine | None = None) -> list[Change]:
    about = [item for item in held if machine is None or (item.event.stage, item.event.unit) == machine]
    return [
        (item.event.at, item.sequence, item.event.kind == begins, item.event.until)
        for item in about
        if item.event.kind in (begins, ends)
    ]


def _down(held: Sequence[Recorded]) -> dict[Machine, tuple[Span, ...]]:
    machines = {(item.event.stage or "", item.event.unit or 1) for item in held if item.event.kind == "machine_down"}
    return {machine: spans(_changes(held, "machine_down", "machine_up", machine)) for machine in sorted(machines)}


def spans(changes: Iterable[Change]) -> tuple[Span, ...]:
    """The spans that begins and ends make, in order of time; at one instant the later of the sequence holds."""
    found: list[Span] = []
    for at, _, begins, until in sorted(changes, key=lambda change: change[:2]):
        if found and (found[-1][1] is None or found[-1][1] > at):
            found[-1] = (found[-1][0], at)  # it goes on as what is said now, or is over
            if begins:
                found[-1] = (found[-1][0], until)
        elif begins:
            found.append((at, until))
    return tuple((start, end) for start, end in found if end is None or end > start)


def _lengths(batches: Iterable[BatchFacts]) -> dict[tuple[str, str], Lengths]:
    """What stages took that were told from begin to end, and were not interrupted."""
    took: dict[tuple[str, str], list[timedelta]] = defaultdict(list)
    for facts in batches:
        for stage in facts.began.keys() & facts.ended.keys() - facts.pauses.keys():
            length = facts.ended[stage].event.at - facts.began[stage].event.at
            if length > timedelta(0):
                took[stage, facts.planned.quality].append(length)
    return {key: _measured(lengths) for key, lengths in sorted(took.items()) if len(lengths) >= LEARNT_FROM}


def _measured(lengths: Sequence[timedelta]) -> Lengths:
    seconds = sorted(length.total_seconds() for length in lengths)
    p90 = quantiles(seconds, n=10, method="inclusive")[8]
    return Lengths(timedelta(seconds=median(seconds)), timedelta(seconds=p90), len(seconds))


def _habit(held: Sequence[Recorded], batches: dict[str, BatchFacts]) -> bool:
    """Whether of at least half of the last begins that were told the end was told too. A begin whose stage may still run shows
    nothing: neither its end nor anything later of its batch was told, and the log has not gone on for twice its length.
    """
    newest = max((item.learnt_at for item in held), default=None)
    told: list[bool] = []
    for item in held:
        about, stage = batches.get(item.event.batch or ""), item.event.stage or ""
        if item.event.kind != "began" or about is None or newest is None:
            continue
        run = next((run for run in about.planned.runs if run.stage == stage), None)
        over = run is not None and newest > item.event.at + 2 * (run.end - run.start)
        later = about.finished is not None or any(one.event.at > item.event.at for one in about.began.values())
        if stage in about.ended or over or later:
            told.append(stage in about.ended)
    return 2 * sum(told[-HABIT_OF:]) >= max(1, len(told[-HABIT_OF:]))
