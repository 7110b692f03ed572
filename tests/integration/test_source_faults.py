"""Every fault of the simulator against every client: what comes out, after how many requests, and that it recovers by itself.

`TABLE` is the table of docs/sources.md; a test holds the two together.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.sources.archive70 import Archive70Source
from adapters.sources.chain import FirstThatAnswers
from adapters.sources.esios import EsiosSource
from adapters.sources.http import PATIENT, Fetcher, RetryPolicy
from adapters.sources.omie import OmieSource
from adapters.sources.redata import RedataSource
from domain.errors import SourceError, SourceUnavailableError
from domain.prices.slots import MARKETS, Market
from domain.timeline import day_bounds, day_slots
from ports import PriceSource
from simulator.app import create_app
from simulator.faults import KINDS
from support.source_fixtures import utc
from support.upstream import HandClock, fetching, listening

DOCS = Path(__file__).resolve().parents[2] / "docs" / "sources.md"
DAY = date(2026, 5, 9)
PATIENCE_S, IMPATIENCE_S = 30.0, 0.5
"""Where all answers come, and where one does not."""
QUICK = RetryPolicy(first_wait_s=0.01, longest_wait_s=0.03, jitter_s=0.01, total_s=60, ambiguous_wait_s=0.01)
CLIENTS: dict[str, tuple[str, Market]] = {
    "redata": ("redata", "pvpc"),
    "esios": ("esios", "pvpc"),
    "archive70": ("esios", "pvpc"),
    "omie": ("omie", "spot"),
}
"""Client -> (the simulator's name of its service, a market to ask for)."""
HEALTHY_REQUESTS = {"redata": 1, "esios": 1, "archive70": 1, "omie": 2}
"""OMIE: the file, and the answer that there is no later revision."""

OK, GONE, SILENT, NO_DATA, BLOCKED, LIMITED, ODD, REFUSED, NOT_YET = (
    "answer",
    "SourceUnavailableError, 5 requests",
    "SilentError, 5 requests",
    "NoDataError, 5 requests",
    "BlockedError, 1 request",
    "RateLimitedError, 1 request",
    "BadPayloadError, 1 request",
    "KeyRejectedError, 1 request",
    "NotPublishedError, 1 request",
)
TABLE: dict[str, dict[str, str]] = {
    "status": dict.fromkeys(CLIENTS, GONE),
    "latency": dict.fromkeys(CLIENTS, OK),
    "slow": dict.fromkeys(CLIENTS, OK),
    "stall": dict.fromkeys(CLIENTS, SILENT),
    "reset": dict.fromkeys(CLIENTS, SILENT),
    "truncated": dict.fromkeys(CLIENTS, SILENT),
    "empty": dict.fromkeys(CLIENTS, NO_DATA),
    "html": dict.fromkeys(CLIENTS, NO_DATA),
    "html403": dict.fromkeys(CLIENTS, BLOCKED),
    "malformed": {**dict.fromkeys(CLIENTS, ODD), "omie": NO_DATA},
    "garbage": dict.fromkeys(CLIENTS, NO_DATA),
    "oversize": dict.fromkeys(CLIENTS, ODD),
    "rate_limit": dict.fromkeys(CLIENTS, LIMITED),
    "unauthorized": {"redata": BLOCKED, "esios": REFUSED, "archive70": REFUSED, "omie": BLOCKED},
    "zip": {**dict.fromkeys(CLIENTS, OK), "omie": NO_DATA},
    "zeros": {**dict.fromkeys(CLIENTS, OK), "archive70": NOT_YET},
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "latency": {"seconds": 0.1},
    "slow": {"seconds": 0.2},
    "stall": {"seconds": 10.0},
    "oversize": {"megabytes": 5.1},
}


@dataclass(slots=True)
class Bench:
    """A simulator on a socket, one client of it, and the clock of both."""

    client: str
    source: PriceSource
    control: httpx2.AsyncClient
    clock: HandClock

    async def fault(self, kind: str, **how: Any) -> None:
        """Switch a fault on."""
        answer = await self.control.post("/_control/faults", json={"source": CLIENTS[self.client][0], "kind": kind, **how})
        assert answer.status_code == 200, answer.text

    async def heal(self) -> None:
        """Undo everything and forget the requests."""
        await self.control.post("/_control/reset")

    async def ask(self) -> int:
        """Number of slots of the day that the source gives."""
        return len((await self.source.prices(CLIENTS[self.client][1], *day_bounds(DAY))).slots)

    async def requests(self) -> int:
        """Requests that arrived."""
        report = (await self.control.get("/_control/requests")).json()
        return len(report["requests"])

    @property
    def slots(self) -> int:
        """Slots of the day when all is well."""
        return 96 if self.client == "omie" else 24


def build(client: str, fetcher: Fetcher) -> PriceSource:
    """The client under test."""
    if client == "esios":
        return EsiosSource(fetcher, "token")
    kinds: dict[str, Callable[[Fetcher], PriceSource]] = {"redata": RedataSource, "archive70": Archive70Source, "omie": OmieSource}
    return kinds[client](fetcher)


@contextlib.asynccontextmanager
async def bench(client: str, policy: RetryPolicy = QUICK, timeout_s: float = PATIENCE_S) -> AsyncGenerator[Bench]:
    """A client on a simulator of its own, which has answered once: the first answer takes longer, for it makes its market."""
    clock = HandClock(utc("2026-05-10T12:00"))
    async with (
        listening(create_app(clock, seed=1)) as url,
        httpx2.AsyncClient(base_url=url, timeout=PATIENCE_S) as control,
        fetching(f"{url}/{CLIENTS[client][0]}", client, clock=clock) as first,
        fetching(f"{url}/{CLIENTS[client][0]}", client, clock=clock, policy=policy, timeout_s=timeout_s) as fetcher,
    ):
        await Bench(client, build(client, first), control, clock).ask()
        bed = Bench(client, build(client, fetcher), control, clock)
        await bed.heal()
        yield bed


async def outcome(bed: Bench) -> str:
    """What asking comes to, in the words of the table."""
    try:
        slots = await bed.ask()
    except SourceError as error:
        named = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "domain.errors")
        requests = await bed.requests()
        return f"{named}, {requests} request{'s' if requests > 1 else ''}"
    assert slots == bed.slots
    assert await bed.requests() == HEALTHY_REQUESTS[bed.client]
    return OK


async def outcome_and_recovery(bed: Bench, kind: str) -> str:
    """What asking comes to under a fault; afterwards all is as before."""
    await bed.fault(kind, **PARAMETERS.get(kind, {}))
    said = await outcome(bed)
    await bed.heal()
    bed.clock.forward(timedelta(hours=1))
    assert await bed.ask() == bed.slots, f"no recovery from {kind}"
    await bed.heal()
    return said


@pytest.mark.parametrize("client", CLIENTS)
async def test_every_fault_has_its_outcome_and_passes(client: str) -> None:
    async with bench(client) as patient, bench(client, timeout_s=IMPATIENCE_S) as impatient:
        seen = {kind: await outcome_and_recovery(impatient if kind == "stall" else patient, kind) for kind in TABLE}
    assert seen == {kind: row[client] for kind, row in TABLE.items()}


@pytest.mark.parametrize("client", CLIENTS)
async def test_trouble_that_passes_within_the_call_is_not_noticed(client: str) -> None:
    async with bench(client) as bed:
        for kind in ("status", "reset", "truncated", "stall", "empty", "html"):
            await bed.heal()
            await bed.fault(kind, times=2, seconds=0.1)
            assert await bed.ask() == bed.slots, kind
            assert await bed.requests() == 2 + HEALTHY_REQUESTS[client], kind


@pytest.mark.parametrize("client", CLIENTS)
async def test_retry_after_is_honoured_within_the_call(client: str) -> None:
    async with bench(client) as bed:
        await bed.fault("rate_limit", times=1, retry_after=1)
        loop = asyncio.get_running_loop()
        started = loop.time()
        assert await bed.ask() == bed.slots
        assert 1.0 <= loop.time() - started < 20


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_server_that_never_answers_costs_the_time_of_one_call_and_then_nothing(client: str) -> None:
    async with bench(client, RetryPolicy(first_wait_s=0.01, jitter_s=0, total_s=1.5), IMPATIENCE_S) as bed:
        await bed.fault("latency", seconds=60)
        loop = asyncio.get_running_loop()
        for longest_s, least in ((50, 1), (50, 0)):
            before, started = await bed.requests(), loop.time()
            with pytest.raises(SourceUnavailableError):
                await bed.ask()
            assert loop.time() - started < longest_s
            assert await bed.requests() - before >= least
        assert await bed.requests() == before  # the second call asked nothing


async def test_the_chain_goes_round_a_source_that_is_down() -> None:
    async with bench("redata") as bed, fetching(str(bed.control.base_url) + "/esios", "archive70", clock=bed.clock) as second:
        chain = FirstThatAnswers([bed.source, Archive70Source(second)])
        assert (await chain.prices("pvpc", *day_bounds(DAY))).provider == "redata"
        await bed.fault("status")
        batch = await chain.prices("pvpc", *day_bounds(DAY))
        assert (batch.provider, len(batch.slots)) == ("archive70", 24)
        await bed.heal()
        bed.clock.forward(timedelta(minutes=5))
        assert (await chain.prices("pvpc", *day_bounds(DAY))).provider == "redata"


@pytest.mark.parametrize("client", CLIENTS)
async def test_tomorrow_is_not_published_before_its_hour_and_is_after_it(client: str) -> None:
    async with bench(client) as bed:
        bed.clock.now = utc("2026-05-10T10:00")
        start, end = day_bounds(date(2026, 5, 11))
        with pytest.raises(SourceError) as caught:
            await bed.source.prices(CLIENTS[client][1], start, end)
        assert [kind.__name__ for kind in type(caught.value).__mro__].count("NotPublishedError") == 1
        bed.clock.now = utc("2026-05-10T20:00")
        assert (await bed.source.prices(CLIENTS[client][1], start, end)).slots[-1].end == end


async def test_the_four_clients_agree_on_days_that_are_unlike_others() -> None:
    clock = HandClock(utc("2026-05-10T12:00"))
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(listening(create_app(clock, seed=1)))
        sources = [
            build(client, await stack.enter_async_context(fetching(f"{url}/{service}", client, clock=clock)))
            for client, (service, _) in CLIENTS.items()
        ]
        for day in (date(2021, 10, 31), date(2025, 3, 30), date(2025, 10, 1), date(2025, 10, 26), date(2026, 3, 29)):
            for market in MARKETS:
                batches = [await source.prices(market, *day_bounds(day)) for source in sources if market in source.markets]
                told = [{slot.start: slot.eur_per_kwh for slot in batch.slots if slot.start.minute == 0} for batch in batches]
                assert len(told) == 3
                assert list(told[0]) == day_slots(day)
                assert told[0] == told[1] == told[2]
                assert {(batch.slots[0].start, batch.slots[-1].end) for batch in batches} == {day_bounds(day)}


def test_every_fault_of_the_simulator_is_in_the_table_and_the_table_is_in_the_docs() -> None:
    assert set(TABLE) == set(KINDS)
    text = DOCS.read_text(encoding="utf-8")
    for kind, row in TABLE.items():
        assert f"| `{kind}` | {' | '.join(row[client] for client in CLIENTS)} |" in text
    assert f"{PATIENT.tries} tries" in text
    assert f"{PATIENT.total_s:g} s" in text
