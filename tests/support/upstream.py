"""A stand-in upstream on a real socket (uvicorn, port 0) that gives scripted replies, and small fakes of the ports beside it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import uvicorn
from aiolimiter import AsyncLimiter

from adapters.sources.http import Fetcher, Memory, RetryPolicy, make_client
from ports import SourceHealth

QUICK = RetryPolicy(first_wait_s=0.01, longest_wait_s=0.03, jitter_s=0.01, total_s=60, ambiguous_wait_s=0.01)
"""The default policy with pauses of hundredths of a second; its end comes only where a machine hangs."""
AGENT = "chocolate-factory-tests/1"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `cut`: the connection closes after the body although more was promised."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    at_s: float

    def param(self, name: str) -> str | None:
        """First value of a query parameter."""
        return dict(reversed(self.query)).get(name)


@dataclass(slots=True)
class Upstream:
    """The script (the last reply repeats for ever) and what was asked."""

    replies: Sequence[Reply] | Callable[[Seen], Reply]
    url: str = ""
    seen: list[Seen] = field(default_factory=list)

    def reply(self, request: Seen) -> Reply:
        """The reply to a request."""
        self.seen.append(request)
        if callable(self.replies):
            return self.replies(request)
        return self.replies[min(len(self.seen), len(self.replies)) - 1]

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI program."""
        query = tuple(httpx2.QueryParams(scope["query_string"].decode()).multi_items())
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        reply = self.reply(Seen(scope["path"], query, headers, asyncio.get_running_loop().time()))
        await asyncio.sleep(reply.delay_s)
        length = len(reply.body) + (1000 if reply.cut else 0)
        fields = [("content-type", reply.content_type), ("content-length", str(length)), *reply.headers]
        raw = [(name.encode(), value.encode()) for name, value in fields]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        await send({"type": "http.response.body", "body": reply.body, "more_body": reply.cut})


@contextlib.asynccontextmanager
async def serving(replies: Sequence[Reply] | Callable[[Seen], Reply]) -> AsyncGenerator[Upstream]:
    """An upstream that listens on 127.0.0.1 while the context lasts."""
    upstream = Upstream(replies)
    async with listening(upstream.app) as url:
        upstream.url = url
        yield upstream


@contextlib.asynccontextmanager
async def listening(app: Any) -> AsyncGenerator[str]:
    """Base URL of an ASGI program that uvicorn serves on a free port while the context lasts."""
    config = uvicorn.Config(app, interface="asgi3", log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:  # named, or Nagle's delay stays on
        listener.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


PASSED_ON = (b"api_key", b"x-api-key", b"user-agent")


@contextlib.asynccontextmanager
async def through(upstream: str, change: Callable[[bytes], bytes]) -> AsyncGenerator[str]:
    """The address of a proxy before an upstream that changes the bytes of good answers; addresses in them lead through it."""
    address = b""
    async with httpx2.AsyncClient(base_url=upstream, timeout=60) as client:

        async def app(scope: Any, _receive: Any, send: Any) -> None:
            asked = {name.decode(): value.decode() for name, value in scope["headers"] if name in PASSED_ON}
            answer = await client.get(f"{scope['path']}?{scope['query_string'].decode()}", headers=asked)
            body = change(answer.content) if answer.status_code == 200 else answer.content
            body = body.replace(upstream.encode(), address)
            kind = answer.headers["content-type"].encode()
            headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        async with listening(app) as url:
            address = url.encode()
            yield url


class HandClock:
    """A clock that moves by hand."""

    def __init__(self, now: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    async def sleep_until(self, instant: datetime) -> None:
        self.now = max(self.now, instant)

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


class HealthNotes:
    """A HealthLog in memory that keeps every record."""

    def __init__(self) -> None:
        self.records: list[SourceHealth] = []

    async def record(self, health: SourceHealth) -> None:
        self.records.append(health)

    async def all(self) -> Sequence[SourceHealth]:
        return [max(self.records, key=self.records.index)] if self.records else []


@contextlib.asynccontextmanager
async def fetching(
    url: str,
    name: str = "redata",
    *,
    clock: HandClock | None = None,
    health: HealthNotes | None = None,
    policy: RetryPolicy = QUICK,
    stored: SourceHealth | None = None,
    timeout_s: float = 30.0,
) -> AsyncGenerator[Fetcher]:
    """A real Fetcher on a real client, with no rate limit that a test would notice."""
    async with make_client(url, AGENT, timeout=httpx2.Timeout(timeout_s)) as client:
        yield Fetcher(
            name,
            client,
            AsyncLimiter(1000, 1),
            clock=clock or HandClock(),
            health=health or HealthNotes(),
            policy=policy,
            memory=Memory(stored),
        )
