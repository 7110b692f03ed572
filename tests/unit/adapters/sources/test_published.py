"""From published values to slots: the step is seen in the values, days are local, a PVPC of zero is none."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.published import (
    Published,
    Span,
    batch_of,
    check_length,
    instant,
    optional_instant,
    price_slots,
    readings_of,
    stepped,
)
from domain.errors import NotPublishedError
from domain.timeline import HOUR, QUARTER, day_bounds, day_slots
from support.source_fixtures import utc

DAYS = st.dates(date(2021, 6, 1), date(2035, 12, 31)) | st.sampled_from(
    [date(2025, 3, 30), date(2025, 10, 26), date(2025, 10, 1), date(2026, 3, 29)]
)
NOW = utc("2026-11-22T12:00")


@given(day=DAYS, step=st.sampled_from([HOUR, QUARTER]), seed=st.randoms(use_true_random=False))
def test_a_whole_day_in_any_order_becomes_slots_that_cover_it_exactly(day: date, step: timedelta, seed: object) -> None:
    readings = [(start, float(i)) for i, start in enumerate(day_slots(day, step))]
    seed.shuffle(readings)  # type: ignore[attr-defined]
    slots = price_slots("spot", readings)
    start, end = day_bounds(day)
    assert (slots[0].start, slots[-1].end) == (start, end)
    assert all(a.end == b.start for a, b in pairwise(slots))
    assert [slot.eur_per_kwh for slot in slots] == [pytest.approx(i / 1000) for i in range(len(readings))]


@given(day=DAYS, gaps=st.sets(st.integers(0, 99)))
def test_missing_quarters_stay_missing_and_do_not_stretch_their_neighbours(day: date, gaps: set[int]) -> None:
    starts = [start for i, start in enumerate(day_slots(day, QUARTER)) if i not in gaps]
    if any(start.minute in (15, 45) for start in starts):
        assert [(slot[0], slot[1] - slot[0]) for slot in stepped((start, 1.0) for start in starts)] == [
            (start, QUARTER) for start in starts
        ]


def test_the_step_may_change_from_day_to_day() -> None:
    hours = [(start, 1.0) for start in day_slots(date(2025, 9, 30))]
    quarters = [(start, 1.0) for start in day_slots(date(2025, 10, 1), QUARTER)]
    lengths = [end - start for start, end, _ in stepped(quarters + hours)]
    assert lengths == [HOUR] * 24 + [QUARTER] * 96


@pytest.mark.parametrize("minutes", [(0, 30), (0, 20), (7,), (15, 22)])
def test_a_step_that_nobody_announced_is_refused(minutes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="neither hours nor quarters"):
        stepped((utc(f"2026-05-10T10:{minute:02d}"), 1.0) for minute in minutes)


def test_the_same_value_twice_is_one_and_two_values_for_one_instant_are_refused() -> None:
    start = utc("2026-05-10T10:00")
    assert len(stepped([(start, 1.0), (start, 1.0)])) == 1
    with pytest.raises(ValueError, match="two values"):
        stepped([(start, 1.0), (start, 2.0)])


def test_a_pvpc_day_of_zeros_is_no_day_but_a_zero_hour_and_zero_spot_are_true() -> None:
    first, second = date(2026, 5, 10), date(2026, 5, 11)
    zeros = [(start, 0.0) for start in day_slots(first)]
    mixed = [(start, float(i)) for i, start in enumerate(day_slots(second))]
    assert [slot.start for slot in price_slots("pvpc", zeros + mixed)] == day_slots(second)
    assert len(price_slots("spot", zeros)) == 24


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10_001.0])
def test_a_value_that_no_market_has_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"limits|two values"):
        price_slots("spot", [(utc("2026-05-10T10:00"), value)])


@pytest.mark.parametrize("value", ["171.48", True, [1], float("nan"), float("inf")])
def test_what_is_not_a_number_is_refused_and_null_is_missing(value: object) -> None:
    with pytest.raises(TypeError, match="not a number"):
        readings_of([{"datetime": "2026-05-10T10:00:00+02:00", "value": value}])
    assert readings_of([{"datetime": "2026-05-10T10:00:00+02:00", "value": None}]) == ()


def test_an_instant_needs_its_offset() -> None:
    assert instant("2025-10-26T02:00:00.000+01:00") == utc("2025-10-26T01:00")
    with pytest.raises(ValueError, match="no offset"):
        instant("2025-10-26T02:00:00")
    assert optional_instant(None) is None
    assert optional_instant("") is None


def test_a_range_is_asked_in_whole_local_days() -> None:
    span = Span(utc("2025-10-26T00:30"), utc("2025-10-26T23:00"))  # 02:30 summer time to midnight
    assert span.params() == {"start_date": "2025-10-26T00:00", "end_date": "2025-10-26T23:59"}
    span = Span(utc("2025-10-25T21:59"), utc("2025-10-26T23:01"))
    assert span.params() == {"start_date": "2025-10-25T00:00", "end_date": "2025-10-27T23:59"}
    assert span.days == [date(2025, 10, 25), date(2025, 10, 26), date(2025, 10, 27)]


@given(
    start=st.datetimes(datetime(2021, 6, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    length=st.timedeltas(timedelta(seconds=1), timedelta(days=26)),
)
def test_twenty_six_days_never_touch_more_than_twenty_eight_local_days(start: datetime, length: timedelta) -> None:
    span = Span(start, start + length)
    assert len(span.days) <= 28
    assert day_bounds(span.first_day)[0] <= start
    assert day_bounds(span.last_day)[1] >= start + length


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (utc("2026-05-10T10:00"), utc("2026-05-10T10:00")),
        (utc("2026-05-10T10:00").replace(tzinfo=None), utc("2026-05-10T11:00").replace(tzinfo=None)),
    ],
)
def test_a_range_without_length_or_zone_is_the_callers_mistake(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="need UTC"):
        Span(start, end)


def test_a_range_that_is_too_long_is_refused_before_it_is_asked() -> None:
    span = Span(utc("2026-05-01T00:00"), utc("2026-05-27T01:00"))
    with pytest.raises(ValueError, match="longer than"):
        check_length(span, timedelta(days=26))


def test_slots_outside_the_range_are_cut_off_and_none_left_is_not_published() -> None:
    published = Published(tuple((start, 5.0) for start in day_slots(date(2026, 5, 10))), NOW)
    batch = batch_of("spot", "redata", published, Span(utc("2026-05-10T10:00"), utc("2026-05-10T12:00")), NOW)
    assert [slot.start.hour for slot in batch.slots] == [10, 11]
    assert (batch.provider, batch.published_at, batch.fetched_at) == ("redata", NOW, NOW)
    with pytest.raises(NotPublishedError, match="2026-05-11"):
        batch_of("spot", "redata", published, Span(utc("2026-05-11T10:00"), utc("2026-05-11T12:00")), NOW)
