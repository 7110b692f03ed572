"""Every fault, as a client sees it over a real socket."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest

from simulator.app import create_app
from simulator.serving import address_of, listen
from simulator.serving import server as make_server
from support.simulator_server import SettableClock, SimulatorServer, running_simulator

AGENT = {"User-Agent": "chocolate-factory-tests"}
ROOT = Path(__file__).resolve().parents[2]
PATH = (
    "/redata/es/datos/mercados/precios-mercados-tiempo-real?start_date=2026-03-19T00:00&end_date=2026-03-19T23:59&time_trunc=hour"
)


@pytest.fixture
async def simulator() -> AsyncGenerator[SimulatorServer]:
    async with running_simulator() as server:
        yield server


async def ask(simulator: SimulatorServer, path: str = PATH, read_s: float = 60) -> httpx2.Response:
    async with httpx2.AsyncClient(headers=AGENT, timeout=httpx2.Timeout(60, read=read_s)) as client:
        return await client.get(simulator.url + path)


async def test_a_reset_is_a_real_one(simulator: SimulatorServer) -> None:
    await simulator.fault("redata", "reset", times=1)

    def talk() -> bytes:
        with socket.create_connection(("127.0.0.1", int(simulator.url.rsplit(":", 1)[1])), 60) as raw:
            raw.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nUser-Agent: a-test\r\n\r\n".encode())
            return raw.recv(100)

    with pytest.raises(ConnectionResetError):
        await asyncio.to_thread(talk)
    assert (await ask(simulator)).status_code == 200


async def test_a_truncated_body_is_shorter_than_its_length(simulator: SimulatorServer) -> None:
    await simulator.fault("redata", "truncated", times=1)
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending complete"):
        await ask(simulator)


async def test_a_stall_outlasts_the_readers_patience(simulator: SimulatorServer) -> None:
    await simulator.fault("redata", "stall", times=1, seconds=30)
    with pytest.raises(httpx2.ReadTimeout):
        await ask(simulator, read_s=0.3)


@pytest.mark.parametrize("kind", ["latency", "slow"])
async def test_a_late_answer_is_right(simulator: SimulatorServer, kind: str) -> None:
    right = (await ask(simulator)).json()
    await simulator.fault("redata", kind, times=1, seconds=0.3)
    started = time.perf_counter()
    answer = await ask(simulator)
    assert time.perf_counter() - started >= 0.25
    assert answer.json() == right


@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [
        ("status", 503, b"<html>"),
        ("empty", 200, b""),
        ("html", 200, b"<html>"),
        ("html403", 403, b"<html>"),
        ("malformed", 200, b'{"unexpected"'),
        ("garbage", 200, b"\x80\x81"),
        ("oversize", 200, b"   "),
        ("rate_limit", 429, b"<html>"),
        ("unauthorized", 403, b"<html>"),
        ("zip", 200, b"PK\x03\x04"),
    ],
)
async def test_each_kind_says_what_it_should(simulator: SimulatorServer, kind: str, status: int, start: bytes) -> None:
    await simulator.fault("redata", kind, times=1)
    answer = await ask(simulator)
    assert (answer.status_code, answer.content[: len(start)]) == (status, start)
    assert (kind != "empty") or answer.content == b""
    assert (kind != "oversize") or len(answer.content) == 10_000_000
    assert (await ask(simulator)).status_code == 200


async def test_zeros_are_an_unpublished_day_in_archive_70(simulator: SimulatorServer) -> None:
    await simulator.fault("esios", "zeros", path="/archives/70")
    rows = (await ask(simulator, "/esios/archives/70/download_json?date=2026-03-19")).json()["PVPC"]
    assert {row["PCB"] for row in rows} == {"0,00"}
    assert rows[3]["Hora"] == "03-04"


async def test_faults_strike_where_and_as_often_as_told(simulator: SimulatorServer) -> None:
    await simulator.fault("redata", "status", status=502, times=2, skip=1, path="2026-03-19", retry_after=7)
    answers = [await ask(simulator) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 502, 502, 200]
    assert answers[1].headers["retry-after"] == "7"
    await simulator.fault("redata", "status", path="2026-03-18")
    assert (await ask(simulator)).status_code == 200
    await simulator.fault("*", "empty")
    assert (await ask(simulator)).content == b""
    await simulator.clear_faults()
    assert (await ask(simulator)).status_code == 200


async def test_half_of_the_requests_fail_at_probability_half(simulator: SimulatorServer) -> None:
    await simulator.fault("redata", "status", probability=0.5)
    failed = sum([(await ask(simulator)).status_code == 503 for _ in range(60)])
    assert 15 <= failed <= 45


async def test_a_fault_that_makes_no_sense_is_refused(simulator: SimulatorServer) -> None:
    for wrong in ({"kind": "gremlins"}, {"kind": "status", "status": 200}, {"kind": "status", "oops": 1}):
        with pytest.raises(ValueError, match="error"):
            await simulator.fault("redata", **wrong)
    with pytest.raises(ValueError, match="source"):
        await simulator.fault("nowhere", "status")


async def test_requests_are_counted_and_keys_blanked(simulator: SimulatorServer) -> None:
    for _ in range(3):
        await ask(simulator)
    await ask(simulator, "/owm/data/2.5/weather?lat=1&appid=secret")
    report = await simulator.requests()
    assert report["counts"] == {"redata": 3, "owm": 1}
    assert report["max_per_minute"] == {"redata": 3, "owm": 1}
    assert "secret" not in json.dumps(report)
    times = [request["monotonic_s"] for request in report["requests"]]
    assert times == sorted(times)
    assert report["requests"][0]["status"] == 200


async def test_an_answer_is_sent_without_waiting_for_the_acknowledgement_of_the_last_one() -> None:
    with listen("127.0.0.1", 0) as listening:
        server = make_server(create_app(SettableClock(), seed=1))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        async with httpx2.AsyncClient(headers=AGENT, timeout=60) as client:
            await client.get(f"{address_of(listening)}/omie/es/file-download")
            (connection,) = server.server_state.connections
            accepted = connection.transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        server.should_exit = True
        await serving


async def test_28_days_of_quarters_come_in_one_answer(simulator: SimulatorServer) -> None:
    """In less than 150 ms, which `scripts/bench simulator` measures."""
    answer = await ask(simulator, PATH.replace("2026-03-19T00:00", "2026-02-20T00:00", 1))
    assert len(answer.json()["included"][1]["attributes"]["values"]) == 28 * 96


async def test_the_program_prints_its_address_and_obeys_the_clock() -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}/src/fastapi-app:{ROOT}/src",
        "SIM_NOW": "2026-03-28T20:00:00Z",
        "SIM_SPEED": "3600",
        "SIM_SEED": "4",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "--port", "0", stdout=asyncio.subprocess.PIPE, env=environment
    )
    try:
        assert process.stdout
        line = (await asyncio.wait_for(process.stdout.readline(), 100)).decode()
        assert line.startswith("simulator listening on http://127.0.0.1:")
        await asyncio.sleep(1.1)
        async with httpx2.AsyncClient() as client:
            status = (await client.get(line.split()[-1] + "/_control/status")).json()
        assert status["seed"] == 4
        assert status["now"] > "2026-03-28T21:00"
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 60)
