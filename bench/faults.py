"""What a running service does under each fault, as a table: `scripts/bench faults --rounds 1`. Takes about ten minutes a round.

A real service over the simulator, on a small disk of its own, or with a real InfluxDB. A client tells it orders all the while
(bench/faults_world.py). A fault lasts until it is told (/ready); `recovered` is the longest time from its end until /ready and the
page have nothing to say: no hand is lent, but a manager starts what was killed. Faults:

kill          kill -9 of the service, which is started again
full          the disk of data, models and logs is full, and has room again
read-only     the same folders are mounted read-only, and no open file takes another byte
clock ahead   the machine's clock steps 400 days ahead, and back (libfaketime)
clock back    it steps two hours back, and ahead again
two           a second service is started on the same folders
sources       every source answers in ways that are none, one after the other
silent store  InfluxDB is stopped (SIGSTOP), and goes on
no store      InfluxDB is killed, and started again
blocks        each block of the page raises, one after the other
"""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bench.faults_world import World, a_world
from bench.torture import fill
from support.influx_server import InfluxServer
from support.process_service import MAIN

SMALL_DISK = "160m"
FAKETIME = "*/faketime/libfaketimeMT.so.1"
BLOCKS = (
    "current.weather",
    "weather",
    "forecast",
    "current.class",
    "week",
    "plan",
    "recommendations",
    "alerts",
    "savings",
    "system",
)
KINDS = ("status", "reset", "garbage")
LATEST = timedelta(days=32)
"""No job of the schedule is later than that."""


@dataclass(slots=True)
class Row:
    """What was seen of a fault."""

    fault: str
    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    page: bool = True
    told: bool = True
    recovered_s: float = 0.0

    def __str__(self) -> str:
        page, told = ("yes" if self.page else "NO"), ("yes" if self.told else "NO")
        counts = f"{self.rounds:6} {self.acknowledged:6} {self.lost:5} {self.doubled:8}"
        return f"{self.fault:13} {counts}   {page:12} {told:5} {self.recovered_s:6.1f} s"


HEAD = "fault         rounds orders  lost  doubled   page there   told   recovered by itself"
Fault = Callable[[World, Row], None]
"""Makes a fault, sees what is to be seen, ends it. Returns when it has ended."""


def kill(world: World, _: Row) -> None:
    """Nothing can be seen of who is not there."""
    world.kill()
    world.start()


def full(world: World, row: Row) -> None:
    """Fill the disk, wait until that is said, and make room."""
    ballast = world.disk / "ballast"
    fill(ballast, spare_bytes=0)
    world.until("the full disk is told", lambda: "disk: " in world.reasons())
    row.page &= world.shows_price()
    time.sleep(5)
    ballast.unlink()


def read_only(world: World, row: Row) -> None:
    """No new file can be opened for writing, and no open one takes a byte."""
    folders = [world.disk / name for name in ("data", "models", "logs")]
    for folder in folders:
        subprocess.run(["mount", "--bind", folder, folder], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    resource.prlimit(world.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        world.until("that nothing can be written is told", lambda: "disk: " in world.reasons())
        row.page &= world.shows_price()
        time.sleep(5)
    finally:
        resource.prlimit(world.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        for folder in folders:
            subprocess.run(["umount", folder], check=True)


def clock(by: str) -> Fault:
    """A step of the clock that the service reads, and back; monotonic time goes on as it did."""

    def step(world: World, row: Row) -> None:
        world.teller.pause()
        before = _due(world)
        (world.folder / "clock").write_text(f"{by}\n")
        world.until("a job has another time", lambda: _due(world) != before)
        row.page &= world.get("/dashboard?lang=en")[0] == 200
        (world.folder / "clock").write_text("+0\n")
        world.until("jobs have their times again", lambda: _in_time(world))
        world.teller.go(world.url)

    return step


def _due(world: World) -> dict[str, str]:
    status = world.get("/scheduler/status")[1]
    return {job["id"]: job["next_run"] for job in status["jobs"]} if status else {}


def _in_time(world: World) -> bool:
    """Whether every job is due within its period, and an hourly one within the hour."""
    now = datetime.fromisoformat(world.get("/orders")[1]["as_of"])
    ahead = {name: datetime.fromisoformat(due) - now for name, due in _due(world).items() if due}
    return max(ahead.values()) < LATEST and ahead["prices_history"] <= timedelta(hours=1)


def two(world: World, row: Row) -> None:
    """The second ends by itself with one line that names the first."""
    ended = subprocess.run([sys.executable, str(MAIN)], env=world.environment(), capture_output=True, text=True, timeout=120)
    row.told &= ended.returncode == 1 and f"in use by process {world.pid}" in ended.stderr
    row.page &= world.shows_price()


def sources(world: World, row: Row) -> None:
    """Each kind of bad answer from all of them."""
    for kind in KINDS:
        world.lever("POST", [{"source": source, "kind": kind} for source in ("redata", "esios", "omie", "aemet", "owm")])
        for job in ("prices_pvpc", "weather_observed"):
            world.job(job)
        time.sleep(3)
        row.page &= world.shows_price()
        world.lever("DELETE")
    states = [source["state"] for source in world.get("/ready")[1]["sources"]]
    row.told &= any(state != "ok" for state in states)
    world.until("all sources answer again", lambda: _sources_well(world))


def _sources_well(world: World) -> bool:
    states = {source["state"] for source in world.get("/ready")[1]["sources"]}
    if states != {"ok"}:
        world.job("prices_pvpc")
    return states == {"ok"}


def store_fault(server: InfluxServer, stop: Callable[[InfluxServer], None], go_on: Callable[[InfluxServer], None]) -> Fault:
    """The database goes, and comes back."""

    def away(world: World, row: Row) -> None:
        stop(server)
        world.until("the store is told to be away", lambda: "store: " in world.reasons())
        began = time.monotonic()
        row.page &= world.shows_price() and time.monotonic() - began < 2 * 3
        time.sleep(3)
        go_on(server)

    return away


def silent(server: InfluxServer) -> Fault:
    """It is there, and says nothing."""
    return store_fault(server, lambda it: it.send(signal.SIGSTOP), lambda it: it.send(signal.SIGCONT))


def gone(server: InfluxServer) -> Fault:
    """It is killed."""
    return store_fault(server, InfluxServer.kill, InfluxServer.start)


def blocks(world: World, row: Row) -> None:
    """Each block of the page raises: the document names it, all others and the price are there."""
    switch = world.folder / "switch"
    for place in BLOCKS:
        switch.write_text(place)
        world.until(f"{place} is told", partial(_is_named, world, place))
        row.page &= world.shows_price()
    row.told &= BLOCKS[-1] in world.reasons()
    switch.unlink()


def _is_named(world: World, place: str) -> bool:
    status, document = world.get("/dashboard/complete")
    return status == 200 and place in [part["part"] for part in document["failed"]]


def play(world: World, row: Row, fault: Fault, rounds: int) -> Row:
    """A fault so many times; everything is compared after each."""
    for _ in range(rounds):
        before = len(world.teller.acknowledged)
        world.wait_for_orders()
        fault(world, row)
        ended = time.monotonic()
        world.until("the service is well again", world.is_well)
        row.recovered_s = max(row.recovered_s, time.monotonic() - ended)
        world.wait_for_orders()
        lost, doubled = world.lost_and_doubled()
        row.lost, row.doubled, row.rounds = row.lost + lost, row.doubled + doubled, row.rounds + 1
        row.acknowledged += len(world.teller.acknowledged) - before
    print(row, flush=True)
    return row


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of one's own."""
    disk = folder / "disk"
    disk.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def embedded(folder: Path, wanted: Sequence[str], rounds: int) -> Iterator[Row]:
    """Faults of a service with its embedded store, on a disk of its own."""
    faketime = next(map(str, Path("/usr/lib").glob(FAKETIME)), None)
    settings = {"LISTEN_LEVELS": "1", "STORE": "sqlite"}
    (folder / "clock").write_text("+0\n")
    if faketime:
        times = {"FAKETIME_TIMESTAMP_FILE": str(folder / "clock"), "FAKETIME_CACHE_DURATION": "1"}
        settings |= {"LD_PRELOAD": faketime, **times, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    faults: dict[str, Fault] = {"kill": kill, "full": full, "read-only": read_only, "two": two, "blocks": blocks}
    if faketime:
        faults |= {"clock ahead": clock("+400d"), "clock back": clock("-2h")}
    else:
        print("the clock was left out: libfaketime is not there")
    program = ("-m", "bench.faults_service", str(folder / "switch"))
    with small_disk(folder) as disk, a_world(folder, disk, settings, program) as world:
        for name, fault in faults.items():
            if name in wanted:
                yield play(world, Row(name), fault, rounds)


def hasty(folder: Path, wanted: Sequence[str], rounds: int) -> Iterator[Row]:
    """Faults of sources, on a clock that is fast: they are left alone for a quarter of an hour."""
    if "sources" in wanted:
        with a_world(folder, folder / "disk", {"LISTEN_LEVELS": "1"}, (str(MAIN),), speed="30") as world:
            yield play(world, Row("sources"), sources, rounds)


def with_database(folder: Path, wanted: Sequence[str], rounds: int) -> Iterator[Row]:
    """Faults of a real InfluxDB."""
    program = shutil.which("influxd")
    if not {"silent store", "no store"} & set(wanted):
        return
    if program is None:
        print("the store was left out: influxd is missing")
        return
    server = InfluxServer(program, folder / "influx")
    server.start()
    server.make_bucket("energy_data")
    settings = {"LISTEN_LEVELS": "1", "STORE": "influxdb", "INFLUXDB_URL": server.url}
    try:
        with a_world(folder, folder / "disk", settings, (str(MAIN),)) as world:
            for name, fault in {"silent store": silent(server), "no store": gone(server)}.items():
                if name in wanted:
                    yield play(world, Row(name), fault, rounds)
    finally:
        server.kill()


ALL = ("kill", "full", "read-only", "two", "blocks", "clock ahead", "clock back", "sources", "silent store", "no store")


def main() -> int:
    """Print the table; 1 when something was lost, doubled, not told or not shown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=ALL, action="append", help="this fault; may be said several times")
    given = parser.parse_args()
    if os.geteuid() != 0:
        print("needs root: a small disk is mounted", file=sys.stderr)
        return 2
    print(HEAD, flush=True)
    began, rows = time.monotonic(), list[Row]()
    for part in (embedded, hasty, with_database):
        with tempfile.TemporaryDirectory(prefix="faults-") as name:
            rows += part(Path(name), given.only or ALL, given.rounds)
    print(f"{len(rows)} faults in {time.monotonic() - began:.0f} s")
    return 1 if any(row.lost or row.doubled or not row.page or not row.told for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
