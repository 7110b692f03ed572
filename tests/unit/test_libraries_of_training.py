"""The service starts, loads its models and forecasts without the libraries that only a training needs."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from adapters.files.safe_pickle import digest, dumped
from forecasting.gate.classifier import fit_classes
from forecasting.models.boosting import Boost, fit_trees

APP = Path(__file__).resolve().parents[2] / "src" / "fastapi-app"
TRAINING_ONLY = ("sklearn", "scipy", "joblib", "threadpoolctl", "lightgbm")
MODULES = sorted(
    ".".join(path.relative_to(APP).with_suffix("").parts).removesuffix(".__init__")
    for path in APP.rglob("*.py")
    if "__pycache__" not in path.parts
)


def run(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(APP), *sys.path])}
    return subprocess.run([sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def test_no_module_of_the_service_loads_them() -> None:
    code = f"import sys, importlib\nfor name in {MODULES!r}: importlib.import_module(name)\n"
    seen = run(code + f"print([name for name in {TRAINING_ONLY!r} if name in sys.modules], 'main' in sys.modules)")
    assert seen.stdout.strip() == "[] True", seen.stderr


def test_a_trained_state_is_read_and_speaks_where_they_cannot_be_loaded(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    inputs, target = rng.standard_normal((400, 3)), rng.standard_normal(400)
    label = rng.integers(0, 4, 400)
    trees = fit_trees(inputs, target, Boost(5, 0.1, 7, 20, 1.0, 1.0, (1,)))
    content = dumped({"trees": trees, "classes": fit_classes(inputs, label), "inputs": inputs})
    (tmp_path / "state.pkl").write_bytes(content)
    code = f"""
import sys
sys.modules.update(dict.fromkeys({TRAINING_ONLY!r}))  # importing one raises
from pathlib import Path
from adapters.files.safe_pickle import loaded
from forecasting.models.boosting import predict_trees
from forecasting.issue.classes import predict_classes
state = loaded(Path(sys.argv[1]).read_bytes(), sys.argv[2])
print(predict_trees(state["trees"], state["inputs"]).shape, predict_classes(state["classes"], state["inputs"]).sum().round(6))
"""
    seen = run(code, str(tmp_path / "state.pkl"), digest(content))
    assert seen.stdout.strip() == "(400,) 400.0", seen.stderr


@pytest.mark.parametrize("classes", [2, 4])
def test_the_kept_coefficients_say_what_the_library_says(classes: int) -> None:
    from sklearn.linear_model import LogisticRegression

    from forecasting.gate.classifier import STRENGTH
    from forecasting.issue.classes import predict_classes

    rng = np.random.default_rng(2)
    inputs, label = rng.standard_normal((500, 5)), rng.integers(0, classes, 500)
    theirs = LogisticRegression(C=STRENGTH, solver="newton-cholesky").fit(inputs, label).predict_proba(inputs)
    ours = predict_classes(fit_classes(inputs, label), inputs)
    np.testing.assert_allclose(ours[:, :classes], theirs, atol=1e-12)
    assert ours.shape == (500, 4) and not ours[:, classes:].any()
