"""What happened on the shop floor, as events: said once, never changed. A correction is another event.

`at` is when it is said to have happened, `learnt_at` when the log took it; what counts is the order of the sequence.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from domain.plan.plant import Stage
from domain.plan.production import Batch, Order

Said = Literal[
    "began",
    "ended",
    "interrupted",
    "resumed",
    "spoiled",
    "finished",
    "machine_down",
    "machine_up",
    "nobody",
    "back",
    "correction",
]
"""Kinds that a sender may use."""
Kind = Literal[Said, "planned", "withdrawn", "ordered", "order_withdrawn", "opened", "confirmed"]
"""`planned`: a plan that came into force has the batch there; the first one gives it its identity. `withdrawn`: no plan has it any
more, and it had not begun. `ordered`: kilograms are promised. `opened`: the plans answer for the demand from that day on.
`confirmed`: what was assumed until then was as planned."""
Speaker = Literal["operator", "clock", "meter", "mqtt", "erp", "older_file"]
"""Who said it. `older_file`: taken over from a file that kept no events, so that when it was learnt is not known."""


@dataclass(frozen=True, slots=True)
class ConfirmedRun:
    """A stage that was assumed to have run by the plan's times, and that somebody confirmed."""

    batch: str
    stage: str
    unit: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a batch was planned with. It keeps it, whatever the plant's file says later."""

    kg: float
    minutes: tuple[tuple[str, int], ...]
    """(stage, its length without interruptions)."""
    stages: tuple[Stage, ...] = ()
    """The stages as the plant had them, each with the length of this quality alone; none where an older version planned it."""

    def length(self, stage: str) -> timedelta | None:
        """How long a stage takes; None where the plant had none of that name."""
        return next((timedelta(minutes=minutes) for name, minutes in self.minutes if name == stage), None)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that is said. Which fields it has goes by its kind; None is what was not said."""

    id: str
    """The sender's own: said twice it is one event."""
    kind: Kind
    at: datetime
    by: Speaker = "operator"
    batch: str | None = None
    stage: str | None = None
    unit: int | None = None
    kg: float | None = None
    until: datetime | None = None
    of: int | None = None
    """Sequence of the event that a correction replaces, or takes back where it says nothing else."""
    planned: Batch | None = None
    """Of `planned`: the batch with its identity, and its runs as the plan has them."""
    recipe: Recipe | None = None
    """Of `planned`; None where an older version planned it."""
    order: Order | None = None
    day: date | None = None
    """Of `opened`: the first day whose demand is answered for."""
    stock: tuple[tuple[str, float], ...] = ()
    """Of `opened`: (quality, kg) that was there."""
    runs: tuple[ConfirmedRun, ...] = ()
    """Of `confirmed`: what ran as it was assumed to."""
    excepted: tuple[str, ...] = ()
    """Of `confirmed`: batches that did not, and that are still to be reported."""

    def __post_init__(self) -> None:
        instants = [self.at] if self.until is None else [self.at, self.until]
        if any(instant.utcoffset() != timedelta(0) for instant in instants):
            raise ValueError(f"instants are UTC, got {self.at} and {self.until}")
        if (self.kind == "correction") != (self.of is not None):
            raise ValueError("a correction, and nothing else, says what it corrects")
        about_orders = self.kind in ("ordered", "order_withdrawn")
        if (self.kind == "planned") != (self.planned is not None) or about_orders != (self.order is not None):
            raise ValueError(f"{self.kind} carries what it is about, and nothing else")

    @property
    def says_nothing_new(self) -> bool:
        """Whether a correction only takes back."""
        return self.batch is None and self.stage is None and self.unit is None and self.kg is None and self.until is None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the log has it."""

    sequence: int
    """1, 2, 3, ... in the order in which they were taken; the only order that counts."""
    learnt_at: datetime
    event: Event
    at_said: bool = True
    """Whether the sender said when it happened; else it happened when it was learnt."""


def effective(log: tuple[Recorded, ...]) -> tuple[Recorded, ...]:
    """The events that hold once every correction is applied, each with the sequence of what was said of it last.

    A correction of a correction takes that one back; what holds then is what held before it, or what it says itself.
    """
    versions: dict[int, list[tuple[int, Recorded | None]]] = {}
    root_of: dict[int, int] = {}
    for item in sorted(log, key=lambda item: item.sequence):
        of = item.event.of
        if of is None:
            root_of[item.sequence] = item.sequence
            versions[item.sequence] = [(item.sequence, item)]
        elif of in root_of:
            root_of[item.sequence] = root = root_of[of]
            _corrected(versions[root], item, of, root)
    tops = [told[-1][1] for told in versions.values()]
    return tuple(sorted((top for top in tops if top is not None), key=lambda item: item.sequence))


def _corrected(told: list[tuple[int, Recorded | None]], item: Recorded, of: int, root: int) -> None:
    """One more correction of an event: `told` are its versions so far, the last one holds."""
    event = item.event
    if of != root:
        told[:] = [version for version in told if version[0] != of] or told
    if event.says_nothing_new and not item.at_said:
        if of == root:
            told.append((item.sequence, None))
        return
    base = next((version for _, version in reversed(told) if version is not None), None)
    if base is not None:
        told.append((item.sequence, replace(base, sequence=item.sequence, event=amended(base.event, event, at_said=item.at_said))))


def amended(event: Event, correction: Event, *, at_said: bool) -> Event:
    """An event with what a correction says of it."""
    return replace(
        event,
        at=correction.at if at_said else event.at,
        batch=correction.batch or event.batch,
        stage=correction.stage or event.stage,
        unit=correction.unit or event.unit,
        kg=event.kg if correction.kg is None else correction.kg,
        until=correction.until or event.until,
    )
