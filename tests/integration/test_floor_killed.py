"""kill -9 while the floor is told things, in any order, twice, taken back and taken back again, with a new process after each kill:
no acknowledged event is lost, none is there twice, and the floor is that of one clean pass. KILL_ROUNDS sets how many worlds.
"""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from adapters.state.file import open_state
from adapters.state.floor import SqliteFloorLog
from domain.shop_floor.state import FloorState
from services.shop_floor.floor import FloorService
from support.clock import ManualClock
from support.floor_cases import ONE, THREE, TWO, minutes
from support.plan_cases import ROOT, small_plant

ROUNDS = int(os.environ.get("KILL_ROUNDS", "2"))
NOW = minutes(300)
TELLER = """
import asyncio, json, sys
from datetime import datetime
from pathlib import Path
from adapters.state.file import open_state
from adapters.state.floor import SqliteFloorLog
from domain.shop_floor.events import Event
from services.shop_floor.floor import FloorService
from support.clock import ManualClock
from support.floor_cases import ONE, THREE, TWO, minutes
from support.plan_cases import small_plant

async def main():
    now = minutes(300)
    floor = FloorService(SqliteFloorLog(open_state(Path(sys.argv[1]), "simulated")), small_plant(), ManualClock(now))
    await floor.keep_plan("a-plan", [ONE, TWO, THREE], minutes(-180))
    print("ready", flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        at, until = (told.pop(name, None) for name in ("at", "until"))
        instant = now if at is None else datetime.fromisoformat(at)
        event = Event(at=instant, until=until and datetime.fromisoformat(until), **told)
        taken, _ = await floor.tell(event, at_said=at is not None)
        print(taken.sequence, flush=True)

asyncio.run(main())
"""


def report(id_: str, kind: str, minute: int, **more: Any) -> dict[str, Any]:
    return {"id": id_, "kind": kind, "at": minutes(minute).isoformat(), **more}


REPORTS = [
    report("a", "began", 5, batch=ONE.id, stage="mix", unit=1),
    report("b", "ended", 22, batch=ONE.id, stage="mix", unit=1),
    report("c", "interrupted", 30, batch=ONE.id, stage="kettle", unit=1),
    report("d", "resumed", 42, batch=ONE.id, stage="kettle", unit=1),
    report("e", "machine_down", 60, stage="kettle", unit=2),
    report("f", "machine_up", 70, stage="kettle", unit=2),
    report("g", "nobody", 110, until=minutes(140).isoformat()),
    report("h", "spoiled", 200, batch=THREE.id),
    report("i", "finished", 95, batch=TWO.id, kg=90.0),
]


class Teller:
    """A process that keeps what it is told, killed and begun anew."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.begin()

    def begin(self) -> None:
        places = (ROOT / "src/fastapi-app", ROOT / "src", ROOT / "tests")
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, places))}
        command = [sys.executable, "-c", TELLER, str(self.state)]
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._line() == "ready"

    def send(self, event: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(event) + "\n")
        self.process.stdin.flush()

    def tell(self, event: dict[str, Any]) -> int:
        """The sequence under which it is acknowledged."""
        self.send(event)
        return int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


async def floor_of(path: Path) -> tuple[FloorState, list[tuple[str, int]]]:
    state = open_state(path, "simulated")
    floor = FloorService(SqliteFloorLog(state), small_plant(), ManualClock(NOW))
    found = await floor.state(NOW), [(item.event.id, item.sequence) for item in await floor.events() if item.event.by != "clock"]
    state.close()
    return found


@pytest.mark.timeout(60 + 60 * ROUNDS)
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_whoever_is_killed_loses_nothing_that_was_acknowledged(tmp_path: Path, seed: int) -> None:
    random, acknowledged, kills = Random(seed), dict[str, int](), 0
    order = random.sample(REPORTS, len(REPORTS))
    teller = Teller(tmp_path / "killed.sqlite")
    for number, event in enumerate(order):
        if number % 3 == 2:
            teller.send(event)  # on its way, or taken and not acknowledged, when the process goes
            teller.kill()
            kills += 1
            teller.begin()
        acknowledged[event["id"]] = teller.tell(event)
        again = random.choice(order[: number + 1])
        assert teller.tell(again) == acknowledged[again["id"]]
        if random.random() < 0.3:  # taken back, and that taken back
            back: dict[str, Any] = {"id": f"x{number}", "kind": "correction", "of": acknowledged[again["id"]]}
            acknowledged[back["id"]] = teller.tell(back)
            undone: dict[str, Any] = {"id": f"y{number}", "kind": "correction", "of": acknowledged[back["id"]]}
            acknowledged[undone["id"]] = teller.tell(undone)
    teller.kill()
    clean = Teller(tmp_path / "clean.sqlite")
    for event in REPORTS:
        clean.tell(event)
    clean.kill()
    found, log = asyncio.run(floor_of(tmp_path / "killed.sqlite"))
    expected, _ = asyncio.run(floor_of(tmp_path / "clean.sqlite"))
    assert (found.batches, found.machines, found.down, found.absent) == (
        expected.batches,
        expected.machines,
        expected.down,
        expected.absent,
    )
    assert dict(log) == acknowledged and len(log) == len(acknowledged) and kills == 3
