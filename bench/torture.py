"""Kills the database and the service in the middle of their work and compares what was acknowledged with what is in the store.

`scripts/bench torture --rounds 200 --seed 1`; needs influxd, and for the full disk the right to mount a small tmpfs. Scenarios:

database   influxd is killed (-9) during ingestion and started again
spooling   the database is away; the service is killed while it spools
replaying  the database comes back; the service is killed while it replays, twice
full       the disk under both fills up while the service writes, and is freed again
"""

import argparse
import asyncio
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.torture_check import Report, Verdict, settle, verdict
from bench.torture_service import Service
from support.influx_server import InfluxServer

SMALL_DISK = "48m"
BATCHES = 120
"""Of 200 points and a cursor each: a second or two of work."""


@dataclass(slots=True)
class World:
    """A disk, a database on it, and the folder of the service on it. Reports are kept elsewhere: that disk may be full."""

    disk: Path
    notes: Path
    server: InfluxServer
    rng: random.Random

    def service(self, number: int) -> Service:
        """The service of a round."""
        return Service(self.server.url, self.disk, self.notes, number)

    def nap(self, longest_s: float) -> None:
        """Wait for a random while."""
        time.sleep(self.rng.uniform(0, longest_s))

    def waiting(self) -> int:
        """Records in the spool."""
        with closing(sqlite3.connect(self.disk / "state.sqlite")) as state:
            return int(state.execute("SELECT count(*) FROM spool").fetchone()[0])


def database(world: World, service: Service) -> bool:
    """Kill the database under a writing service."""
    service.start(0, BATCHES)
    world.nap(0.5)
    world.server.kill()
    on_target = not service.said("written")
    world.nap(0.3)
    world.server.start()
    service.wait_for("written")
    return on_target


def spooling(world: World, service: Service) -> bool:
    """Kill the service while it writes to the spool."""
    world.server.kill()
    service.start(0, BATCHES)
    world.nap(0.5)
    on_target = not service.said("written")
    service.kill()
    world.server.start()
    service.start(service.next_batch(), service.next_batch() + 5)
    service.wait_for("written")
    return on_target


def replaying(world: World, service: Service) -> bool:
    """Kill the service while it replays, once after the database came back and once after its own restart."""
    world.server.kill()
    service.start(0, BATCHES // 2)
    service.wait_for("written")
    all_of_it = world.waiting()
    world.server.start()
    world.nap(0.25)
    service.kill()
    left = world.waiting()
    service.start(service.next_batch(), service.next_batch() + 5)
    world.nap(0.25)
    service.kill()
    return 0 < left < all_of_it or 0 < world.waiting() < left


def full(world: World, service: Service) -> bool:
    """Fill the disk under database and spool while the service writes; free it while it still writes."""
    service.start(0, 100 * BATCHES)
    world.nap(0.3)
    ballast = world.disk / "ballast"
    fill(ballast, spare_bytes=world.rng.randrange(200_000))
    service.wait_for("refused")
    world.nap(0.3)
    ballast.unlink()
    world.nap(0.3)
    on_target = not service.said("written")
    service.kill()
    return on_target


SCENARIOS: dict[str, Callable[[World, Service], bool]] = {
    "database": database,
    "spooling": spooling,
    "replaying": replaying,
    "full": full,
}


def fill(ballast: Path, spare_bytes: int) -> None:
    """Take what is free, but a little."""
    piece = b"x" * 4096
    with ballast.open("wb", buffering=0) as file:
        while True:
            try:
                if file.write(piece) < len(piece):
                    break
            except OSError:
                break
        file.truncate(max(0, file.tell() - spare_bytes))


@contextmanager
def a_world(program: str, notes: Path, rng: random.Random, *, small_disk: bool) -> Generator[World]:
    """A world with an empty database; on a small tmpfs of its own if asked for."""
    with tempfile.TemporaryDirectory(prefix="torture-") as name, _mounted(Path(name), small_disk) as disk:
        server = InfluxServer(program, disk / "influx")
        server.start()
        server.make_bucket("torture")
        try:
            yield World(disk, notes, server, rng)
        finally:
            server.kill()


@contextmanager
def _mounted(folder: Path, small_disk: bool) -> Generator[Path]:
    if not small_disk:
        yield folder
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def may_mount() -> bool:
    """Whether a small disk can be had."""
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", name]
        if shutil.which("mount") is None or subprocess.run(command, check=False, capture_output=True).returncode:
            return False
        subprocess.run(["umount", name], check=True)
        return True


def one_round(world: World, number: int, scenario: str) -> tuple[Report, Verdict]:
    """Run a scenario, let everything settle, and compare."""
    service = world.service(number)
    try:
        on_target = SCENARIOS[scenario](world, service)
    finally:
        service.kill()
    report = Report(number, service.lines, on_target, *asyncio.run(settle(world.server, world.disk)))
    return report, asyncio.run(verdict(world.server.url, world.disk, report))


def run_rounds(program: str, plan: Sequence[str], seed: int, say: Callable[[str], None]) -> Verdict:
    """All rounds of a plan. At the end the database is killed once more, and every round on the lasting disk compared again."""
    rng, total = random.Random(seed), Verdict()
    with (
        tempfile.TemporaryDirectory(prefix="torture-notes-") as name,
        a_world(program, Path(name), rng, small_disk=False) as lasting,
    ):
        reports = []
        for number, scenario in enumerate(plan):
            if scenario == "full":
                with a_world(program, Path(name), rng, small_disk=True) as small:
                    _, found = one_round(small, number, scenario)
            else:
                report, found = one_round(lasting, number, scenario)
                reports.append(report)
            total += found
            say(f"round {number + 1}/{len(plan)} {scenario}: {found}")
        lasting.server.kill()
        lasting.server.start()
        later = sum(asyncio.run(verdict(lasting.server.url, lasting.disk, report)).broken for report in reports)
        total.broken = max(total.broken, later)
    return total


def plan_of(rounds: int, seed: int, *, with_full_disk: bool) -> list[str]:
    """The scenarios in turn, shuffled."""
    names = [name for name in SCENARIOS if with_full_disk or name != "full"]
    plan = [names[number % len(names)] for number in range(rounds)]
    random.Random(seed).shuffle(plan)
    return plan


def main() -> int:
    """Run and report; 1 when a point was lost, duplicated or corrupt."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    program = shutil.which("influxd")
    if program is None:
        print("influxd is missing: scripts/setup-system brings it", file=sys.stderr)
        return 2
    with_full_disk = may_mount()
    plan = plan_of(arguments.rounds, arguments.seed, with_full_disk=with_full_disk)
    started = time.perf_counter()
    total = run_rounds(program, plan, arguments.seed, print)
    print(f"{len(plan)} rounds in {time.perf_counter() - started:.0f} s: {dict(Counter(plan))}")
    if not with_full_disk:
        print("the full disk was left out: mounting a tmpfs is not permitted here")
    print(total)
    return 1 if total.broken else 0


if __name__ == "__main__":
    sys.exit(main())
