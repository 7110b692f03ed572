"""Conformal bands: quantiles by hand, coverage on made-up errors, and a band that follows a change of volatility."""

import numpy as np
import pytest

from forecasting.data.grid import Floats, Ints
from forecasting.gate.evaluation import coverage
from forecasting.issue.intervals import (
    LEVELS,
    NEEDS_ISSUES,
    P10,
    P50,
    P90,
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
    return by_day[target]


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
    offsets, _ = rolling_offsets(errors, ISSUES, np.full(300, 0.03))
    later = slice(100, None)
    assert 0.77 <= coverage(errors[later], offsets[later], 0.1, 0.9) <= 0.83
    assert 0.87 <= coverage(errors[later], offsets[later], 0.05, 0.95) <= 0.93


def test_the_band_follows_when_errors_grow_threefold_overnight() -> None:
    spread = np.where(np.arange(300) < 200, 0.02, 0.06)
    errors = _errors(spread)
    offsets, edges = rolling_offsets(errors, ISSUES, np.full(300, 0.03))
    adapted = coverage(errors[215:240], offsets[215:240], 0.1, 0.9)
    plain = np.mean(reach(errors[215:240], edges[215:240]) <= 1)
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
    assert offsets[0, 0, P90] == pytest.approx(0.04 * np.sqrt(2) * 1.2816, rel=1e-4)
    assert offsets[0, 0, P50] == pytest.approx(0.0, abs=1e-12)


def test_reach_is_one_on_the_edge_of_its_block() -> None:
    offsets = np.zeros((7, 24, len(LEVELS)))
    offsets[:, :8, P90], offsets[:, :8, P10] = 0.01, -0.02
    offsets[:, 8:, P90], offsets[:, 8:, P10] = 0.04, -0.04
    errors = np.zeros((1, 7, 24))
    errors[0, 0, 0], errors[0, 0, 1], errors[0, 0, 9] = 0.01, -0.04, 0.02
    found = reach(errors, band_edges(offsets)[None])[0, 0]
    assert found[[0, 1, 9]].tolist() == [1.0, 2.0, 0.5]


def test_the_adaptation_reads_only_closed_target_days() -> None:
    issues = np.arange(100, 130)
    reached = np.ones((30, 7, 24))
    target = issues[:, None] + np.arange(1, 8)
    assert adaptation(np.where((target > 120)[:, :, None], 9.0, reached), issues, 120) == pytest.approx(1.0)
    assert adaptation(np.where((target <= 106)[:, :, None], 9.0, reached), issues, 120) == pytest.approx(1.0)
    assert adaptation(np.where((target > 110)[:, :, None], 2.0, reached), issues, 120) == pytest.approx(2.0**0.7)
