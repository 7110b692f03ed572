"""The whole service on real sockets, against a running simulator, on a clock that the test sets."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

from main import create_app, listeners
from settings import Settings, read_settings
from support.simulator_server import SimulatorServer

PATIENCE_S = 100.0
"""Longer than anything takes on a machine that does other things as well, and short of a test's own limit."""


@dataclass
class SharedClock:
    """Reads the simulator's clock; sleepers look at it every 20 ms."""

    read: Callable[[], datetime]

    def __call__(self) -> datetime:
        return self.read()

    async def sleep_until(self, instant: datetime) -> None:
        while self.read() < instant:
            await asyncio.sleep(0.02)


@dataclass
class Service:
    """Addresses of the three levels, and the thread to stop."""

    client: httpx2.AsyncClient
    ports: tuple[int, int, int]
    settings: Settings
    app: FastAPI
    _server: uvicorn.Server = field(repr=False)
    patience_s: float = PATIENCE_S

    def url(self, path: str, level: int = 1) -> str:
        """Address of a path at a level."""
        return f"http://127.0.0.1:{self.ports[level - 1]}{path}"

    async def get(self, path: str, level: int = 1, **headers: str) -> httpx2.Response:
        """GET; underscores in header names become hyphens."""
        return await self.client.get(
            self.url(path, level), headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    async def post(self, path: str, body: Any = None, level: int = 1) -> httpx2.Response:
        """POST of a JSON body."""
        return await self.client.post(self.url(path, level), json=body)

    async def json(self, path: str) -> Any:
        """Body of a GET that must succeed."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def run(self, job: str) -> None:
        """A run of a job from its beginning to its end."""
        while (await self.post(f"/scheduler/jobs/{job}/run")).status_code == 409:
            await asyncio.sleep(0.05)
        await self.until("/scheduler/status", lambda state: not next(one for one in state["jobs"] if one["id"] == job)["running"])

    async def plan(self) -> Any:
        """The plan in force, renewed if anything changed, once it is computed."""
        answer = await self.post("/optimize/production")
        while answer.status_code == 202:
            await asyncio.sleep(0.3)
            answer = await self.get(answer.json()["href"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until(self, path: str, holds: Callable[[Any], bool], *, every_s: float = 0.05) -> Any:
        """Ask until a JSON answer holds something."""
        end = time.monotonic() + self.patience_s
        while True:
            answer = await self.get(path)
            if answer.headers["content-type"].startswith("application/json") and holds(answer.json()):
                return answer.json()
            assert time.monotonic() < end, f"{path} never came true: {answer.status_code} {answer.text[:2000]}"
            await asyncio.sleep(every_s)


def settings_for(simulator: SimulatorServer | None, folder: Path, **more: str) -> Settings:
    """Settings of a service in a folder of its own, whose sources are the simulator's (or nowhere)."""
    base = simulator.url if simulator else "http://127.0.0.1:9"
    return read_settings(
        {
            "PORT": "0",
            "DATA_DIR": str(folder / "data"),
            "LOG_DIR": str(folder / "logs"),
            "MODELS_DIR": str(folder / "models"),
            "SIM_SEED": "1",
            "SIM_SPEED": "50",  # the pauses between tries and the rate limits are fifty times shorter
            "REE_BASE_URL": f"{base}/redata",
            "ESIOS_BASE_URL": f"{base}/esios",
            "OMIE_BASE_URL": f"{base}/omie",
            "AEMET_BASE_URL": f"{base}/aemet/opendata",
            "OPENWEATHERMAP_BASE_URL": f"{base}/owm",
            **more,
        }
    )


@asynccontextmanager
async def running_service(settings: Settings, read_clock: Callable[[], datetime]) -> AsyncGenerator[Service]:
    """The service in a thread of its own; stopped properly at the end."""
    sockets = listeners("127.0.0.1", 0, (1, 2, 3))
    ports = tuple(listener.getsockname()[1] for listener in sockets)
    app = create_app(settings, {port: level for level, port in enumerate(ports, start=1)}, SharedClock(read_clock))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, proxy_headers=False, timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_serve, args=(server, sockets), daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            await asyncio.sleep(0.02)
        async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
            yield Service(client, ports, settings, app, server)
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join, PATIENCE_S)
        for listener in sockets:
            listener.close()
        assert not thread.is_alive(), "the service did not stop"


def _serve(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
    asyncio.run(server.serve(sockets=sockets))
