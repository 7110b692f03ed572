"""Killed (-9) while model files are written and swapped: what is left always loads.

MODEL_KILL_ROUNDS sets the number of rounds.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from adapters.files.models import ModelFiles

ROUNDS = int(os.environ.get("MODEL_KILL_ROUNDS", "12"))
SRC = Path(__file__).resolve().parents[2] / "src" / "fastapi-app"
WRITER = """
import itertools, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
import numpy as np
from adapters.files.models import ModelFiles
files, start = ModelFiles(Path(sys.argv[1]), "simulated"), datetime(2026, 3, 20, tzinfo=UTC)
for n in itertools.count(int(sys.argv[2]) * 10_000):
    at = start + timedelta(seconds=n)
    entry = files.save("energy_optimization", {"n": n, "weights": np.full(20_000, n, dtype=float)}, trained_at=at, facts={})
    files.promote(entry, at, "round")
    print(n, flush=True)
"""


def killed_after(seconds: float, folder: Path, round_: int) -> int:
    """Run the writer, kill it, and return the last version that it said was promoted (-1: none)."""
    command = [sys.executable, "-c", WRITER, str(folder), str(round_)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(SRC)}) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        told = [first, *process.stdout.read().splitlines()]
    whole = [line for line in told if line.strip().isdigit()]
    return int(whole[-1]) if whole else -1


def test_a_kill_leaves_a_model_that_loads_and_is_at_least_as_new_as_was_said(tmp_path: Path) -> None:
    dice = random.Random(7)
    for round_ in range(ROUNDS):
        said = killed_after(dice.uniform(0, 0.15), tmp_path, round_)
        files = ModelFiles(tmp_path, "simulated")
        found = files.load("energy_optimization")
        assert found.entry is not None and found.troubles == ()
        state = found.state
        assert state["n"] >= said
        assert (state["weights"] == state["n"]).all()
