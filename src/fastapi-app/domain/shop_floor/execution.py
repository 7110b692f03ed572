"""Batches as they are kept: as JSON, and as they were carried out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from domain.plan.production import Batch, StageRun

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
