"""The real demonstration, and all of its doors compared from outside: `scripts/bench doors [--days N] [--at INSTANT]`.

Starts `scripts/demo` with data of its own, waits for its plan and until no job is at work, runs `scripts/check-doors` and
`scripts/audit` on it; forbids the hour in which the plan begins and takes an order, and runs both again. Ends with 1 where anything
differs, with 2 where they could not look. Without `--days` nothing is rehearsed and three weeks of history are enough: a minute;
with it the whole history is read, models are trained, and days are in the ledger: some minutes more.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from bench.demo import demonstration, report, watch
from support.page_world import ROOT, SEED

LIMIT_S = 240.0
"""Longer than a plan and its wishes are searched for on a machine that is busy."""


def main() -> int:
    """Two looks; the worse of what they end with."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends its processes too
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=0, help="days of the past that the demonstration rehearses")
    parser.add_argument("--at", help="SIM_NOW: the instant that the simulated clock shows at the start; now, if left out")
    options = parser.parse_args()
    os.environ["DEMO_REHEARSAL_DAYS"] = str(options.days)
    if not options.days:
        first = datetime.fromisoformat(options.at) if options.at else datetime.now(UTC)
        os.environ["HISTORY_START"] = (first - timedelta(weeks=3)).date().isoformat()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name, demonstration(Path(name), options.at) as url:
        if options.days:
            watch(url, start)
        rest(url)
        report(f"at rest: {url}", time.monotonic() - start)
        worst = looked(url, Path(name))
        changed(url)
        rest(url)
        report("a wish and an order", time.monotonic() - start)
        worst = max(worst, looked(url, Path(name)))
        report("looked twice", time.monotonic() - start)
    return worst


def looked(url: str, folder: Path) -> int:
    """Both commands, as whoever runs a service would call them."""
    data = {"DATA_DIR": str(folder / "data"), "MODELS_DIR": str(folder / "models"), "LOG_DIR": str(folder / "logs")}
    doors = subprocess.run([ROOT / "scripts" / "check-doors", url], check=False)
    now = httpx2.get(f"{url}/dashboard/complete", timeout=60).raise_for_status().headers["X-Now"]
    simulated = {"SIM_SEED": SEED, "SIM_NOW": now}
    audit = subprocess.run([ROOT / "scripts" / "audit"], env=os.environ | data | simulated, check=False)
    return max(doors.returncode, audit.returncode)


def changed(url: str) -> None:
    """A wish against the first hour of the plan, and an order for a batch more."""
    plan: Mapping[str, Any] = httpx2.get(f"{url}/optimize/production/current", timeout=60).raise_for_status().json()
    first = datetime.fromisoformat(plan["batches"][0]["stages"][0]["start"])
    wish = {"kind": "forbidden", "start": first.isoformat(), "end": (first + timedelta(hours=1)).isoformat()}
    httpx2.post(f"{url}/plan/wishes", json=wish, timeout=60).raise_for_status()
    order = {"quality": plan["batches"][0]["quality"], "kg": 50, "due": (first + timedelta(days=4)).isoformat()}
    httpx2.post(f"{url}/orders", json=order, timeout=60).raise_for_status()


def rest(url: str) -> None:
    """Until there is a plan with its reasons and the cost of its wishes, and no job is at work."""
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        time.sleep(2)
        plan = httpx2.get(f"{url}/optimize/production/current", timeout=60).json()
        wishes = httpx2.get(f"{url}/plan/wishes", timeout=60).json()["wishes"]
        ready = httpx2.get(f"{url}/ready", timeout=60).json()
        told = plan.get("complete") and all(wish["possible"] is not None for wish in wishes)
        if told and ready["ingestion"]["state"] == "done" and not any(job["running"] for job in ready["jobs"]):
            return
    raise SystemExit(f"no rest: plan {plan.get('status')} {plan.get('detail')}, complete {plan.get('complete')}")


if __name__ == "__main__":
    sys.exit(main())
