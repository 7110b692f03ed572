"""The service as its own process before upstreams that echo what they were asked: logs, request ids, and no secret anywhere."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.runtime.logs import FILES, forms_of
from settings import secret_names
from support.upstream import listening

MAIN = Path(__file__).resolve().parents[2] / "src" / "fastapi-app" / "main.py"
SECRETS = {name: f"PLANTED/{place}+{name}&value={place:04d}" for place, name in enumerate(secret_names())}
WRONG = "PLANTED-WRONG-token-0123456789"
STATUSES = (401, 403, 404, 429, 500, 200, 400, 503)
LINE = {"time", "level", "logger", "message"}


class Echo:
    """Answers everything with everything that it was asked, under one status after the other."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.asked.append(scope["path"])
        status = STATUSES[len(self.asked) % len(STATUSES)]
        heard = f"{scope['path']}?{scope['query_string'].decode()} {headers} {body[:500]!r}"
        said = {
            "error": heard,
            "message": heard,
            "estado": 401,
            "descripcion": heard,
            "datos": f"http://x/{heard}",
            "included": heard,
        }
        start = {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"application/json"), (b"retry-after", b"0")],
        }
        await send(start)
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})


def environment(folder: Path, url: str, store: str) -> dict[str, str]:
    addresses = ("REE_BASE_URL", "ESIOS_BASE_URL", "OMIE_BASE_URL", "AEMET_BASE_URL", "OPENWEATHERMAP_BASE_URL", "INFLUXDB_URL")
    return {
        "PATH": os.environ["PATH"],
        "PORT": "0",
        "DATA_DIR": str(folder / "data"),
        "LOG_DIR": str(folder / "logs"),
        "MODELS_DIR": str(folder / "models"),
        "STORE": store,
        "SIM_SEED": "1",
        "SIM_SPEED": "200",
        **dict.fromkeys(addresses, url),
        **{name.upper(): value for name, value in SECRETS.items()},
    }


@asynccontextmanager
async def started(folder: Path, url: str, store: str) -> AsyncGenerator[tuple[str, asyncio.subprocess.Process]]:
    """main.py on free ports; its address and process."""
    console = (folder / "console.txt").open("wb")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", str(MAIN), env=environment(folder, url, store), stdout=asyncio.subprocess.PIPE, stderr=console
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 90)).decode()
        assert line.startswith("level 1: "), (folder / "console.txt").read_text()
        yield line.split()[2].removesuffix("/dashboard"), process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 60)
        console.close()


async def everything(client: httpx2.AsyncClient, base: str) -> list[str]:
    """Every answer of every route to a good and a bad request, headers included."""
    routes = (await client.get(f"{base}/openapi.json")).json()["paths"]
    heard = []
    for path, methods in routes.items():
        for method in methods:
            if method not in ("get", "post"):
                continue
            where = base + path.replace("{job_id}", "prices_pvpc").replace("{number}", "1").replace("{name}", "energy_optimization")
            for params in ({}, {"token": SECRETS["api_token"], "api_key": WRONG, "at": SECRETS["aemet_api_key"]}):
                for token in (WRONG, None):
                    headers = {"X-API-Token": token} if token else {}
                    answer = await client.request(method, where, params=params, headers=headers, json={"token": WRONG})
                    heard.append(f"{method} {path} {answer.status_code} {dict(answer.headers)} {answer.text}")
    return heard


async def run_jobs(client: httpx2.AsyncClient, base: str) -> None:
    """Every job once, with the right token."""
    headers = {"X-API-Token": SECRETS["api_token"]}
    for job in (await client.get(f"{base}/scheduler/status")).json()["jobs"]:
        if job["id"] != "rehearsal":
            answer = await client.post(f"{base}/scheduler/jobs/{job['id']}/run", headers=headers)
            assert answer.status_code in (202, 409), answer.text


async def settled(client: httpx2.AsyncClient, base: str, fail: set[str]) -> dict[str, Any]:
    """/ready once these sources have failed."""
    state: dict[str, Any] = {"sources": []}
    for _ in range(240):
        try:
            state = (await client.get(f"{base}/ready")).json()
        except httpx2.TransportError:  # the sockets are bound before the server listens
            await asyncio.sleep(0.25)
            continue
        failed = {source["source"] for source in state["sources"] if source["last_error"]}
        if fail <= failed:
            return state
        await asyncio.sleep(0.25)
    raise AssertionError(f"sources that never failed: {state['sources']}")


def logged(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Every line of the four files, each of which must be JSON."""
    return {
        name: [json.loads(line) for path in folder.glob(f"{name}.log*") for line in path.read_text(encoding="utf-8").splitlines()]
        for name in FILES
    }


def leaks(text: str) -> list[str]:
    """Which planted secrets are in a text, in any form."""
    return [name for name, secret in {**SECRETS, "wrong": WRONG}.items() for form in forms_of(secret) if form in text]


@pytest.mark.parametrize(
    ("store", "fail", "state"),
    [("sqlite", {"redata", "archive70", "omie", "esios", "aemet", "openweathermap"}, "ok"), ("influxdb", {"aemet"}, "away")],
)
async def test_no_secret_leaves_and_every_line_is_json_with_the_number_of_its_request(
    tmp_path: Path, store: str, fail: set[str], state: str
) -> None:
    echo = Echo()
    async with listening(echo) as url, httpx2.AsyncClient(timeout=60) as client, started(tmp_path, url, store) as (base, process):
        ready = await settled(client, base, fail)
        assert ready["store"]["state"] == state
        await run_jobs(client, base)
        heard = await everything(client, base)
        numbered = await client.get(f"{base}/version", headers={"X-Request-ID": "from-the-proxy-1"})
        forged = await client.get(f"{base}/version", headers={"X-Request-ID": "two words"})
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 60)
    asked = set(echo.asked)
    assert any(path.startswith("/data/2.5/") for path in asked)
    assert ("/query" in asked) == (store == "influxdb")
    for answer in heard:
        assert not leaks(answer.replace(WRONG, "") if " 422 " in answer and "api_key" not in answer else answer), answer
    lines = logged(tmp_path / "logs")
    assert all(lines[name] for name in ("application", "scheduler", "data_ingestion"))
    assert all(line.keys() >= LINE for name in FILES for line in lines[name])
    for path in [*(tmp_path / "logs").iterdir(), tmp_path / "console.txt"]:
        assert not leaks(path.read_text(encoding="utf-8")), path
    assert numbered.headers["x-request-id"] == "from-the-proxy-1"
    assert forged.headers["x-request-id"] != "two words"
    access = {line["request_id"]: line["message"] for line in lines["application"] if line["logger"] == "application.access"}
    assert "path=/version" in access["from-the-proxy-1"]
    assert forged.headers["x-request-id"] in access
    console = (tmp_path / "console.txt").read_text(encoding="utf-8")
    assert " INFO    scheduler: job_done " in console
    assert "application.access" not in console
