"""LEAR: one linear model for each day ahead and hour, by least absolute deviations, averaged over several windows."""

import numpy as np

from forecasting.data.features import HORIZON_DAYS, INPUT_NAMES, SHAPE_INPUTS, Base, lear_inputs, scaled_target, unscale
from forecasting.data.grid import Floats, Ints

WINDOWS_DAYS = (500, 1000, 2000)
RIDGE_BY_DAY_AHEAD = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.5)
"""Penalty relative to the mean square of the inputs; farther days know less, so they lean on the base."""
SHAPE_RIDGE_BY_DAY_AHEAD = (0.005, 0.02, 0.05, 0.1, 0.2, 0.3, 0.3)
"""The same for the shape of the last day."""
ROUNDS = 6
TINY = 1e-7
"""Keeps a system solvable in which an input never moves."""
EPSILON = 0.05
"""Residual, in units of the scale, below which a point weighs no more."""


def lad(inputs: Floats, target: Floats, ridge: Floats, rounds: int = ROUNDS) -> Floats:
    """(groups, p) coefficients from inputs (groups, n, p) and target (groups, n), by iteratively reweighted least squares.

    NaN targets are left out. ``ridge`` (p,) is relative to the weight of the sample. The sums are made in single precision
    (twice as fast), the systems solved in double.
    """
    known = np.isfinite(target)
    x = inputs.astype(np.float32)
    y = np.where(known, target, 0.0).astype(np.float32)
    weight = known.astype(np.float32)
    diagonal = np.arange(inputs.shape[2])
    coefficients: Floats = np.zeros((len(inputs), inputs.shape[2]))
    for _ in range(rounds):
        weighted = (x * weight[:, :, None]).transpose(0, 2, 1)
        gram = (weighted @ x).astype(np.float64)
        gram[:, diagonal, diagonal] += np.outer(weight.sum(axis=1), ridge + TINY) + TINY
        moment = (weighted @ y[:, :, None]).astype(np.float64)
        coefficients = np.asarray(np.linalg.solve(gram, moment)[:, :, 0], dtype=np.float64)
        residual = np.abs(y - (x @ coefficients[:, :, None].astype(np.float32))[:, :, 0])
        weight = known / np.maximum(residual, np.float32(EPSILON))
    return coefficients


def _ridge(ahead: int) -> Floats:
    """(inputs,) penalties of one day ahead; the intercept is free."""
    level = np.full(len(INPUT_NAMES) - SHAPE_INPUTS, RIDGE_BY_DAY_AHEAD[ahead - 1])
    level[0] = 0.0
    return np.concatenate([level, np.full(SHAPE_INPUTS, SHAPE_RIDGE_BY_DAY_AHEAD[ahead - 1])])


def fit_lear(base: Base, issues: Ints, windows: tuple[int, ...] = WINDOWS_DAYS) -> Floats:
    """(7, 24, p): mean coefficients over the windows; ``issues`` ascend, their 7-day targets must be published."""
    fitted = []
    for ahead in range(1, HORIZON_DAYS + 1):
        inputs = np.ascontiguousarray(lear_inputs(base, issues, ahead).transpose(1, 0, 2))
        target = np.ascontiguousarray(scaled_target(base, issues, ahead).T)
        sizes = sorted({min(size, len(issues)) for size in windows})
        fitted.append(np.mean([lad(inputs[:, -n:], target[:, -n:], _ridge(ahead)) for n in sizes], axis=0))
    return np.array(fitted)


def predict_lear(base: Base, issues: Ints, coefficients: Floats) -> Floats:
    """(issues, 7, 24) €/kWh, the table's own price (less tolls, if it was)."""
    days = []
    for ahead in range(1, HORIZON_DAYS + 1):
        inputs = lear_inputs(base, issues, ahead)
        days.append(unscale(base, issues, ahead, np.einsum("nhp,hp->nh", inputs, coefficients[ahead - 1])))
    return np.stack(days, axis=1)
