"""The one table of route x method x level, and what the middleware turns away."""

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from routers.http.access import PLAIN_PATH, AccessMiddleware, Doors, changes_things, is_open

# (method, path): who may, as (level 1, level 2, level 2 signed in, level 3)
TABLE = {
    ("GET", "/dashboard"): (True, True, True, True),
    ("HEAD", "/dashboard"): (True, True, True, True),
    ("GET", "/dashboard/complete"): (True, True, True, True),
    ("GET", "/dashboard/alerts"): (True, True, True, True),
    ("GET", "/optimize/production/current"): (True, True, True, True),
    ("GET", "/optimize/production/current.html"): (True, True, True, True),
    ("GET", "/optimize/production/current.ics"): (True, True, True, True),
    ("HEAD", "/optimize/production/current.csv"): (True, True, True, True),
    ("POST", "/optimize/production/current.csv"): (True, False, True, False),
    ("GET", "/optimize/production/current.csv/7"): (True, True, True, False),
    ("GET", "/optimize/production/currentXcsv"): (True, True, True, False),
    ("GET", "/optimize/production/7"): (True, True, True, False),
    ("GET", "/weather/points"): (True, True, True, False),
    ("GET", "/prices"): (True, True, True, False),
    ("GET", "/ready"): (True, True, True, False),
    ("GET", "/metrics"): (True, False, False, False),
    ("GET", "/docs"): (True, False, False, False),
    ("GET", "/openapi.json"): (True, False, False, False),
    ("POST", "/predict/energy-optimization"): (True, True, True, False),
    ("POST", "/gaps/backfill"): (True, False, True, False),
    ("POST", "/models/train"): (True, False, True, False),
    ("DELETE", "/plan/wishes/7"): (True, False, True, False),
    ("GET", "/dashboard/../metrics"): (True, True, True, False),
    ("POST", "/dashboard"): (True, False, True, False),
    ("OPTIONS", "/dashboard"): (True, False, True, False),
}


@pytest.mark.parametrize(("request_", "who"), TABLE.items(), ids=str)
def test_the_table(request_: tuple[str, str], who: tuple[bool, bool, bool, bool]) -> None:
    method, path = request_
    doors = [is_open(1, method, path), is_open(2, method, path), is_open(2, method, path, True), is_open(3, method, path)]
    assert tuple(doors) == who


@pytest.mark.parametrize("level", [0, 4, -1])
def test_an_unknown_listener_opens_nothing(level: int) -> None:
    assert not any(is_open(level, method, path) for method, path in TABLE)


def test_predictions_change_nothing_and_the_rest_does() -> None:
    assert not changes_things("POST", "/predict/energy-optimization")
    assert changes_things("POST", "/models/train")
    assert not changes_things("GET", "/models/train")


async def whoami(request: Request) -> JSONResponse:
    state = request.scope["state"]
    return JSONResponse({"level": state["level"], "user": state["user"]})


def app_with(token: str | None = None) -> ASGIApp:
    routes = [Route("/{path:path}", whoami, methods=["GET", "POST", "DELETE"])]
    doors = Doors({8000: 1, 8001: 2, 8002: 3}, frozenset({"localhost"}), token)
    return AccessMiddleware(Starlette(routes=routes), doors)


async def ask(app: ASGIApp, method: str, path: str, port: int = 8000, **headers: str) -> httpx2.Response:
    async def through_port(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "server": ("127.0.0.1", port)}, receive, send)

    transport = httpx2.ASGITransport(app=through_port)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        return await client.request(method, path, headers=given)


async def test_the_level_is_the_listener_and_no_header_changes_it() -> None:
    spoofed = {"x_forwarded_for": "127.0.0.1", "x_forwarded_port": "8000", "forwarded": "for=127.0.0.1", "x_access_level": "1"}
    answer = await ask(app_with(), "POST", "/models/train", port=8002, **spoofed)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_remote_user_counts_at_level_2_only() -> None:
    assert (await ask(app_with(), "POST", "/models/train", port=8001, x_remote_user="ana")).json() == {"level": 2, "user": "ana"}
    assert (await ask(app_with(), "POST", "/models/train", port=8002, x_remote_user="ana")).status_code == 403
    assert (await ask(app_with(), "GET", "/prices", port=8000, x_remote_user="ana")).json()["user"] is None


async def test_an_empty_remote_user_is_nobody() -> None:
    assert (await ask(app_with(), "POST", "/models/train", port=8001, x_remote_user="")).status_code == 403


async def test_a_host_that_is_not_ours_is_misdirected() -> None:
    assert (await ask(app_with(), "GET", "/dashboard", host="evil.example:8000")).status_code == 421


@pytest.mark.parametrize(
    "headers", [{"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"origin": "http://evil.example"}]
)
async def test_a_cross_site_request_may_read_but_not_change(headers: dict[str, str]) -> None:
    assert (await ask(app_with(), "POST", "/models/train", **headers)).status_code == 403
    assert (await ask(app_with(), "GET", "/prices", **headers)).status_code == 200


async def test_the_page_itself_may_change_things() -> None:
    same = {"sec_fetch_site": "same-origin", "origin": "http://localhost:8000"}
    assert (await ask(app_with(), "POST", "/models/train", **same)).status_code == 200


async def test_the_token_guards_what_changes_things_at_every_level() -> None:
    app = app_with("s3cret")
    assert (await ask(app, "POST", "/models/train")).status_code == 401
    assert (await ask(app, "POST", "/models/train", x_api_token="wrong")).status_code == 401
    assert (await ask(app, "POST", "/models/train", x_api_token="s3cret")).status_code == 200
    assert (await ask(app, "POST", "/models/train", port=8001, x_remote_user="ana")).status_code == 401
    assert (await ask(app, "GET", "/prices")).status_code == 200
    assert (await ask(app, "POST", "/predict/energy-optimization")).status_code == 200


@pytest.mark.parametrize("path", ["/metrics\n", "/metrics\x0b", "//metrics", "/./metrics", "/a/../metrics", "/a\\b", "/docs\t"])
def test_a_path_that_is_written_otherwise_is_no_way_round_the_table(path: str) -> None:
    assert not PLAIN_PATH.fullmatch(path)


@pytest.mark.parametrize("path", ["/", "/metrics", "/prices", "/models/price_forecast/metrics", "/optimize/production/current.ics"])
def test_plain_paths_are_plain(path: str) -> None:
    assert PLAIN_PATH.fullmatch(path)
