"""A stand-in of InfluxDB 2.7: what it does otherwise than 1.x, before a real 1.6 that keeps the points.

Tokens with what they may do, `/api/v2/setup`, `/api/v2/buckets`, errors as 2.7 words them (401, 403, 404, 422), and silence. What
the InfluxQL of 2.7 has not is refused (`SHOW RETENTION POLICIES`). A bucket is a database there, its rule the policy of it.
"""

import asyncio
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from support.influx_server import InfluxServer

WEEK_S = 604_800
OPERATOR, ORG = "operator-token", "chocolate"
IMPOSSIBLE = re.compile(r"\b(SHOW RETENTION POLICIES|ALTER RETENTION|CREATE DATABASE|SHOW SERIES|DROP DATABASE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """The buckets that a token may read and write; `operator` may do all."""

    read: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    operator: bool = False


@dataclass
class Influx2:
    """Its state. `silent` holds back every answer, as a stopped process does."""

    server: InfluxServer
    tokens: dict[str, Token] = field(default_factory=dict)
    buckets: dict[str, dict[str, Any]] = field(default_factory=dict)
    silent: bool = False
    url: str = ""
    set_up: bool = False

    def make_bucket(self, name: str, retention_s: int = 0, shard_s: int = WEEK_S) -> str:
        """A bucket; its id."""
        duration = f"{retention_s}s" if retention_s else "INF"
        self.server.execute(f'CREATE DATABASE "{name}" WITH DURATION {duration} SHARD DURATION {shard_s}s NAME "autogen"')
        id_ = f"{len(self.buckets) + 1:016x}"
        self.buckets[name] = {"id": id_, "name": name, "retention_s": retention_s, "shard_s": shard_s}
        return id_

    def change_bucket(self, name: str, retention_s: int, shard_s: int) -> None:
        """Another rule for a bucket."""
        duration = f"{retention_s}s" if retention_s else "INF"
        self.server.execute(f'ALTER RETENTION POLICY "autogen" ON "{name}" DURATION {duration} SHARD DURATION {shard_s}s')
        self.buckets[name] |= {"retention_s": retention_s, "shard_s": shard_s}

    def app(self) -> Starlette:
        """Its doors."""
        return Starlette(
            routes=[
                Route("/ping", self._ping),
                Route("/write", self._write, methods=["POST"]),
                Route("/query", self._query, methods=["POST"]),
                Route("/api/v2/setup", self._setup, methods=["GET", "POST"]),
                Route("/api/v2/buckets", self._buckets, methods=["GET", "POST"]),
                Route("/api/v2/buckets/{id_}", self._bucket, methods=["PATCH", "DELETE"]),
            ],
            exception_handlers={404: _no_such_path, Refused: _refused},
        )

    async def _ping(self, _request: Request) -> Response:
        await self._wait()
        return Response(status_code=204, headers={"X-Influxdb-Build": "OSS", "X-Influxdb-Version": "v2.7.12"})

    async def _write(self, request: Request) -> Response:
        token = await self._admitted(request)
        bucket = self._known(request.query_params.get("db", ""))
        if not token.operator and bucket not in token.write:
            raise Refused(403, "forbidden", "insufficient permissions for write")
        answer = await self._passed_on(request)
        if answer.status_code == 400 and b"partial write" in answer.content:
            raise Refused(422, "unprocessable entity", f"failure writing points to database: {answer.json()['error']}")
        return answer_of(answer)

    async def _query(self, request: Request) -> Response:
        token = await self._admitted(request)
        name = request.query_params.get("db", "")
        form = dict(httpx2.QueryParams((await request.body()).decode()))
        if IMPOSSIBLE.search(form.get("q", "")):
            raise Refused(400, "invalid", "error parsing query: not supported in InfluxQL of 2.x")
        if name not in self.buckets or not (token.operator or name in token.read):
            return JSONResponse({"results": [{"statement_id": 0, "error": f"database not found: {name}"}]})
        return answer_of(await self._passed_on(request))

    async def _setup(self, request: Request) -> Response:
        await self._wait()
        if request.method == "GET":
            return JSONResponse({"allowed": not self.set_up})
        if self.set_up:
            raise Refused(422, "unprocessable entity", "onboarding has already been completed")
        asked = await request.json()
        self.set_up = True
        self.tokens[asked["token"]] = Token(operator=True)
        self.make_bucket(asked["bucket"], asked.get("retentionPeriodSeconds", 0))
        return JSONResponse({"org": {"name": asked["org"]}, "auth": {"token": asked["token"]}}, 201)

    async def _buckets(self, request: Request) -> Response:
        token = await self._admitted(request)
        if request.method == "POST":
            asked = await request.json()
            if not token.operator:
                raise Refused(401, "unauthorized", "write:buckets is unauthorized")
            retention_s, shard_s = _rule(asked)
            if shard_s and not retention_s:
                raise Refused(422, "unprocessable entity", "shard-group duration must not be longer than the retention")
            self.make_bucket(asked["name"], retention_s, shard_s or WEEK_S)
            return JSONResponse(_described(self.buckets[asked["name"]]), 201)
        seen = (each for name, each in self.buckets.items() if token.operator or name in token.read)
        wanted = request.query_params.get("name")
        found = [_described(each) for each in seen if wanted in (None, each["name"])]
        if wanted and not found:
            raise Refused(404, "not found", f'bucket "{wanted}" not found')
        return JSONResponse({"buckets": found})

    async def _bucket(self, request: Request) -> Response:
        token = await self._admitted(request)
        name = next((name for name, each in self.buckets.items() if each["id"] == request.path_params["id_"]), None)
        if name is None:
            raise Refused(404, "not found", "bucket not found")
        if not token.operator:
            raise Refused(401, "unauthorized", f"write:buckets/{request.path_params['id_']} is unauthorized")
        if request.method == "DELETE":
            self.server.drop_bucket(name)
            del self.buckets[name]
            return Response(status_code=204)
        retention_s, shard_s = _rule(await request.json())
        self.change_bucket(name, retention_s, shard_s or self.buckets[name]["shard_s"])
        return JSONResponse(_described(self.buckets[name]))

    async def _wait(self) -> None:
        while self.silent:
            await asyncio.sleep(0.02)

    async def _admitted(self, request: Request) -> Token:
        await self._wait()
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind != "Token" or given not in self.tokens:
            raise Refused(401, "unauthorized", "unauthorized access")
        return self.tokens[given]

    def _known(self, name: str) -> str:
        if name not in self.buckets:
            raise Refused(404, "not found", f'bucket "{name}" not found')
        return name

    async def _passed_on(self, request: Request) -> httpx2.Response:
        headers = {name: value for name, value in request.headers.items() if name in ("content-type", "content-encoding", "accept")}
        async with httpx2.AsyncClient(base_url=self.server.url, trust_env=False, timeout=60) as client:
            params = {name: value for name, value in request.query_params.items() if name != "org"}
            return await client.post(request.url.path, params=params, content=await request.body(), headers=headers)


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """An answer as 2.7 words its errors."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.answer = JSONResponse({"code": code, "message": text}, status)


async def _refused(_request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return refused.answer


async def _no_such_path(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"code": "not found", "message": "path not found"}, 404)


def answer_of(answer: httpx2.Response) -> Response:
    """What 1.6 said, as it said it."""
    return Response(answer.content, answer.status_code, media_type=answer.headers.get("Content-Type"))


def _rule(asked: Mapping[str, Any]) -> tuple[int, int]:
    rule: Mapping[str, Any] = next(iter(asked.get("retentionRules") or []), {})
    return int(rule.get("everySeconds", 0)), int(rule.get("shardGroupDurationSeconds", 0))


def _described(bucket: Mapping[str, Any]) -> dict[str, Any]:
    rule = {"type": "expire", "everySeconds": bucket["retention_s"], "shardGroupDurationSeconds": bucket["shard_s"]}
    return {"id": bucket["id"], "name": bucket["name"], "type": "user", "retentionRules": [rule]}


@contextmanager
def influx2_before(server: InfluxServer) -> Iterator[Influx2]:
    """The stand-in before a running 1.6, until the block ends. `OPERATOR` may do all."""
    stand_in = Influx2(server, {OPERATOR: Token(operator=True)}, set_up=True)
    running = uvicorn.Server(uvicorn.Config(stand_in.app(), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive(), "the stand-in did not start"
        threading.Event().wait(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    stand_in.url = f"http://127.0.0.1:{port}"
    try:
        yield stand_in
    finally:
        stand_in.silent = False
        running.should_exit = True
        running.force_exit = True
        thread.join(20)


def run_command(stand_in: Influx2, line: str) -> dict[str, Any]:
    """What the program `influx` does with a line of our documents, by the same doors."""
    _, noun, verb, *rest = line.split()
    assert noun == "bucket", line
    given = dict(zip((name.lstrip("-") for name in rest[::2]), rest[1::2], strict=True))
    rule: dict[str, Any] = {"type": "expire", "everySeconds": _seconds(given.get("retention", "0"))}
    if "shard-group-duration" in given:
        rule["shardGroupDurationSeconds"] = _seconds(given["shard-group-duration"])
    body = {"name": given.get("name"), "retentionRules": [rule]}
    headers = {"Authorization": f"Token {OPERATOR}"}
    with httpx2.Client(base_url=stand_in.url, headers=headers, trust_env=False) as client:
        if verb == "create":
            answer = client.post("/api/v2/buckets", json=body)
        else:
            answer = client.patch(f"/api/v2/buckets/{given['id']}", json={"retentionRules": [rule]})
    answer.raise_for_status()
    told: dict[str, Any] = json.loads(answer.content)
    return told


def _seconds(text: str) -> int:
    if text in ("0", "infinite"):
        return 0
    return int(text[:-1]) * {"h": 3600, "d": 86_400, "w": WEEK_S}[text[-1]]
