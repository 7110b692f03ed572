"""The power that a plan takes: base load, running and holding machines, without what the weather adds."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.plan.plant import Plant
from domain.plan.production import Batch
from domain.timeline import QUARTER

Powers = Mapping[str, Mapping[str, tuple[float, float]]]
"""Batch -> stage -> power of its machine while it works and while it holds [kW], as the batch was planned."""
NO_POWERS: Powers = {}


def load_kw(plant: Plant, batches: Sequence[Batch], at: datetime, powers: Powers = NO_POWERS) -> float:
    """Power at an instant: base load, running and holding machines [kW]. A stage that the plant has no more and that no batch kept
    counts nothing.
    """
    load = plant.base_kw(staffed=plant.is_staffed(at))
    now = {stage.name: (stage.power_kw, stage.hold_kw) for stage in plant.stages}
    for batch in batches:
        if batch.start <= at < batch.end:
            kept = powers.get(batch.id, {})
            for run in batch.runs:
                power_kw, hold_kw = kept.get(run.stage) or now.get(run.stage, (0.0, 0.0))
                load += power_kw if run.start <= at < run.end else hold_kw if run.end <= at < run.released else 0.0
    return load


def loads_kw(plant: Plant, batches: Sequence[Batch], starts: Sequence[datetime], powers: Powers = NO_POWERS) -> list[float]:
    """Mean power of hours: base load, running and holding machines, without what the weather adds."""
    return [sum(load_kw(plant, batches, start + i * QUARTER, powers) for i in range(4)) / 4 for start in starts]
