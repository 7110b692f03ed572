"""LEAR: one linear model for each day ahead and hour, by least absolute deviations, averaged over several windows."""

import numpy as np

from forecasting.features import HORIZON_DAYS, Base, lear_inputs, scaled_target, unscale
from forecasting.grid import Floats, Ints

WINDOWS_DAYS = (500, 1000, 2000)
RIDGE_BY_DAY_AHEAD = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.5)
"""Penalty relative to the mean square of the inputs; farther days know less, so they lean on the base."""
ROUNDS = 8
TINY = 1e-9
"""Keeps a system solvable in which an input never moves."""
EPSILON = 0.05
"""Residual, in units of the scale, below which a point weighs no more."""


def lad(inputs: Floats, target: Floats, ridge: float, rounds: int = ROUNDS) -> Floats:
    """(24, p) coefficients from inputs (24, n, p) and target (24, n), NaN targets left out, by reweighted squares."""
    known = np.isfinite(target)
    y = np.where(known, target, 0.0)
    weight = known.astype(np.float64)
    coefficients: Floats = np.zeros((24, inputs.shape[2]))
    diagonal = np.arange(inputs.shape[2])
    share = np.where(diagonal == 0, 0.0, ridge)  # the intercept is free
    for _ in range(rounds):
        weighted = inputs * weight[:, :, None]
        gram = weighted.transpose(0, 2, 1) @ inputs
        penalty = np.outer(weight.sum(axis=1), share) + TINY
        gram[:, diagonal, diagonal] += penalty
        moment = (weighted.transpose(0, 2, 1) @ y[:, :, None])[:, :, 0]
        coefficients = np.linalg.solve(gram, moment[:, :, None])[:, :, 0]
        residual = np.abs(y - np.einsum("hnp,hp->hn", inputs, coefficients))
        weight = known / np.maximum(residual, EPSILON)
    return coefficients


def fit_lear(base: Base, issues: Ints, windows: tuple[int, ...] = WINDOWS_DAYS) -> Floats:
    """(7, 24, p): mean coefficients over the windows; ``issues`` ascend, their 7-day targets must be published."""
    fitted = []
    for ahead in range(1, HORIZON_DAYS + 1):
        inputs = np.ascontiguousarray(lear_inputs(base, issues, ahead).transpose(1, 0, 2))
        target = np.ascontiguousarray(scaled_target(base, issues, ahead).T)
        ridge = RIDGE_BY_DAY_AHEAD[ahead - 1]
        sizes = sorted({min(size, len(issues)) for size in windows})
        fitted.append(np.mean([lad(inputs[:, -n:], target[:, -n:], ridge) for n in sizes], axis=0))
    return np.array(fitted)


def predict_lear(base: Base, issues: Ints, coefficients: Floats) -> Floats:
    """(issues, 7, 24) €/kWh, the table's own price (less tolls, if it was)."""
    days = []
    for ahead in range(1, HORIZON_DAYS + 1):
        inputs = lear_inputs(base, issues, ahead)
        days.append(unscale(base, issues, ahead, np.einsum("nhp,hp->nh", inputs, coefficients[ahead - 1])))
    return np.stack(days, axis=1)
