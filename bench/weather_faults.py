"""Every fault of the two weather sources: what the client does, in how many requests, within how long; and its pace under load.

Real clients with the pauses, time-outs and pace of production, in front of simulators on real sockets. Each fault twice: once
passing (it strikes one request) and once lasting (every request). `--pace` measures the busiest minute instead.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from adapters.sources import openweather as owm_module
from adapters.sources.aemet import client as aemet_module
from adapters.sources.aemet.client import Aemet
from adapters.sources.http import PATIENT, TIMEOUT
from adapters.sources.openweather import OpenWeather
from adapters.state.file import open_state
from adapters.state.health import SqliteHealthLog
from domain.errors import SourceError
from ports import WeatherSource
from support.simulator_server import SimulatorServer, running_simulator
from support.weather_world import MUNICIPALITY, SITE, START_AT, STATION, SimulatorTime, fetcher

COMMON: tuple[tuple[str, dict[str, Any]], ...] = (
    ("status", {"status": 500}),
    ("status", {"status": 503, "retry_after": 120}),
    ("latency", {"seconds": 12}),
    ("slow", {"seconds": 12}),
    ("stall", {"seconds": 60}),
    ("reset", {}),
    ("truncated", {}),
    ("empty", {}),
    ("html", {}),
    ("html403", {}),
    ("malformed", {}),
    ("garbage", {}),
    ("oversize", {"megabytes": 10}),
    ("rate_limit", {}),
    ("unauthorized", {}),
    ("zip", {}),
)
SECOND_STEP: tuple[tuple[str, dict[str, Any]], ...] = (
    ("status", {"status": 500, "path": "/sh/"}),
    ("status", {"status": 404, "path": "/sh/"}),
    ("rate_limit", {"path": "/sh/"}),
    ("truncated", {"path": "/sh/"}),
)
ATONCE = 12


@dataclass(frozen=True, slots=True)
class Case:
    """One fault of one source."""

    source: str
    kind: str
    details: dict[str, Any]

    @property
    def name(self) -> str:
        """As a line of the table shows it."""
        more = "" if "status" not in self.details else f" {self.details['status']}"
        more += "" if "seconds" not in self.details else f" {self.details['seconds']} s"
        return f"{self.kind}{more}{' in step 2' if 'path' in self.details else ''}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client did."""

    text: str
    requests: int
    seconds: float
    state: str


CASES = (
    *(Case("aemet", *fault) for fault in COMMON),
    *(Case("aemet", *fault) for fault in SECOND_STEP),
    *(Case("owm", *fault) for fault in COMMON),
)


@contextlib.asynccontextmanager
async def source_before(
    simulator: SimulatorServer, name: str, folder: Path
) -> AsyncGenerator[tuple[WeatherSource, SqliteHealthLog]]:
    """A client of production in front of a simulator."""
    database = open_state(folder / f"{name}.sqlite", "simulated")
    health, clock = SqliteHealthLog(database), SimulatorTime(simulator.clock)
    url = simulator.base_url(name) + ("/opendata" if name == "aemet" else "")
    short, pace = ("aemet", aemet_module.PACE) if name == "aemet" else ("openweathermap", owm_module.PACE)
    async with fetcher(short, url, clock, health, policy=PATIENT, pace=pace, timeout_s=TIMEOUT.read or 30.0) as fetch:
        if name == "aemet":
            yield Aemet(fetch, "k", stations=[STATION], municipality=MUNICIPALITY, base_url=url, clock=clock), health
        else:
            yield OpenWeather(fetch, "k", **SITE), health
    database.close()


async def measured(case: Case, times: int | None) -> Outcome:
    """One forecast asked for while a fault strikes."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running_simulator(START_AT) as simulator,
            source_before(simulator, case.source, Path(folder)) as (source, health),
        ):
            await simulator.fault(case.source, case.kind, times=times, **case.details)
            started = time.perf_counter()
            text = await told(source.forecast)
            seconds = time.perf_counter() - started
            report = await simulator.requests(case.source)
            (state,) = await health.all()
    rest = "" if state.open_until is None else f", rests {(state.open_until - simulator.clock()) / timedelta(minutes=1):.1f} min"
    return Outcome(text, len(report["requests"]), seconds, state.state + rest)


async def told(ask: Callable[[], Awaitable[object]]) -> str:
    """What an attempt came to."""
    try:
        await ask()
    except SourceError as error:
        return type(error).__name__.removesuffix("Error")
    return "answered"


async def table(cases: Sequence[Case]) -> None:
    """Print the table, one line a fault."""
    turns = asyncio.Semaphore(ATONCE)

    async def one(case: Case, times: int | None) -> Outcome:
        async with turns:
            return await measured(case, times)

    passing = [asyncio.ensure_future(one(case, 1)) for case in cases]
    lasting = [asyncio.ensure_future(one(case, None)) for case in cases]
    print("| source | fault | passing: outcome | requests | s | lasting: outcome | requests | s | state of the source |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for case, once, always in zip(cases, passing, lasting, strict=True):
        a, b = await once, await always
        left = f"| {case.source} | {case.name} | {a.text} | {a.requests} | {a.seconds:.1f} "
        print(f"{left}| {b.text} | {b.requests} | {b.seconds:.1f} | {b.state} |", flush=True)


async def pace(seconds: float) -> None:
    """Ask both sources without pause for a while; print the busiest minute that the simulator saw."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_simulator(START_AT) as simulator:
            await asyncio.gather(*(hammer(simulator, name, Path(folder), seconds) for name in ("aemet", "owm")))
            report = await simulator.requests()
    for name, allowed in (("aemet", 40), ("owm", 60)):
        most = report["max_per_minute"][name]
        print(f"{name}: {report['counts'][name]} requests in {seconds:g} s, busiest minute {most} of {allowed}")


async def hammer(simulator: SimulatorServer, name: str, folder: Path, seconds: float) -> None:
    """Ask for forecasts and observations as fast as the client allows. Any error ends it: a refused request would be one."""
    end = time.perf_counter() + seconds
    async with source_before(simulator, name, folder) as (source, _):
        while time.perf_counter() < end:
            await asyncio.gather(source.forecast(), source.observed(), source.forecast())


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pace", type=float, metavar="SECONDS", help="measure the pace under load instead")
    parser.add_argument("--source", choices=("aemet", "owm"), help="only this source")
    given = parser.parse_args()
    if given.pace:
        asyncio.run(pace(given.pace))
    else:
        asyncio.run(table([case for case in CASES if given.source in (None, case.source)]))


if __name__ == "__main__":
    main()
