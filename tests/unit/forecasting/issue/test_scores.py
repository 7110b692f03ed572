"""Scores against cases worked out by hand."""

from math import erfc, sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.classes import CLASSES
from forecasting.data.grid import Floats
from forecasting.gate.evaluation import (
    calibration_slope,
    capture,
    capture_hours,
    coverage,
    diebold_mariano,
    gains,
    kendall_tau,
    mean_pinball,
    per_issue,
    pinball,
)
from forecasting.issue.intervals import LEVELS
from forecasting.issue.scores import ClassChange, WeekCosts, class_of, class_probabilities, confidence, labels


def test_diebold_mariano_without_memory_is_the_t_statistic_by_hand() -> None:
    """Differences 1 2 3 6: mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5, statistic 3 / sqrt(3.5 / 4)."""
    found = diebold_mariano(np.array([1.0, 2, 3, 6]), np.zeros(4), lag=0)
    assert found.statistic == pytest.approx(3 / sqrt(3.5 / 4))
    assert found.p_value == pytest.approx(1 - 0.5 * erfc(found.statistic / sqrt(2)))
    assert (found.mean_difference, found.days) == (3.0, 4)


def test_diebold_mariano_adds_bartlett_weighted_autocovariances() -> None:
    """Centred -2 -1 0 3: first autocovariance (2 + 0 + 0) / 4 = 0.5, with weight 1/2 and twice: 3.5 + 0.5 = 4."""
    found = diebold_mariano(np.array([1.0, 2, 3, 6]), np.zeros(4), lag=1)
    assert found.statistic == pytest.approx(3 / sqrt(4 / 4))


def test_diebold_mariano_leaves_missing_days_out_and_says_nothing_of_too_few() -> None:
    holes = np.array([1.0, np.nan, 2, 3, 6])
    assert diebold_mariano(holes, np.zeros(5), lag=0).days == 4
    assert np.isnan(diebold_mariano(np.ones(8), np.zeros(8), lag=7).p_value)


def test_equal_losses_are_never_better() -> None:
    assert diebold_mariano(np.ones(30), np.ones(30)).p_value == 1.0


def test_diebold_mariano_keeps_its_level_when_losses_overlap_for_a_week() -> None:
    """Seven-day moving means of noise with equal skill: at 5 % about one in ten is called better, not every third."""
    rng = np.random.default_rng(2)
    calls, naive = 0, 0
    for _ in range(300):
        noise = np.convolve(rng.standard_normal(370), np.ones(7) / 7, "valid")
        calls += diebold_mariano(noise, np.zeros(noise.size)).p_value < 0.05
        naive += diebold_mariano(noise, np.zeros(noise.size), lag=0).p_value < 0.05
    assert calls < 36
    assert naive > 60


def test_pinball_weighs_the_two_sides_by_the_level() -> None:
    assert pinball(np.array([3.0]), np.array([1.0]), 0.9)[0] == pytest.approx(1.8)
    assert pinball(np.array([1.0]), np.array([3.0]), 0.9)[0] == pytest.approx(0.2)


def test_coverage_counts_edges_and_leaves_missing_hours_out() -> None:
    quantiles = np.broadcast_to(np.array(LEVELS), (4, len(LEVELS)))
    truth = np.array([0.1, 0.5, 0.95, np.nan])
    assert coverage(truth, quantiles, 0.1, 0.9) == pytest.approx(2 / 3)
    assert np.isnan(mean_pinball(truth, quantiles)[3])


def test_a_uniform_truth_has_a_calibration_slope_of_one() -> None:
    truth = (np.arange(1000) + 0.5) / 1000
    quantiles = np.broadcast_to(np.array(LEVELS), (1000, len(LEVELS)))
    assert calibration_slope(truth, quantiles) == pytest.approx(1.0, abs=0.01)


def test_kendall_tau_by_hand() -> None:
    """1 2 3 4 against 1 3 2 4: five pairs agree, one does not: 4 / 6. Ties leave the root of the products."""
    assert kendall_tau(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])) == pytest.approx(4 / 6)
    assert kendall_tau(np.array([1.0, 1, 2]), np.array([1.0, 2, 3])) == pytest.approx(2 / sqrt(2 * 3))
    assert np.isnan(kendall_tau(np.ones(4), np.arange(4.0)))


def test_capture_by_hand() -> None:
    """Prices 1..8, two hours: knowing all gains 4.5 - 1.5 = 3; choosing the hours of 1 and 4 gains 2."""
    truth = np.arange(1.0, 9)
    forecast = np.array([0.0, 9, 9, 0, 9, 9, 9, 9])
    assert gains(forecast, truth, 2) == (2.0, 3.0)
    assert capture(np.array([2.0, np.nan]), np.array([3.0, 5.0])) == pytest.approx(2 / 3)
    assert np.isnan(capture(np.zeros(1), np.zeros(1)))
    assert (capture_hours(7), capture_hours(1)) == (80, 11)


def test_the_mean_of_an_issue_leaves_missing_hours_out() -> None:
    assert per_issue(np.array([[[1.0, np.nan], [3.0, np.nan]]])).tolist() == [2.0]
    assert np.isnan(per_issue(np.full((1, 1, 2), np.nan))[0])


def test_a_week_of_168_prices_has_51_59_42_and_16_hours_in_its_classes() -> None:
    """Fewer than 50.4, 109.2 and 151.2 hours are cheaper than the 51st, the 110th and the 152nd."""
    rng = np.random.default_rng(1)
    found = labels(rng.standard_normal(336), np.repeat([0, 1], 168))
    for week in (slice(0, 168), slice(168, None)):
        assert np.bincount(found[week]).tolist() == [51, 59, 42, 16]


def test_hours_of_one_price_have_one_class_and_a_flat_week_is_optimal() -> None:
    assert labels(np.array([5.0, np.nan, 5.0, 1.0]), np.zeros(4, dtype=np.int64)).tolist() == [1, -1, 1, 0]
    assert labels(np.full(168, 0.1), np.zeros(168, dtype=np.int64)).tolist() == [0] * 168


def test_a_class_ends_where_its_share_of_cheaper_hours_is_reached() -> None:
    assert class_of(np.array([29, 30, 64, 65, 89, 90, 99]), 100).tolist() == [0, 1, 1, 2, 2, 3, 3]


PRICES_IN_CENTS = st.lists(st.integers(-5, 30), min_size=1, max_size=60)


@given(PRICES_IN_CENTS, st.randoms(use_true_random=False))
def test_the_classes_of_a_week_follow_its_prices_and_nothing_else(cents: list[int], random: Random) -> None:
    """In whatever order they come, at whatever level and unit; dearer is never better; and the cheapest is Optimal."""
    week = np.zeros(len(cents), dtype=np.int64)
    found = labels(np.array(cents, dtype=float), week)
    order = list(range(len(cents)))
    random.shuffle(order)
    assert labels(np.array(cents, dtype=float)[order], week).tolist() == found[order].tolist()
    assert labels(np.array(cents) * 8.0 + 100, week).tolist() == found.tolist()
    assert all(found[a] <= found[b] for a in order for b in order if cents[a] <= cents[b])
    assert found[int(np.argmin(cents))] == 0


@given(PRICES_IN_CENTS, st.integers(0, 2**32 - 1))
def test_an_hour_at_its_own_price_is_what_it_is_and_changes_where_it_is_told_to(cents: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    paths = np.array(cents, dtype=np.float64) + rng.integers(-3, 4, (7, len(cents))).astype(np.float64)
    paths[:, 0] = cents[0]
    costs = WeekCosts(np.arange(len(cents)), paths, np.zeros(len(cents), dtype=np.int64))
    shares = costs.probabilities_at(0, float(cents[0]))
    assert shares.tolist() == costs.probabilities()[0].tolist()
    below, above = costs.changes(0)
    here = CLASSES[int(np.argmax(shares))]

    def name(cost: float) -> str:
        return CLASSES[int(np.argmax(costs.probabilities_at(0, cost)))]

    for step in np.arange(-12, 40, 0.5):
        between = (below is None or step > below.eur_per_kwh) and (above is None or step <= above.eur_per_kwh)
        worse = CLASSES.index(name(step)) - CLASSES.index(here)  # once more better for being dearer is not told
        assert not between or (worse <= 0 if step > cents[0] else worse >= 0)
    assert below is None or name(below.eur_per_kwh) == below.name != here
    assert above is None or name(above.eur_per_kwh + 0.25) == above.name != here


def test_the_limits_of_a_week_are_the_prices_up_to_which_an_hour_has_a_class() -> None:
    costs = WeekCosts(np.arange(20), np.arange(20.0)[None], np.repeat([0, 1], 10))
    assert (costs.limits(3), costs.limits(12)) == ((2.0, 6.0, 8.0), (12.0, 16.0, 18.0))
    assert costs.changes(3) == (ClassChange("optimal", 2.0), ClassChange("reduced", 7.0))
    assert costs.changes(0) == (None, ClassChange("moderate", 3.0))
    assert costs.changes(9) == (ClassChange("reduced", 8.0), None)


def test_no_hour_is_told_to_be_better_for_being_dearer() -> None:
    """With few paths the class of the largest share may be a better one once more at a higher cost."""
    told = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        costs = rng.normal(10.0, 3.0, (9, 24)) + rng.normal(0.0, 6.0, (9, 1))
        costs[:, 0] = rng.normal(10.0, 6.0)
        week = WeekCosts(3600 * np.arange(24), costs, np.zeros(24, dtype=np.int64))
        here = int(np.argmax(week.probabilities_at(0, float(costs[0, 0]))))
        below, above = week.changes(0)
        assert below is None or CLASSES.index(below.name) < here, seed
        assert above is None or CLASSES.index(above.name) > here, seed
        told += (below is not None) + (above is not None)
    assert told > 40


def test_a_broken_hard_limit_lowers_the_class_to_halt() -> None:
    prices = np.arange(10.0)
    halted = np.zeros(10)
    halted[0] = 1
    assert CLASSES[labels(prices, np.zeros(10, dtype=np.int64), halted)[0]] == "halt"


def week_costs(paths: Floats) -> WeekCosts:
    hours = paths.shape[1]
    return WeekCosts(np.arange(hours), paths, np.zeros(hours, dtype=np.int64))


def test_an_energy_score_of_published_prices_is_the_rank_in_the_week() -> None:
    prices = np.arange(168.0)
    scores = week_costs(np.repeat(prices[None], 3, axis=0)).scores(slice(0, 168))
    assert scores[0] == pytest.approx(100.0)
    assert scores[-1] == pytest.approx(0.0)
    assert scores[84] == pytest.approx(100 * 83 / 167)
    assert week_costs(np.ones((2, 168))).scores(slice(10, 11)).tolist() == [50.0]


def test_an_uncertain_level_shared_by_all_hours_does_not_blur_the_order() -> None:
    shape = np.arange(168.0)
    level = 1000 * np.random.default_rng(1).standard_normal((50, 1))
    together = week_costs(shape[None] + level).scores(slice(0, 168))
    assert together[0] == pytest.approx(100.0)
    week = np.zeros(168, dtype=np.int64)
    assert class_probabilities(shape[None] + level, week)[0].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_missing_hours_have_no_score_and_no_class() -> None:
    paths = np.repeat(np.arange(168.0)[None], 4, axis=0)
    paths[:, 7] = np.nan
    assert np.isnan(week_costs(paths).scores(slice(7, 8))[0])
    assert np.isnan(class_probabilities(paths, np.zeros(168, dtype=np.int64))[7]).all()


def test_confidence_is_the_largest_probability_cut_at_a_half_and_three_quarters() -> None:
    shares = np.array([[0.4, 0.3, 0.2, 0.1], [0.5, 0.5, 0, 0], [0.75, 0.25, 0, 0], [np.nan] * 4])
    assert confidence(shares) == ["low", "medium", "high", "low"]
