"""A report of a whole batch, as `POST /plan/actuals` takes it, said as events. What was reported before is corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.errors import InvalidRequestError, NotFoundError
from domain.plan.plant import Plant
from domain.shop_floor.events import Event
from domain.shop_floor.facts import BatchFacts, Facts
from services.shop_floor.floor import FloorService


@dataclass(frozen=True, slots=True)
class RunReport:
    """When a stage really ran; what is None is not said."""

    stage: str
    start: datetime
    end: datetime | None = None
    unit: int | None = None


async def not_made(floor: FloorService, batch_id: str, now: datetime) -> None:
    """The batch gave nothing. Said twice it is said once."""
    facts = await floor.facts()
    if not any(item.event.kg is None for item in _told(facts, batch_id).spoiled):
        event = Event(f"actuals:{facts.sequence}:{batch_id}:spoiled", "spoiled", now, batch=batch_id)
        await floor.tell(event, at_said=False)


async def as_reported(floor: FloorService, plant: Plant, batch_id: str, reports: Sequence[RunReport], now: datetime) -> None:
    """When stages ran. Takes back that the batch was not made, and corrects what was said of the same stages before."""
    stages = [report.stage for report in reports]
    if len(set(stages)) != len(stages) or not stages:
        raise InvalidRequestError("each stage once", name="stages", value=stages, valid="each stage once")
    told = _told(await floor.facts(), batch_id)
    order = {stage.name: index for index, stage in enumerate(told.stages(plant))}
    for report in reports:
        if report.stage not in order:
            raise InvalidRequestError(f"no stage {report.stage}", name="stage", value=report.stage, valid=", ".join(order))
        if report.end is not None and report.end <= report.start:
            name = f"{report.stage}.end"
            raise InvalidRequestError("it ends before it begins", name=name, value=report.end.isoformat(), valid="after its start")
    for item in told.spoiled:
        await floor.tell(Event(f"actuals:{item.sequence}:back", "correction", now, of=item.sequence), at_said=False)
    for report in sorted(reports, key=lambda report: order[report.stage]):
        await _say_of(floor, batch_id, "began", report, report.start)
        if report.end is not None:
            await _say_of(floor, batch_id, "ended", report, report.end)


async def _say_of(floor: FloorService, batch_id: str, kind: Literal["began", "ended"], report: RunReport, at: datetime) -> None:
    facts = await floor.facts()
    told = _told(facts, batch_id)
    before = (told.began if kind == "began" else told.ended).get(report.stage)
    if before is not None and before.event.at == at and report.unit in (None, before.event.unit):
        return
    id_ = f"actuals:{facts.sequence}:{batch_id}:{report.stage}:{kind}"
    if before is None:
        event = Event(id_, kind, at, batch=batch_id, stage=report.stage, unit=report.unit)
    else:
        event = Event(id_, "correction", at, unit=report.unit, of=before.sequence)
    await floor.tell(event, at_said=True)


def _told(facts: Facts, batch_id: str) -> BatchFacts:
    told = facts.batches.get(batch_id)
    if told is None:
        raise NotFoundError(f"batch {batch_id}")
    return told
