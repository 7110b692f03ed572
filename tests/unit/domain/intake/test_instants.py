"""Instants are bounded where they are read."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.intake.instants import instant, instant_of_epoch, known_from, known_until, local_hour, stamp, within_market
from domain.intake.verdict import Tray
from domain.notes import Note
from domain.prices.slots import Market
from domain.timeline import HOUR, MADRID, QUARTER, day_bounds


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


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (None, "ISO 8601 with an offset"),
        ("28/03/2026", "ISO 8601 with an offset"),
        ("2026-03-28T00:00:00", "an offset from UTC"),
        ("1989-12-31T23:00:00Z", "a year of 1990 to 2099"),
        ("2100-01-01T00:00:00Z", "a year of 1990 to 2099"),
    ],
)
def test_what_would_be_a_valid_instant_is_told(text: object, valid: str) -> None:
    tray = Tray()
    assert instant(text, "line 7", tray) is None
    assert tray.notes == [Note("left_out", "no_instant", "line 7", str(text), valid)]


def test_the_first_and_the_last_year_are_read_and_blanks_are_passed_over() -> None:
    assert instant("1990-01-01T00:00:00Z", "", Tray()) == datetime(1990, 1, 1, tzinfo=UTC)
    assert instant(" 2099-12-31T23:00:00+00:00 ", "", Tray()) == datetime(2099, 12, 31, 23, tzinfo=UTC)
    assert instant("2026-03-28T00:00:00Z".ljust(40), "", Tray()) == datetime(2026, 3, 28, tzinfo=UTC)
    assert instant("2026-03-28T00:00:00Z".ljust(41), "", Tray()) is None


def test_seconds_are_read_from_1990_to_2099() -> None:
    first, last = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    assert instant_of_epoch(int(first.timestamp()), "dt", Tray()) == first
    assert instant_of_epoch(int(last.timestamp()) - 1, "dt", Tray()) == last - timedelta(seconds=1)
    tray = Tray()
    assert instant_of_epoch(int(first.timestamp()) - 1, "dt", tray) is None
    assert instant_of_epoch(int(last.timestamp()), "dt", tray) is None
    assert tray.notes == [
        Note("left_out", "no_instant", "dt", "631151999", "whole seconds since 1970"),
        Note("left_out", "no_instant", "dt", "4102444800", "whole seconds since 1970"),
    ]


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
    assert tray.notes == [Note("remark", "stamp_not_read", "updated", "2026-03-27T20:16:00", "ISO 8601 with an offset")]
    assert stamp(None, "updated", tray) is None
    assert stamp("", "updated", tray) is None
    assert len(tray.notes) == 1
    read = datetime(2026, 3, 27, 19, 16, tzinfo=UTC)
    assert stamp("2026-03-27T20:16:00", "updated", tray, MADRID) == stamp("2026-03-27T19:16:00Z", "updated", tray) == read
    assert len(tray.notes) == 1


def test_a_local_hour_is_the_first_of_two_in_autumn_and_none_where_spring_skips_it() -> None:
    assert local_hour(date(2026, 10, 25), 2) == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert local_hour(date(2026, 3, 29), 2) is None
    assert local_hour(date(2026, 3, 28), 24) is None
    assert local_hour(date(2026, 3, 28), -1) is None
    assert local_hour(date(2026, 3, 28), 0) == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert local_hour(date(2026, 3, 28), 23) == datetime(2026, 3, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize(("market", "first"), [("pvpc", date(2014, 4, 1)), ("spot", date(1998, 1, 1))])
def test_prices_are_known_from_the_first_day_of_their_market_to_the_end_of_tomorrow(market: Market, first: date) -> None:
    now = datetime(2026, 11, 27, 22, 59, tzinfo=UTC)  # a minute to midnight in Madrid
    begin, end = day_bounds(first)[0], day_bounds(date(2026, 11, 28))[1]
    assert (known_from(market), known_until(now)) == (begin, end)
    tray = Tray()
    assert within_market(market, begin, now, "row 1", tray)
    assert within_market(market, end - QUARTER, now, "row 1", tray)
    assert within_market(market, end, now + timedelta(minutes=1), "row 1", tray)
    assert tray.notes == []
    assert not within_market(market, begin - HOUR, now, "row 1", tray)
    assert not within_market(market, end, now, "row 2", tray)
    assert tray.notes == [
        Note("left_out", "before_the_market", "row 1", (begin - HOUR).isoformat(), f"{first} or later"),
        Note("left_out", "after_the_known", "row 2", end.isoformat(), "2026-11-28 or earlier: no later day is published"),
    ]
