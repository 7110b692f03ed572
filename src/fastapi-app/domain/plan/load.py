"""The power that a plan takes: base load, running and holding machines, without what the weather adds."""

from collections.abc import Sequence
from datetime import datetime

from domain.plan.plant import Plant
from domain.plan.production import Batch
from domain.timeline import QUARTER


def load_kw(plant: Plant, batches: Sequence[Batch], at: datetime) -> float:
    """Power at an instant: base load, running and holding machines [kW]."""
    load = plant.base_kw(staffed=plant.is_staffed(at))
    for batch in batches:
        if batch.start <= at < batch.end:
            for run in batch.runs:
                stage = plant.stage(run.stage)
                load += stage.power_kw if run.start <= at < run.end else stage.hold_kw if run.end <= at < run.released else 0.0
    return load


def loads_kw(plant: Plant, batches: Sequence[Batch], starts: Sequence[datetime]) -> list[float]:
    """Mean power of hours: base load, running and holding machines, without what the weather adds."""
    return [sum(load_kw(plant, batches, start + i * QUARTER) for i in range(4)) / 4 for start in starts]
