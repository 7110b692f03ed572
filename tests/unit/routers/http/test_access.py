"""The one table of route x method x level, and what the middleware turns away."""

import time
from collections.abc import Callable

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from routers.http import guesses
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


SECRET = "n9"
PROOF = {"x_nginx_secret": SECRET}


def app_with(token: str | None = None, nginx: str | None = SECRET, now: Callable[[], float] = time.monotonic) -> ASGIApp:
    routes = [Route("/{path:path}", whoami, methods=["GET", "POST", "DELETE"])]
    doors = Doors({8000: 1, 8001: 2, 8002: 3}, frozenset({"localhost"}), token, nginx)
    return AccessMiddleware(Starlette(routes=routes), doors, guesses.Guesses(now))


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
    assert (await ask(app_with(), "POST", "/models/train", port=8001, x_remote_user="ana", **PROOF)).json() == {
        "level": 2,
        "user": "ana",
    }
    assert (await ask(app_with(), "POST", "/models/train", port=8002, x_remote_user="ana")).status_code == 403
    assert (await ask(app_with(), "GET", "/prices", port=8000, x_remote_user="ana")).json()["user"] is None


async def test_an_empty_remote_user_is_nobody() -> None:
    assert (await ask(app_with(), "POST", "/models/train", port=8001, x_remote_user="", **PROOF)).status_code == 403


async def test_a_host_that_is_not_ours_is_misdirected() -> None:
    assert (await ask(app_with(), "GET", "/dashboard", host="evil.example:8000")).status_code == 421


@pytest.mark.parametrize(
    "headers", [{"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"origin": "http://evil.example"}]
)
async def test_a_cross_site_request_may_read_but_not_change(headers: dict[str, str]) -> None:
    assert (await ask(app_with(), "POST", "/models/train", 8000, **headers)).status_code == 403
    assert (await ask(app_with(), "GET", "/prices", 8000, **headers)).status_code == 200


async def test_the_page_itself_may_change_things() -> None:
    same = {"sec_fetch_site": "same-origin", "origin": "http://localhost:8000"}
    assert (await ask(app_with(), "POST", "/models/train", 8000, **same)).status_code == 200


async def test_the_token_guards_what_changes_things_at_every_level() -> None:
    app = app_with("s3cret")
    assert (await ask(app, "POST", "/models/train")).status_code == 401
    assert (await ask(app, "POST", "/models/train", x_api_token="wrong")).status_code == 401
    assert (await ask(app, "POST", "/models/train", x_api_token="s3cret")).status_code == 200
    assert (await ask(app, "POST", "/models/train", port=8001, x_remote_user="ana", **PROOF)).status_code == 401
    assert (await ask(app, "GET", "/prices")).status_code == 200
    assert (await ask(app, "POST", "/predict/energy-optimization")).status_code == 200


@pytest.mark.parametrize("path", ["/metrics\n", "/metrics\x0b", "//metrics", "/./metrics", "/a/../metrics", "/a\\b", "/docs\t"])
def test_a_path_that_is_written_otherwise_is_no_way_round_the_table(path: str) -> None:
    assert not PLAIN_PATH.fullmatch(path)


@pytest.mark.parametrize("path", ["/", "/metrics", "/prices", "/models/price_forecast/metrics", "/optimize/production/current.ics"])
def test_plain_paths_are_plain(path: str) -> None:
    assert PLAIN_PATH.fullmatch(path)


async def test_who_speaks_at_level_2_proves_to_be_nginx() -> None:
    for wrong in ({}, {"x_nginx_secret": "n"}, {"x_nginx_secret": "n99"}):
        assert (await ask(app_with(), "GET", "/prices", port=8001, **wrong)).status_code == 403
    assert (await ask(app_with(), "GET", "/prices", port=8001, host="factory.example.com", **PROOF)).status_code == 200


async def test_without_a_secret_nobody_can_sign_in_and_the_host_must_be_ours() -> None:
    app = app_with(nginx=None)
    assert (await ask(app, "POST", "/models/train", port=8001, x_remote_user="ana", x_nginx_secret="")).status_code == 403
    assert (await ask(app, "GET", "/prices", port=8001)).json() == {"level": 2, "user": None}
    assert (await ask(app, "GET", "/prices", port=8001, host="evil.example:8001")).status_code == 421


async def test_a_name_that_was_bound_to_our_address_reads_nothing_at_the_tailnets_door() -> None:
    assert (await ask(app_with(), "GET", "/dashboard", port=8002, host="evil.example:8002")).status_code == 421
    for ours in ("localhost:8002", "192.168.100.10:8002", "[::1]:8002"):
        assert (await ask(app_with(), "GET", "/dashboard", port=8002, host=ours)).status_code == 200


async def test_after_a_few_wrong_tokens_even_the_right_one_waits_longer_each_time() -> None:
    now = 0.0
    app = app_with("s3cret", now=lambda: now)

    async def told(token: str) -> tuple[int, str | None]:
        answer = await ask(app, "POST", "/models/train", x_api_token=token)
        return answer.status_code, answer.headers.get("retry-after")

    assert [await told("wrong") for _ in range(guesses.FREE)] == [(401, None)] * guesses.FREE
    for wait in (1, 2, 4, 8, 16, 32, 60, 60):
        assert await told("s3cret") == (429, str(wait))
        now += wait
        assert await told("wrong") == (401, None)
    now += 60
    assert await told("s3cret") == (200, None)
    assert await told("wrong") == (401, None)
    assert await told("s3cret") == (200, None)


async def test_who_says_no_token_at_all_guesses_nothing() -> None:
    app = app_with("s3cret", now=lambda: 0.0)
    assert {(await ask(app, "POST", "/models/train")).status_code for _ in range(20)} == {401}
    assert (await ask(app, "POST", "/models/train", x_api_token="s3cret")).status_code == 200


async def test_behind_nginx_each_guesses_for_himself() -> None:
    app = app_with("s3cret", now=lambda: 0.0)
    ana, eve = ({"port": 8001, "x_remote_user": "ana", "x_real_ip": address} | PROOF for address in ("10.0.0.1", "10.0.0.2"))
    for _ in range(guesses.FREE + 1):
        last = await ask(app, "POST", "/models/train", x_api_token="wrong", **eve)  # type: ignore[arg-type]
    assert last.status_code == 429
    assert (await ask(app, "POST", "/models/train", x_api_token="s3cret", **ana)).status_code == 200  # type: ignore[arg-type]


def test_guesses_from_everywhere_take_no_memory() -> None:
    kept = guesses.Guesses(lambda: 0.0)
    for number in range(guesses.MOST_ADDRESSES + 50):
        kept.wrong(str(number))
    assert len(kept._wrong) == guesses.MOST_ADDRESSES


def test_what_was_wrong_a_while_ago_is_forgotten() -> None:
    now = 0.0
    kept = guesses.Guesses(lambda: now)
    for _ in range(guesses.FREE):
        kept.wrong("a")
    now = guesses.FORGOTTEN_AFTER_S + 1
    kept.wrong("a")
    assert kept.wait_s("a") == 0
