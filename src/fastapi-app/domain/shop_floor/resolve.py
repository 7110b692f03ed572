"""What an event leaves out, filled in from where things stand: one fact is enough. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.errors import InvalidRequestError, NotFoundError
from domain.plan.plant import Plant, Stage
from domain.shop_floor.events import Event
from domain.shop_floor.facts import Facts
from domain.shop_floor.state import FloorBatch, FloorState

OLDEST = timedelta(days=35)
"""What happened longer ago is not taken any more."""
AHEAD = timedelta(minutes=5)
"""A sender's clock may be fast by so much; what it says then happened now."""
MAY_LIE_AHEAD = ("ended", "machine_down", "nobody", "machine_up", "back")
"""An announced end, a maintenance, an afternoon off."""
OF_A_STAGE = ("began", "ended", "interrupted", "resumed")
OF_A_BATCH = (*OF_A_STAGE, "spoiled", "finished")
OF_A_MACHINE = ("machine_down", "machine_up")
FARTHEST = timedelta(days=60)
EARLY = timedelta(hours=4)
"""A batch that nobody told the begin of may have been begun so long before any plan had it, and be spoiled."""


def resolved(plant: Plant, facts: Facts, state: FloorState, event: Event) -> Event:
    """The event with its batch, stage and machine. InvalidRequestError or NotFoundError say what is missing."""
    event = _timed(event, state.at)
    told = facts.batches.get(event.batch or "")
    _check_names(plant, plant.stages if told is None else told.stages(plant), event)
    if event.kind in OF_A_MACHINE:
        return _machine(plant, event)
    if event.kind not in OF_A_BATCH:
        return event
    event = _with_batch(plant, facts, state, event)
    batch = state.batch(event.batch or "")
    if batch is None:
        known = ", ".join(one.id for one in state.batches if not one.is_over) or "none is planned"
        raise InvalidRequestError(f"there is no batch {event.batch}", name="batch", value=event.batch, valid=known)
    if event.kind in OF_A_STAGE:
        stage = event.stage or _stage_of(plant, facts, batch, event)
        event = replace(event, stage=stage, unit=event.unit or _unit_of(plant, state, batch, stage, event.at))
    if event.kind == "spoiled" and not batch.is_reported and facts.batches[batch.id].first_start > event.at + EARLY:
        text = f"{batch.id} is planned for {batch.planned.start.isoformat()}: it can still be moved by a wish"
        raise InvalidRequestError(text, name="batch", value=batch.id, valid="a batch that has begun")
    whole_kg = facts.batches[batch.id].whole_kg(plant)
    if event.kg is not None and not 0 <= event.kg <= whole_kg:
        raise InvalidRequestError(f"kg={event.kg} is not possible", name="kg", value=event.kg, valid=f"0 to {whole_kg:g}")
    return event


def _timed(event: Event, now: datetime) -> Event:
    """What lies a moment ahead is now."""
    if now < event.at <= now + AHEAD:
        event = replace(event, at=now)
    last = now + FARTHEST if event.kind in MAY_LIE_AHEAD else now
    if not now - OLDEST <= event.at <= last:
        valid = f"from {(now - OLDEST).isoformat()} to {last.isoformat()}"
        raise InvalidRequestError(f"at={event.at.isoformat()} is not possible", name="at", value=event.at.isoformat(), valid=valid)
    if event.until is not None and not event.at < event.until <= event.at + FARTHEST:
        valid = f"after {event.at.isoformat()}, at most {FARTHEST.days} days later"
        raise InvalidRequestError("until does not follow", name="until", value=event.until.isoformat(), valid=valid)
    return event


def _check_names(plant: Plant, stages: Sequence[Stage], event: Event) -> None:
    """A batch that is named has the stages that it was planned with."""
    names = [stage.name for stage in stages]
    if event.stage is not None and event.stage not in names:
        raise InvalidRequestError(f"there is no stage {event.stage}", name="stage", value=event.stage, valid=", ".join(names))
    if event.unit is not None:
        units = max(stage.units for stage in (*stages, *plant.stages) if event.stage in (None, stage.name))
        if not 1 <= event.unit <= units:
            raise InvalidRequestError(f"there is no machine {event.unit}", name="unit", value=event.unit, valid=f"1 to {units}")


def _machine(plant: Plant, event: Event) -> Event:
    if event.stage is None:
        valid = ", ".join(stage.name for stage in plant.stages)
        raise InvalidRequestError("which machine?", name="stage", value=None, valid=valid)
    units = plant.stage(event.stage).units
    if event.unit is None and units > 1:
        raise InvalidRequestError("which machine of the stage?", name="unit", value=None, valid=f"1 to {units}")
    return replace(event, unit=event.unit or 1)


def _with_batch(plant: Plant, facts: Facts, state: FloorState, event: Event) -> Event:
    """The batch that is meant where only the machine is said: the one in it, or the one that is next for it."""
    if event.batch is not None:
        return event
    if event.stage is None:
        valid = ", ".join(batch.id for batch in state.under_way) or "a batch of the plan"
        raise InvalidRequestError("which batch?", name="batch", value=None, valid=valid)
    first = plant.stages[0].name
    if event.kind == "began":
        waits = [batch for batch in state.batches if batch.is_open and _stage_of(plant, facts, batch, event) == event.stage]
        planned = [batch for batch in state.batches if batch.state in ("planned", "waiting") and not batch.runs]
        candidates = sorted(waits, key=_since) + (sorted(planned, key=_since) if event.stage == first else [])
    else:
        candidates = [batch for batch in state.under_way if _is_in(batch, event.stage, event.unit)]
    if not candidates:
        raise NotFoundError(f"a batch for {event.stage}{'' if event.unit is None else f' {event.unit}'}")
    return replace(event, batch=candidates[0].id)


def _since(batch: FloorBatch) -> tuple[datetime, str]:
    return (batch.runs[-1].end if batch.runs else batch.planned.start), batch.id


def _is_in(batch: FloorBatch, stage: str, unit: int | None) -> bool:
    run = batch.runs[-1]
    return run.stage == stage and (unit is None or run.unit == unit)


def _stage_of(plant: Plant, facts: Facts, batch: FloorBatch, event: Event) -> str:
    """The stage that is meant: the next of which no begin was said, or the one that the batch is in."""
    told = facts.batches[batch.id]
    names = [stage.name for stage in told.stages(plant)]
    spoken = [index for index, name in enumerate(names) if told.said_of(name)]
    if event.kind == "began":
        after = max(spoken, default=-1) + 1
        assumed = names.index(batch.runs[-1].stage) if batch.runs and batch.state == "under_way" else after
        return names[min(max(after, assumed), len(names) - 1)]
    at = [run.stage for run in batch.runs if run.start <= event.at]
    return at[-1] if at else names[max(spoken, default=0)]


def _unit_of(plant: Plant, state: FloorState, batch: FloorBatch, stage: str, at: datetime) -> int:
    """The machine: where the batch is, as planned, or another one that is free then."""
    own = next((run.unit for run in batch.runs if run.stage == stage), None)
    planned = next((run.unit for run in batch.planned.runs if run.stage == stage), 1)
    if own is not None:
        return own

    def is_free(unit: int) -> bool:
        runs = [run for other in state.batches if other.id != batch.id for run in other.runs]
        inside = [run for run in runs if (run.stage, run.unit) == (stage, unit) and run.start <= at]
        return not any(run.released is None or run.released > at for run in inside)

    units = next((one.units for one in plant.stages if one.name == stage), planned)
    if is_free(planned):
        return planned
    return next((unit for unit in range(1, units + 1) if is_free(unit)), planned)
