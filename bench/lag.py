"""How late the event loop turns under what is asked of it: `scripts/bench lag`. Takes about five minutes.

A service over the simulator with a year of history. Six loads, each for a while: nothing; a year of quarter-hours asked for five
times a second; bodies of 90,000 unknown names; plans; training, gaps and forecasts one after the other; all of these at once. For
each: looks of `chocolate_loop_lag_seconds` that came later than 20, 100, 500 ms, the bound below which 99 % of them lie,
and `/health` as another process asks it.
"""

import argparse
import asyncio
import json
import multiprocessing
import tempfile
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from support.page_world import World, world

AT = "2026-10-14T10:20:00+00:00"
HISTORY = "2025-09-25"
YEAR = "/prices?market=spot&resolution=15&from=2025-10-01T00:00:00Z&to=2026-10-01T00:00:00Z"
NAMES = json.dumps({f"{number:x}": 0 for number in range(90_000)}, separators=(",", ":"))
"""Below the bound on bodies, 1,000,000 bytes."""
ASKED_EVERY_S = 0.05
LOOK_EVERY_S = 0.5
Load = Callable[[httpx2.AsyncClient, float], Awaitable[None]]
"""Puts a load on a service until an instant of the monotonic clock."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30.0, help="of each load")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), AT, settings={"HISTORY_START": HISTORY}) as running:
        running.until("/ready", lambda answer: answer["ingestion"]["state"] == "done")
        running.run("weather_observed", "weather_forecast", "forecast_issue", "plan", "advice")
        print(f"{'load':20} {'looks':>6} {'>20 ms':>7} {'>100 ms':>7} {'>500 ms':>7} {'99 % within':>11}   GET /health")
        for name, load in LOADS.items():
            print(measured(running, name, load, seconds), flush=True)


def measured(running: World, name: str, load: Load, seconds: float) -> str:
    """One line."""
    before = buckets(running)
    ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
    asking = multiprocessing.get_context("spawn").Process(target=ask_health, args=(running.url, seconds, theirs))
    asking.start()
    asyncio.run(_put(load, running.url, seconds))
    took = sorted(ours.recv())
    asking.join()
    counts = {bound: number - before[bound] for bound, number in buckets(running).items()}
    looks = counts[float("inf")]
    late = [looks - counts[bound] for bound in (0.02, 0.1, 0.5)]
    within = next(bound for bound, number in counts.items() if number >= 0.99 * looks)
    times = f"p50 {_at(took, 0.5):.1f} p99 {_at(took, 0.99):.1f} max {took[-1]:.1f} ms"
    return f"{name:20} {looks:6.0f} {late[0]:7.0f} {late[1]:7.0f} {late[2]:7.0f} {within * 1000:8.0f} ms   {times}"


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def buckets(running: World) -> dict[float, float]:
    """Looks since the start that were at most so late [s]."""
    text = httpx2.get(f"{running.url}/metrics", timeout=60).text
    family = next(each for each in text_string_to_metric_families(text) if each.name == "chocolate_loop_lag_seconds")
    return {float(sample.labels["le"]): sample.value for sample in family.samples if sample.name.endswith("_bucket")}


def ask_health(url: str, seconds: float, answer: Connection) -> None:
    """How long GET /health takes [ms], asked by a process that does nothing else."""
    took, end = [], time.monotonic() + seconds
    with httpx2.Client(timeout=60) as client:
        while time.monotonic() < end:
            began = time.perf_counter()
            client.get(f"{url}/health").raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
            time.sleep(ASKED_EVERY_S)
    answer.send(took)


async def _put(load: Load, url: str, seconds: float) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=120) as client:
        await load(client, time.monotonic() + seconds)


async def nothing(_: httpx2.AsyncClient, end: float) -> None:
    """Nobody asks for anything."""
    await asyncio.sleep(end - time.monotonic())


async def a_year(client: httpx2.AsyncClient, end: float) -> None:
    """A year of quarter-hours, by five who ask once a second each."""

    async def one() -> None:
        while (began := time.monotonic()) < end:
            (await client.get(YEAR, headers={"Accept-Encoding": "identity"})).raise_for_status()
            await asyncio.sleep(max(0.0, began + 1 - time.monotonic()))

    await asyncio.gather(*(one() for _ in range(5)))


async def names(client: httpx2.AsyncClient, end: float) -> None:
    """A body of 90,000 unknown names, twice a second."""
    while time.monotonic() < end:
        answer = await client.post("/plan/wishes", content=NAMES, headers={"Content-Type": "application/json"})
        if answer.status_code != 422:
            raise SystemExit(f"a body of 90,000 names: {answer.status_code}")
        await asyncio.sleep(0.5)


async def plans(client: httpx2.AsyncClient, end: float) -> None:
    """Another question to the planner as soon as one is answered."""
    number = 0
    while time.monotonic() < end:
        number += 1
        body = {"demand": [{"date": "2026-10-16", "quality": "standard", "kg": 100 + number}]}
        (await client.post("/optimize/production", json=body)).raise_for_status()
        await asyncio.sleep(1.0)


async def jobs(client: httpx2.AsyncClient, end: float) -> None:
    """What the schedule does, each job as soon as the one before is done."""
    while time.monotonic() < end:
        for job in ("models_train", "gaps", "forecast_issue", "advice", "ledger"):
            await client.post(f"/scheduler/jobs/{job}/run", json={})
            await _ended(client, job, end)


async def _ended(client: httpx2.AsyncClient, job: str, end: float) -> None:
    """Wait for a job, no longer than until an instant."""
    for _ in range(int(max(0.0, end - time.monotonic()) / LOOK_EVERY_S)):
        status = (await client.get("/scheduler/status")).raise_for_status().json()
        if not next(each["running"] for each in status["jobs"] if each["id"] == job):
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def all_at_once(client: httpx2.AsyncClient, end: float) -> None:
    """Everything together."""
    await asyncio.gather(*(load(client, end) for load in (a_year, names, plans, jobs)))


LOADS: dict[str, Load] = {
    "nothing": nothing,
    "a year, 5 a second": a_year,
    "90,000 names": names,
    "plans": plans,
    "jobs": jobs,
    "all at once": all_at_once,
}

if __name__ == "__main__":
    main()
