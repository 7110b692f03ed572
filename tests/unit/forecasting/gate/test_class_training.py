"""The classifier is trained on what was known on each day, judged on later weeks, and asks for enough history."""

from datetime import timedelta

import numpy as np
import pytest

from domain.timeline import day_bounds, epoch, local_day
from forecasting.data.history import History, NotEnoughHistoryError, tables_of
from forecasting.gate import class_training
from forecasting.gate.class_training import carried_on, train_classes
from forecasting.gate.training import train_week
from forecasting.issue.week import forecast_week
from support.forecast_world import EVENING, market


def history(days: int) -> History:
    start = day_bounds(local_day(EVENING) - timedelta(days=days))[0]
    end = day_bounds(local_day(EVENING) + timedelta(days=1))[1]
    prices = market(start, end)
    grid = np.arange(epoch(start), epoch(end + timedelta(days=20)), 3600, dtype=np.int64)
    return History(grid, np.array([prices.get(int(at), np.nan) for at in grid]), np.zeros(grid.size))


def test_too_little_history_is_said_in_days() -> None:
    with pytest.raises(NotEnoughHistoryError, match="needs 392 days of history, has 102"):
        train_classes(history(100), "W")


def test_it_is_judged_against_the_classes_that_the_price_forecast_implies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_training, "ISSUES", 130)
    monkeypatch.setattr(class_training, "PATHS", 20)
    shares: list[float] = []
    state = train_classes(history(350), "W", progress=shares.append)
    assert set(state["metrics"]) == {"classifier", "implied"}
    assert state["serves"] in ("classifier", "implied") and "p = " in state["reason"]
    assert shares == sorted(shares) and shares[-1] > 0.9
    assert state["trained_through"] - state["trained_from"] == 130


def test_a_record_that_is_carried_on_says_what_each_past_day_would_have_said() -> None:
    whole = history(350)
    tables = tables_of(whole)
    last = tables.first + tables.last - 1
    before = train_week(whole.known_at(class_training.midnight_after(last - 40)), "W")
    carried = before | {"record": carried_on(before, tables).to_state()}
    for day in (last - 40, last - 20, last - 1):
        known, at = whole.known_at(class_training.midnight_after(day + 1)), class_training.evening(day)
        alone, together = (forecast_week(known, at, state, paths=20) for state in (before, carried))
        assert np.allclose(alone.quantiles, together.quantiles, rtol=0, atol=1e-9, equal_nan=True)
        assert np.array_equal(alone.probabilities, together.probabilities, equal_nan=True)
