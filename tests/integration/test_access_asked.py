"""The table of docs/access.md as a running service answers at each of its doors, whatever stands in place of a parameter."""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import httpx2
import pytest
import pytest_asyncio

from settings import ROOT
from support.service import Service, running_service, settings_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOON = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)
SECRET, TOKEN = "x7Qm2vR9tLp4Zk8WcN5bHj3sDf6g", "q8Wn3xT7vKr5Ym2PzJ6cLh9sFb4d"
CLOSED, TOKEN_NEEDED = "Not available at this door", "Token needed"
VALUES = ("energy_optimization", "7", "a-1.0", "%C3%91")
"""What may stand in place of a parameter that takes text."""
ROW = re.compile(r"^\| ([A-Z]+) \| `([^`]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
ROWS = [tuple(cell.strip() for cell in row) for row in ROW.findall((ROOT / "docs/access.md").read_text(encoding="utf-8"))]
DOORS = ((1, False), (2, False), (2, True), (3, False))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Service]:
    """Guarded, without a source and without a history: who is let in is decided before anything is looked at."""
    more = {"NGINX_SECRET": SECRET, "API_TOKEN": TOKEN, "SCHEDULER_ENABLED": "false"}
    async with running_service(settings_for(None, tmp_path_factory.mktemp("doors"), **more), lambda: NOON) as running:
        yield running


async def asked(service: Service, method: str, path: str, level: int, *, signed_in: bool) -> httpx2.Response:
    """The answer to somebody without a token."""
    headers = {"X-Nginx-Secret": SECRET} if level == 2 else {}
    headers |= {"X-Remote-User": "ana"} if signed_in else {}
    return await service.client.request(
        method, service.url(path, level), headers=headers, content=b"{}" if method == "POST" else b""
    )


def title(answer: httpx2.Response) -> str:
    """What an answer is called, where it is a problem."""
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return str(answer.json()["title"]) if is_problem else ""


def paths(path: str) -> list[str]:
    """A route with each value in place of its parameters."""
    filled = re.sub(r"\{\w+:int\}", "7", path)
    return list(dict.fromkeys(re.sub(r"\{\w+\}", value, filled) for value in VALUES))


async def test_the_table_has_rows() -> None:
    assert len(ROWS) > 50 and ("GET", "/models/{name}/metrics") in [row[:2] for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
async def test_each_door_answers_as_its_row_says(service: Service, row: tuple[str, ...]) -> None:
    method, route, *open_at, token = row
    for path in paths(route):
        for (level, signed_in), is_open in zip(DOORS, open_at, strict=True):
            answer = await asked(service, method, path, level, signed_in=signed_in)
            where = f"{method} {path} at level {level}, signed in {signed_in}: {answer.status_code} {answer.text[:200]}"
            assert (title(answer) == CLOSED) is (is_open == ""), where
            assert (title(answer) == TOKEN_NEEDED) is (bool(token) and is_open == "yes"), where
            if method == "GET":
                head = await asked(service, "HEAD", path, level, signed_in=signed_in)
                assert (head.status_code == 403) is (is_open == ""), where
