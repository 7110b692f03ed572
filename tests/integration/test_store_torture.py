"""A few rounds of `bench/torture.py` (the full run: `scripts/bench torture`), and proof that its verdict can be a bad one."""

import shutil

import pytest

from bench.torture import may_mount, run_rounds
from bench.torture_check import Point, Report, compared
from bench.torture_writer import BATCH_POINTS, batch_rows
from support.requires import require

ROUNDS = {"database": 101, "spooling": 102, "replaying": 103, "full": 104}


@pytest.mark.parametrize("scenario", ROUNDS)
def test_nothing_is_lost_duplicated_or_corrupt(scenario: str) -> None:
    program = require("influxd")
    if scenario == "full" and not (shutil.which("mount") and may_mount()):
        pytest.skip("mounting a small tmpfs is not permitted here")
    total = run_rounds(program, [scenario], ROUNDS[scenario], print)
    assert total.acknowledged > 0
    assert (total.lost, total.duplicated, total.corrupt, total.out_of_order, total.broken) == (0, 0, 0, 0, 0)


def report(*lines: str) -> Report:
    return Report(1, [line.split() for line in lines], on_target=True, restarts=0, mended=0)


def stored(*batches: int) -> dict[int, Point]:
    rows = [batch_rows(batch) for batch in batches]
    names = ("price_p50", "production_class", "as_of")
    return {time: tuple(each.columns[name][place] for name in names) for each in rows for place, time in enumerate(each.times)}


def test_the_verdict_counts_each_acknowledged_point_that_is_not_there() -> None:
    said = report("sent points 0", "acked points 0", "sent points 1", "acked points 1")
    assert compared(said, stored(0, 1)).lost == 0
    assert compared(said, stored(0)).lost == BATCH_POINTS


def test_the_verdict_lets_a_write_that_was_never_acknowledged_be_there_or_not() -> None:
    said = report("sent points 0", "acked points 0", "sent points 1")
    for there in (stored(0), stored(0, 1)):
        found = compared(said, there)
        assert (found.lost, found.corrupt) == (0, 0)


def test_the_verdict_counts_each_value_that_nobody_sent() -> None:
    said = report("sent points 0", "acked points 0")
    garbled = stored(0)
    time = min(garbled)
    garbled[time] = (9.9, *garbled[time][1:])
    assert compared(said, garbled).corrupt == 1
    assert compared(said, stored(0, 1)).corrupt == BATCH_POINTS
