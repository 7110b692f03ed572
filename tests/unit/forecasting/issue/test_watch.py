"""The watch of the band: by hand, by days and not hours, and the same from what was issued in any order."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.data.grid import Floats, Ints
from forecasting.issue.watch import coverage_bounds, fewest, level_bounds_of, watched

DAYS = np.repeat(np.arange(1000, 1028), 24)


def issued(inside: Floats) -> tuple[Ints, Floats, Floats, Floats, Floats]:
    """28 days of 24 hours: a share of each day's hours in a band of 0.05 to 0.15, the others 0.02 above it."""
    place = np.tile(np.arange(24), 28)
    truth = np.where(place < 24 * np.repeat(inside, 24), np.where(place % 2, 0.09, 0.11), 0.17)
    flat = np.full(truth.size, 1.0)
    return DAYS, truth, 0.05 * flat, 0.10 * flat, 0.15 * flat


def test_a_week_that_held_half_of_the_hours_fails_and_the_month_before_it_held() -> None:
    week, month = watched(*issued(np.where(np.arange(28) < 21, 20 / 24, 0.5)))
    assert (week.days, week.hours, week.coverage, week.state) == (7, 168, 0.5, "held")
    worse, _ = watched(*issued(np.where(np.arange(28) < 21, 20 / 24, 10 / 24)))
    assert worse.coverage == pytest.approx(10 / 24)
    assert worse.state == "failing"
    assert worse.bias == pytest.approx((14 * 0.07 + 0.0) / 24)
    assert worse.width == pytest.approx(0.10)
    assert (month.days, month.state) == (28, "held")


def test_the_bounds_are_the_binomials_of_so_many_days() -> None:
    """Of 7 days 3 or fewer come with 3.3 %, 4 or fewer with 14.8 %: 5 % lies in between."""
    three, four = (sum(comb(7, k) * 0.8**k * 0.2 ** (7 - k) for k in range(n + 1)) for n in (3, 4))
    assert coverage_bounds(7) == (pytest.approx((3 + (0.05 - three) / (four - three)) / 7), 1.0)
    assert 0.44 < coverage_bounds(7)[0] < 0.46
    low, high = coverage_bounds(28)
    assert 17.5 / 28 < low < 19 / 28
    assert 0.9 < high < 0.96
    assert level_bounds_of(7) == (0.0, 1.0)  # two independent levels tell nothing
    assert 0.1 < level_bounds_of(28)[0] < 0.25
    assert fewest(0, 0.8, 0.05) == 0.0


def test_a_month_below_the_median_is_biased() -> None:
    days, truth, p10, p50, p90 = issued(np.ones(28))
    week, month = watched(days, np.minimum(truth, 0.09), p10, p50, p90)
    assert (week.state, month.state, month.above) == ("held", "biased", 0.0)
    assert month.bias == pytest.approx(-0.01)


def test_a_band_that_holds_everything_is_too_wide() -> None:
    assert [one.state for one in watched(*issued(np.ones(28)))] == ["held", "wide"]


@settings(max_examples=50, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), missing=st.floats(0, 1))
def test_a_missing_price_lowers_the_count_and_nothing_else_and_order_does_not_matter(seed: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    days, truth, p10, p50, p90 = issued(rng.random(28))
    gone = rng.random(truth.size) < missing
    order = rng.permutation(truth.size)
    holed = np.where(gone, np.nan, truth)
    found = watched(days[order], holed[order], p10[order], p50[order], p90[order])
    alone = watched(days[~gone], truth[~gone], p10[~gone], p50[~gone], p90[~gone])
    for one, other in zip(found, alone, strict=True):
        assert (one.days, one.hours, one.coverage, one.above, one.state) == (
            *(other.days, other.hours, other.coverage),
            *(other.above, other.state),
        )
        assert one.hours <= 24 * one.window_days


def test_nothing_issued_or_half_of_the_days_is_too_short() -> None:
    none = np.empty(0)
    assert [one.state for one in watched(np.empty(0, dtype=np.int64), none, none, none, none)] == ["too_short"] * 2
    days, truth, p10, p50, p90 = issued(np.zeros(28))
    odd = days % 2 == 1
    assert [one.state for one in watched(days[odd], truth[odd], p10[odd], p50[odd], p90[odd])] == ["too_short"] * 2
