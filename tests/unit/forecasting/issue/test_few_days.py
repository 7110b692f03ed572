"""Little history, or one with holes: as uncertain as what is known allows, whatever the days, and never a fault."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.data.grid import DAY_S, HOUR_S, Floats, rows_of
from forecasting.data.history import History, NotEnoughHistoryError
from forecasting.gate.training import train_week
from forecasting.issue.few_days import doubt, first_offsets, student_quantiles, typical_weeks, widening
from forecasting.issue.intervals import LEVELS, LONG_ISSUES, NEEDS_ISSUES, P10, P50, P90, plain_offsets
from forecasting.issue.scenarios import draw_ranks
from forecasting.issue.scores import CLASS_SHARES, confidence
from forecasting.issue.week import StaleHistoryError, WeekForecast, forecast_week
from forecasting.models.states import TrainedWeek
from unit.forecasting.forecasting_market import day_start, spot_history

FIRST, LAST = date(2024, 8, 20), date(2025, 10, 24)
"""431 days; the last issue is three days before the 25-hour day."""
NOW = day_start(date(2025, 10, 23)) + 21 * HOUR_S


@pytest.fixture(scope="module")
def whole() -> History:
    return spot_history(FIRST, LAST, future_days=21)


@pytest.fixture(scope="module")
def state(whole: History) -> TrainedWeek:
    return train_week(whole, "WS", longest_record=90)


def shortened(whole: History, days: int) -> History:
    """The history with the prices of its last days alone."""
    since = day_start(LAST) + DAY_S - days * DAY_S
    return replace(whole, price=np.where(whole.starts >= since, whole.price, np.nan))


def holed(history: History, rng: np.random.Generator) -> History:
    """With single hours, runs of hours and whole days missing."""
    gone = rng.random(history.price.size) < rng.choice([0.0, 0.02, 0.3])
    for _ in range(int(rng.integers(0, 6))):
        start, hours = int(rng.integers(0, gone.size)), int(rng.choice([3, 24, 24 * 5, 24 * 60]))
        gone[start : start + hours] = True
    return replace(history, price=np.where(gone, np.nan, history.price))


def assert_whole(week: WeekForecast) -> None:
    assert np.isfinite(week.quantiles).all()
    assert (np.diff(week.quantiles, axis=1) >= 0).all()
    assert np.isfinite(week.paths).all()
    assert (week.probabilities > 0).all()
    assert (week.probabilities < 1).all()
    np.testing.assert_allclose(week.probabilities.sum(axis=1), 1.0)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(days=st.one_of(st.integers(0, 60), st.integers(0, 400)), trained=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_any_history_of_400_days_or_fewer_with_holes_is_forecast_or_refused_by_name(
    whole: History, state: TrainedWeek, days: int, trained: bool, seed: int
) -> None:
    """Nothing else is raised, no quantile is out of order or missing, nothing is certain."""
    history = holed(shortened(whole, days), np.random.default_rng(seed))
    try:
        week = forecast_week(history, NOW, state if trained else None, paths=40)
    except (NotEnoughHistoryError, StaleHistoryError):
        return
    assert_whole(week)
    assert week.history_days == history.days


@pytest.mark.parametrize("days", [1, 2, 5, 9, 20, 40, 90])
def test_whole_days_are_forecast_and_counted(whole: History, days: int) -> None:
    week = forecast_week(shortened(whole, days), NOW)
    assert_whole(week)
    assert week.history_days == days


def test_a_single_day_of_23_hours_is_a_history(whole: History) -> None:
    """The 30th of March has no 02:00: what nothing tells lies between its neighbours."""
    start, now = day_start(date(2025, 3, 30)), day_start(date(2025, 3, 29)) + 21 * HOUR_S
    known = whole.known_at(start + 23 * HOUR_S)
    week = forecast_week(replace(known, price=np.where(known.starts >= start, known.price, np.nan)), now)
    assert_whole(week)
    one, three = (week.p50[week.starts == start + (23 + hour) * HOUR_S] for hour in (1, 3))
    assert week.p50[week.starts == start + (23 + 2) * HOUR_S] == pytest.approx((one + three) / 2)


def test_two_days_of_prices_leave_the_order_of_the_hours_open(whole: History) -> None:
    """Before, a copied day was one order in every path: classes certain for a week."""
    week = forecast_week(shortened(whole, 2), NOW)
    forecast = np.isnan(week.published)
    assert week.probabilities[forecast].max() < 0.95
    assert confidence(week.probabilities[forecast]).count("high") < 0.5 * forecast.sum()


def test_a_class_is_doubted_by_what_is_not_published(whole: History) -> None:
    """On a Sunday evening with tomorrow published, the hours of the Sunday are of a week that is known throughout."""
    now = day_start(date(2025, 10, 19)) + 21 * HOUR_S
    week = forecast_week(whole.known_at(day_start(date(2025, 10, 21))).between(day_start(date(2025, 10, 1)), week_end(now)), now)
    largest = week.probabilities.max(axis=1)
    assert largest[:3] == pytest.approx(1 - (1 - CLASS_SHARES[week.probabilities[:3].argmax(axis=1)]) * doubt(20, 200)[0])
    assert largest[:3].min() > 0.99 > largest[3:].max()


def week_end(now: int) -> int:
    """The end of what a forecast must know the tolls of, with slack."""
    return now + 16 * DAY_S


def test_errors_of_typical_weeks_depend_on_each_other_as_measured() -> None:
    weeks = typical_weeks(20_000, 7, np.random.default_rng(1))
    scores = [np.corrcoef(weeks[:, 0, 3], weeks[:, day, hour])[0, 1] for day, hour in ((0, 4), (0, 15), (1, 3), (6, 3))]
    assert scores == pytest.approx([0.94, 0.57, 0.57, 0.21], abs=0.02)
    np.testing.assert_allclose(weeks.std(axis=0), 1.0, atol=0.03)


def test_few_error_weeks_turn_the_order_of_hours_and_many_speak_alone() -> None:
    errors = np.random.default_rng(8).standard_normal((150, 7, 24)).cumsum(axis=2)
    for weeks in (0, NEEDS_ISSUES, 60, 150):
        ranks = draw_ranks(errors[:weeks], 50, 3)
        np.testing.assert_array_equal(ranks, draw_ranks(errors[:weeks], 50, 3))
        assert np.sort(ranks, axis=0) == pytest.approx(np.broadcast_to(((np.arange(50) + 0.5) / 50)[:, None, None], ranks.shape))
        assert (np.argsort(ranks[:, 0, 0]) != np.argsort(ranks[:, 6, 23])).any()


@pytest.mark.parametrize(("degrees", "expected"), [(1, 3.0777), (3, 1.6377), (10, 1.3722), (30, 1.3104)])
def test_students_quantiles_are_those_of_the_tables(degrees: int, expected: float) -> None:
    low, middle, high = student_quantiles(float(degrees), (0.1, 0.5, 0.9))
    assert (low, middle, high) == (
        pytest.approx(-expected, rel=1e-3),
        pytest.approx(0, abs=1e-9),
        pytest.approx(expected, rel=1e-3),
    )


def test_each_day_of_history_and_each_closed_issue_makes_the_band_narrower_and_no_fewer() -> None:
    first = [first_offsets(0.03, days, LEVELS)[P90] for days in range(1, 60)]
    factors = [widening(issues, 7, LONG_ISSUES, LEVELS)[P90] for issues in (20, 30, 60, 120, 364, 365, 500)]
    assert first == sorted(first, reverse=True)
    assert factors == sorted(factors, reverse=True)
    assert factors[-2:] == [1.0, 1.0]
    assert widening(20, 1, LONG_ISSUES, LEVELS)[P90] < widening(20, 7, LONG_ISSUES, LEVELS)[P90]
    assert widening(20, 7, LONG_ISSUES, LEVELS)[P50] == 1.0


def test_the_doubt_about_a_class_fades_with_the_days_but_never_ends() -> None:
    doubts = [doubt(days, 200)[1] for days in (0, 1, 2, 9, 40, 90, 365, 4000)]
    assert {doubt(days, 200)[0] for days in (0, 9, 4000)} == {doubts[-1]}
    assert doubts == sorted(doubts, reverse=True)
    assert doubts[0] < 0.15
    assert round(doubts[-1] * CLASS_SHARES.min(), 3) > 0  # also as the answers show it


def test_the_band_is_of_the_counted_errors_alone() -> None:
    """Issues that have no error (a missing price, a lost forecast) leave the band as if they had never been."""
    errors = np.random.default_rng(3).standard_normal((60, 7, 24)) + 0.7
    scales = np.random.default_rng(4).uniform(0.02, 0.05, 60)
    counted = np.random.default_rng(5).permutation(60) < 40
    with_holes = plain_offsets(np.where(counted[:, None, None], errors, np.nan), scales, 0.03, 60)
    np.testing.assert_array_equal(with_holes, plain_offsets(errors[counted], scales[counted], 0.03, 60))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(issues=st.integers(0, 80), shift=st.floats(-5, 5), seed=st.integers(0, 2**32 - 1))
def test_the_offsets_of_any_errors_are_in_order(issues: int, shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    errors: Floats = rng.standard_t(2, (issues, 7, 24)) + shift
    errors[rng.random(errors.shape) < rng.choice([0.0, 0.5, 0.99])] = np.nan
    offsets = plain_offsets(errors, np.full(issues, 0.03), 0.02, max(1, issues))
    assert np.isfinite(offsets).all()
    assert (np.diff(offsets, axis=2) >= 0).all()
    assert (offsets[..., P10] < offsets[..., P90]).all()


def test_a_row_that_a_table_does_not_have_is_missing_and_not_one_from_its_end() -> None:
    table = np.arange(6.0).reshape(3, 2)
    found = rows_of(table, np.array([[-1, 0], [2, 3]]))
    np.testing.assert_array_equal(found[0, 1], [0, 1])
    np.testing.assert_array_equal(found[1, 0], [4, 5])
    assert np.isnan(found[[0, 1], [0, 1]]).all()
