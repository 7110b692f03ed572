"""kill -9 during ingestion: the store opens, what the log acknowledged is in it, and the interrupted work is brought to its end.

INGEST_KILL_ROUNDS sets how often (50 for the full proof).
"""

import asyncio
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.store.sqlite_series import SqliteStore
from domain.prices.slots import MARKETS, Market
from domain.series import price_key
from domain.timeline import day_bounds, epoch, local_day
from support.simulator_server import SimulatorServer, running_simulator

MAIN = Path(__file__).resolve().parents[2] / "src" / "fastapi-app" / "main.py"
ROUNDS = int(os.environ.get("INGEST_KILL_ROUNDS", "4"))
NOW = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)
DAYS = 150
START = local_day(NOW) - timedelta(days=DAYS)
FETCHED = re.compile(r"prices_fetched market=(\w+) start=(\S+) end=(\S+) provider=(\w+) slots=(\d+) written=(\d+)")


def environment(folder: Path, simulator: SimulatorServer) -> dict[str, str]:
    """A service whose clock runs at the rate of the real one from NOW, with the pauses and limits of a faster one."""
    real = datetime.now(UTC)  # both processes take the simulated instant to be so at this real one
    return {
        "PATH": os.environ["PATH"],
        "PORT": "0",
        "DATA_DIR": str(folder / "data"),
        "LOG_DIR": str(folder / "logs"),
        "MODELS_DIR": str(folder / "models"),
        "SIM_SEED": "1",
        "SIM_NOW": f"{NOW.isoformat()}@{real.isoformat()}",
        "SIM_SPEED": "20",
        "HISTORY_START": START.isoformat(),
        "REE_BASE_URL": simulator.base_url("redata"),
        "ESIOS_BASE_URL": simulator.base_url("esios"),
        "OMIE_BASE_URL": simulator.base_url("omie"),
    }


@contextmanager
def service(folder: Path, simulator: SimulatorServer) -> Iterator[subprocess.Popen[bytes]]:
    """main.py as its own process; killed at the end if it still runs."""
    with (folder / "console.txt").open("ab") as console:
        process = subprocess.Popen(
            [sys.executable, str(MAIN)], env=environment(folder, simulator), stdout=subprocess.PIPE, stderr=console
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def acknowledged(folder: Path) -> list[tuple[Market, datetime, datetime, int]]:
    """(market, start, end, slots) of every fetch that the log says is stored; a line cut short by the kill acknowledges nothing."""
    told = []
    for path in sorted((folder / "logs").glob("data_ingestion.log*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            found = FETCHED.search(line) if line.endswith("}") else None
            if found:
                market: Market = "pvpc" if found[1] == "pvpc" else "spot"
                told.append((market, datetime.fromisoformat(found[2]), datetime.fromisoformat(found[3]), int(found[5])))
    return told


async def stored_times(folder: Path) -> dict[Market, set[int]]:
    """Times of each market's stored slots, hours and quarters."""
    store = SqliteStore(folder / "data" / "series.sqlite", "simulated")
    times: dict[Market, set[int]] = {}
    for market in MARKETS:
        start, end = day_bounds(START)[0], day_bounds(local_day(NOW) + timedelta(days=3))[0]
        found = [(await store.read(price_key(market, minutes), start, end)).times for minutes in (60, 15)]
        times[market] = {time_s for each in found for time_s in each}
    await store.aclose()
    return times


def whole(folder: Path) -> None:
    """Both files pass SQLite's own check."""
    for name in ("series", "state"):
        connection = sqlite3.connect(folder / "data" / f"{name}.sqlite")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


def address(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().split()[2].removesuffix("/dashboard")


def kill_within_ingestion(process: subprocess.Popen[bytes], folder: Path, chance: random.Random) -> None:
    """SIGKILL at a random moment after some more fetches were logged, or when the work is done."""
    before, wanted = len(acknowledged(folder)), chance.choice([0, 0, 1, 2, 3])
    limit = time.monotonic() + 60
    address(process)
    while len(acknowledged(folder)) < before + wanted and time.monotonic() < limit:
        time.sleep(0.01)
    time.sleep(chance.random() * 0.7)
    process.kill()
    process.wait()


async def finished(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """/ready once the history is there."""
    base = await asyncio.to_thread(address, process)
    async with httpx2.AsyncClient(timeout=30) as client:
        for _ in range(600):
            try:
                state: dict[str, Any] = (await client.get(f"{base}/ready")).json()
            except httpx2.ConnectError:
                state = {"ingestion": {"state": "starting"}}
            if state["ingestion"]["state"] == "done":
                return state
            await asyncio.sleep(0.2)
    raise AssertionError(f"the history never came: {json.dumps(state)[:1500]}")


@pytest.mark.timeout(120 + 30 * ROUNDS)
async def test_nothing_acknowledged_is_lost_and_the_work_goes_on(tmp_path: Path) -> None:
    chance = random.Random(20260320)
    cut_short = 0
    async with running_simulator(NOW + timedelta(hours=1)) as simulator:
        await simulator.fault("redata", "latency", seconds=0.15)  # so that a kill falls into the middle of something
        for number in range(ROUNDS):
            folder = tmp_path / f"history-{number // 4}"  # four kills for one history
            folder.mkdir(exist_ok=True)
            with service(folder, simulator) as process:
                await asyncio.to_thread(kill_within_ingestion, process, folder, chance)
            whole(folder)
            times = await stored_times(folder)
            for market, start, end, slots in acknowledged(folder):
                inside = sum(1 for time_s in times[market] if epoch(start) <= time_s < epoch(end))
                assert inside >= slots, f"{market} {start} .. {end}: {inside} of {slots} acknowledged slots"
            cut_short += 0 < len(times["pvpc"]) < DAYS * 24
        with service(folder, simulator) as process:
            state = await finished(process)
    assert state["ingestion"]["done"] == state["ingestion"]["total"]
    last = day_bounds(local_day(NOW))[1]
    hours = range(epoch(day_bounds(START)[0]), epoch(last), 3600)
    times = await stored_times(folder)
    assert times["pvpc"].issuperset(hours)
    assert times["spot"].issuperset(range(hours.start, hours.stop, 900))
    assert cut_short >= ROUNDS // 3, "too few rounds were killed in the middle to show anything"
