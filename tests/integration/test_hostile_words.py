"""Half a surrogate pair in every text that is taken, and bodies without measure, at each door: refused, never a failure."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from support.described import HEAVY
from support.service import Service, running_service, settings_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOON = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)
SECRET = "x7Qm2vR9tLp4Zk8WcN5bHj3sDf6g"
AS_ANA = {"X-Nginx-Secret": SECRET, "X-Remote-User": "ana"}
HALF = "\ud800"
HALF_IN_BYTES = "%ED%A0%80"
LEVELS = (1, 2, 3)
Body = bytes | AsyncIterator[bytes]


@dataclass(frozen=True)
class Operation:
    """A described operation."""

    method: str
    path: str
    described: dict[str, Any]
    schemas: dict[str, Any]

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of its body."""
        content = self.described.get("requestBody", {}).get("content", {})
        schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return schema

    def filled(self, value: str) -> str:
        """Its path with a value in place of each text, and 7 of each number."""
        path = self.path
        for parameter in self.described.get("parameters", []):
            if parameter["in"] == "path":
                is_number = parameter["schema"].get("type") == "integer"
                path = path.replace("{" + parameter["name"] + "}", "7" if is_number else value)
        return path

    def queries(self) -> list[str]:
        """Each parameter of the query with half a pair, written in bytes."""
        names = [parameter["name"] for parameter in self.described.get("parameters", []) if parameter["in"] == "query"]
        return [f"?{quote(name)}={HALF_IN_BYTES}" for name in names]

    def sample(self, schema: dict[str, Any], text: str) -> Any:
        """A value of a schema whose texts are all one text."""
        if "$ref" in schema:
            return self.sample(self.schemas[schema["$ref"].rpartition("/")[2]], text)
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self.sample(schema[choice][0], text)
        kind = schema.get("type", "string")
        if kind == "object":
            return {name: self.sample(part, text) for name, part in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.sample(schema.get("items", {}), text)]
        return {"string": text, "integer": 1, "number": 1.0, "boolean": True, "null": None}[kind]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Service]:
    settings = settings_for(None, tmp_path_factory.mktemp("words"), NGINX_SECRET=SECRET, SCHEDULER_ENABLED="false")
    async with running_service(settings, lambda: NOON) as running:
        yield running


async def operations(service: Service) -> list[Operation]:
    """All but the heavy one."""
    told = await service.json("/openapi.json")
    schemas = told["components"]["schemas"]
    return [
        Operation(method.upper(), path, described, schemas)
        for path, methods in told["paths"].items()
        for method, described in methods.items()
        if path != HEAVY
    ]


async def answered(service: Service, level: int, method: str, path: str, body: Body = b"") -> int:
    """The status of an answer that can be read, and is no failure."""
    headers = {"Content-Type": "application/json"} | (AS_ANA if level == 2 else {})
    answer = await service.client.request(method, service.url(path, level), headers=headers, content=body)
    where = f"{method} {path} at level {level}: {answer.status_code} {answer.text[:300]}"
    is_away = answer.status_code == 503 and path.startswith("/ready")
    assert answer.status_code < 500 or is_away, where
    if answer.headers.get("content-type", "").endswith("json"):
        json.loads(answer.content)
    return answer.status_code


def texts() -> Iterator[str]:
    """What stands in place of every text of a body."""
    yield HALF
    yield f"batch {HALF} 7"
    yield "\udc00\ud800"


@pytest.mark.parametrize("level", LEVELS)
async def test_half_a_pair_is_refused_wherever_it_stands(service: Service, level: int) -> None:
    asked = 0
    for each in await operations(service):
        for path in [each.filled(HALF_IN_BYTES), *(each.filled("x") + query for query in each.queries())]:
            await answered(service, level, each.method, path, b"{}" if each.body else b"")
            asked += 1
        for text in texts() if each.body else ():
            assert each.body is not None
            sample = each.sample(each.body, text)
            for body in (sample, {HALF: 1}, {**sample, HALF: text} if isinstance(sample, dict) else [text]):
                sent = json.dumps(body)
                status = await answered(service, level, each.method, each.filled("x"), sent.encode())
                assert "\\ud" not in sent or 400 <= status < 500, (each.method, each.path, status, sent)
                asked += 1
    assert asked > 150


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body that does not state its length."""
    for _ in range(size // 50_000):
        yield b" " * 50_000


def huge() -> Iterator[tuple[str, Body]]:
    """Bodies without measure, by what they are."""
    yield "a text of a megabyte", b'{"note": "' + b"a" * 1_100_000 + b'"}'
    yield "a text just below the bound", b'{"note": "' + b"a" * 990_000 + b'"}'
    yield "no stated length", chunks(2_000_000)
    yield "nested", b"[" * 200_000
    yield "nested names", b'{"a":' * 100_000
    yield "a long number", b'{"kg": ' + b"9" * 500_000 + b"}"
    yield "many values", b'{"demand": [' + b"1," * 300_000 + b"1]}"
    yield "half pairs", b'{"note": "' + b"\\ud800" * 100_000 + b'"}'


@pytest.mark.parametrize("level", LEVELS)
async def test_a_body_without_measure_is_refused_and_the_service_goes_on(service: Service, level: int) -> None:
    for each in await operations(service):
        if each.body is None:
            continue
        for what, body in huge():
            status = await answered(service, level, each.method, each.filled("x"), body)
            assert 400 <= status < 500, (each.method, each.path, what, status)
    assert (await service.get("/health")).status_code == 200
