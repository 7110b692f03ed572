"""A forecast uses only what was known when it is issued: changing the future changes nothing, changing the past does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecasting.data.features import INPUT_NAMES, lear_inputs
from forecasting.data.grid import Bools, Floats
from forecasting.data.history import History, Tables, tables_of
from forecasting.issue.record import Record, known_errors
from forecasting.models.baselines import BASELINES
from forecasting.models.day_ahead import kernels_of
from forecasting.models.week_models import closed, fit_week, predict_week, training_issues
from unit.forecasting.forecasting_market import market, spot_history

FIRST, LAST = date(2024, 6, 1), date(2025, 4, 30)
ISSUE = 280


@pytest.fixture(scope="module")
def history() -> History:
    spot = spot_history(FIRST, LAST)
    rng = np.random.default_rng(3)
    load = 25000 + 3000 * rng.standard_normal(spot.starts.size)
    return replace(spot, spot=market(FIRST, LAST, seed=2), demand_mw=load, wind_mw=load * 0.2, solar_mw=load * 0.1)


def _with_another_future(history: History, row: int) -> History:
    """Prices of every day after a row doubled and shuffled, those of the row and before untouched."""
    tables = tables_of(history)
    future = tables.hours.day - tables.first > row
    assert history.spot is not None
    return replace(
        history,
        price=np.where(future, history.price[::-1] * 2, history.price),
        spot=np.where(future, history.spot[::-1] * 2, history.spot),
    )


def _without_a_future(history: History, row: int) -> History:
    tables = tables_of(history)
    return history.known_at(int(history.starts[tables.hours.day - tables.first > row][0]))


@pytest.mark.parametrize("change", [_with_another_future, _without_a_future])
def test_the_inputs_and_baselines_of_an_issue_do_not_see_later_prices(
    history: History, change: Callable[[History, int], History]
) -> None:
    whole, other = tables_of(history), tables_of(change(history, ISSUE))
    issue = np.array([ISSUE])
    for ahead in range(1, 8):
        np.testing.assert_allclose(lear_inputs(whole.base, issue, ahead), lear_inputs(other.base, issue, ahead), atol=1e-12)
    for name, baseline in BASELINES.items():
        np.testing.assert_allclose(baseline(whole.base, issue), baseline(other.base, issue), atol=1e-12, err_msg=name)


def test_a_fit_and_its_forecast_do_not_see_later_prices(history: History) -> None:
    whole, other = tables_of(history), tables_of(_with_another_future(history, ISSUE))
    states = [fit_week(tables, ISSUE) for tables in (whole, other)]
    np.testing.assert_allclose(states[0]["lear"], states[1]["lear"], atol=1e-6)
    said = [predict_week(tables, np.array([ISSUE]), state) for tables, state in zip((whole, other), states, strict=True)]
    for name in ("lear", "structural", "blend"):
        np.testing.assert_allclose(said[0][name], said[1][name], atol=1e-6, err_msg=name)


def test_the_inputs_do_use_the_last_published_day(history: History) -> None:
    """The published D+1 must not be left out: another last day gives other inputs."""
    tables = tables_of(history)
    changed = _with_another_future(history, ISSUE - 1)
    before = lear_inputs(tables.base, np.array([ISSUE]), 1)
    after = lear_inputs(tables_of(changed).base, np.array([ISSUE]), 1)
    assert np.abs(before - after).max() > 0.1


def test_the_last_day_in_the_inputs_is_the_last_published_one(history: History) -> None:
    base = tables_of(history).base.at(1)
    kind = int(base.calendar.off[ISSUE])
    by_hand = (base.values[ISSUE] - base.mean[ISSUE, kind]) / base.scale[ISSUE]
    found = lear_inputs(base, np.array([ISSUE]), 1)[0]
    np.testing.assert_allclose(found[:, INPUT_NAMES.index("own_hour_last")], by_hand)
    np.testing.assert_allclose(found[5, INPUT_NAMES.index("last_day_22")], by_hand[22:].mean())


def test_no_input_is_silently_zero_at_inference(history: History) -> None:
    """Every input that moves in training moves in the rows that are forecast from."""
    base = tables_of(history).base
    for ahead in (1, 7):
        training = lear_inputs(base, np.arange(100, 200), ahead).std(axis=0)
        inference = lear_inputs(base, np.arange(200, 300), ahead).std(axis=0)
        assert ((training > 1e-9) == (inference > 1e-9)).all()


def test_training_targets_end_at_the_last_known_day(history: History) -> None:
    issues = training_issues(tables_of(history), ISSUE)
    assert issues[-1] + 7 == ISSUE


def test_only_closed_days_are_in_the_errors_of_an_issue(history: History) -> None:
    tables = tables_of(history)
    issues = np.arange(ISSUE - 10, ISSUE)
    record = Record(tables.first + issues, tables.base.scale[issues], {"none": np.zeros((10, 7, 24))}, {})
    errors = known_errors(record, "none", tables, ISSUE)
    known: Bools = np.asarray(np.isfinite(errors).any(axis=2))
    assert known.tolist() == closed(issues, ISSUE).tolist()
    assert known[-1].tolist() == [True, *[False] * 6]


def test_the_kernels_of_a_day_do_not_see_its_own_or_later_prices(history: History) -> None:
    spot_only = replace(history, spot=None)
    whole, other = kernels_of(tables_of(spot_only)), kernels_of(tables_of(replace(spot_only, price=_future_price(history))))
    assert whole is not None
    assert other is not None
    assert np.isfinite(whole.mean[ISSUE + 1]).all()
    np.testing.assert_allclose(whole.mean[ISSUE + 1], other.mean[ISSUE + 1])
    np.testing.assert_allclose(np.nan_to_num(whole.inputs[ISSUE + 1]), np.nan_to_num(other.inputs[ISSUE + 1]), atol=1e-9)
    assert np.abs(whole.mean[ISSUE + 2] - other.mean[ISSUE + 2]).max() > 1e-6


def _future_price(history: History) -> Floats:
    return _with_another_future(history, ISSUE).price


def test_missing_hours_and_days_leave_finite_forecasts(history: History) -> None:
    holes = history.price.copy()
    holes[24 * 200 + 5 : 24 * 200 + 9] = np.nan
    holes[24 * 260 : 24 * 263] = np.nan
    tables: Tables = tables_of(replace(history, price=holes))
    assert np.isnan(tables.base.values[261]).all()
    said = predict_week(tables, np.array([ISSUE]), fit_week(tables, ISSUE))
    for name, forecast in said.items():
        assert np.isfinite(forecast).all(), name
