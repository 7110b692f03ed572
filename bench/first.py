"""Seconds from `scripts/run` with data on disk to the first plan: `scripts/bench first [--at INSTANT] [--history DAY]`.

A service is started against the simulator until its history is whole. It is stopped, its plans are taken off the disk, and it is
started again: once on the same morning, and once a day later, when it needs today's prices first. Ends with an error where the
first plan takes more than ten seconds.
"""

import argparse
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from support.page_world import ROOT

MOST_S = 10.0
GIVE_UP_S = 300.0
ADDRESS = re.compile(r"(?:level 1: |simulator listening on )(http://[^/\s]+)")
KEYS = {"REE_API_TOKEN": "simulated", "AEMET_API_KEY": "simulated", "OPENWEATHERMAP_API_KEY": "simulated"}
BASES = {
    "REE_BASE_URL": "/redata",
    "ESIOS_BASE_URL": "/esios",
    "OMIE_BASE_URL": "/omie",
    "AEMET_BASE_URL": "/aemet/opendata",
    "OPENWEATHERMAP_BASE_URL": "/owm",
}


@contextmanager
def started(command: list[str | Path], environment: dict[str, str], log: Path) -> Iterator[str]:
    """A process that says its address in its log; ended with the block."""
    with log.open("wb") as sink:
        process = subprocess.Popen(command, env=environment, stdout=sink, stderr=sink, start_new_session=True, cwd=ROOT)
    try:
        until = time.monotonic() + GIVE_UP_S
        while (found := ADDRESS.search(log.read_text(errors="replace"))) is None:
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield found[1]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


@contextmanager
def service(folder: Path, at: datetime, history: str) -> Iterator[str]:
    """`scripts/run` against a simulator of its own, on the data of a folder."""
    clock = f"{at:%Y-%m-%dT%H:%M:%SZ}@{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    folders = {"DATA_DIR": str(folder), "MODELS_DIR": str(folder / "models"), "LOG_DIR": str(folder / "logs")}
    own = (
        os.environ | folders | KEYS | {"PORT": "0", "SIM_SEED": "1", "SIM_NOW": clock, "HISTORY_START": history, "STORE": "sqlite"}
    )
    own["ENVIRONMENT"] = "development"
    simulator: list[str | Path] = [sys.executable, "-m", "start", "simulator", "--port", "0"]
    with started(simulator, own, folder / "simulator.log") as upstream:
        bases = {name: upstream + path for name, path in BASES.items()}
        with started([ROOT / "scripts" / "run"], own | bases, folder / "service.log") as url:
            yield url


def asked(url: str) -> httpx2.Response | None:
    """The answer; None while nobody listens yet."""
    try:
        return httpx2.get(url, timeout=60)
    except httpx2.ConnectError:
        return None


def first_plan(folder: Path, at: datetime, history: str) -> float:
    """Seconds from the start of the script to the first plan."""
    begun = time.monotonic()
    with service(folder, at, history) as url:
        while (answer := asked(f"{url}/optimize/production/current")) is None or answer.status_code != 200:
            if time.monotonic() - begun > GIVE_UP_S:
                raise SystemExit(f"no plan within {GIVE_UP_S:.0f} s")
            time.sleep(0.25)
        return time.monotonic() - begun


def fill(folder: Path, at: datetime, history: str) -> None:
    """The whole history on disk."""
    until = time.monotonic() + GIVE_UP_S
    with service(folder, at, history) as url:
        while (answer := asked(f"{url}/dashboard/complete")) is None or _is_coming(answer.json()):
            if time.monotonic() > until:
                raise SystemExit(f"no whole history within {GIVE_UP_S:.0f} s")
            time.sleep(1)


def _is_coming(document: Any) -> bool:
    """Whether history is still missing."""
    return bool(document["system"]["ingestion"]["state"] != "done")


def without_plans(folder: Path) -> None:
    """As if none had ever been made."""
    with closing(sqlite3.connect(folder / "state.sqlite")) as state, state:
        state.execute("DELETE FROM plans")


def main() -> None:
    """Print the seconds; 1 where they are too many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=datetime.fromisoformat, default=datetime(2026, 9, 9, 5, 12, 20, tzinfo=UTC))
    parser.add_argument("--history", default="2026-06-01", help="HISTORY_START")
    options = parser.parse_args()
    took = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, options.at, options.history)
        for what, later in (("the same morning", timedelta(minutes=5)), ("a day later", timedelta(days=1))):
            without_plans(folder)
            took.append(first_plan(folder, options.at + later, options.history))
            sys.stdout.write(f"first plan, {what}: {took[-1]:.1f} s (load {os.getloadavg()[0]:.1f})\n")
            sys.stdout.flush()
    if max(took) > MOST_S:
        raise SystemExit(f"more than {MOST_S:.0f} s")


if __name__ == "__main__":
    main()
