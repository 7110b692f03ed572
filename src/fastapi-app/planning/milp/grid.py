"""The problem as arrays over quarter-hours: where each stage may run, with what power, under which limits."""

from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from domain.plan.production import HOURS_PER_SLOT, Batch, Forbidden, MachineDown, PlanProblem, StageRun
from domain.timeline import QUARTER

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grid:
    """Arrays of shape (slots,) or (stages, slots). Slots are quarter-hours from the problem's start."""

    price: Floats
    """€/kWh; NaN where it is not known."""
    staffed: Bools
    base_kw: Floats
    limit_kw: Floats
    """Contracted power."""
    stage_kw: Floats
    """(stages, slots): power of a running unit with what the weather adds; NaN where the air forbids it."""
    forbidden: Bools
    """(stages, slots): by a wish."""
    run_eur: Floats
    """(stages, slots + 1): cost of a unit that ran from the start up to a slot; unknown slots add nothing."""
    hold_eur: Floats
    """(slots + 1,): cost of 1 kW from the start up to a slot."""
    freeze: int
    """First slot that is not frozen; 0 without a freeze."""

    @property
    def known(self) -> Bools:
        """Where the price is known."""
        return ~np.isnan(self.price)


def grid_of(problem: PlanProblem) -> Grid:
    """The arrays of a problem."""
    price = np.array([np.nan if value is None else value for value in problem.prices])
    staffed = np.array([_is_staffed(problem, slot) for slot in range(problem.slots)])
    plant = problem.plant
    stage_kw = np.array([_stage_kw(problem, stage.name, stage.power_kw) for stage in plant.stages])
    step = np.nan_to_num(stage_kw * price) * HOURS_PER_SLOT
    return Grid(
        price=price,
        staffed=staffed,
        base_kw=np.where(staffed, plant.base_kw(staffed=True), plant.base_kw(staffed=False)),
        limit_kw=np.array([plant.contracted_kw[period - 1] for period in problem.periods]),
        stage_kw=stage_kw,
        forbidden=np.array([_forbidden(problem, stage.name) for stage in plant.stages]),
        run_eur=np.hstack([np.zeros((len(plant.stages), 1)), np.cumsum(step, axis=1)]),
        hold_eur=np.concatenate([[0.0], np.cumsum(np.nan_to_num(price))]) * HOURS_PER_SLOT,
        freeze=0 if problem.freeze_until is None else max(0, -(-(problem.freeze_until - problem.start) // QUARTER)),
    )


def _is_staffed(problem: PlanProblem, slot: int) -> bool:
    instant = problem.at(slot)
    return problem.plant.is_staffed(instant) or any(extra.start <= instant < extra.end for extra in problem.overtime)


def _stage_kw(problem: PlanProblem, stage: str, power_kw: float) -> list[float]:
    extra = problem.ambient_kw.get(stage, (0.0,) * problem.slots)
    return [np.nan if kw is None else power_kw + kw for kw in extra]


def _forbidden(problem: PlanProblem, stage: str) -> list[bool]:
    spans = [
        (problem.slot_of(wish.start), -(-(wish.end - problem.start) // QUARTER))
        for wish in problem.wishes
        if isinstance(wish, Forbidden) and wish.stage in (None, stage)
    ]
    return [any(first <= slot < last for first, last in spans) for slot in range(problem.slots)]


def units_down(problem: PlanProblem, stage: str) -> Bools:
    """(units, slots): where a machine of a stage is out of use."""
    down = np.zeros((problem.plant.stage(stage).units, problem.slots), dtype=bool)
    for wish in problem.wishes:
        if isinstance(wish, MachineDown) and wish.stage == stage:
            first = max(0, problem.slot_of(wish.start))
            down[wish.unit - 1, first : max(0, -(-(wish.end - problem.start) // QUARTER))] = True
    return down


def kept_batches(problem: PlanProblem) -> tuple[Batch, ...]:
    """Batches with runs that no plan may change, cut to those runs: begun before the start, or frozen in the current plan."""
    kept = {batch.id: batch for batch in problem.started}
    for batch in problem.current:
        begun = kept[batch.id].runs if batch.id in kept else ()
        later = batch.runs[len(begun) :]
        frozen = tuple(takewhile(lambda run: _is_frozen(problem, run), later))
        if begun + frozen:
            kept[batch.id] = Batch(batch.id, batch.quality, batch.due, begun + frozen)
    return tuple(kept.values())


def _is_frozen(problem: PlanProblem, run: StageRun) -> bool:
    until = problem.freeze_until
    return until is not None and problem.start <= run.start < until
