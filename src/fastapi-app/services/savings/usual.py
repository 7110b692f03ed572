"""Working as usual on a day, as batches that one can look at: what the day's `baseline_eur` is the cost of. Pure."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from domain.plan.plan import PlannedBatch
from domain.plan.plant import Plant
from domain.plan.production import StageRun
from services.plan.document import name_json

EUR = 4
"""Decimals of euros, as the figures beside them have."""


class UsualStage(TypedDict):
    """A stage as it is kept: instants in ISO 8601; `machine` is its number where the stage has several."""

    stage: str
    machine: int | None
    start: str
    end: str


class UsualBatch(TypedDict):
    """A batch as it is kept."""

    id: str
    quality: str
    name: Mapping[str, object] | None
    start: str
    end: str
    cost_eur: float
    stages: list[UsualStage]


def usual_json(batches: Sequence[PlannedBatch], plant: Plant) -> list[UsualBatch] | None:
    """Each batch with its stages and its cost; with the base load they sum to the cost of working as usual. None for no batch."""
    return [_batch(item, plant) for item in batches] or None


def _batch(item: PlannedBatch, plant: Plant) -> UsualBatch:
    batch = item.batch
    return {
        "id": batch.id,
        "quality": batch.quality,
        "name": name_json(batch.id),
        "start": batch.start.isoformat(),
        "end": batch.end.isoformat(),
        "cost_eur": round(item.cost_eur, EUR) + 0.0,
        "stages": [_stage(run, plant) for run in batch.runs],
    }


def _stage(run: StageRun, plant: Plant) -> UsualStage:
    several = plant.stage(run.stage).units > 1
    return {
        "stage": run.stage,
        "machine": run.unit if several else None,
        "start": run.start.isoformat(),
        "end": run.end.isoformat(),
    }
