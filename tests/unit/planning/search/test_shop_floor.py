"""The plant while batches are placed: what was found before is not found again where something changed since."""

from collections.abc import Callable
from datetime import date

import pytest

from domain.plan.production import Batch, StageRun
from planning.milp.grid import grid_of
from planning.search.shop_floor import Floor, empty_floor
from support.plan_cases import days_problem, default_plant

DAY = date(2026, 3, 9)


def fresh(floor: Floor) -> Floor:
    """The same floor, of which nothing was asked yet."""
    busy = [counts.copy() for counts in floor.busy]
    return Floor(floor.problem, floor.grid, floor.may_run, busy, floor.free_kw.copy())


def held(run: StageRun, floor: Floor) -> StageRun:
    """A run that holds its machine for three quarters of an hour more."""
    end = floor.problem.at(floor.problem.slot_of(run.released) + 3)
    return StageRun(run.stage, run.unit, run.start, run.released, end)


def take(floor: Floor, _: int, run: StageRun) -> None:
    floor.take(run)


def lift(floor: Floor, _: int, run: StageRun) -> None:
    floor.lift(Batch("one", "standard", DAY, (run,)))


def hold(floor: Floor, stage: int, run: StageRun) -> None:
    floor.hold(stage, held(run, floor))


@pytest.mark.parametrize("change", [take, lift, hold, Floor.release])
def test_a_chain_that_was_asked_for_before_is_the_one_of_the_floor_as_it_is_now(
    change: Callable[[Floor, int, StageRun], None],
) -> None:
    plant = default_plant()
    problem = days_problem(plant, DAY, 2, 0.1)
    conching = next(i for i, stage in enumerate(plant.stages) if stage.holds)
    asked = [
        (quality, stage, slot, problem.slots) for quality in plant.qualities for stage in range(3) for slot in range(0, 120, 2)
    ]
    differ = 0
    for slot in range(28, 48, 8):
        floor = empty_floor(problem, grid_of(problem))
        runs = floor.chain("standard", 0, slot, problem.slots)
        assert runs is not None
        for run in runs:
            if change is not take or run is not runs[conching]:
                floor.take(run)
        before = [floor.chain(*one) for one in asked]
        change(floor, conching, runs[conching])
        now = [floor.chain(*one) for one in asked]
        assert now == [fresh(floor).chain(*one) for one in asked]
        differ += now != before
    assert differ
