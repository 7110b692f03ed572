"""The layer around the services that notes every request and lets the faults strike."""

import asyncio
import io
import json
import re
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.faults import SOURCES, Fault
from simulator.requests import Request
from simulator.state import Simulation
from simulator.transport import hang_up, reset
from simulator.wire import FIREWALL_HTML

AEMET_BUSY = "Límite de peticiones o caudal por minuto excedido para este usuario. Espere al siguiente minuto."
OWM_BUSY = (
    "Your account is temporary blocked due to exceeding of requests limitation of your subscription type. "
    "Please choose the proper subscription http://openweathermap.org/price"
)
OWM_KEY = "Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."


@dataclass(slots=True)
class Answer:
    """A whole answer, held back."""

    start: Message
    body: bytes

    def with_body(self, body: bytes) -> "Answer":
        """The same with another body and its length."""
        headers = [(name, value) for name, value in self.start["headers"] if name != b"content-length"]
        return Answer({**self.start, "headers": [*headers, (b"content-length", str(len(body)).encode())]}, body)


class Troubled:
    """ASGI: the services, as an unkind network shows them. It must be outermost, to reach the connection."""

    def __init__(self, app: ASGIApp, simulation: Simulation) -> None:
        self._app = app
        self.simulation = simulation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        source = scope["path"].split("/")[1] if scope["type"] == "http" else ""
        if source not in SOURCES:
            await self._app(scope, receive, send)
            return
        target = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
        noted = self._note(scope, source, target)
        fault = self.simulation.faults.strike(source, target)
        if fault:
            noted.fault = fault.kind
            await self._strike(fault, noted, scope, receive, send)
        else:
            await self._app(scope, receive, _noting(noted, send))

    def _note(self, scope: Scope, source: str, target: str) -> Request:
        agent = dict(scope["headers"]).get(b"user-agent", b"").decode("latin-1")
        at = self.simulation.now().isoformat(timespec="seconds")
        return self.simulation.log.add(
            source=source,
            method=scope["method"],
            target=target,
            monotonic_s=self.simulation.monotonic(),
            at=at,
            user_agent=agent,
        )

    async def _strike(self, fault: Fault, noted: Request, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "reset":
            await reset(send, receive)
            return
        ready = _response(fault, noted.source)
        if ready:
            await ready(scope, receive, _noting(noted, send))
            return
        answer = await self._whole(scope, receive)
        noted.status = answer.start["status"]
        await SPOILERS[fault.kind](fault, answer, send, receive)

    async def _whole(self, scope: Scope, receive: Receive) -> Answer:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return Answer(messages[0], b"".join(message.get("body", b"") for message in messages[1:]))


def _noting(noted: Request, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            noted.status = message["status"]
        await send(message)

    return sending


def _response(fault: Fault, source: str) -> Response | None:
    """The answer of the faults that need no right one."""
    retry = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    page = f"<html><head><title>{fault.status}</title></head><body>Service trouble ({fault.status})</body></html>"
    makers: dict[str, Callable[[], Response]] = {
        "status": lambda: HTMLResponse(page, fault.status, retry),
        "empty": lambda: Response(b"", media_type="application/json"),
        "html": lambda: HTMLResponse("<html><body>Sitio en mantenimiento</body></html>"),
        "html403": lambda: HTMLResponse(FIREWALL_HTML, 403),
        "malformed": lambda: JSONResponse({"unexpected": [{"shape": 1}]}),
        "garbage": lambda: Response(bytes(range(128, 256)) * 4, media_type="application/json"),
        "oversize": lambda: Response(b" " * int(fault.megabytes * 1e6), media_type="application/json"),
        "rate_limit": lambda: _busy(source, retry),
        "unauthorized": lambda: _refused(source),
    }
    maker = makers.get(fault.kind)
    return maker() if maker else None


def _busy(source: str, headers: dict[str, str]) -> Response:
    if source == "aemet":
        body = json.dumps({"descripcion": AEMET_BUSY, "estado": 429}, ensure_ascii=False).encode("iso-8859-15")
        return Response(body, 200, headers, media_type="text/plain")
    if source == "owm":
        return JSONResponse({"cod": 429, "message": OWM_BUSY}, 429, headers)
    return HTMLResponse("<html><head><title>429 Too Many Requests</title></head></html>", 429, headers)


def _refused(source: str) -> Response:
    if source == "aemet":
        return JSONResponse({"descripcion": "API key invalido", "estado": 401}, 401)
    if source == "owm":
        return JSONResponse({"cod": 401, "message": OWM_KEY}, 401)
    return PlainTextResponse("HTTP Token: Access denied.\n", 401) if source == "esios" else HTMLResponse(FIREWALL_HTML, 403)


async def _send_all(answer: Answer, send: Send) -> None:
    await send(answer.start)
    await send({"type": "http.response.body", "body": answer.body})


async def _late(fault: Fault, answer: Answer, send: Send, _: Receive) -> None:
    await asyncio.sleep(fault.seconds)
    await _send_all(answer, send)


async def _slow(fault: Fault, answer: Answer, send: Send, _: Receive) -> None:
    await send(answer.start)
    step = max(len(answer.body) // 20, 1)
    parts = [answer.body[i : i + step] for i in range(0, len(answer.body), step)]
    for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(fault.seconds / len(parts))
    await send({"type": "http.response.body", "body": b""})


async def _half(answer: Answer, send: Send) -> None:
    await send(answer.with_body(answer.body).start)
    await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})


async def _truncated(_: Fault, answer: Answer, send: Send, receive: Receive) -> None:
    await _half(answer, send)
    await hang_up(send, receive)


async def _stalled(fault: Fault, answer: Answer, send: Send, receive: Receive) -> None:
    await _half(answer, send)
    await asyncio.sleep(fault.seconds)
    await hang_up(send, receive)


async def _zipped(_: Fault, answer: Answer, send: Send, __: Receive) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("answer.json", answer.body)
    await _send_all(answer.with_body(packed.getvalue()), send)


async def _zeros(_: Fault, answer: Answer, send: Send, __: Receive) -> None:
    await _send_all(answer.with_body(re.sub(rb'"-?\d+,\d+"', b'"0,00"', answer.body)), send)


SPOILERS: dict[str, Callable[[Fault, Answer, Send, Receive], Awaitable[None]]] = {
    "latency": _late,
    "slow": _slow,
    "stall": _stalled,
    "truncated": _truncated,
    "zip": _zipped,
    "zeros": _zeros,
}
"""Faults that spoil a right answer."""
