"""Requests made from the interface's own description, each answer held against it: Schemathesis, every check on."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence

HEAVY = "/models/train"
"""Starts half a minute of training; its own tests call it."""
PATIENCE_S = "120"
"""A machine may be busy: how long an answer takes is held elsewhere."""
PHASES = ("examples", "coverage", "fuzzing")


def asked(url: str, examples: int, phases: Sequence[str] = PHASES, *more: str) -> subprocess.CompletedProcess[str]:
    """Ask every route but the heavy one, well and badly, and say what did not go as described."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--url", url, "--checks", "all"]
    command += ["--max-examples", str(examples), "--phases", ",".join(phases), "--exclude-path", HEAVY, "--no-color"]
    command += [
        "--continue-on-failure",
        "--no-shrink",
        "--request-timeout",
        "120",
        "--max-response-time",
        "120",
        "--suppress-health-check",
        "all",
        *more,
    ]
    with tempfile.TemporaryDirectory() as folder:  # it keeps what it found beside where it runs
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
