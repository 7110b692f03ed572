"""What every request and response passes: a limit on bodies, and the headers that keep a browser careful."""

from collections.abc import MutableMapping
from typing import Any

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routers.http.problems import problem

MOST_BODY_BYTES = 1_000_000
"""The largest honest body (a plan request with wishes) is a few kilobytes."""

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
DEFAULT_CSP = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are not the page; the page brings its own with a nonce."""


class BodyTooLargeError(HTTPException):
    """The body went over the limit while it was read. FastAPI turns any other error that comes while it reads into a 400."""

    def __init__(self) -> None:
        super().__init__(413, f"at most {MOST_BODY_BYTES} bytes")


class LimitsMiddleware:
    """Refuses bodies over the limit with 413, by their stated length or while they come; adds the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "0")
        too_large = problem(413, "Body too large", f"at most {MOST_BODY_BYTES} bytes")
        if not stated.isdigit() or int(stated) > MOST_BODY_BYTES:
            await too_large(scope, receive, send)
            return
        try:
            await self._app(scope, _counted(receive), _with_headers(send))
        except BodyTooLargeError:
            await too_large(scope, receive, send)


def _counted(receive: Receive) -> Receive:
    seen = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BODY_BYTES:
            raise BodyTooLargeError
        return message

    return counted


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Content-Security-Policy", DEFAULT_CSP)
        await send(message)

    return with_headers
