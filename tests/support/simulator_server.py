"""A running simulator for tests: real sockets, a clock that the test sets."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from simulator.app import create_app
from simulator.serving import address_of, listen
from simulator.serving import server as make_server
from simulator.state import Simulation

START = datetime(2026, 3, 20, 12, tzinfo=UTC)


@dataclass
class SettableClock:
    """A clock that stands still until it is set."""

    instant: datetime = START

    def __call__(self) -> datetime:
        return self.instant

    def set(self, instant: datetime) -> None:
        """Jump to an instant."""
        self.instant = instant

    def advance(self, by: timedelta) -> None:
        """Go on by a duration."""
        self.instant += by


@dataclass
class SimulatorServer:
    """Address and levers of a running simulator."""

    url: str
    clock: SettableClock
    simulation: Simulation
    _client: httpx2.AsyncClient = field(repr=False)

    def base_url(self, source: str) -> str:
        """Base address of a service: redata, esios, omie, aemet or owm."""
        return f"{self.url}/{source}"

    async def fault(self, source: str, kind: str, **details: Any) -> None:
        """Switch a fault on."""
        await self._post("/faults", {"source": source, "kind": kind, **details})

    async def control(self, action: str, **details: Any) -> Any:
        """Any other lever: revise, delay, hide, limits, reset."""
        return await self._post(f"/{action}", details)

    async def clear_faults(self) -> None:
        """Switch all faults off."""
        (await self._client.delete(f"{self.url}/_control/faults")).raise_for_status()

    async def requests(self, source: str | None = None) -> dict[str, Any]:
        """What was asked so far: counts, max_per_minute, requests."""
        answer = await self._client.get(f"{self.url}/_control/requests", params={"source": source} if source else {})
        report: dict[str, Any] = answer.raise_for_status().json()
        return report

    async def _post(self, path: str, body: Any) -> Any:
        answer = await self._client.post(f"{self.url}/_control{path}", json=body)
        if answer.is_error:
            raise ValueError(answer.text)
        return answer.json()


@asynccontextmanager
async def running_simulator(now: datetime = START, *, seed: int = 1) -> AsyncGenerator[SimulatorServer]:
    """A simulator on a free port of 127.0.0.1, in a thread of its own; gone at the end."""
    clock = SettableClock(now)
    app = create_app(clock, seed=seed)
    listening = listen("127.0.0.1", 0)
    server = make_server(app)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
    thread.start()
    try:
        async with httpx2.AsyncClient(headers={"User-Agent": "chocolate-factory-tests"}, timeout=30) as client:
            yield SimulatorServer(address_of(listening), clock, app.simulation, client)
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join, 10)
        listening.close()
