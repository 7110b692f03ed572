"""Batches as they are kept: as JSON, and as they were carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from domain.plan.production import Batch, StageRun
from domain.shop_floor.energy import StageWork
from domain.shop_floor.state import FloorBatch, FloorRun

ExecutionState = Literal["planned", "reported", "not_made"]


@dataclass(frozen=True, slots=True)
class Execution:
    """A batch whose time has come. `planned`: taken to have run as the plan had it. `reported`: as the operator says it ran.
    `not_made`: it did not run, and its runs are what was planned.
    """

    batch: Batch
    state: ExecutionState
    planned: Batch | None
    """As the plan had it; None for a batch that no plan had."""
    worked: tuple[StageWork, ...] | None = None
    """Its stages to the minute, with what the plan has for it yet; None where only `batch` is known."""
    kg: float | None = None
    """What it made; None for a whole batch."""

    def stages(self) -> tuple[StageWork, ...]:
        """Its stages as they ran."""
        return worked_of(self.batch) if self.worked is None else self.worked

    @property
    def made(self) -> bool:
        """Whether there are goods."""
        return self.state != "not_made"


def carried_of(batch: FloorBatch, day: date | None) -> Execution:
    """A batch of the floor with the runs that it had, and those that the plan has for it yet; due on the day that it belongs to."""
    begun = {run.stage for run in batch.runs}
    runs = [StageRun(run.stage, run.unit, run.start, run.end, max(run.end, run.released or run.end)) for run in batch.runs]
    ahead = [run for run in batch.planned.runs if run.stage not in begun] if batch.state != "spoiled" else []
    state: ExecutionState = "not_made" if batch.state == "spoiled" else "reported" if batch.is_reported else "planned"
    worked = (*(_worked(run) for run in batch.runs), *worked_of(replace(batch.planned, runs=tuple(ahead))))
    whole = replace(batch.planned, due=day, runs=(*runs, *ahead) or batch.planned.runs)
    return Execution(whole, state, replace(batch.published, due=day), worked, batch.kg)


def _worked(run: FloorRun) -> StageWork:
    """A run of the floor: what it worked, and to its expected end if it has not ended."""
    spans = run.worked
    if run.state == "running" and spans:
        spans = (*spans[:-1], (spans[-1][0], max(run.end, spans[-1][1])))
    held = (run.end, run.released) if run.released is not None and run.released > run.end else None
    return StageWork(run.stage, spans, held, run.is_said)


def worked_of(batch: Batch) -> tuple[StageWork, ...]:
    """The stages of a batch that ran as its runs have it; nobody said so."""
    return tuple(
        StageWork(run.stage, ((run.start, run.end),), (run.end, run.released) if run.released > run.end else None, is_said=False)
        for run in batch.runs
    )


def batch_json(batch: Batch) -> dict[str, Any]:
    """A batch with every run, instants in ISO 8601."""
    runs = [[run.stage, run.unit, run.start.isoformat(), run.end.isoformat(), run.released.isoformat()] for run in batch.runs]
    due = None if batch.due is None else batch.due.isoformat()
    return {"id": batch.id, "quality": batch.quality, "due": due, "runs": runs}


def batch_from_json(stored: Mapping[str, Any]) -> Batch:
    """The batch of `batch_json`."""
    runs = tuple(
        StageRun(stage, unit, datetime.fromisoformat(start), datetime.fromisoformat(end), datetime.fromisoformat(released))
        for stage, unit, start, end, released in stored["runs"]
    )
    due = None if stored["due"] is None else date.fromisoformat(stored["due"])
    return Batch(stored["id"], stored["quality"], due, runs)
