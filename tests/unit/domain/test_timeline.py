"""Local days of 23, 24 and 25 hours, on a half-open grid of UTC slots."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.timeline import (
    HOUR,
    MADRID,
    QUARTER,
    day_bounds,
    day_slots,
    floor_to,
    is_off_day,
    local_day,
    local_instant,
    slot_starts,
)

AUTUMN, SPRING = date(2025, 10, 26), date(2025, 3, 30)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23), (date(2025, 6, 1), 24)])
def test_a_day_has_as_many_slots_as_hours_pass(day: date, hours: int) -> None:
    start, end = day_bounds(day)
    assert end - start == timedelta(hours=hours)
    assert len(day_slots(day)) == hours
    assert len(day_slots(day, QUARTER)) == 4 * hours


@given(days)
def test_every_slot_of_a_day_lies_in_that_day(day: date) -> None:
    assert {local_day(start) for start in day_slots(day)} == {day}


@given(days)
def test_a_day_ends_where_the_next_begins(day: date) -> None:
    assert day_bounds(day)[1] == day_bounds(day + timedelta(days=1))[0]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC)))
def test_the_slot_of_an_instant_holds_it(instant: datetime) -> None:
    assert floor_to(instant, QUARTER) <= instant < floor_to(instant, QUARTER) + QUARTER


def test_an_off_grid_start_is_refused() -> None:
    with pytest.raises(ValueError, match="grid"):
        list(slot_starts(datetime(2025, 1, 1, 0, 5, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)))


def test_the_repeated_hour_means_its_first_occurrence() -> None:
    first = local_instant(AUTUMN, time(2, 30))
    assert first == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert (first + HOUR).astimezone(MADRID).strftime("%H:%M") == "02:30"


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2026, 4, 3), False),
        (date(2026, 1, 6), True),
        (date(2026, 11, 21), True),
        (date(2026, 10, 12), True),
        (date(2026, 11, 23), False),
    ],
)
def test_off_days_are_weekends_and_fixed_national_holidays_but_not_good_friday(day: date, off: bool) -> None:
    assert is_off_day(day) is off
