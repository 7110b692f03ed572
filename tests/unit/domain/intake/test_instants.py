"""Instants are bounded where they are read."""

from datetime import UTC, date, datetime

import pytest

from domain.intake.instants import instant, instant_of_epoch, local_hour, stamp
from domain.intake.verdict import LONGEST_SHOWN, Note, Tray, shown


@pytest.mark.parametrize(
    "text",
    [
        *("9999-12-31T23:00:00-05:00", "0001-01-01T00:00:00+01:00", "1704-01-09T00:00:00+01:00", "2100-01-01T00:00:00Z"),
        *("2026-03-28T00:00:00", "28/03/2026", "", "x" * 400, 1795348200, None, True),
    ],
)
def test_what_is_no_instant_of_this_century_is_left_out(text: object) -> None:
    tray = Tray()
    assert instant(text, "line 7", tray) is None
    assert [(note.code, note.place) for note in tray.notes] == [("no_instant", "line 7")]


def test_an_instant_keeps_its_offset_or_takes_the_zone_that_is_given() -> None:
    assert instant("2025-10-26T02:00:00.000+01:00", "", Tray()) == datetime(2025, 10, 26, 1, tzinfo=UTC)
    assert instant("2025-10-26T02:00:00", "", Tray(), UTC) == datetime(2025, 10, 26, 2, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [1795348200000, -1, 0, "1795348200", 1795348200.5, True, None])
def test_milliseconds_and_other_things_are_no_seconds(seconds: object) -> None:
    tray = Tray()
    assert instant_of_epoch(seconds, "dt", tray) is None
    assert tray.counts() == {"no_instant": 1}


def test_a_stamp_that_cannot_be_read_is_a_remark_and_one_that_is_not_there_is_none() -> None:
    tray = Tray()
    assert stamp("2026-03-27T20:16:00", "updated", tray) is None
    assert (tray.counts(), tray.counts("remark")) == ({}, {"stamp_not_read": 1})
    assert stamp(None, "updated", tray) is None
    assert len(tray.notes) == 1


def test_a_local_hour_is_the_first_of_two_in_autumn_and_none_where_spring_skips_it() -> None:
    assert local_hour(date(2026, 10, 25), 2) == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert local_hour(date(2026, 3, 29), 2) is None
    assert local_hour(date(2026, 3, 28), 24) is None


def test_a_foreign_value_is_shown_on_one_short_line() -> None:
    assert shown("a\n b") == "a b"
    assert len(shown("x" * 500)) == LONGEST_SHOWN
    assert str(Note("left_out", "empty", "line 3", "", "a number")) == "line 3: empty (valid: a number)"
