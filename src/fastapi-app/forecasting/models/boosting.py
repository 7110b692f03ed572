"""Boosted trees as plain arrays: fitted by scikit-learn where a training runs, read by numpy where the service forecasts.

A forecast needs no library beyond numpy, so the service starts and serves where scikit-learn cannot be loaded; a training
there fails and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.data.grid import Bools, Floats
from forecasting.models.states import Trees

ROWS_AT_ONCE = 512
"""Rows whose ways through all trees are held at the same time: some 4 MB for 900 trees."""


@dataclass(frozen=True, slots=True)
class Boost:
    """How trees are grown: least absolute errors, histograms of 255 bins. ``features``: share of inputs that a split may use."""

    rounds: int
    learning_rate: float
    leaves: int
    rows_in_leaf: int
    l2: float
    features: float
    seeds: Sequence[int]


def fit_trees(inputs: Floats, target: Floats, boost: Boost) -> Trees:
    """Arrays of the nodes of all trees of all seeds; inputs (n, features) may have NaN, the target (n,) may not.

    Equal to the byte for the same data and seeds. One thread: on a machine that has other work, two wait for each other for longer
    than one takes.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    parts: list[np.ndarray[Any, Any]] = []
    start = 0.0
    for seed in boost.seeds:
        learner = HistGradientBoostingRegressor(
            loss="absolute_error",
            learning_rate=boost.learning_rate,
            max_iter=boost.rounds,
            max_leaf_nodes=boost.leaves,
            min_samples_leaf=boost.rows_in_leaf,
            l2_regularization=boost.l2,
            max_features=boost.features,
            early_stopping=False,
            random_state=seed,
        )
        with threadpool_limits(1):
            learner.fit(inputs, target)
        parts += [predictor.nodes for (predictor,) in learner._predictors]
        start += float(learner._baseline_prediction.item())
    return _joined(parts, start / len(boost.seeds), len(boost.seeds))


def _joined(trees: Sequence[np.ndarray[Any, Any]], start: float, seeds: int) -> Trees:
    """All nodes in one row; ``left`` and ``right`` count from its start, a leaf points at itself."""
    roots = np.cumsum([0, *(len(tree) for tree in trees[:-1])])
    nodes = np.concatenate(trees)
    offset = np.repeat(roots, [len(tree) for tree in trees])
    leaf, itself = nodes["is_leaf"].astype(np.bool_), np.arange(len(nodes))
    return {
        "roots": roots.astype(np.int64),
        "left": np.where(leaf, itself, nodes["left"] + offset).astype(np.int64),
        "right": np.where(leaf, itself, nodes["right"] + offset).astype(np.int64),
        "feature": np.where(leaf, 0, nodes["feature_idx"]).astype(np.int64),
        "threshold": np.where(leaf, np.inf, nodes["num_threshold"]).astype(np.float64),
        "missing_left": nodes["missing_go_to_left"].astype(np.bool_),
        "value": nodes["value"].astype(np.float64),
        "depth": int(nodes["depth"].max()),
        "start": start,
        "seeds": seeds,
    }


def predict_trees(trees: Trees, inputs: Floats) -> Floats:
    """(n,) the mean of the seeds for inputs (n, features)."""
    return np.concatenate([_predicted(trees, inputs[at : at + ROWS_AT_ONCE]) for at in range(0, len(inputs), ROWS_AT_ONCE)])


def _predicted(trees: Trees, inputs: Floats) -> Floats:
    at = np.broadcast_to(trees["roots"], (len(inputs), len(trees["roots"])))
    row = np.arange(len(inputs))[:, None]
    for _ in range(trees["depth"]):
        value = inputs[row, trees["feature"][at]]
        goes_left: Bools = np.where(np.isnan(value), trees["missing_left"][at], value <= trees["threshold"][at])
        at = np.where(goes_left, trees["left"][at], trees["right"][at])
    total: Floats = trees["value"][at].sum(axis=1) / trees["seeds"] + trees["start"]
    return total
