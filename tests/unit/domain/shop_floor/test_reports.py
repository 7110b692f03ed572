"""What the operator may report of a batch, and what cannot be."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from domain.errors import InvalidRequestError
from domain.plan.production import Batch, StageRun
from domain.shop_floor.execution import batch_from_json, batch_json
from domain.shop_floor.reports import RunReport, as_reported, not_made
from domain.timeline import HOUR, QUARTER, local_instant
from support.plan_cases import WEDNESDAY, small_plant

NOON = local_instant(WEDNESDAY, time(12))
EVENING = local_instant(WEDNESDAY, time(20))
PLANNED = Batch(
    "20260311-plain-1",
    "plain",
    WEDNESDAY,
    (
        StageRun("mix", 1, NOON, NOON + QUARTER, NOON + QUARTER),
        StageRun("kettle", 2, NOON + QUARTER, NOON + 3 * QUARTER, NOON + 3 * QUARTER),
        StageRun("fill", 1, NOON + 3 * QUARTER, NOON + 4 * QUARTER, NOON + 4 * QUARTER),
    ),
)


def test_stages_that_are_not_named_ran_as_planned() -> None:
    carried = as_reported(small_plant(), PLANNED, [RunReport("fill", NOON + HOUR)], EVENING)
    mix, kettle, fill = carried.batch.runs
    assert (mix, carried.state, carried.planned) == (PLANNED.runs[0], "reported", PLANNED)
    assert (kettle.end, kettle.released) == (NOON + 3 * QUARTER, NOON + HOUR)  # it was held until the fill
    assert (fill.start, fill.end) == (NOON + HOUR, NOON + HOUR + QUARTER)


def test_end_and_machine_may_be_told_too() -> None:
    report = RunReport("kettle", NOON + QUARTER, NOON + HOUR, unit=1)
    carried = as_reported(small_plant(), PLANNED, [report, RunReport("fill", NOON + HOUR)], EVENING)
    assert (carried.batch.runs[1].unit, carried.batch.runs[1].end) == (1, NOON + HOUR)


@pytest.mark.parametrize(
    ("reports", "name"),
    [
        ([], "stages"),
        ([RunReport("mix", NOON), RunReport("mix", NOON)], "stages"),
        ([RunReport("oven", NOON)], "stage"),
        ([RunReport("mix", NOON + timedelta(minutes=5))], "mix.start"),
        ([RunReport("mix", EVENING + HOUR)], "mix.start"),
        ([RunReport("mix", NOON, NOON)], "mix.end"),
        ([RunReport("mix", NOON, None, unit=2)], "mix.unit"),
        ([RunReport("mix", NOON + HOUR)], "kettle.start"),
    ],
)
def test_what_cannot_be_is_refused(reports: list[RunReport], name: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        as_reported(small_plant(), PLANNED, reports, EVENING)
    assert refused.value.name == name and refused.value.valid


def test_a_batch_that_was_not_made_gives_its_name_back() -> None:
    carried = not_made(PLANNED, EVENING)
    assert (carried.batch.id, carried.made, carried.planned) == ("20260311-plain-1@20260311T1100Z", False, PLANNED)


def test_a_batch_whose_time_has_not_come_cannot_be_called_not_made() -> None:
    with pytest.raises(InvalidRequestError, match="moved by a wish"):
        not_made(PLANNED, NOON - HOUR)


def test_a_batch_is_kept_whole() -> None:
    stored: dict[str, Any] = batch_json(PLANNED)
    assert batch_from_json(stored) == PLANNED
    assert datetime.fromisoformat(stored["runs"][0][2]) == NOON
