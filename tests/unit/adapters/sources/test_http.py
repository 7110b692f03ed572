"""The Fetcher against a real server: what it repeats, what it gives up, when it rests, what it tells."""

import asyncio
import contextlib
import gzip
import logging
import threading
import time
import tracemalloc
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from aiolimiter import AsyncLimiter

from adapters.sources.http import LONG_BYTES, PATIENT, Fetcher, Memory, RetryPolicy, make_client
from adapters.sources.products import Told
from adapters.sources.responses import MAX_BODY_BYTES, AmbiguousError, Answer, json_of
from adapters.state.file import open_state
from adapters.state.products import SqliteProductLog
from domain.errors import (
    BadPayloadError,
    BlockedError,
    NotPublishedError,
    RateLimitedError,
    SilentError,
    SourceError,
    SourceRejectedError,
    SourceUnavailableError,
    StoreUnavailableError,
    UnreachableError,
)
from domain.intake.verdict import RefusedError
from ports import ProductHealth, SourceHealth
from services.operations.sources_health import source_state
from support.upstream import AGENT, QUICK, HandClock, HealthNotes, Reply, Seen, fetching, serving

GOOD = Reply(body=b'{"answer": 42}')
BROKEN = Reply(503)


async def test_a_good_answer_takes_one_request_and_carries_the_agent_and_parameters() -> None:
    async with serving([GOOD]) as upstream, fetching(upstream.url + "/base/") as fetcher:
        assert await fetcher.get("some/path", json_of, params={"a": "1 2", "geo_ids[]": "3"}) == {"answer": 42}
    (seen,) = upstream.seen
    assert (seen.path, seen.query) == ("/base/some/path", (("a", "1 2"), ("geo_ids[]", "3")))
    assert seen.headers["user-agent"] == AGENT


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(500),
        BROKEN,
        Reply(504),
        Reply(408),
        Reply(body=b""),
        Reply(body=b"  \n"),
        Reply(body=b"<html>busy</html>", content_type="text/html"),
        Reply(body=b'{"answer": 4'),
        Reply(body=b'{"answer"', cut=True),
    ],
    ids=["500", "503", "504", "408", "empty", "blank", "html", "half a document", "cut connection"],
)
async def test_passing_trouble_is_asked_again_until_it_passes(trouble: Reply) -> None:
    async with serving([trouble, trouble, GOOD]) as upstream, fetching(upstream.url) as fetcher:
        assert await fetcher.get("/", json_of) == {"answer": 42}
    assert len(upstream.seen) == 3


async def test_after_five_tries_the_source_rests_five_minutes_then_ten_then_fifteen() -> None:
    clock, notes = HandClock(), HealthNotes()
    async with serving([BROKEN]) as upstream, fetching(upstream.url, clock=clock, health=notes) as fetcher:
        for minutes in (5, 10, 15, 15):
            before = len(upstream.seen)
            with pytest.raises(SourceUnavailableError, match="HTTP 503"):
                await fetcher.get("/", json_of)
            assert len(upstream.seen) - before == 5
            clock.forward(timedelta(minutes=minutes, seconds=-1))
            with pytest.raises(SourceUnavailableError, match="resting until"):
                await fetcher.get("/", json_of)
            assert len(upstream.seen) - before == 5  # no request while it rests
            clock.forward(timedelta(seconds=1))
        upstream.replies = [GOOD]
        assert await fetcher.get("/", json_of) == {"answer": 42}
        assert fetcher.health == notes.records[-1]
        upstream.replies = [BROKEN]
        with pytest.raises(SourceUnavailableError):
            await fetcher.get("/", json_of)
        assert notes.records[-1].open_until == clock.now + timedelta(minutes=5)
    assert [record.state for record in notes.records] == ["degraded"] * 4 + ["ok", "degraded"]
    assert notes.records[3].since == notes.records[0].since
    assert notes.records[-2].open_until is None


async def test_a_rest_outlives_a_restart() -> None:
    clock, notes = HandClock(), HealthNotes()
    async with serving([BROKEN]) as upstream:
        async with fetching(upstream.url, clock=clock, health=notes) as fetcher:
            with pytest.raises(SourceUnavailableError):
                await fetcher.get("/", json_of)
        async with fetching(upstream.url, clock=clock, stored=notes.records[-1]) as fetcher:
            with pytest.raises(SourceUnavailableError, match=r"resting until .* HTTP 503"):
                await fetcher.get("/", json_of)
    assert len(upstream.seen) == 5


async def test_a_firewall_is_not_provoked() -> None:
    page = Reply(403, b"<html>Incapsula incident</html>", "text/html")
    clock, notes = HandClock(), HealthNotes()
    async with serving([page, GOOD]) as upstream, fetching(upstream.url, clock=clock, health=notes) as fetcher:
        with pytest.raises(BlockedError, match="HTTP 403"):
            await fetcher.get("/", json_of)
        assert len(upstream.seen) == 1
        assert notes.records[-1].open_until == clock.now + timedelta(minutes=5)
        assert notes.records[-1].last_error_class == "BlockedError"
        clock.forward(timedelta(minutes=5))
        assert await fetcher.get("/", json_of) == {"answer": 42}


async def test_a_short_retry_after_is_waited_for() -> None:
    limit = Reply(429, headers=(("Retry-After", "1"),))
    async with serving([limit, GOOD]) as upstream, fetching(upstream.url) as fetcher:
        assert await fetcher.get("/", json_of) == {"answer": 42}
    first, second = upstream.seen
    assert 1.0 <= second.at_s - first.at_s < 20  # not the minute of a 429 that does not say


async def test_a_long_retry_after_makes_the_source_rest_exactly_that_long() -> None:
    clock = HandClock()
    limit = Reply(429, headers=(("Retry-After", "600"),))
    async with serving([limit, GOOD]) as upstream, fetching(upstream.url, clock=clock) as fetcher:
        with pytest.raises(RateLimitedError) as caught:
            await fetcher.get("/", json_of)
        assert caught.value.retry_after_s == 600
        clock.forward(timedelta(seconds=599))
        with pytest.raises(RateLimitedError) as caught:
            await fetcher.get("/", json_of)
        assert caught.value.retry_after_s == 1
        assert len(upstream.seen) == 1
        clock.forward(timedelta(seconds=1))
        assert await fetcher.get("/", json_of) == {"answer": 42}


@pytest.mark.parametrize(("status", "words"), [(401, "HTTP 401"), (404, "HTTP 404"), (301, "HTTP 301"), (400, "HTTP 400")])
async def test_a_refusal_is_final_and_asks_for_attention(status: int, words: str) -> None:
    notes = HealthNotes()
    async with serving([Reply(status)]) as upstream, fetching(upstream.url, health=notes) as fetcher:
        with pytest.raises(SourceRejectedError, match=words):
            await fetcher.get("/", json_of)
    assert len(upstream.seen) == 1
    assert notes.records[-1].state == "attention"
    assert notes.records[-1].open_until is None


async def test_not_published_is_normal_and_the_ambiguous_no_is_asked_three_times() -> None:
    def refuse(kind: type[SourceError]) -> Any:
        def read(answer: Answer) -> None:
            raise kind(answer.source, "no")

        return read

    notes = HealthNotes()
    async with serving([GOOD]) as upstream, fetching(upstream.url, health=notes) as fetcher:
        for kind, requests in ((NotPublishedError, 1), (AmbiguousError, 3)):
            before = len(upstream.seen)
            with pytest.raises(NotPublishedError):
                await fetcher.get("/", refuse(kind))
            assert len(upstream.seen) - before == requests
    assert {(note.state, note.last_error_class, note.open_until) for note in notes.records} == {
        ("waiting", "NotPublishedError", None)
    }


@pytest.mark.parametrize("trip", [KeyError("included"), ValueError("x"), TypeError(), RecursionError(), ZeroDivisionError()])
async def test_a_reader_that_trips_makes_a_bad_payload_and_no_second_request(trip: Exception) -> None:
    def read(answer: Answer) -> None:
        raise trip

    async with serving([GOOD]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(BadPayloadError, match=type(trip).__name__) as caught:
            await fetcher.get("/", read)
    assert caught.value.__cause__ is trip
    assert len(upstream.seen) == 1


async def test_a_body_is_read_up_to_the_limit_and_not_beyond() -> None:
    longest, too_long = Reply(body=b" " * MAX_BODY_BYTES), Reply(body=b" " * (MAX_BODY_BYTES + 1))
    async with serving([longest, too_long]) as upstream, fetching(upstream.url) as fetcher:
        assert await fetcher.get("/", lambda answer: len(answer.body)) == MAX_BODY_BYTES
        with pytest.raises(BadPayloadError, match="more than"):
            await fetcher.get("/", lambda answer: len(answer.body))


@pytest.mark.parametrize("beside", [False, True])
async def test_a_long_answer_is_read_beside_the_loop(beside: bool) -> None:
    answer = Reply(body=b" " * (LONG_BYTES + beside))
    async with serving([answer]) as upstream, fetching(upstream.url) as fetcher:
        reader = await fetcher.get("/", lambda _: threading.current_thread())
    assert (reader is not threading.current_thread()) is beside


@pytest.mark.parametrize("trip", [KeyError("included"), ValueError("x")])
async def test_what_a_reader_says_of_a_long_answer_is_told_as_of_a_short_one(trip: Exception) -> None:
    def read(answer: Answer) -> None:
        raise trip

    async with serving([Reply(body=b" " * (LONG_BYTES + 1))]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(BadPayloadError):
            await fetcher.get("/", read)


async def test_a_gzip_bomb_is_refused_without_unpacking_it() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    zipped = (("content-encoding", "gzip"),)
    good = Reply(body=gzip.compress(GOOD.body), headers=zipped)
    async with serving([good, Reply(body=bomb, headers=zipped)]) as upstream, fetching(upstream.url) as fetcher:
        assert await fetcher.get("/", json_of) == {"answer": 42}
        tracemalloc.start()
        with pytest.raises(BadPayloadError, match="more than"):
            await fetcher.get("/", json_of)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4 * MAX_BODY_BYTES


async def test_nobody_listens_is_unavailable() -> None:
    async with serving([GOOD]) as upstream:
        url = upstream.url
    async with fetching(url) as fetcher:
        with pytest.raises(UnreachableError):
            await fetcher.get("/", json_of)


async def test_a_reset_connection_is_tried_again() -> None:
    connections = 0

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readline()
        writer.transport.abort()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server, fetching(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as fetcher:
        with pytest.raises(SilentError, match="Error"):
            await fetcher.get("/", json_of)
    assert connections == 5


async def test_the_whole_call_ends_in_time_even_when_the_server_does_not_answer() -> None:
    policy = RetryPolicy(first_wait_s=0.01, jitter_s=0, total_s=0.5)
    async with serving([Reply(delay_s=60)]) as upstream, fetching(upstream.url, policy=policy, timeout_s=50) as fetcher:
        started = time.perf_counter()
        with pytest.raises(SourceUnavailableError):
            await fetcher.get("/", json_of)
        assert time.perf_counter() - started < 40


async def test_the_server_that_drips_is_cut_off() -> None:
    gone = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.transport.abort()
        gone.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, fetching(url, policy=RetryPolicy(total_s=0.5)) as fetcher:
        with pytest.raises(SilentError, match="TimeoutError"):
            await fetcher.get("/", json_of)
        await asyncio.wait_for(gone.wait(), 60)


async def test_a_cancelled_call_leaves_the_fetcher_usable_and_blames_nobody() -> None:
    notes = HealthNotes()
    async with serving([Reply(delay_s=60), GOOD]) as upstream, fetching(upstream.url, health=notes) as fetcher:
        task = asyncio.create_task(fetcher.get("/", json_of))
        while not upstream.seen:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert notes.records == []
        assert await fetcher.get("/", json_of) == {"answer": 42}


async def test_calls_take_turns_and_keep_the_rate() -> None:
    busy = most = 0

    def read(answer: Answer) -> None:
        assert answer.status == 200

    def reply(seen: Seen) -> Reply:
        return Reply(body=b"{}", delay_s=0.02)

    async with serving(reply) as upstream, make_client(upstream.url, AGENT) as client:
        fetcher = Fetcher("omie", client, AsyncLimiter(1, 0.5), clock=HandClock(), health=HealthNotes(), policy=QUICK)

        async def operation() -> None:
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            read(await fetcher.ask("/"))
            busy -= 1

        await asyncio.gather(*(fetcher.run(operation) for _ in range(3)))
    assert most == 1
    assert upstream.seen[-1].at_s - upstream.seen[0].at_s > 0.6  # three requests, 0.5 s apart, of which the first may be late


async def test_an_operation_of_two_requests_starts_again_from_the_first() -> None:
    async with serving([GOOD, BROKEN, GOOD, GOOD]) as upstream, fetching(upstream.url) as fetcher:

        async def hops() -> Any:
            json_of(await fetcher.ask("/first"))
            return json_of(await fetcher.ask("/second"))

        assert await fetcher.run(hops) == {"answer": 42}
    assert [seen.path for seen in upstream.seen] == ["/first", "/second", "/first", "/second"]


async def test_no_key_reaches_a_log_or_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving([BROKEN]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(SourceUnavailableError) as caught:
            await fetcher.get("/", json_of, params={"appid": "SECRET"}, headers={"x-api-key": "SECRET"})
        assert len(upstream.seen) == 5
    async with serving([GOOD]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(SourceUnavailableError, match="LocalProtocolError") as bad_header:
            await fetcher.get("/", json_of, headers={"x-api-key": "SECRET\n"})
    ours = [record for record in caplog.records if not record.name.startswith("uvicorn")]
    assert "retry" in " ".join(record.getMessage() for record in ours)
    for text in (*(str(vars(record)) for record in ours), repr(caught.value), repr(bad_header.value)):
        assert "SECRET" not in text
    assert bad_header.value.__suppress_context__


async def test_success_is_written_down_once_a_minute_not_at_each_request() -> None:
    clock, notes = HandClock(), HealthNotes()
    async with serving([GOOD]) as upstream, fetching(upstream.url, clock=clock, health=notes) as fetcher:
        for _ in range(6):
            await fetcher.get("/", json_of)
            clock.forward(timedelta(seconds=20))
    assert [(note.last_success or clock.now) - notes.records[0].since for note in notes.records] == [
        timedelta(0),
        timedelta(minutes=1),
    ]


async def test_a_health_log_that_is_away_does_not_cost_the_answer() -> None:
    class Away(HealthNotes):
        async def record(self, health: SourceHealth) -> None:
            raise StoreUnavailableError("state.sqlite is locked")

    async with serving([GOOD]) as upstream, fetching(upstream.url, health=Away()) as fetcher:
        assert await fetcher.get("/", json_of) == {"answer": 42}


def test_the_default_patience_stays_within_ninety_seconds() -> None:
    pauses = [min(PATIENT.longest_wait_s, PATIENT.first_wait_s * 3**n + PATIENT.jitter_s) for n in range(PATIENT.tries - 1)]
    assert PATIENT.tries == 5
    assert pauses == [4, 6, 12, 30]
    assert sum(pauses) < PATIENT.total_s == 90
    assert PATIENT.faster(60).first_wait_s * 60 == PATIENT.first_wait_s
    assert PATIENT.faster(60).total_s == 90


async def test_the_pauses_grow_threefold_up_to_the_longest(caplog: pytest.LogCaptureFixture) -> None:
    policy = RetryPolicy(first_wait_s=0.01, longest_wait_s=0.2, jitter_s=0)
    async with serving([BROKEN]) as upstream, fetching(upstream.url, policy=policy) as fetcher:
        with pytest.raises(SourceUnavailableError):
            await fetcher.get("/", json_of)
    pauses = [vars(record)["stamina.wait_for"] for record in caplog.records if record.name == "stamina"]
    assert pauses == pytest.approx([0.01, 0.03, 0.09, 0.2])
    assert upstream.seen[-1].at_s - upstream.seen[0].at_s >= sum(pauses)


def test_the_client_follows_no_redirect_and_knows_its_timeouts() -> None:
    client = make_client("http://127.0.0.1:9", AGENT)
    assert client.follow_redirects is False
    assert client.timeout == httpx2.Timeout(connect=5, read=30, write=10, pool=5)


async def test_a_clock_that_was_set_back_ends_a_rest_of_unknown_length() -> None:
    clock = HandClock()
    async with serving([BROKEN]) as upstream, fetching(upstream.url, clock=clock) as fetcher:
        clock.forward(timedelta(hours=6))
        with pytest.raises(SourceUnavailableError):
            await fetcher.get("/", json_of)
        clock.forward(-timedelta(hours=6))
        upstream.replies = [GOOD]
        assert await fetcher.get("/", json_of) == {"answer": 42}


async def test_the_trouble_of_one_product_is_not_hidden_by_the_answer_of_another() -> None:
    log = ProductNotes()
    async with serving([GOOD]) as upstream, make_client(upstream.url, AGENT) as client:
        fetcher = Fetcher(
            "aemet",
            client,
            AsyncLimiter(1000, 1),
            clock=HandClock(),
            health=HealthNotes(),
            policy=QUICK,
            memory=Memory(products=log),
        )
        told = Told("forecast")
        told.tray.leave_out("not_a_number", "2026-03-27 13", "Ip", "a number")

        def refuse(_answer: Answer) -> None:
            raise RefusedError("impossible", "temperature", 284.0, "°C")

        with pytest.raises(BadPayloadError, match="impossible: 284"):
            await fetcher.get("/", refuse, told=told)
        assert await fetcher.get("/", json_of, told=Told("readings")) == {"answer": 42}
    states = {record.product: record for record in log.records}
    assert (states["readings"].state, states["forecast"].state) == ("ok", "attention")
    assert states["forecast"].last_error_class == "BadPayloadError"
    assert states["forecast"].left_out == states["forecast"].left_out_total == {"not_a_number": 1}
    shown = source_state(SourceHealth("aemet", "ok", HandClock().now), list(states.values()), HandClock().now)
    assert (shown.state, shown.last_error_class, shown.left_out) == ("attention", "BadPayloadError", {"not_a_number": 1})


async def test_the_state_of_a_product_outlives_a_restart(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.sqlite", "simulated")
    log = SqliteProductLog(state)
    kept = ProductHealth(
        "aemet",
        "forecast",
        "attention",
        HandClock().now,
        last_error="x",
        left_out={"empty": 2},
        left_out_total={"empty": 7},
        notes=("a",),
    )
    await log.record(kept)
    await log.record(kept)
    assert list(await SqliteProductLog(state).all()) == [kept]
    state.close()


class ProductNotes:
    """A ProductLog in memory that keeps every record."""

    def __init__(self) -> None:
        self.records: list[ProductHealth] = []

    async def record(self, health: ProductHealth) -> None:
        self.records.append(health)

    async def all(self) -> Sequence[ProductHealth]:
        return self.records
