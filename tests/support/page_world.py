"""The page's whole world for tests, pictures and measurements: simulator and service as processes of their own, and a Chromium."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Browser, sync_playwright

from support.process_service import DEMONSTRATION, environment_for, served

ROOT = Path(__file__).resolve().parents[2]
SEED = "1"
OPERATED = ("-m", "start", "main")
"""The service as `scripts/run` and the units start it: its children load no more than their work."""
PATIENCE_S = 1800.0
KEYS = {"REE_API_TOKEN": "simulated", "AEMET_API_KEY": "simulated", "OPENWEATHERMAP_API_KEY": "simulated"}
"""The simulator takes any key."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@dataclass(frozen=True)
class World:
    """Addresses of a running service and of its simulator, and the process of the service."""

    url: str
    simulator: str
    process: "subprocess.Popen[bytes]"
    ports: tuple[int, ...]

    def json(self, path: str) -> Any:
        """Body of a GET, whatever its status."""
        return httpx2.get(self.url + path, timeout=60).json()

    def post(self, path: str, body: Any) -> Any:
        """Answer to a POST of JSON that must succeed."""
        return httpx2.post(self.url + path, json=body, timeout=120).raise_for_status().json()

    def run(self, *jobs: str) -> None:
        """Run jobs one after the other, each to its end."""
        for job in jobs:
            before = self.until("/scheduler/status", partial(_idle, job=job, runs=-1))
            self.post(f"/scheduler/jobs/{job}/run", {})
            self.until("/scheduler/status", partial(_idle, job=job, runs=_job(before, job)["runs"]))

    def until(self, path: str, holds: Callable[[Any], bool]) -> Any:
        """Ask every second until an answer holds something."""
        end = time.monotonic() + PATIENCE_S
        while not holds(answer := self.json(path)):
            if time.monotonic() > end:
                raise TimeoutError(f"{path} never came true: {str(answer)[:2000]}")
            time.sleep(1)
        return answer


def _job(answer: Any, name: str) -> Any:
    return next(job for job in answer["jobs"] if job["id"] == name)


def _idle(answer: Any, *, job: str, runs: int) -> bool:
    """Whether a job is not running and ran more often than `runs` times."""
    return _job(answer, job)["runs"] > runs and not _job(answer, job)["running"]


@contextmanager
def world(
    folder: Path,
    at: str,
    *,
    before: Callable[[str], None] | None = None,
    settings: Mapping[str, str] | None = None,
    rehearsed: bool = False,
) -> Iterator[World]:
    """A simulator and a service that begin at the instant `at` (ISO 8601), with data in `folder`.

    `before` gets the simulator's address before the service starts: the place to switch faults on.
    """
    clock = clock_from(at)
    with simulator(folder, clock) as address:
        if before:
            before(address)
        with service(folder, address, clock | dict(settings or {}), rehearsed=rehearsed) as running:
            yield running


def clock_from(at: str) -> dict[str, str]:
    """The settings of a clock that shows an instant now; simulator and service count from the same."""
    real = datetime.now(UTC).isoformat()
    return {"SIM_NOW": f"{at}@{real}", "SIM_SEED": SEED, "SIM_SPEED": "1"}


@contextmanager
def service(folder: Path, address: str, settings: Mapping[str, str], *, rehearsed: bool = False) -> Iterator[World]:
    """A service whose sources are a simulator's; where asked, as the demonstration starts it."""
    sources = {
        "REE_BASE_URL": f"{address}/redata",
        "ESIOS_BASE_URL": f"{address}/esios",
        "OMIE_BASE_URL": f"{address}/omie",
        "AEMET_BASE_URL": f"{address}/aemet/opendata",
        "OPENWEATHERMAP_BASE_URL": f"{address}/owm",
    }
    path = {"PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("src/fastapi-app", "src"))}
    program = DEMONSTRATION if rehearsed else OPERATED
    with served(folder, {**environment_for(folder), **sources, **KEYS, **path, **settings}, program) as running:
        yield World(running.url(""), address, running.process, running.ports)


def control(simulator: str, lever: str, body: Any) -> None:
    """Pull a lever of the simulator."""
    httpx2.post(f"{simulator}/_control/{lever}", json=body, timeout=30).raise_for_status()


@contextmanager
def simulator(folder: Path, clock: Mapping[str, str]) -> Iterator[str]:
    """A simulator; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join(str(ROOT / part) for part in ("src/fastapi-app", "src"))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, **clock}
    command = [sys.executable, "-m", "simulator", "--port", "0"]
    with (folder / "simulator.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith("simulator listening on "):
            raise RuntimeError(f"the simulator did not start: {(folder / 'simulator.log').read_text()}")
        yield line.removeprefix("simulator listening on ").strip()
    finally:
        process.terminate()
        process.communicate(timeout=60)


def settled(answer: Any) -> bool:
    """Whether GET /ready says that history and rehearsal are done and no job is at work."""
    jobs = {job["id"]: job for job in answer["jobs"]}
    rehearsed = "rehearsed" in (jobs["rehearsal"]["last_detail"] or "")
    return answer["ingestion"]["state"] == "done" and rehearsed and not any(job["running"] for job in jobs.values())


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """A headless browser, with further arguments."""
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("chromium is missing: scripts/setup-system brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
        yield browser
        browser.close()
