"""What is said of the floor, and how it is told: bodies and answers of /floor."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.bounds import ORDER_KG
from domain.errors import InvalidRequestError
from domain.plan.plant import Plant
from domain.shop_floor.closing import Asked
from domain.shop_floor.events import ConfirmedRun, Event, Recorded, Said
from domain.shop_floor.state import FloorBatch, FloorState, MachineState
from routers.http.bodies import Body, Name
from routers.http.instants import InstantText, instant
from services.shop_floor.desk import EventAnswer, Late


class EventIn(Body):
    """Something that happened. What is left out follows from where things stand: the batch from the machine, now from the clock."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "tablet-1-0007", "kind": "began", "batch": "20261005-premium-1", "stage": "mixing"},
                {"id": "tablet-1-0008", "kind": "ended", "stage": "refining", "at": "2026-10-05T14:02:00+02:00"},
                {"id": "tablet-1-0009", "kind": "machine_down", "stage": "refining", "until": "2026-10-06T17:00:00+02:00"},
                {"id": "tablet-1-0010", "kind": "spoiled", "batch": "20261005-standard-1", "kg": 40},
                {"id": "tablet-1-0011", "kind": "correction", "of": 1204},
            ]
        },
    )

    id: str = Field(min_length=1, max_length=120, description="The sender's own; said again it is the same event")
    kind: Said
    at: InstantText | None = Field(
        None, max_length=40, description="ISO 8601, to the minute; now when left out. An end may lie ahead"
    )
    batch: str | None = Field(None, min_length=1, max_length=120)
    stage: Name | None = None
    unit: int | str | None = Field(None, description='Number of the machine, or its name, such as "conching-2"')
    kg: float | None = Field(None, ge=0, le=ORDER_KG.most, allow_inf_nan=False, description="Spoiled, or finished; to the gram")
    until: InstantText | None = Field(None, max_length=40, description="When it is expected to be over")
    of: int | None = Field(None, ge=1, le=2**53, description="Of a correction: the event; nothing else said takes it back")

    def event(self, plant: Plant, now_text: str) -> tuple[Event, bool]:
        """The event with its instants in UTC, and whether the sender said when."""
        if (self.kind == "correction") != (self.of is not None):
            raise InvalidRequestError(
                "what is corrected?", name="of", value=self.of, valid="the sequence of an event, for a correction alone"
            )
        stage, unit = self._machine(plant)
        event = Event(
            id=self.id,
            kind=self.kind,
            at=instant("at", self.at or now_text),
            batch=self.batch,
            stage=stage,
            unit=unit,
            kg=None if self.kg is None else round(self.kg, 3),
            until=None if self.until is None else instant("until", self.until),
            of=self.of,
        )
        return event, self.at is not None

    def _machine(self, plant: Plant) -> tuple[str | None, int | None]:
        if self.unit is None or isinstance(self.unit, int):
            return self.stage, self.unit
        for stage in plant.stages:
            if self.unit == stage.name:
                return stage.name, 1
            for number in range(1, stage.units + 1):
                if self.unit == f"{stage.name}-{number}":
                    return stage.name, number
        raise InvalidRequestError(f"no machine {self.unit}", name="unit", value=self.unit, valid="a number, or stage-number")


class LateOut(BaseModel):
    """An order that comes after its due time; null where it does not come within what is planned."""

    order: str
    by_minutes: int | None
    since: str | None = Field(description="When that became known; null in answers of older versions")

    @classmethod
    def of(cls, late: Late) -> "LateOut":
        """As JSON."""
        return cls(order=late.order, by_minutes=late.by_minutes, since=late.since)


class EventOut(BaseModel):
    """The event's place in the log, the plan that knows of it (null while it is being computed), and what is late in it."""

    sequence: int
    plan_id: str | None
    late: list[LateOut]

    @classmethod
    def of(cls, answer: EventAnswer) -> "EventOut":
        """As JSON."""
        return cls(sequence=answer.sequence, plan_id=answer.plan_id, late=[LateOut.of(item) for item in answer.late])


class ConfirmedIn(Body):
    """What nobody reported ran as planned, but for some batches."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "tablet-1-0012"}, {"id": "tablet-1-0013", "but": ["20261005-standard-2"]}]},
    )

    id: str = Field(min_length=1, max_length=120, description="The sender's own; said again it is the same event")
    until: InstantText | None = Field(None, max_length=40, description="ISO 8601; the end of the shift, or now when left out")
    but: list[Annotated[str, Field(min_length=1, max_length=120)]] = Field(
        default=[], max_length=200, description="Batches that did not, and are still to be reported"
    )


class ConfirmedRunOut(BaseModel):
    """A stage that was assumed by the plan's times."""

    batch: str
    stage: str
    unit: int
    start: str
    end: str

    @classmethod
    def of(cls, run: ConfirmedRun) -> "ConfirmedRunOut":
        """As JSON."""
        return cls(batch=run.batch, stage=run.stage, unit=run.unit, start=run.start.isoformat(), end=run.end.isoformat())


class ConfirmedOut(EventOut):
    """The event's place in the log, and what was confirmed by it."""

    confirmed: list[ConfirmedRunOut]

    @classmethod
    def told(cls, answer: EventAnswer, taken: Recorded) -> "ConfirmedOut":
        """As JSON."""
        runs = [ConfirmedRunOut.of(run) for run in taken.event.runs]
        return cls(**EventOut.of(answer).model_dump(), confirmed=runs)


class AskedOut(BaseModel):
    """What nobody reported of the shifts that are over: it counts as planned, and is asked for."""

    until: str = Field(description="The end of the last shift")
    batches: list[str]
    runs: list[ConfirmedRunOut]

    @classmethod
    def of(cls, asked: Asked) -> "AskedOut | None":
        """As JSON; null where everything was reported."""
        if not asked.batches:
            return None
        names = [one.batch.id for one in asked.batches]
        return cls(until=asked.until.isoformat(), batches=names, runs=[ConfirmedRunOut.of(run) for run in asked.runs])


class MachineOut(BaseModel):
    """A machine now."""

    stage: str
    unit: int
    state: Literal["free", "busy", "held", "down"]
    batch: str | None
    since: str | None
    until: str | None = Field(description="About when it is free again; null where nobody knows")
    said: bool = Field(description="False where it is assumed from the plan's times")

    @classmethod
    def of(cls, machine: MachineState) -> "MachineOut":
        """As JSON."""
        since, until = (None if at is None else at.isoformat() for at in (machine.since, machine.until))
        names = {name: getattr(machine, name) for name in ("stage", "unit", "state", "batch", "said")}
        return cls(**names, since=since, until=until)


class RunOut(BaseModel):
    """A stage of a batch that began."""

    stage: str
    unit: int
    state: Literal["done", "running", "interrupted"]
    start: str
    end: str = Field(description="When it ended, or is expected to")
    start_said: bool
    end_said: bool
    stopped_minutes: int


class FloorBatchOut(BaseModel):
    """Where a batch stands."""

    id: str
    quality: str
    due: str | None
    state: Literal["planned", "under_way", "waiting", "finished", "spoiled", "withdrawn"]
    why: str | None = Field(description="Why it waits or stands: machine_down, machine_busy, nobody, interrupted")
    kg: float
    start: str
    ends_at: str | None
    next_stage: str | None
    assumed: bool = Field(description="True where anything of it was said by nobody, and is taken from the plan's times")
    runs: list[RunOut]

    @classmethod
    def of(cls, batch: FloorBatch) -> "FloorBatchOut":
        """As JSON."""
        runs = [
            RunOut(
                stage=run.stage,
                unit=run.unit,
                state=run.state,
                start=run.start.isoformat(),
                end=run.end.isoformat(),
                start_said=run.start_said,
                end_said=run.end_said,
                stopped_minutes=run.stopped_minutes,
            )
            for run in batch.runs
        ]
        due, ends_at = batch.planned.due, batch.ends_at
        return cls(
            id=batch.id,
            quality=batch.quality,
            due=None if due is None else due.isoformat(),
            state=batch.state,
            why=batch.why,
            kg=batch.kg,
            start=batch.start.isoformat(),
            ends_at=None if ends_at is None else ends_at.isoformat(),
            next_stage=None if batch.is_over else batch.next_stage,
            assumed=batch.is_assumed,
            runs=runs,
        )


class SpanOut(BaseModel):
    """A span of time; without an end while nobody knows it."""

    start: str
    end: str | None


class OrderOut(BaseModel):
    """A promise, what was made of it, and what is owed."""

    id: str
    quality: str
    kg: float
    due: str
    weight: float
    reference: str | None
    source: Literal["plant", "order"]
    made_kg: float
    owed_kg: float
    late_minutes: int | None = Field(description="Since its due time, where something of it is owed")


class FloorOut(BaseModel):
    """The floor now: the fold of the log up to `sequence`."""

    as_of: str
    sequence: int
    simulated: bool
    machines: list[MachineOut]
    batches: list[FloorBatchOut] = Field(description="Open ones, those to come, and what ended in the last 24 hours")
    stock_kg: dict[str, float]
    orders: list[OrderOut]
    nobody: list[SpanOut]
    assumed: int = Field(description="Stages that ended in the last 24 hours and were reported by nobody")
    late: list[LateOut] = Field(description="In the plan in force; while there is none, what was due and is not made")
    asked: AskedOut | None = Field(description="What is asked for since the end of a shift; null where all of it was reported")

    @classmethod
    def of(
        cls,
        state: FloorState,
        shown: list[FloorBatch],
        orders: list[OrderOut],
        stock_kg: dict[str, float],
        asked: Asked,
        late: Sequence[Late],
        *,
        simulated: bool,
    ) -> "FloorOut":
        """As JSON."""
        absent = [SpanOut(start=start.isoformat(), end=None if end is None else end.isoformat()) for start, end in state.absent]
        return cls(
            as_of=state.at.isoformat(),
            sequence=state.sequence,
            simulated=simulated,
            machines=[MachineOut.of(machine) for machine in state.machines],
            batches=[FloorBatchOut.of(batch) for batch in shown],
            stock_kg={quality: round(kg, 3) for quality, kg in sorted(stock_kg.items())},
            orders=orders,
            nobody=absent,
            assumed=sum(run.state == "done" and not run.is_said for batch in shown for run in batch.runs),
            asked=AskedOut.of(asked),
            late=[LateOut.of(item) for item in late],
        )


class RecordedOut(BaseModel):
    """An event of the log."""

    sequence: int
    learnt_at: str
    by: str
    id: str
    kind: str
    at: str
    batch: str | None
    stage: str | None
    unit: int | None
    kg: float | None
    until: str | None
    of: int | None
    quality: str | None
    due: str | None
    start: str | None = Field(description="Of a plan's batch: when it is to begin")
    end: str | None = Field(description="Of a plan's batch: when it is to end")
    order: str | None
    confirmed: list[ConfirmedRunOut] | None = Field(description="Of a confirmation: what was assumed, and ran so")

    @classmethod
    def of_event(cls, item: Recorded) -> "RecordedOut":
        """As JSON."""
        event, planned, order = item.event, item.event.planned, item.event.order
        due = order.due.isoformat() if order else planned.due.isoformat() if planned and planned.due else None
        return cls(
            sequence=item.sequence,
            learnt_at=item.learnt_at.isoformat(),
            by=event.by,
            id=event.id,
            kind=event.kind,
            at=event.at.isoformat(),
            batch=planned.id if planned else event.batch,
            stage=event.stage,
            unit=event.unit,
            kg=order.kg if order else event.kg,
            until=None if event.until is None else event.until.isoformat(),
            of=event.of,
            quality=planned.quality if planned else order.quality if order else None,
            due=due if event.day is None else event.day.isoformat(),
            start=planned.start.isoformat() if planned else None,
            end=planned.end.isoformat() if planned else None,
            order=order.id if order else None,
            confirmed=[ConfirmedRunOut.of(run) for run in event.runs] if event.kind == "confirmed" else None,
        )

    def row(self) -> dict[str, object]:
        """As a row of a table."""
        return self.model_dump() | {"confirmed": " ".join(f"{run.batch}/{run.stage}" for run in self.confirmed or ())}


class EventsOut(BaseModel):
    """The log, in the order of the sequence."""

    as_of: str
    simulated: bool
    events: list[RecordedOut]
