"""Tomorrow's spot from prices alone: the mean of least absolute deviations and boosting, which err differently.

Serves task D1 where the D+1 forecasts are missing, hour by hour. Known at the row of the last published day L: prices to L.
"""

import numpy as np

from forecasting.data.features import INPUT_NAMES, SHAPE_INPUTS, Base, lear_inputs, own_deviation, scaled_target, unscale
from forecasting.data.grid import Floats, Ints, rows_of
from forecasting.models.boosting import Boost, fit_trees, predict_trees
from forecasting.models.lear import WINDOWS_DAYS, lad
from forecasting.models.states import PriceModel

AHEAD = 1
CORE = len(INPUT_NAMES) - SHAPE_INPUTS
CORE_RIDGE = 0.01
SHAPE_RIDGE = 0.001
BOOST_DAYS = 1500
BOOST = Boost(rounds=300, learning_rate=0.05, leaves=31, rows_in_leaf=50, l2=5.0, features=0.2, seeds=(1,))
"""Chosen on 2024 and on January to September 2025."""


def fit_prices(base: Base, issues: Ints) -> PriceModel:
    """Coefficients (24, inputs) and the trees; ``issues`` ascend, their next day must be published."""
    target = scaled_target(base, issues, AHEAD)
    inputs = _linear_inputs(base, issues).transpose(1, 0, 2)
    sizes = sorted({min(size, len(issues)) for size in WINDOWS_DAYS})
    coefficients = [lad(inputs[:, -n:], target[-n:].T, _ridge(inputs.shape[2])) for n in sizes]
    recent = issues[-BOOST_DAYS:]
    known = np.isfinite(target[-BOOST_DAYS:])
    trees = fit_trees(_tree_inputs(base, recent)[known], target[-BOOST_DAYS:][known], BOOST)
    return {"lad": np.mean(coefficients, axis=0), "trees": trees}


def predict_prices(base: Base, issues: Ints, state: PriceModel) -> Floats:
    """(issues, 24) €/kWh of the day after each issue row."""
    linear = np.einsum("nhp,hp->nh", _linear_inputs(base, issues), state["lad"])
    flat = _tree_inputs(base, issues).reshape(len(issues) * 24, -1)
    trees = predict_trees(state["trees"], flat)
    return unscale(base, issues, AHEAD, (linear + trees.reshape(linear.shape)) / 2)


def _ridge(inputs: int) -> Floats:
    ridge = np.full(inputs, SHAPE_RIDGE)
    ridge[:CORE] = CORE_RIDGE
    ridge[0] = 0.0
    return ridge


def _linear_inputs(base: Base, issues: Ints) -> Floats:
    """(issues, 24, inputs): those of LEAR, with the shape of the last day hour by hour."""
    return np.concatenate([lear_inputs(base, issues, AHEAD)[:, :, :CORE], _last_day(base, issues, 0, 1)], axis=2)


def _tree_inputs(base: Base, issues: Ints) -> Floats:
    """(issues, 24, inputs): also the day before in four-hour means, three days before, the base itself, hour and weekday."""
    near = base.at(AHEAD)
    kind = base.calendar.off[issues + AHEAD].astype(np.int64)
    mean, scale = near.mean[issues, kind], base.scale[issues, None]
    shape = (len(issues), 24)
    columns = [
        (rows_of(base.filled, issues - 2) - mean) / scale,
        np.broadcast_to(base.calendar.off[issues, None], shape),
        np.broadcast_to(np.arange(24.0), shape),
        np.broadcast_to(base.calendar.weekday[issues + AHEAD, None], shape),
        mean / scale,
    ]
    extra = np.nan_to_num(np.stack(columns, axis=2).astype(np.float64))
    return np.concatenate([_linear_inputs(base, issues)[:, :, 1:], _last_day(base, issues, 1, 4), extra], axis=2)


def _last_day(base: Base, issues: Ints, lag: int, hours: int) -> Floats:
    """(issues, 24, 24 / hours): the deviation of day L - lag in means of some hours, the same for every target hour."""
    deviation = np.nan_to_num(own_deviation(base.at(AHEAD), issues, lag))
    means = deviation.reshape(len(issues), -1, hours).mean(axis=2)
    spread: Floats = np.broadcast_to(means[:, None], (len(issues), 24, means.shape[1]))
    return spread
