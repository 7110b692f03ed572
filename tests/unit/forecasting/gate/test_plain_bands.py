"""The gate compares by plain bands: what follows a step says nothing of who knows more."""

from datetime import date

import numpy as np

from forecasting.data.history import tables_of
from forecasting.gate.evaluation import mean_pinball
from forecasting.gate.replay import scored
from forecasting.issue.intervals import rolling_offsets
from forecasting.models.week_models import realised
from unit.forecasting.forecasting_market import spot_history


def test_the_loss_of_a_model_is_that_of_its_plain_band() -> None:
    tables = tables_of(spot_history(date(2025, 1, 1), date(2025, 8, 1)))
    issues = np.arange(60, 180)
    truth = realised(tables, issues)
    forecast = np.full_like(truth, 0.08)
    followed, plain, _ = rolling_offsets(truth - forecast, issues, tables.base.scale[issues])
    score = scored(tables, issues, forecast)
    np.testing.assert_array_equal(score.pinball, mean_pinball(truth, forecast[..., None] + plain))
    np.testing.assert_array_equal(score.offsets, followed)
    assert np.nanmax(np.abs(followed - plain)) > 0
