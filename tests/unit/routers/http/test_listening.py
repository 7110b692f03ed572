"""What a listener takes before there is a request: bounds on headers, on time, on how many wait. Over real sockets."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest
import uvicorn
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from routers.http import listening
from routers.http.listening import MOST_HEAD_BYTES, MOST_HEADERS, MOST_UNFINISHED, BoundedProtocol

Port = int
START = b"GET / HTTP/1.1\r\nhost: x\r\n"


async def lengths(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body."""
    body = str(len(await Request(scope, receive).body())).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncGenerator[Port]:
    config = uvicorn.Config(lengths, http=BoundedProtocol, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: BoundedProtocol(config, state, {}), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, *pieces: bytes) -> None:
        with suppress(ConnectionError):  # refused before all was said
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()
                await asyncio.sleep(0.01)

    async def told(self) -> bytes:
        """What comes until it closes, or for as long as an answer is whole."""
        with suppress(ConnectionError):
            return await asyncio.wait_for(self.reader.read(1000), 30)
        return b""


async def connected(port: Port) -> Client:
    return Client(*await asyncio.open_connection("127.0.0.1", port))


async def ask(port: Port, *pieces: bytes) -> bytes:
    client = await connected(port)
    await client.send(*pieces)
    answer = await client.told()
    client.writer.close()
    return answer


def headers(count: int, size: int = 1) -> bytes:
    return b"".join(b"h%d: %s\r\n" % (number, b"z" * size) for number in range(count))


async def test_an_ordinary_request_is_answered_whole_or_in_pieces_one_after_another(port: Port) -> None:
    client = await connected(port)
    for _ in range(3):
        await client.send(b"POST / HT", b"TP/1.1\r\nhost: x\r\ncontent-len", b"gth: 5\r\n\r\nab", b"cde")
        answer = await client.told()
        assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"5")
    client.writer.close()


@pytest.mark.parametrize("size", [10, 300])
async def test_so_many_headers_are_taken_and_no_more(port: Port, size: int) -> None:
    assert (await ask(port, START + headers(MOST_HEADERS - 1, size) + b"\r\n")).startswith(b"HTTP/1.1 200")
    assert (await ask(port, START + headers(MOST_HEADERS, size) + b"\r\n")).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    "pieces",
    [
        [START + b"x: " + b"z" * MOST_HEAD_BYTES + b"\r\n\r\n"],
        [b"GET /" + b"z" * MOST_HEAD_BYTES + b" HTTP/1.1\r\n\r\n"],
        [START + b"x: ", *[b"z" * 10_000] * 5],
        [b"GET /", *[b"z" * 10_000] * 5],
        [START, *[b"x: " + b"z" * 5_000 + b"\r\n"] * 9],
        [b"\r\n" * 10_000] * 5,
    ],
    ids=[
        "long value",
        "long address",
        "a value without end",
        "an address without end",
        "headers without end",
        "line ends without end",
    ],
)
async def test_a_head_that_is_too_long_is_refused_while_it_comes(
    port: Port, pieces: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "REQUEST_WITHIN_S", 1000)
    answer = await ask(port, *pieces)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431")  # who still sends when it closes may lose the answer


async def test_a_long_body_is_no_long_head(port: Port) -> None:
    body = b"z" * (3 * MOST_HEAD_BYTES)
    answer = await ask(port, START.replace(b"GET", b"POST") + b"content-length: %d\r\n\r\n" % len(body), body)
    assert answer.endswith(str(len(body)).encode())


@pytest.mark.parametrize(
    "pieces",
    [[], [b"G"], [START], [START + b"content-length: 10\r\n\r\n", b"ab"]],
    ids=["nothing", "one sign", "half a head", "half a body"],
)
async def test_a_request_that_does_not_get_whole_is_dropped(
    port: Port, pieces: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "REQUEST_WITHIN_S", 0.3)
    assert await ask(port, *pieces) == b""


async def test_so_is_a_second_one_on_the_same_connection(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "REQUEST_WITHIN_S", 0.3)
    client = await connected(port)
    await client.send(START + b"\r\n")
    assert (await client.told()).startswith(b"HTTP/1.1 200")
    await client.send(START)
    assert await client.told() == b""
    client.writer.close()


async def test_what_waits_longest_makes_room_and_others_are_answered(port: Port) -> None:
    half = []
    for _ in range(MOST_UNFINISHED + 10):
        half.append(await connected(port))
        half[-1].writer.write(START)
    assert (await ask(port, START + b"\r\n")).startswith(b"HTTP/1.1 200")
    dropped = [client for client in half if client.reader.at_eof() or client.reader.exception()]
    assert 10 <= len(dropped) <= 11 and dropped == half[: len(dropped)]
    for client in half:
        client.writer.close()
