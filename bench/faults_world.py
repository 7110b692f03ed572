"""The world of `bench.faults`: a simulator, a service that is started, killed and started again, and a client that tells it orders.

The client sends an order under a key of its own until it is acknowledged, as the page does. Afterwards an acknowledged order that
is not there is lost, one that is there twice is doubled; so are hours of today's prices.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from support.page_world import KEYS, ROOT, clock_from, simulator
from support.process_service import Served, environment_for, served

AT = "2026-10-14T10:20:00+00:00"
TODAY, FIRST, DUE = "2026-10-14", "2026-10-10", "2026-10-19"
HOURS = 24
ANSWER_S, PATIENCE_S, LOOK_S = 40.0, 300.0, 0.5
SOURCES = {"REE": "redata", "ESIOS": "esios", "OMIE": "omie", "AEMET": "aemet/opendata", "OPENWEATHERMAP": "owm"}


class Teller:
    """Tells orders one after the other, in a thread of its own."""

    def __init__(self) -> None:
        self.url = ""
        self.acknowledged: list[str] = []
        self.tries = 0
        self._number = 0
        self._on = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._thread.start()

    def go(self, url: str) -> None:
        """Tell them there."""
        self.url = url
        self._on.set()

    def pause(self) -> None:
        """No more of them, for now; the one under way may still be sent."""
        self._on.clear()

    def end(self) -> None:
        """No more of them."""
        self._ended = True
        self._on.set()
        self._thread.join(2 * ANSWER_S)

    def _tell(self) -> None:
        while self._on.wait() and not self._ended:
            name = f"faults-{self._number}"
            self.tries += 1
            order = {"quality": "standard", "kg": 0.5, "due": DUE, "reference": name}
            try:
                answer = httpx2.post(f"{self.url}/orders", json=order, headers={"Idempotency-Key": name}, timeout=ANSWER_S)
                kept = answer.status_code in (200, 201)
            except httpx2.HTTPError:
                kept = False
            if kept:
                self.acknowledged.append(name)
                self._number += 1
            time.sleep(LOOK_S)


@dataclass
class World:
    """A service and what it lives on. `disk` is on a small disk of its own where the world has one."""

    folder: Path
    disk: Path
    simulator: str
    settings: Mapping[str, str]
    program: tuple[str, ...]
    teller: Teller = field(default_factory=Teller)
    _served: Served | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def running(self) -> Served:
        """The service as it was started last."""
        if self._served is None:
            raise RuntimeError("not started")
        return self._served

    @property
    def url(self) -> str:
        """Where it is."""
        return self.running.url("")

    @property
    def pid(self) -> int:
        """Its process."""
        return self.running.process.pid

    def environment(self) -> dict[str, str]:
        """What a service of this world is started with."""
        path = os.pathsep.join(str(ROOT / part) for part in ("src/fastapi-app", "src", "."))
        sources = {f"{name}_BASE_URL": f"{self.simulator}/{prefix}" for name, prefix in SOURCES.items()}
        return {**environment_for(self.disk), **sources, **KEYS, "HISTORY_START": FIRST, "PYTHONPATH": path, **self.settings}

    def start(self) -> None:
        """Start it, as its manager does after an end."""
        self._served = self._stack.enter_context(served(self.folder / "out", self.environment(), self.program))
        self.teller.go(self.url)

    def kill(self) -> None:
        """kill -9."""
        self.running.process.kill()
        self.running.process.wait()

    def end(self) -> None:
        """All of it."""
        self.teller.end()
        self._stack.close()

    def get(self, path: str) -> tuple[int, Any]:
        """Status and document of an answer; 0 for none."""
        try:
            answer = httpx2.get(self.url + path, timeout=ANSWER_S)
            is_json = answer.headers.get("content-type", "").startswith("application/json")
            return answer.status_code, answer.json() if is_json else answer.text
        except httpx2.HTTPError:
            return 0, None

    def lever(self, method: str, body: Any = None) -> None:
        """Faults of the sources."""
        httpx2.request(method, f"{self.simulator}/_control/faults", json=body, timeout=30).raise_for_status()

    def job(self, name: str) -> None:
        """Ask for a run of a job; nothing when it runs."""
        httpx2.post(f"{self.url}/scheduler/jobs/{name}/run", json={}, timeout=ANSWER_S)

    def until(self, what: str, holds: Callable[[], bool]) -> float:
        """Seconds until it holds."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > PATIENCE_S:
                raise TimeoutError(f"{what}: not within {PATIENCE_S:.0f} s; /ready: {str(self.get('/ready'))[:1500]}")
            time.sleep(LOOK_S)
        return time.monotonic() - began

    def is_well(self) -> bool:
        """Whether the page shows the price and /ready has nothing to say, but of a busy machine. The page first: it makes
        its blocks.
        """
        if not self.shows_price():
            return False
        status, ready = self.get("/ready")
        if status not in (200, 503) or ready["failed"] or ready["ingestion"]["state"] != "done":
            return False
        return all(reason.startswith("loop: ") for reason in ready["reasons"])

    def shows_price(self) -> bool:
        """Whether page and document are there, with the price."""
        status, document = self.get("/dashboard/complete")
        return status == 200 and bool(document["current"]["price"]) and self.get("/dashboard?lang=en")[0] == 200

    def reasons(self) -> str:
        """What /ready says, in one text."""
        ready = self.get("/ready")[1] or {}
        return " ".join([*ready.get("reasons", []), *(part["part"] for part in ready.get("failed", []))])

    def wait_for_orders(self, more: int = 1) -> None:
        """Until so many more orders were acknowledged."""
        least = len(self.teller.acknowledged) + more
        self.until("an order is acknowledged", lambda: len(self.teller.acknowledged) >= least)

    def lost_and_doubled(self) -> tuple[int, int]:
        """Acknowledged orders and hours of today that are not there, and those that are there twice."""
        known = set(self.teller.acknowledged)
        there = Counter(order["reference"] for order in self.get("/orders")[1]["orders"] if order["reference"])
        hours = Counter(slot["start"] for slot in self.get(f"/prices?date={TODAY}&market=pvpc")[1]["slots"])
        lost = sum(name not in there for name in known) + HOURS - len(hours)
        return lost, sum(times - 1 for counted in (there, hours) for times in counted.values())


@contextmanager
def a_world(folder: Path, disk: Path, settings: Mapping[str, str], program: tuple[str, ...], speed: str = "1") -> Iterator[World]:
    """A world whose service runs and is well."""
    clock = clock_from(AT) | {"SIM_SPEED": speed}
    with simulator(folder / "simulator", clock) as address:
        world = World(folder, disk, address, clock | dict(settings), program)
        try:
            world.start()
            world.until("a new service is well", world.is_well)
            yield world
        finally:
            world.end()
