"""Who may call what. The level is the listener that a request came through, never a header.

Level 1 is PORT (this machine), level 2 PORT+1 (Nginx), level 3 PORT+2 (the Tailscale sidecar). A listener that is not known is
level 3 without its allow-list: nothing.
"""

import hmac
import ipaddress
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from routers.http.guesses import Guesses
from routers.http.problems import problem

READS = frozenset({"GET", "HEAD"})
HIDDEN_BEHIND_NGINX = re.compile(r"/(docs|redoc|openapi\.json|metrics)(/.*)?")
PLAIN_PATH = re.compile(r"/|(/(?!\.{1,2}(/|$))[^\x00-\x1f\x7f/\\]+)+/?")
"""What routes are matched on is what the table was asked about: `/metrics%0a` is no name of `/metrics`."""
PREDICT = re.compile(r"/predict/[a-z-]+")
TAILNET_READS = re.compile(
    r"/dashboard(/complete|/alerts|/recommendations|/heatmap|/manifest\.webmanifest|/worker\.js|/icon-[^/]+)?"
    r"|/predict/prices/(hourly|weekly)|/optimize/production/current(\.csv|\.ics|\.html)?|/savings|/weather"
    r"|/models/[^/]+/metrics"
)
"""GET /dashboard, what makes an app of it, the JSON of what it shows (the forecast with the figures of its models too), and the
plan as it is taken along: shift sheet, calendar, CSV. A parameter stands for any value: the door says what is open, the route what
there is.
"""


@dataclass(frozen=True, slots=True)
class Doors:
    """Bound port -> level, the hosts that are ours, the token that guards what changes things, and what Nginx proves itself by."""

    levels: Mapping[int, int]
    allowed_hosts: frozenset[str]
    api_token: str | None = field(default=None, repr=False)
    nginx_secret: str | None = field(default=None, repr=False)

    def is_ours(self, level: int, host: str) -> bool:
        """Whether a Host may be asked for: one of the list; at levels 2 and 3 an address as well, which no name can be bound to."""
        return host in self.allowed_hosts or (level != 1 and _is_address(host))


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


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def is_same(given: str, expected: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(given.encode(), expected.encode())


def table(routes: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    """The access table of (method, path) pairs: for each who may call it. A parameter of a path stands for any value."""
    asked = [(method, path, re.sub(r"\{[^}]*\}", "x", path)) for method, path in routes]
    return [
        {
            "method": method,
            "path": path,
            "level_1": is_open(1, method, filled),
            "level_2": is_open(2, method, filled),
            "level_2_signed_in": is_open(2, method, filled, signed_in=True),
            "level_3": is_open(3, method, filled),
            "token": changes_things(method, filled),
        }
        for method, path, filled in asked
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as the doors look at it."""

    level: int
    method: str
    path: str
    headers: Headers
    is_nginx: bool
    client: str

    @property
    def user(self) -> str | None:
        """Who signed in: Nginx's word, and nobody else's."""
        return self.headers.get("x-remote-user") or None if self.level == 2 and self.is_nginx else None

    @property
    def address(self) -> str:
        """Whose request it is."""
        return self.headers.get("x-real-ip", self.client) if self.level == 2 and self.is_nginx else self.client


class AccessMiddleware:
    """Turns away what the listener's level does not allow, before anything else sees it; sets scope state `level`."""

    def __init__(self, app: ASGIApp, doors: Doors, guesses: Guesses) -> None:
        self._app = app
        self._doors = doors
        self._guesses = guesses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        server, client = scope.get("server"), scope.get("client")
        headers = Headers(scope=scope)
        asked = Asked(
            level=self._doors.levels.get(server[1], 0) if server else 0,
            method=scope["method"],
            path=scope["path"],
            headers=headers,
            is_nginx=self._is_nginx(headers),
            client=client[0] if client else "",
        )
        refusal = self._refusal(asked)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["level"] = asked.level
        scope["state"]["user"] = asked.user
        await self._app(scope, receive, send)

    def _is_nginx(self, headers: Headers) -> bool:
        expected = self._doors.nginx_secret
        return expected is not None and is_same(headers.get("x-nginx-secret", ""), expected)

    def _refusal(self, asked: Asked) -> Response | None:
        return self._stranger(asked) or self._closed(asked) or self._change(asked)

    def _stranger(self, asked: Asked) -> Response | None:
        """Level 2 knows Nginx by its secret; where there is none, and at the other levels, the Host must be ours."""
        if asked.level == 2 and self._doors.nginx_secret is not None:
            return None if asked.is_nginx else problem(403, "Not Nginx", "only Nginx speaks here, and this is not its secret")
        host = host_name(asked.headers.get("host"))
        if asked.level and not self._doors.is_ours(asked.level, host):
            return problem(421, "Host not allowed", f"host {host!r} is not in ALLOWED_HOSTS")
        return None

    def _closed(self, asked: Asked) -> Response | None:
        if not PLAIN_PATH.fullmatch(asked.path):
            return problem(404, "Not Found", "a path has no control characters, no backslash and no empty or dotted part")
        if is_open(asked.level, asked.method, asked.path, bool(asked.user)):
            return None
        detail = f"{asked.method} {asked.path} is not open at access level {asked.level}"
        return problem(403, "Not available at this door", detail)

    def _change(self, asked: Asked) -> Response | None:
        if not changes_things(asked.method, asked.path):
            return None
        if is_cross_site(asked.headers):
            return problem(403, "Cross-site request", "this request changes things and comes from another site")
        return self._token(asked)

    def _token(self, asked: Asked) -> Response | None:
        expected, given = self._doors.api_token, asked.headers.get("x-api-token", "")
        if expected is None:
            return None
        wait_s = math.ceil(self._guesses.wait_s(asked.address)) if given else 0
        if wait_s:
            detail = f"too many wrong tokens came from {asked.address}; the next one is looked at in {wait_s} s"
            return problem(429, "Wait", detail, {"Retry-After": str(wait_s)})
        if given and is_same(given, expected):
            self._guesses.right(asked.address)
            return None
        if given:
            self._guesses.wrong(asked.address)
        return problem(401, "Token needed", "this request changes things: send the token in the header X-API-Token")
