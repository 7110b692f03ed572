"""What the operator reports of a batch: that it was not made, or when its stages really ran. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from domain.errors import InvalidRequestError
from domain.plan.plant import Plant
from domain.plan.production import Batch, StageRun
from domain.shop_floor.execution import Carried
from domain.timeline import QUARTER, floor_to


@dataclass(frozen=True, slots=True)
class RunReport:
    """When a stage really ran; what is None was as planned."""

    stage: str
    start: datetime
    end: datetime | None = None
    unit: int | None = None


def not_made(planned: Batch, now: datetime) -> Carried:
    """A batch that did not run. Its name is free again: it is kept under its name and the time it was planned for."""
    if planned.start > now:
        text = f"{planned.id} is planned for {planned.start.isoformat()}: it can still be moved by a wish"
        raise InvalidRequestError(text, name="batch_id", value=planned.id, valid="a batch whose time has come")
    return Carried(replace(planned, id=name_when_not_made(planned)), "not_made", planned)


def name_when_not_made(planned: Batch) -> str:
    """The name under which a batch that did not run is kept."""
    return f"{planned.id}@{planned.start:%Y%m%dT%H%M}Z"


def as_reported(plant: Plant, planned: Batch, reports: Sequence[RunReport], now: datetime) -> Carried:
    """A batch as it really ran; stages that are not named ran as planned. InvalidRequestError says what cannot be."""
    said = {report.stage: report for report in reports}
    if len(said) != len(reports) or not said:
        raise _invalid("stages", [report.stage for report in reports], "each stage once")
    for name, report in said.items():
        _check(plant, name, report, now)
    runs = [_run(plant, planned, run, said.get(run.stage)) for run in planned.runs]
    for before, after in pairwise(runs):
        if after.start < before.end:
            valid = f"not before {before.stage} ends, {before.end.isoformat()}"
            raise _invalid(f"{after.stage}.start", after.start.isoformat(), valid)
    held = [_released(plant, run, runs[index + 1] if index + 1 < len(runs) else None) for index, run in enumerate(runs)]
    return Carried(replace(planned, runs=tuple(held)), "reported", planned)


def _check(plant: Plant, name: str, report: RunReport, now: datetime) -> None:
    names = [stage.name for stage in plant.stages]
    if name not in names:
        raise _invalid("stage", name, ", ".join(names))
    for field, at in (("start", report.start), ("end", report.end)):
        if at is not None and floor_to(at, QUARTER) != at:
            raise _invalid(f"{name}.{field}", at.isoformat(), "a quarter of an hour: minutes 00, 15, 30 or 45")
    if report.start > now:
        raise _invalid(f"{name}.start", report.start.isoformat(), f"not after {now.isoformat()}: reports are of the past")
    if report.end is not None and report.end <= report.start:
        raise _invalid(f"{name}.end", report.end.isoformat(), "after its start")
    units = plant.stage(name).units
    if report.unit is not None and not 1 <= report.unit <= units:
        raise _invalid(f"{name}.unit", report.unit, f"1 to {units}")


def _run(plant: Plant, planned: Batch, run: StageRun, report: RunReport | None) -> StageRun:
    if report is None:
        return StageRun(run.stage, run.unit, run.start, run.end, run.end)
    end = report.end or report.start + plant.stage(run.stage).slots(planned.quality) * QUARTER
    return StageRun(run.stage, report.unit or run.unit, report.start, end, end)


def _released(plant: Plant, run: StageRun, onward: StageRun | None) -> StageRun:
    """A stage that holds keeps its machine until the next one begins."""
    return replace(run, released=onward.start) if onward is not None and plant.stage(run.stage).holds else run


def _invalid(name: str, value: object, valid: str) -> InvalidRequestError:
    return InvalidRequestError(f"{name}={value} is not possible", name=name, value=value, valid=valid)
