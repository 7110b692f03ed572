"""Prices: what a slot may be, hours from quarters, when a slot is public or late."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.prices.slots import OVERDUE, Market, PriceSlot, hourly_means, published_by
from domain.timeline import HOUR, MADRID, QUARTER, day_bounds, floor_to, local_day

START = datetime(2026, 3, 20, 12, tzinfo=UTC)
MARKET = st.sampled_from(["pvpc", "spot"])
HOURS = st.datetimes(datetime(2014, 4, 1), datetime(2035, 12, 31)).map(lambda at: floor_to(at.replace(tzinfo=UTC), HOUR))


def quarters(start: datetime, *prices: float) -> list[PriceSlot]:
    return [PriceSlot(start + n * QUARTER, start + (n + 1) * QUARTER, price) for n, price in enumerate(prices)]


@pytest.mark.parametrize(
    ("start", "end", "price"),
    [
        (START, START, 0.1),
        (START, START - HOUR, 0.1),
        (START.replace(tzinfo=None), START.replace(tzinfo=None) + HOUR, 0.1),
        (START.astimezone(MADRID), START.astimezone(MADRID) + HOUR, 0.1),
        (START, START + HOUR, 101.5),
        (START, START + HOUR, float("nan")),
    ],
)
def test_a_slot_that_makes_no_sense_is_refused_at_birth(start: datetime, end: datetime, price: float) -> None:
    with pytest.raises(ValueError, match=r"start|limits"):
        PriceSlot(start, end, price)


def test_an_hour_is_the_mean_of_its_four_quarters_and_no_hour_comes_of_three() -> None:
    slots = [*quarters(START, 0.1, 0.2, -0.1, 0.0), *quarters(START + HOUR, 0.1, 0.1, 0.1)]
    assert [(slot.start, slot.end, round(slot.eur_per_kwh, 9)) for slot in hourly_means(slots)] == [(START, START + HOUR, 0.05)]


@given(st.lists(st.floats(-0.5, 0.5), min_size=4, max_size=40))
def test_resampling_keeps_the_mean(prices: list[float]) -> None:
    whole = prices[: len(prices) // 4 * 4]
    hours = hourly_means(quarters(START, *prices))
    assert len(hours) == len(whole) // 4
    mean = sum(slot.eur_per_kwh for slot in hours) / len(hours)
    assert mean == pytest.approx(sum(whole) / len(whole), abs=1e-12)


@given(MARKET, HOURS)
def test_a_slot_is_public_before_its_local_day_and_late_after_that(market: Market, start: datetime) -> None:
    begin = day_bounds(local_day(start))[0]
    public, late = published_by(market, start), published_by(market, start, OVERDUE)
    assert begin - timedelta(hours=12) < public < late < begin
    assert public.astimezone(MADRID).date() == local_day(start) - timedelta(days=1)


def test_the_evening_before_in_madrid_whatever_the_season() -> None:
    assert published_by("pvpc", day_bounds(date(2026, 1, 15))[0]) == datetime(2026, 1, 14, 19, 50, tzinfo=UTC)
    assert published_by("pvpc", day_bounds(date(2026, 7, 15))[0]) == datetime(2026, 7, 14, 18, 50, tzinfo=UTC)
    assert published_by("spot", day_bounds(date(2026, 10, 25))[0]) == datetime(2026, 10, 24, 11, 45, tzinfo=UTC)
