"""What an unsuccessful answer of InfluxDB means, and when a request is tried again: over a real socket."""

import contextlib
import time
from collections.abc import AsyncGenerator

import pytest

from adapters.store.influx.http import InfluxApi, InfluxTarget, Patience, error_of
from adapters.store.influx.query import Question
from domain.errors import (
    FieldConflictError,
    StoreBusyError,
    StoreDeniedError,
    StoreError,
    StoreMissingError,
    StoreRefusedError,
    StoreUnavailableError,
    TooLargeError,
)
from support.upstream import Reply, serving

TOKEN = "a-token-that-must-stay-secret"
QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.2)
TAKEN = Reply(204)


@contextlib.asynccontextmanager
async def calling(
    url: str, *, bucket: str = "energy_data", token: str = TOKEN, org: str | None = None
) -> AsyncGenerator[InfluxApi]:
    api = InfluxApi(InfluxTarget(url, bucket, token, org), QUICK)
    try:
        yield api
    finally:
        await api.aclose()


CONFLICT = b'{"code":"unprocessable entity","message":"failure writing points to database: partial write: field type conflict"}'


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b'{"error":"partial write: field type conflict: input field \\"x\\" ..."}', FieldConflictError),
        (422, CONFLICT, FieldConflictError),
        (401, b'{"code":"unauthorized","message":"unauthorized access"}', StoreDeniedError),
        (403, b'{"code":"forbidden","message":"insufficient permissions for write"}', StoreDeniedError),
        (404, b'{"error":"database not found: \\"x\\""}', StoreMissingError),
        (413, b"Request Entity Too Large", TooLargeError),
        (429, b"", StoreBusyError),
        (503, b"<html>", StoreBusyError),
        (500, b'{"error":"engine: no space left on device"}', StoreUnavailableError),
        (502, b"", StoreUnavailableError),
        (400, b'{"error":"unable to parse"}', StoreRefusedError),
        (422, b'{"message":"points beyond retention policy"}', StoreRefusedError),
    ],
)
def test_each_failure_has_its_own_error(status: int, body: bytes, error: type[StoreError]) -> None:
    assert type(error_of(status, body, None)) is error


def test_the_error_says_what_the_server_said_and_which_setting_to_look_at() -> None:
    assert "unauthorized access" in str(error_of(401, b'{"message":"unauthorized access"}', None))
    assert "INFLUXDB_TOKEN" in str(error_of(401, b"", None))
    assert "INFLUXDB_BUCKET" in str(error_of(404, b"", None))


async def test_a_write_goes_to_the_bucket_with_the_token_packed_and_in_seconds() -> None:
    async with serving([TAKEN]) as server, calling(server.url, org="chocolate") as api:
        await api.write(["m x=1 1"])
    (seen,) = server.seen
    assert (seen.path, seen.param("db"), seen.param("org"), seen.param("precision")) == ("/write", "energy_data", "chocolate", "s")
    assert (seen.headers["authorization"], seen.headers["content-encoding"]) == (f"Token {TOKEN}", "gzip")


async def test_a_busy_server_is_asked_again_after_the_pause_that_it_names() -> None:
    async with serving([Reply(429, headers=(("Retry-After", "0.1"),)), Reply(503), TAKEN]) as server, calling(server.url) as api:
        await api.write(["m x=1 1"])
    assert len(server.seen) == 3
    assert server.seen[1].at_s - server.seen[0].at_s >= 0.1


async def test_a_pause_that_is_too_long_is_left_to_the_caller() -> None:
    async with serving([Reply(503, headers=(("Retry-After", "3600"),))]) as server, calling(server.url) as api:
        with pytest.raises(StoreBusyError) as caught:
            await api.write(["m x=1 1"])
    assert (len(server.seen), caught.value.retry_after_s) == (1, 3600)


async def test_a_retry_after_that_is_a_date_falls_back_to_our_own_pauses() -> None:
    async with (
        serving([Reply(429, headers=(("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"),)), TAKEN]) as server,
        calling(server.url) as api,
    ):
        await api.write(["m x=1 1"])
    assert len(server.seen) == 2


async def test_patience_ends() -> None:
    async with serving([Reply(500)]) as server, calling(server.url) as api:
        with pytest.raises(StoreUnavailableError):
            await api.query(Question("SELECT 1", {}))
    assert len(server.seen) == 3


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_what_asking_again_cannot_mend_is_asked_once(status: int) -> None:
    async with serving([Reply(status)]) as server, calling(server.url) as api:
        with pytest.raises(StoreError):
            await api.write(["m x=1 1"])
    assert len(server.seen) == 1


async def test_a_batch_that_is_too_large_is_halved_until_it_fits() -> None:
    async with serving([Reply(413), Reply(413), TAKEN, TAKEN, TAKEN]) as server, calling(server.url) as api:
        await api.write([f"m x={n} {n}" for n in range(4)])
    assert len(server.seen) == 5  # 4 refused, 2 refused, 1, 1, 2


async def test_a_single_line_that_is_too_large_is_an_error() -> None:
    async with serving([Reply(413)]) as server, calling(server.url) as api:
        with pytest.raises(TooLargeError):
            await api.write(["m x=1 1", "m x=2 2"])
    assert len(server.seen) == 2


async def test_a_server_that_is_not_there_is_away_and_the_token_is_not_told() -> None:
    async with serving([TAKEN]) as server:
        url = server.url
    started = time.perf_counter()
    async with calling(url) as api:
        with pytest.raises(StoreUnavailableError) as caught:
            await api.write(["m x=1 1"])
    assert time.perf_counter() - started < 30
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(InfluxTarget(url, "b", TOKEN))


async def test_an_answer_that_is_cut_is_asked_for_again() -> None:
    whole = b'{"results":[{"statement_id":0}]}'
    async with serving([Reply(body=whole, cut=True), Reply(body=whole)]) as server, calling(server.url) as api:
        assert await api.query(Question("SELECT 1", {})) == whole


async def test_ping_asks_once() -> None:
    async with serving([Reply(503)]) as server, calling(server.url) as api:
        with pytest.raises(StoreBusyError):
            await api.ping()
    assert [seen.path for seen in server.seen] == ["/ping"]


async def test_a_closed_client_is_away() -> None:
    async with serving([TAKEN]) as server, calling(server.url) as api:
        await api.aclose()
        with pytest.raises(StoreUnavailableError):
            await api.write(["m x=1 1"])


@pytest.mark.parametrize("token", ["a\r\nX-Injected: 1", "a\nb"])
async def test_a_token_cannot_add_a_header(token: str) -> None:
    async with serving([TAKEN]) as server, calling(server.url, token=token) as api:
        with pytest.raises(StoreError):
            await api.write(["m x=1 1"])
    assert not any("x-injected" in seen.headers for seen in server.seen)


async def test_a_bucket_name_stays_one_parameter() -> None:
    async with serving([TAKEN]) as server, calling(server.url, bucket="b&db=other&precision=h#") as api:
        await api.write(["m x=1 1"])
    assert server.seen[0].query == (("db", "b&db=other&precision=h#"), ("precision", "s"))
