"""Working as usual on a day, as batches that one can look at: what the day's `baseline_eur` is the cost of. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.plan.plan import PlannedBatch
from domain.plan.plant import Plant
from domain.plan.production import StageRun
from services.plan.document import name_json

EUR = 4
"""Decimals of euros, as the figures beside them have."""


def usual_json(batches: Sequence[PlannedBatch], plant: Plant) -> list[dict[str, Any]] | None:
    """Each batch with its stages and its cost; with the base load they sum to the cost of working as usual. None for no batch."""
    return [_batch(item, plant) for item in batches] or None


def _batch(item: PlannedBatch, plant: Plant) -> dict[str, Any]:
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


def _stage(run: StageRun, plant: Plant) -> dict[str, Any]:
    several = plant.stage(run.stage).units > 1
    return {
        "stage": run.stage,
        "machine": run.unit if several else None,
        "start": run.start.isoformat(),
        "end": run.end.isoformat(),
    }


def without_usual(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as it is told in a range: the batches of working as usual are told of one day at a time."""
    return {name: value for name, value in entry.items() if name != "usual"}


def usual_of(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is told of one day; None where it was not kept, or nothing was compared."""
    batches = entry.get("usual")
    return None if not batches else {"date": entry["date"], "batches": batches}
