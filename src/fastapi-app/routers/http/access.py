"""Who may call what. The level is the listener that a request came through, never a header.

Level 1 is PORT (this machine), level 2 PORT+1 (Nginx), level 3 PORT+2 (the Tailscale sidecar). A listener that is not known is
level 3 without its allow-list: nothing.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from routers.http.problems import problem

READS = frozenset({"GET", "HEAD"})
HIDDEN_BEHIND_NGINX = re.compile(r"/(docs|redoc|openapi\.json|metrics)(/.*)?")
PLAIN_PATH = re.compile(r"/|(/(?!\.{1,2}(/|$))[^\x00-\x1f\x7f/\\]+)+/?")
"""What routes are matched on is what the table was asked about: `/metrics%0a` is no name of `/metrics`."""
PREDICT = re.compile(r"/predict/[a-z-]+")
TAILNET_READS = re.compile(
    r"/dashboard(/complete|/alerts|/recommendations|/heatmap)?"
    r"|/predict/prices/(hourly|weekly)|/optimize/production/current(\.csv|\.ics|\.html)?|/savings|/weather"
    r"|/models/[a-z_]+/metrics"
)
"""GET /dashboard, the JSON that the page reads, and the plan as it is taken along: shift sheet, calendar, CSV."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Bound port -> level, the hosts that level 1 answers to, and the token that guards what changes things."""

    levels: Mapping[int, int]
    allowed_hosts: frozenset[str]
    api_token: str | None = field(default=None, repr=False)


def is_open(level: int, method: str, path: str, signed_in: bool = False) -> bool:
    """Whether a door lets a request through; `signed_in` counts at level 2 only. The one table of route x method x level."""
    if level == 1:
        return True
    if level == 2:
        if method in READS:
            return not HIDDEN_BEHIND_NGINX.fullmatch(path)
        return signed_in or (method == "POST" and PREDICT.fullmatch(path) is not None)
    return level == 3 and method in READS and TAILNET_READS.fullmatch(path) is not None


def changes_things(method: str, path: str) -> bool:
    """Whether a request mutates: everything but reads and the calculations of POST /predict/*."""
    return method not in READS and not (method == "POST" and PREDICT.fullmatch(path))


def is_cross_site(headers: Headers) -> bool:
    """Whether a browser says that another site caused the request (Sec-Fetch-Site, else Origin against Host)."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def host_name(host: str | None) -> str:
    """Host header without its port, lower case."""
    return re.sub(r":\d+$", "", host or "").lower()


def table(routes: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    """The access table of (method, path) pairs: for each who may call it."""
    return [
        {
            "method": method,
            "path": path,
            "level_1": is_open(1, method, path),
            "level_2": is_open(2, method, path),
            "level_2_signed_in": is_open(2, method, path, signed_in=True),
            "level_3": is_open(3, method, path),
            "token": changes_things(method, path),
        }
        for method, path in routes
    ]


class AccessMiddleware:
    """Turns away what the listener's level does not allow, before anything else sees it; sets scope state `level`."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        server = scope.get("server")
        level = self._doors.levels.get(server[1], 0) if server else 0
        headers = Headers(scope=scope)
        refusal = self._refusal(level, scope["method"], scope["path"], headers)
        if refusal is not None:
            status, title, detail = refusal
            await problem(status, title, detail)(scope, receive, send)
            return
        scope.setdefault("state", {})["level"] = level
        scope["state"]["user"] = headers.get("x-remote-user") if level == 2 else None
        await self._app(scope, receive, send)

    def _refusal(self, level: int, method: str, path: str, headers: Headers) -> tuple[int, str, str] | None:
        host = host_name(headers.get("host"))
        if level == 1 and host not in self._doors.allowed_hosts:
            return 421, "Host not allowed", f"host {host!r} is not in ALLOWED_HOSTS"
        if not PLAIN_PATH.fullmatch(path):
            return 404, "Not Found", "a path has no control characters, no backslash and no empty or dotted part"
        signed_in = bool(headers.get("x-remote-user"))
        if not is_open(level, method, path, signed_in):
            return 403, "Not available at this door", f"{method} {path} is not open at access level {level}"
        if not changes_things(method, path):
            return None
        if is_cross_site(headers):
            return 403, "Cross-site request", "this request changes things and comes from another site"
        return self._token_refusal(headers)

    def _token_refusal(self, headers: Headers) -> tuple[int, str, str] | None:
        expected = self._doors.api_token
        given = headers.get("x-api-token", "")
        if expected is None or hmac.compare_digest(given.encode(), expected.encode()):
            return None
        return 401, "Token needed", "this request changes things: send the token in the header X-API-Token"
