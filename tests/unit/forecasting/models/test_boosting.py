"""Boosted trees: numpy reads what scikit-learn has grown, and two trainings on the same data are equal to the byte."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from adapters.files.safe_pickle import digest, dumped
from forecasting.data.grid import Floats
from forecasting.models.boosting import ROWS_AT_ONCE, Boost, fit_trees, predict_trees

BOOST = Boost(rounds=40, learning_rate=0.1, leaves=15, rows_in_leaf=20, l2=5.0, features=0.6, seeds=(1, 2))
ROWS = 2 * ROWS_AT_ONCE + 100


def sample() -> tuple[Floats, Floats]:
    """A step at 0 in the first input; a tenth of all inputs missing."""
    rng = np.random.default_rng(5)
    inputs = rng.standard_normal((ROWS, 6))
    target = np.where(inputs[:, 0] > 0, 2.0, 1.0) + 0.1 * rng.standard_normal(ROWS)
    inputs[rng.random(inputs.shape) < 0.1] = np.nan
    return inputs, target


def learner(seed: int) -> Any:
    return HistGradientBoostingRegressor(
        loss="absolute_error",
        learning_rate=0.1,
        max_iter=40,
        max_leaf_nodes=15,
        min_samples_leaf=20,
        l2_regularization=5.0,
        max_features=0.6,
        early_stopping=False,
        random_state=seed,
    )


@pytest.mark.parametrize("missing_when_fitted", [True, False])
def test_the_arrays_say_what_scikit_learn_says(missing_when_fitted: bool) -> None:
    inputs, target = sample()
    seen = inputs if missing_when_fitted else np.nan_to_num(inputs)
    with threadpool_limits(1):
        theirs = np.mean([learner(seed).fit(seen, target).predict(inputs) for seed in BOOST.seeds], axis=0)
    np.testing.assert_allclose(predict_trees(fit_trees(seen, target, BOOST), inputs), theirs, atol=1e-12)


def test_they_find_a_step() -> None:
    trees = fit_trees(*sample(), BOOST)
    high, low = predict_trees(trees, np.array([[1.0] + [0.0] * 5, [-1.0] + [0.0] * 5]))
    assert (high, low) == (pytest.approx(2.0, abs=0.1), pytest.approx(1.0, abs=0.1))


def test_a_tree_without_a_split_is_the_middle() -> None:
    flat = fit_trees(np.zeros((50, 2)), np.full(50, 3.0), BOOST)
    assert predict_trees(flat, np.array([[7.0, np.nan]])).tolist() == [3.0]


def test_two_trainings_are_equal_to_the_byte_whatever_the_threads() -> None:
    here = digest(dumped(fit_trees(*sample(), BOOST)))
    code = "from unit.forecasting.models.test_boosting import *\nprint(digest(dumped(fit_trees(*sample(), BOOST))))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "3"}
    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == here
