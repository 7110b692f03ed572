"""Quarter-hours: learnt from the ramp, the hour keeps its mean, and too little history leaves the hour as it is."""

from datetime import date

import numpy as np
import pytest

from forecasting.data.grid import Floats, Ints
from forecasting.models.quarters import fit_quarters, to_quarters
from unit.forecasting.forecasting_market import grid_of, market

FIRST, LAST = date(2025, 10, 1), date(2025, 11, 10)
CLIMB = np.array([-0.375, -0.125, 0.125, 0.375])


def _quarters(last: date = LAST) -> tuple[Ints, Ints, Floats, Floats]:
    """Hours, and quarters that climb straight along half the step between the neighbours."""
    hours, hourly = grid_of(FIRST, last), market(FIRST, last, noise=0.0)
    padded = np.concatenate([hourly[:1], hourly, hourly[-1:]])
    ramp = (padded[2:] - padded[:-2]) / 2
    starts = (hours[:, None] + np.arange(0, 3600, 900)).ravel()
    return hours, starts, hourly, (hourly[:, None] + ramp[:, None] * CLIMB).ravel()


def test_a_straight_climb_is_found_again_also_on_the_25_hour_day() -> None:
    hours, starts, hourly, prices = _quarters()
    shape = fit_quarters(starts, prices)
    assert shape is not None
    np.testing.assert_allclose(shape[0], CLIMB, atol=1e-6)
    np.testing.assert_allclose(to_quarters(hours, hourly, shape), prices, atol=1e-6)


def test_the_hour_keeps_its_mean() -> None:
    hours, starts, hourly, prices = _quarters()
    noisy = prices + 0.003 * np.random.default_rng(1).standard_normal(prices.size)
    refined = to_quarters(hours, hourly, fit_quarters(starts, noisy)).reshape(-1, 4)
    np.testing.assert_allclose(refined.mean(axis=1), hourly, atol=1e-9)


def test_too_few_days_leave_the_hour_as_it_is() -> None:
    hours, starts, hourly, prices = _quarters(date(2025, 10, 10))
    assert fit_quarters(starts, prices) is None
    assert to_quarters(hours, hourly, None)[:4].tolist() == [hourly[0]] * 4


def test_missing_days_are_left_out_and_broken_grids_refused() -> None:
    _, starts, _, prices = _quarters()
    prices[96 * 10 : 96 * 11] = np.nan
    shape = fit_quarters(starts, prices)
    assert shape is not None
    assert np.isfinite(shape).all()
    np.testing.assert_allclose(shape[0], CLIMB, atol=1e-3)
    with pytest.raises(ValueError, match="whole consecutive hours"):
        fit_quarters(starts[1:], prices[1:])
