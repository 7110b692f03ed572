"""Task D1: residual load tells tomorrow's price; hours without forecasts come from prices alone and are counted."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from adapters.files.safe_pickle import dumped
from forecasting.data.grid import Floats, local_hours
from forecasting.data.history import History, NotEnoughHistoryError, tables_of
from forecasting.gate.day_training import train_day
from forecasting.issue.tomorrow import forecast_tomorrow
from forecasting.models.day_ahead import fit_day, kernels_of
from forecasting.models.residual_load import KERNELS, kernel_forecasts
from forecasting.models.states import TrainedDay
from unit.forecasting.forecasting_market import grid_of

FIRST, LAST, TOMORROW = date(2025, 1, 1), date(2025, 9, 14), date(2025, 9, 15)


def _load(days: int, seed: int = 9) -> Floats:
    rng = np.random.default_rng(seed)
    return 22000 + 4000 * np.sin(np.arange(24) / 24 * 2 * np.pi) + 3000 * rng.standard_normal((days, 1)) + np.zeros((days, 24))


@pytest.fixture(scope="module")
def history() -> History:
    """Spot = 4 €/MWh for each GW of residual load, and noise; forecasts known to the end of tomorrow."""
    grid = grid_of(FIRST, TOMORROW)
    calendar = local_hours(grid)
    load = _load(int(calendar.day[-1] - calendar.day[0]) + 1)[calendar.day - calendar.day[0], calendar.hour]
    noise = 0.002 * np.random.default_rng(1).standard_normal(grid.size)
    price = np.where(calendar.day < TOMORROW.toordinal(), 0.004e-3 * load + noise, np.nan)
    return History(grid, price, np.zeros(grid.size), None, load * 1.5, load * 0.3, load * 0.2)


@pytest.fixture(scope="module")
def state(history: History) -> TrainedDay:
    return train_day(history, longest_record=70)


def test_a_kernel_finds_a_straight_line() -> None:
    load = _load(30)
    spot = 0.004e-3 * load
    said = kernel_forecasts(spot[:29], load, np.zeros(30, dtype=np.bool_), 29)
    assert said.shape == (len(KERNELS), 24)
    assert np.abs(said.mean(axis=0) - spot[29]).mean() < 0.003


def test_kernels_are_silent_without_ten_days_and_for_hours_without_forecasts() -> None:
    load = _load(30)
    off = np.zeros(30, dtype=np.bool_)
    assert np.isnan(kernel_forecasts(0.004e-3 * load[:9], load, off, 9)).all()
    load[29, 5] = np.nan
    said = kernel_forecasts(0.004e-3 * load[:29], load, off, 29)
    assert np.isnan(said[:, 5]).all()
    assert np.isfinite(np.delete(said, 5, axis=1)).all()


def test_tomorrow_follows_the_residual_load(history: History, state: TrainedDay) -> None:
    tomorrow = forecast_tomorrow(history, state)
    assert tomorrow.day == TOMORROW.toordinal()
    assert tomorrow.model in {"mix", "kernel"}
    assert tomorrow.without_forecasts == 0
    assert history.demand_mw is not None
    came = 0.004e-3 * history.demand_mw[-24:] / 1.5
    assert np.abs(tomorrow.quantiles[:, 11] - came).mean() < 0.004
    assert (np.diff(tomorrow.quantiles, axis=1) >= 0).all()


def test_two_trainings_on_the_same_history_are_equal_to_the_byte(history: History, state: TrainedDay) -> None:
    tables = tables_of(history)
    again = fit_day(tables, kernels_of(tables), tables.last)
    assert dumped(again) == dumped({name: value for name, value in state.items() if name in again})


def test_hours_without_forecasts_come_from_prices_alone_and_are_counted(history: History, state: TrainedDay) -> None:
    assert history.wind_mw is not None
    wind = history.wind_mw.copy()
    wind[-24:-20] = np.nan
    tomorrow = forecast_tomorrow(replace(history, wind_mw=wind), state)
    assert tomorrow.without_forecasts == 4
    assert np.isfinite(tomorrow.quantiles).all()
    whole = forecast_tomorrow(history, state).quantiles[:, 11]
    assert np.abs(tomorrow.quantiles[:4, 11] - whole[:4]).max() > 1e-6
    np.testing.assert_allclose(tomorrow.quantiles[10:, 11], whole[10:], atol=0.01)


def test_without_any_forecasts_the_prices_alone_serve(history: History) -> None:
    bare = replace(history, demand_mw=None, wind_mw=None, solar_mw=None)
    trained = train_day(bare, longest_record=70)
    assert trained["serves"] in {"prices", "yesterday"}
    assert forecast_tomorrow(bare, trained).without_forecasts == 24


def test_too_little_history_is_said() -> None:
    grid = grid_of(date(2025, 1, 1), date(2025, 2, 1))
    with pytest.raises(NotEnoughHistoryError, match="has 32"):
        train_day(History(grid, np.full(grid.size, 0.05), np.zeros(grid.size)))


def test_the_spring_day_does_not_silence_the_inputs(history: History) -> None:
    kernels = kernels_of(tables_of(history))
    assert kernels is not None
    row = date(2025, 3, 30).toordinal() - FIRST.toordinal()
    usual = np.delete(np.arange(24), [1, 2, 3])
    assert np.isfinite(kernels.inputs[row][usual]).all()
