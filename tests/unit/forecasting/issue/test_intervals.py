"""Conformal bands: quantiles by hand, coverage on made-up errors, and a band that follows a change of volatility."""

import numpy as np
import pytest

from forecasting.data.grid import Floats, Ints
from forecasting.gate.evaluation import coverage
from forecasting.issue.intervals import (
    FAILING_EXPONENT,
    FAILING_REACH,
    LEVELS,
    NEEDS_ISSUES,
    P10,
    P50,
    P90,
    REACT_SAFETY,
    Adapted,
    adaptation,
    band_edges,
    fallback_offsets,
    plain_offsets,
    quantiles_of,
    reach,
    rolling_offsets,
)

ISSUES: Ints = np.arange(1000, 1300)


def _errors(spread: Floats, seed: int = 5) -> Floats:
    """(issues, 7, 24) errors of a given spread by target day: what a day brings is shared by the forecasts of it."""
    rng = np.random.default_rng(seed)
    target = np.arange(len(spread))[:, None] + np.arange(1, 8)
    by_day = rng.standard_normal((len(spread) + 8, 24)) * np.append(spread, np.full(8, spread[-1]))[:, None]
    picked: Floats = by_day[target]
    return picked


def test_quantiles_interpolate_and_leave_missing_values_out() -> None:
    sample = np.array([[3.0, np.nan, 1.0, 2.0], [np.nan] * 4])
    found = quantiles_of(sample, (0.0, 0.25, 0.5, 1.0))
    assert found[0].tolist() == [1.0, 1.5, 2.0, 3.0]
    assert np.isnan(found[1]).all()


def test_levels_are_ascending_and_hold_the_bands() -> None:
    assert list(LEVELS) == sorted(LEVELS)
    assert [LEVELS[i] for i in (P10, P50, P90)] == [0.1, 0.5, 0.9]


def test_the_bands_cover_what_they_say_on_steady_errors() -> None:
    errors = _errors(np.full(300, 0.02))
    offsets, _, _ = rolling_offsets(errors, ISSUES, np.full(300, 0.03))
    later = slice(100, None)
    assert 0.77 <= coverage(errors[later], offsets[later], 0.1, 0.9) <= 0.83
    assert 0.87 <= coverage(errors[later], offsets[later], 0.05, 0.95) <= 0.93


def test_the_band_follows_when_errors_grow_threefold_overnight() -> None:
    spread = np.where(np.arange(300) < 200, 0.02, 0.06)
    errors = _errors(spread)
    offsets, _, edges = rolling_offsets(errors, ISSUES, np.full(300, 0.03))
    adapted = coverage(errors[215:240], offsets[215:240], 0.1, 0.9)
    plain = np.mean(reach(errors[215:240], edges[215:240]).max(axis=0) <= 1)
    assert adapted > 0.72
    assert plain < adapted - 0.1


def test_an_issue_is_shown_only_what_was_closed_by_then() -> None:
    errors = _errors(np.full(300, 0.02))
    other = errors.copy()
    target = ISSUES[:, None] + np.arange(1, 8)
    other[target > ISSUES[200]] *= 50
    mine, theirs = (rolling_offsets(e, ISSUES, np.full(300, 0.03))[0] for e in (errors, other))
    np.testing.assert_array_equal(mine[:201], theirs[:201])
    assert np.abs(mine[203] - theirs[203]).max() > 0.01


def test_few_issues_fall_back_to_the_spread_of_the_prices() -> None:
    errors = _errors(np.full(NEEDS_ISSUES - 1, 0.02))
    offsets = plain_offsets(errors, np.full(len(errors), 0.03), 0.04)
    np.testing.assert_array_equal(offsets, fallback_offsets(0.04))
    assert offsets[0, 0, P90] == pytest.approx(1.1 * 0.04 * 1.3212, rel=1e-3)  # t with 22 degrees
    assert offsets[0, 0, P50] == pytest.approx(0.0, abs=1e-12)


def test_reach_is_one_on_the_edge_of_its_block() -> None:
    offsets = np.zeros((7, 24, len(LEVELS)))
    offsets[:, :8, P90], offsets[:, :8, P10] = 0.01, -0.02
    offsets[:, 8:, P90], offsets[:, 8:, P10] = 0.04, -0.04
    errors = np.zeros((1, 7, 24))
    errors[0, 0, 0], errors[0, 0, 1], errors[0, 0, 9] = 0.01, -0.04, 0.02
    below, above = reach(errors, band_edges(offsets)[None])[:, 0, 0]
    assert above[[0, 1, 9]].tolist() == [1.0, -4.0, 0.5]
    assert below[[0, 1, 9]].tolist() == [-0.5, 2.0, -0.5]


def test_the_adaptation_reads_only_closed_target_days_and_the_newest_first() -> None:
    issues = np.arange(100, 130)
    one = np.full((2, 30, 7, 24), 1 / REACT_SAFETY)
    target = (issues[:, None] + np.arange(1, 8))[:, :, None]
    plain = adaptation(one, issues, 120)
    assert (plain.below, plain.above) == pytest.approx((1.0, 1.0))
    assert not plain.widened
    assert adaptation(np.where(target > 120, 9.0, one), issues, 120) == plain
    assert adaptation(np.where(target <= 106, 9.0, one), issues, 120) == plain
    one_day = adaptation(np.where(target == 120, 2.0, one), issues, 120)
    long_ago = adaptation(np.where((target > 106) & (target < 112), 2.0, one), issues, 120)
    assert one_day.above == pytest.approx(FAILING_REACH**0.5 * (2.0 * REACT_SAFETY / FAILING_REACH) ** FAILING_EXPONENT)
    assert one_day.widened
    assert long_ago == plain


def test_each_side_follows_its_own_errors() -> None:
    """A step up: prices leave the band above, and its lower side comes nearer."""
    issues = np.arange(100, 130)
    reached = np.stack([np.full((30, 7, 24), -1.0), np.full((30, 7, 24), 1.8)])
    found = adaptation(reached, issues, 120)
    assert found.above > 1.8 > 1 > found.below
    offsets = found.of(np.array([-0.02, -0.001, 0.0, 0.001, 0.02]))
    assert (np.diff(offsets) > 0).all()
    assert offsets[0] > -0.02
    assert offsets[4] > 0.036


def test_a_band_of_one_day_ahead_follows_as_a_whole() -> None:
    issues = np.arange(100, 130)
    reached = np.stack([np.full((30, 1, 24), -1.0), np.full((30, 1, 24), 2.0)])
    found = adaptation(reached, issues, 120)
    assert found.below == found.above == pytest.approx(2.0**0.7)


def test_too_few_closed_hours_leave_the_plain_band() -> None:
    issues = np.arange(100, 104)
    assert adaptation(np.full((2, 4, 7, 24), 3.0), issues, 103) == Adapted()
