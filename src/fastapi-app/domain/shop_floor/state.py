"""The state of the shop floor: where each batch stands and what each machine does, at an instant. Values only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from domain.plan.production import Batch
from domain.shop_floor.events import Recipe
from domain.shop_floor.facts import Span

BatchState = Literal["planned", "under_way", "waiting", "finished", "spoiled", "withdrawn"]
"""`planned`: not begun. `under_way`: in a machine. `waiting`: between two stages, or before one that could not begin."""
RunState = Literal["done", "running", "interrupted"]
Why = Literal["machine_down", "machine_busy", "nobody", "interrupted"]
"""Why a stage did not begin as the plan had it, or stands still."""


@dataclass(frozen=True, slots=True)
class FloorRun:
    """A stage of a batch that began."""

    stage: str
    unit: int
    start: datetime
    end: datetime
    """When it ended, or is expected to."""
    released: datetime | None
    """When the batch left the machine; None while it is in it."""
    state: RunState
    worked: tuple[tuple[datetime, datetime], ...]
    """When the machine really ran: without interruptions, up to the end."""
    start_said: bool
    """Whether somebody said so; else it is assumed by the plan's times."""
    end_said: bool
    needs: timedelta
    """Its length without interruptions."""
    left: timedelta
    """Work that is left at the instant of the state."""
    stands: tuple[tuple[datetime, datetime], ...] = ()
    """Of a run that has not ended: when its machine stands, as far as the end of that is known."""

    @property
    def resumes_unknown(self) -> bool:
        """Whether the machine stands and nobody knows until when."""
        return self.state == "interrupted" and not self.stands

    @property
    def is_said(self) -> bool:
        """Whether begin and end are reported."""
        return self.start_said and self.end_said

    @property
    def stopped_minutes(self) -> int:
        """How long the machine stood, between the spans in which it worked [min]."""
        spans = self.worked
        return sum(int((later[0] - before[1]).total_seconds() // 60) for before, later in pairwise(spans))


@dataclass(frozen=True, slots=True)
class FloorBatch:
    """A batch for life: where it stands."""

    id: str
    quality: str
    state: BatchState
    planned: Batch
    """As the newest plan has it; what began runs as `runs` say."""
    published: Batch
    """As the last plan had it before anything was said of it."""
    runs: tuple[FloorRun, ...]
    kg: float
    """What it makes: less what was spoiled; what was said at its end."""
    ends_at: datetime | None = None
    """When it was finished or spoiled."""
    why: Why | None = None
    """Why it waits or stands still, where that is known."""
    is_reported: bool = False
    recipe: Recipe | None = None
    """What it was planned with; None where an older version planned it."""

    @property
    def is_open(self) -> bool:
        """Whether it began and is neither finished nor lost: it stays in every plan."""
        return self.state in ("under_way", "waiting") and bool(self.runs)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("finished", "spoiled", "withdrawn")

    @property
    def next_stage(self) -> str | None:
        """The first stage that has not begun."""
        begun = {run.stage for run in self.runs}
        return next((run.stage for run in self.planned.runs if run.stage not in begun), None)

    @property
    def start(self) -> datetime:
        """When it began, or is planned to."""
        return self.runs[0].start if self.runs else self.planned.start

    @property
    def is_assumed(self) -> bool:
        """Whether anything of what is counted was said by nobody."""
        return bool(self.runs) and not all(run.is_said or (run.start_said and run.state != "done") for run in self.runs)


@dataclass(frozen=True, slots=True)
class MachineState:
    """One machine at the instant."""

    stage: str
    unit: int
    state: Literal["free", "busy", "held", "down"]
    batch: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """About when it is free again; None where nobody knows."""
    said: bool = True
    """False where it is assumed from the plan's times."""


@dataclass(frozen=True, slots=True)
class FloorState:
    """The floor at an instant, from the log alone; the only start of a plan."""

    at: datetime
    sequence: int
    """The last event that it knows."""
    batches: tuple[FloorBatch, ...]
    """By identity."""
    machines: tuple[MachineState, ...]
    down: tuple[tuple[str, int, Span], ...]
    """(stage, unit, span) of machines that are or will be down."""
    absent: tuple[Span, ...]
    """When nobody is or will be here."""

    def batch(self, id_: str) -> FloorBatch | None:
        """A batch by its identity."""
        return next((batch for batch in self.batches if batch.id == id_), None)

    @property
    def under_way(self) -> tuple[FloorBatch, ...]:
        """Batches that began and are neither finished nor lost, by begin."""
        return tuple(sorted((batch for batch in self.batches if batch.is_open), key=lambda batch: (batch.start, batch.id)))
