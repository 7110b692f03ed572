"""A number for each request, in the answer and in every line that is logged while it is served; one line at its end."""

import logging
import re
import time
import uuid
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("application.access")
PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class Served:
    """Requests that were answered, by method and class of status (2xx), and how long that took [s]."""

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, method: str, status: int, seconds: float) -> None:
        """One answer."""
        self.requests[method if method in METHODS else "other", f"{status // 100}xx"] += 1
        self.seconds += seconds


class RequestLogMiddleware:
    """Takes X-Request-ID from the proxy when it is plain, else makes one. The line holds the path without its query."""

    def __init__(self, app: ASGIApp, current: ContextVar[str | None], served: Served) -> None:
        self._app = app
        self._current = current
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        number = given if PLAIN_ID.fullmatch(given) else uuid.uuid4().hex[:16]
        token = self._current.set(number)
        started, status = time.perf_counter(), 500

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        try:
            await self._app(scope, receive, numbered)
        finally:
            seconds = time.perf_counter() - started
            milliseconds = 1000 * seconds
            self._served.add(scope["method"], status, seconds)
            level = scope.get("state", {}).get("level")
            logger.info("method=%s path=%s status=%d ms=%.1f level=%s", scope["method"], scope["path"], status, milliseconds, level)
            self._current.reset(token)
