"""Bad requests: the answer is bounded, can be sent, and says what is wrong, whatever was given."""

import json
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from starlette.testclient import TestClient

from domain.errors import InvalidRequestError
from routers.http.limits import MOST_BODY_BYTES, LimitsMiddleware
from routers.http.problems import LONGEST_SHOWN, MOST_ERRORS, install


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hours: int = 1


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install(app)
    app.add_middleware(LimitsMiddleware)

    @app.post("/wanted")
    async def wanted(body: Wanted) -> int:
        return body.hours

    @app.get("/echo")
    async def echo() -> None:
        raise InvalidRequestError("bad \ud800", name="\udfff", value="\ud800", valid="text")

    return TestClient(app, raise_server_exceptions=False)


def test_a_body_of_90000_unknown_keys_gets_a_small_answer_that_says_how_much_is_left_out(client: TestClient) -> None:
    answer = client.post("/wanted", json={f"k{number}": 1 for number in range(90_000)})
    problem = answer.json()
    assert answer.status_code == 422 and len(answer.content) < 20_000
    assert (len(problem["errors"]), problem["errors_left_out"]) == (MOST_ERRORS, 90_000 - MOST_ERRORS)


def test_a_name_or_value_of_any_length_is_cut(client: TestClient) -> None:
    answer = client.post("/wanted", json={"x" * 500_000: "y" * 300_000})
    (error,) = answer.json()["errors"]
    assert (len(error["name"]), len(error["value"])) == (LONGEST_SHOWN, LONGEST_SHOWN)
    assert len(answer.content) < 20_000


@pytest.mark.parametrize("body", ['{"\\ud800": 1}', '{"hours": "\\udfff"}', '{"hours": {"\\ud800": []}}'])
def test_half_a_surrogate_pair_is_a_bad_request_and_no_fault(client: TestClient, body: str) -> None:
    answer = client.post("/wanted", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert json.loads(answer.content)["errors"]


def test_what_a_route_echoes_can_always_be_sent(client: TestClient) -> None:
    answer = client.get("/echo")
    assert (answer.status_code, answer.json()["detail"]) == (409, "bad ?")


def test_a_body_over_the_limit_that_does_not_state_its_length_is_too_large_not_bad(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"hours": "'
        for _ in range(MOST_BODY_BYTES // 10_000 + 1):
            yield b"1" * 10_000

    answer = client.post("/wanted", content=pieces(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["detail"].partition(": ")[2]) == (413, f"at most {MOST_BODY_BYTES} bytes")
