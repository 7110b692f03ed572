"""Batches as they are kept: as JSON, and as they were carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from domain.plan.production import Batch, StageRun
from domain.shop_floor.state import FloorBatch

CarriedState = Literal["planned", "reported", "not_made"]


@dataclass(frozen=True, slots=True)
class Carried:
    """A batch whose time has come. `planned`: taken to have run as the plan had it. `reported`: as the operator says it ran.
    `not_made`: it did not run, and its runs are what was planned.
    """

    batch: Batch
    state: CarriedState
    planned: Batch | None
    """As the plan had it; None for a batch that no plan had."""

    @property
    def made(self) -> bool:
        """Whether there are goods."""
        return self.state != "not_made"


def carried_of(batch: FloorBatch) -> Carried:
    """A batch of the floor with the runs that it had, and those that the plan has for it yet."""
    begun = {run.stage for run in batch.runs}
    runs = [StageRun(run.stage, run.unit, run.start, run.end, max(run.end, run.released or run.end)) for run in batch.runs]
    ahead = [run for run in batch.planned.runs if run.stage not in begun] if batch.state != "spoiled" else []
    state: CarriedState = "not_made" if batch.state == "spoiled" else "reported" if batch.is_reported else "planned"
    return Carried(replace(batch.planned, runs=(*runs, *ahead) or batch.planned.runs), state, batch.planned)


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
