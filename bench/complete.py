"""/dashboard/complete (full and 304), /prices and /dashboard beside a bare "hello" route of the same server in the same run.

Ratios are what counts: machines are noisy. The service runs on a fresh simulated history of 60 days on the embedded store.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from starlette.responses import PlainTextResponse

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from support.service import running_service, settings_for
from support.simulator_server import running_simulator

NOW = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)


async def hello() -> PlainTextResponse:
    """The bare route."""
    return PlainTextResponse("hello")


async def measured(
    client: httpx2.AsyncClient, calls: Sequence[tuple[str, str, dict[str, str]]], rounds: int
) -> dict[str, list[float]]:
    """Milliseconds of each call, the calls taking turns so that all see the same noise."""
    times: dict[str, list[float]] = {name: [] for name, _, _ in calls}
    for _ in range(rounds):
        for name, url, headers in calls:
            started = time.perf_counter()
            answer = await client.get(url, headers=headers)
            times[name].append(1000 * (time.perf_counter() - started))
            if answer.status_code not in (200, 304):
                raise RuntimeError(f"{url}: {answer.status_code} {answer.text[:200]}")
    return times


async def run(rounds: int) -> dict[str, dict[str, float]]:
    """Start, wait for the history, measure."""
    history = (NOW - timedelta(days=60)).date().isoformat()
    with tempfile.TemporaryDirectory() as folder:
        async with running_simulator(NOW) as simulator:
            settings = settings_for(simulator, Path(folder), HISTORY_START=history)
            async with running_service(settings, simulator.clock) as service:
                service.app.add_api_route("/hello", hello)
                await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
                complete = service.url("/dashboard/complete")
                etag = (await service.get("/dashboard/complete")).headers["etag"]
                calls = [
                    ("hello", service.url("/hello"), {}),
                    ("complete 304", complete, {"If-None-Match": etag}),
                    ("complete 200", complete, {}),
                    ("prices, a day", service.url("/prices"), {}),
                    ("page", service.url("/dashboard"), {}),
                ]
                await measured(service.client, calls, 20)
                times = await measured(service.client, calls, rounds)
    base = statistics.median(times["hello"])
    return {
        name: {
            "median_ms": statistics.median(values),
            "p95_ms": statistics.quantiles(values, n=20)[18],
            "ratio": statistics.median(values) / base,
        }
        for name, values in times.items()
    }


def main() -> None:
    """Print a table, or JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(run(options.rounds))
    if options.json:
        print(json.dumps(figures))
        return
    for name, row in figures.items():
        print(f"{name:16} median {row['median_ms']:7.2f} ms   p95 {row['p95_ms']:7.2f} ms   {row['ratio']:6.1f} x hello")


if __name__ == "__main__":
    main()
