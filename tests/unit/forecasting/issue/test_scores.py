"""Scores against cases worked out by hand."""

from math import erfc, sqrt

import numpy as np
import pytest

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
from forecasting.issue.scores import CLASSES, class_probabilities, classes_of, confidence, energy_scores, labels, ranks_within


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


def test_labels_keep_their_shares_in_each_week() -> None:
    rng = np.random.default_rng(1)
    found = labels(rng.standard_normal(336), np.repeat([0, 1], 168))
    for week in (slice(0, 168), slice(168, None)):
        assert np.bincount(found[week]).tolist() == [50, 59, 42, 17]


def test_equal_prices_rank_in_order_of_time_and_missing_ones_have_no_class() -> None:
    prices = np.array([5.0, np.nan, 5.0, 1.0])
    assert ranks_within(prices[None], np.zeros(4, dtype=np.int64))[0, [0, 2, 3]].tolist() == [0.5, 5 / 6, 1 / 6]
    assert labels(prices, np.zeros(4, dtype=np.int64)).tolist() == [1, -1, 2, 0]


def test_a_broken_hard_limit_lowers_the_class_to_halt() -> None:
    prices = np.arange(10.0)
    halted = np.zeros(10)
    halted[0] = 1
    assert CLASSES[labels(prices, np.zeros(10, dtype=np.int64), halted)[0]] == "halt"


def test_class_edges_belong_to_the_dearer_class() -> None:
    assert classes_of(np.array([0.2999, 0.30, 0.65, 0.90, np.nan])).tolist() == [0, 1, 2, 3, -1]


def test_an_energy_score_of_published_prices_is_the_rank_in_the_week() -> None:
    prices = np.arange(168.0)
    scores = energy_scores(np.repeat(prices[None], 3, axis=0), slice(0, 168))
    assert scores[0] == pytest.approx(100.0)
    assert scores[-1] == pytest.approx(0.0)
    assert scores[84] == pytest.approx(100 * 83 / 167)
    assert energy_scores(np.ones((2, 168)), slice(10, 11)).tolist() == [50.0]


def test_an_uncertain_level_shared_by_all_hours_does_not_blur_the_order() -> None:
    shape = np.arange(168.0)
    level = 1000 * np.random.default_rng(1).standard_normal((50, 1))
    together = energy_scores(shape[None] + level, slice(0, 168))
    assert together[0] == pytest.approx(100.0)
    week = np.zeros(168, dtype=np.int64)
    assert class_probabilities(shape[None] + level, week)[0].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_missing_hours_have_no_score_and_no_class() -> None:
    paths = np.repeat(np.arange(168.0)[None], 4, axis=0)
    paths[:, 7] = np.nan
    assert np.isnan(energy_scores(paths, slice(7, 8))[0])
    assert np.isnan(class_probabilities(paths, np.zeros(168, dtype=np.int64))[7]).all()


def test_confidence_is_the_largest_probability_cut_at_a_half_and_three_quarters() -> None:
    shares = np.array([[0.4, 0.3, 0.2, 0.1], [0.5, 0.5, 0, 0], [0.75, 0.25, 0, 0], [np.nan] * 4])
    assert confidence(shares) == ["low", "medium", "high", "low"]
