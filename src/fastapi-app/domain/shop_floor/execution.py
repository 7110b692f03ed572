"""Batches as they are kept: as JSON, and as they were carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from domain.plan.plant import Plant
from domain.plan.production import Batch, StageRun
from domain.shop_floor.energy import StageWork
from domain.shop_floor.events import Recipe
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
    recipe: Recipe | None = None
    """What it was planned with; None where nobody kept it."""

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
    kw = powers(batch.recipe)
    worked = (*(replace(_worked(run), kw=kw.get(run.stage)) for run in batch.runs),)
    worked += as_planned(replace(batch.planned, runs=tuple(ahead)), batch.recipe)
    whole = replace(batch.planned, due=day, runs=(*runs, *ahead) or batch.planned.runs)
    return Execution(whole, state, replace(batch.published, due=day), worked, batch.kg, batch.recipe)


def powers(recipe: Recipe | None) -> Mapping[str, tuple[float, float]]:
    """Stage -> power of its machine while it works and while it holds [kW], as the batch was planned."""
    return {} if recipe is None else {stage.name: (stage.power_kw, stage.hold_kw) for stage in recipe.stages}


def is_of(plant: Plant, carried: Execution) -> bool:
    """Whether the plant makes a batch as this one was: what the plant would have cost can be compared with it."""
    quality = carried.batch.quality
    now = [(one.name, one.power_kw, one.hold_kw, one.minutes.get(quality)) for one in plant.stages]
    own = () if carried.recipe is None else carried.recipe.stages
    if not own:
        return quality in plant.qualities and {run.stage for run in carried.batch.runs} <= {one.name for one in plant.stages}
    return now == [(one.name, one.power_kw, one.hold_kw, one.minutes.get(quality)) for one in own]


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


def as_planned(batch: Batch, recipe: Recipe | None) -> tuple[StageWork, ...]:
    """The same, with the machines that the batch was planned with."""
    kw = powers(recipe)
    return tuple(replace(work, kw=kw.get(work.stage)) for work in worked_of(batch))


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
