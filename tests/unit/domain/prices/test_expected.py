"""Which slots ought to be there, and how missing days are asked for."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.prices.expected import chunks_of_days, expected_starts, incomplete_days, last_overdue_day, last_published_day
from domain.prices.slots import Market
from domain.timeline import day_bounds, day_slots, days_between

DAY = date(2025, 11, 5)


@pytest.mark.parametrize(
    ("market", "day", "slots"),
    [
        ("pvpc", date(2025, 10, 26), 25),
        ("spot", date(2025, 9, 30), 24),
        ("spot", date(2025, 10, 1), 96),
        ("spot", date(2025, 10, 26), 100),
        ("spot", date(2026, 3, 29), 92),
    ],
)
def test_slots_of_a_day(market: Market, day: date, slots: int) -> None:
    assert len(expected_starts(market, day)) == slots


@pytest.mark.parametrize(
    ("market", "utc", "published", "overdue"),
    [
        ("spot", "2025-11-05T12:44:00+00:00", 5, 5),  # 13:44 in Madrid
        ("spot", "2025-11-05T12:45:00+00:00", 6, 5),
        ("spot", "2025-11-05T14:00:00+00:00", 6, 6),
        ("pvpc", "2025-11-05T19:49:00+00:00", 5, 5),
        ("pvpc", "2025-11-05T19:50:00+00:00", 6, 5),
        ("pvpc", "2025-11-05T20:30:00+00:00", 6, 6),
        ("pvpc", "2025-11-05T23:30:00+00:00", 6, 6),  # already the 6th in Madrid
    ],
)
def test_what_is_published_and_what_is_late(market: Market, utc: str, published: int, overdue: int) -> None:
    now = datetime.fromisoformat(utc)
    assert last_published_day(market, now) == date(2025, 11, published)
    assert last_overdue_day(market, now) == date(2025, 11, overdue)


def test_a_day_without_one_of_its_slots_is_incomplete() -> None:
    have = frozenset(expected_starts("pvpc", DAY)[:-1]) | frozenset(expected_starts("pvpc", DAY - timedelta(days=1)))
    assert incomplete_days("pvpc", {60: have}, DAY - timedelta(days=1), DAY) == [DAY]


def test_an_hour_does_not_stand_for_a_quarter() -> None:
    quarters, hours = frozenset(expected_starts("spot", DAY)), frozenset(day_slots(DAY))
    assert incomplete_days("spot", {15: quarters, 60: hours}, DAY, DAY) == []
    assert incomplete_days("spot", {15: quarters - {min(hours)}, 60: hours}, DAY, DAY) == [DAY]


@given(st.sets(st.dates(date(2025, 1, 1), date(2025, 4, 1))), st.integers(1, 31))
def test_chunks_hold_exactly_the_days_and_none_is_too_long(days: set[date], most: int) -> None:
    chunks = chunks_of_days(days, timedelta(days=most))
    held = [first + timedelta(days=i) for first, last in chunks for i in range((last - first).days + 1)]
    assert sorted(held) == sorted(days)
    assert all(day_bounds(last)[1] - day_bounds(first)[0] <= timedelta(days=most) or first == last for first, last in chunks)
    assert [last for _, last in chunks] == sorted((last for _, last in chunks), reverse=True)


def test_a_month_with_the_autumn_change_in_it_is_cut_an_hour_earlier() -> None:
    days = list(days_between(date(2025, 10, 1), date(2025, 10, 31)))
    first, second = date(2025, 10, 1), date(2025, 10, 2)
    assert chunks_of_days(days, timedelta(days=31)) == [(second, date(2025, 10, 31)), (first, first)]


def test_instants_are_utc() -> None:
    assert all(start.tzinfo is UTC for start in expected_starts("spot", DAY))
