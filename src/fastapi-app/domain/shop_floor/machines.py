"""What each machine does at an instant, from where the batches stand. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from domain.plan.plant import Plant
from domain.shop_floor.facts import Machine, Span, holds
from domain.shop_floor.state import FloorBatch, FloorRun, MachineState


def machine_states(
    plant: Plant, batches: Iterable[FloorBatch], down: Mapping[Machine, tuple[Span, ...]], now: datetime
) -> tuple[MachineState, ...]:
    """Every machine of the plant, by stage and number. One that is down says so, whatever is in it."""
    within: dict[Machine, tuple[FloorBatch, FloorRun]] = {}
    for batch in batches:
        if batch.is_open and batch.runs[-1].released is None:
            within[batch.runs[-1].stage, batch.runs[-1].unit] = (batch, batch.runs[-1])
    return tuple(
        _state((stage.name, unit), within.get((stage.name, unit)), down.get((stage.name, unit), ()), now)
        for stage in plant.stages
        for unit in range(1, stage.units + 1)
    )


def _state(machine: Machine, inside: tuple[FloorBatch, FloorRun] | None, down: tuple[Span, ...], now: datetime) -> MachineState:
    batch = None if inside is None else inside[0].id
    broken = next((span for span in down if holds(span, now)), None)
    if broken is not None:
        return MachineState(*machine, "down", batch, *broken)
    if inside is None:
        return MachineState(*machine, "free")
    run = inside[1]
    if run.state == "done":
        return MachineState(*machine, "held", batch, run.end, None, run.end_said)
    return MachineState(*machine, "busy", batch, run.start, run.end if run.state == "running" else None, run.start_said)
