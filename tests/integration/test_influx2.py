"""What a 2.7 answers otherwise than a 1.x, and what of it reaches the operator. By a stand-in."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Generator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.state.file import open_state
from adapters.store.cached import CachedStore
from adapters.store.influx import series as influx_series
from adapters.store.influx.bucket import YEAR_S, policies_question
from adapters.store.influx.http import InfluxTarget
from adapters.store.influx.series import InfluxStore
from adapters.store.spool import Spool
from adapters.store.spooled import SpooledStore
from contract.series_store_contract import SeriesStoreContract
from domain.errors import FieldConflictError, StoreDeniedError, StoreRefusedError, StoreUnavailableError
from domain.operations import StoreState
from domain.series import Rows, price_key
from ports import Extent, Remarks, SeriesStore
from services.operations.store_health import StoreHealth
from support.clock import ManualClock
from support.influx2 import OPERATOR, ORG, WEEK_S, Influx2, Token, influx2_before, run_command
from support.influx_buckets import QUICK, influx
from support.influx_server import InfluxServer

__all__ = ["influx"]

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
SPOT = price_key("spot", 15)
ROWS = Rows([0, 900], {"price_eur_kwh": [0.1, -0.01], "provider": ["omie", "omie"], "as_of": [5, 5]})
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
TAGS = ",".join(f"{name}={value}" for name, value in SPOT.tags)
_numbers = count()


@pytest.fixture(scope="module")
def influx2(influx: InfluxServer) -> Generator[Influx2]:
    with influx2_before(influx) as stand_in:
        yield stand_in


@pytest.fixture
def name(influx2: Influx2) -> str:
    """A bucket of 2.7's own choice: for ever, shards of a week."""
    name = f"two{next(_numbers)}"
    influx2.make_bucket(name)
    return name


Open = Callable[..., InfluxStore]


@pytest.fixture
async def opened(influx2: Influx2) -> AsyncGenerator[Open]:
    """Opens stores on a bucket with a token, the operator's if none is given."""
    stores: list[InfluxStore] = []

    def store_on(bucket: str, token: str = OPERATOR) -> InfluxStore:
        stores.append(InfluxStore(InfluxTarget(influx2.url, bucket, token, ORG), "real", QUICK))
        return stores[-1]

    yield store_on
    for store in stores:
        await store.aclose()


@pytest.fixture
def health(tmp_path: Path) -> Generator[Callable[[InfluxStore], tuple[CachedStore, StoreHealth, SpooledStore]]]:
    """The store as the service wraps it, and what /ready tells of it."""
    state, clock = open_state(tmp_path / "state.sqlite", "real"), ManualClock(NOW)

    def wrapped(store: InfluxStore) -> tuple[CachedStore, StoreHealth, SpooledStore]:
        spooled = SpooledStore(store, Spool(state), clock)
        cached = CachedStore(spooled)
        return cached, StoreHealth(cached, "influxdb", spooled, clock), spooled

    yield wrapped
    state.close()


def scoped(influx2: Influx2, name: str, *, read: bool, write: bool) -> str:
    """A token for one bucket."""
    token = f"token{next(_numbers)}"
    influx2.tokens[token] = Token(frozenset({name} if read else ()), frozenset({name} if write else ()))
    return token


def brief(state: StoreState) -> tuple[str, str | None]:
    return state.state, state.fault


class TestStandIn(SeriesStoreContract):
    """The contract of a store, by a token that may read and write one bucket and no more."""

    @pytest.fixture
    async def store(self, influx2: Influx2, name: str, opened: Open) -> SeriesStore:
        return opened(name, scoped(influx2, name, read=True, write=True))


# --- what the store answers reaches the operator


async def test_a_token_that_may_only_read_is_told_with_the_setting(influx2: Influx2, name: str, opened: Open, health: Any) -> None:
    await opened(name).write(SPOT, ROWS)
    token = scoped(influx2, name, read=True, write=False)
    store, told, spooled = health(opened(name, token))
    assert brief(await told.state()) == ("ok", None)
    await store.write(SPOT, ROWS)  # it waits
    state = await told.state()
    assert brief(state) == ("attention", "denied")
    assert "403" in str(state.detail) and "INFLUXDB_TOKEN" in str(state.detail)
    assert state.spool.records == 1
    influx2.tokens[token] = Token(frozenset({name}), frozenset({name}))
    assert (await spooled.replay()).records == 1
    assert brief(await told.state()) == ("ok", None), "it recovers by itself"


async def test_a_token_that_nobody_knows_is_told_as_denied_and_not_as_silence(name: str, opened: Open, health: Any) -> None:
    _, told, _ = health(opened(name, "nobody's"))
    state = await told.state()
    assert brief(state) == ("away", "denied")
    assert "401" in str(state.detail) and "INFLUXDB_TOKEN" in str(state.detail)


async def test_a_bucket_that_is_not_there_is_told_with_the_settings_to_look_at(opened: Open, health: Any) -> None:
    _, told, _ = health(opened("nowhere"))
    state = await told.state()
    assert brief(state) == ("away", "missing")
    assert "INFLUXDB_BUCKET" in str(state.detail) and "INFLUXDB_ORG" in str(state.detail)


async def test_a_bucket_that_forgets_is_told_before_anything_is_written_and_when_it_is_made_so_later(
    influx2: Influx2, opened: Open, health: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    influx2.make_bucket("forgets", 30 * 86_400)
    store, told, _ = health(opened("forgets"))
    state = await told.state()
    assert brief(state) == ("attention", "forgets")
    assert "older than 30 days" in str(state.detail)
    assert "influx bucket update --id" in str(state.detail)
    with pytest.raises(StoreRefusedError, match="must keep its points for ever"):
        await store.write(SPOT, ROWS)

    line = re.search(r"influx bucket update --id \S+ --retention 0", str(state.detail))
    assert line
    run_command(influx2, line[0])
    monkeypatch.setattr(influx_series, "LOOK_EVERY_S", 0.0)
    await store.write(SPOT, ROWS)
    assert brief(await told.state()) == ("ok", None), "what it says to run mends it"

    influx2.change_bucket("forgets", 30 * 86_400, 86_400)
    assert brief(await told.state()) == ("attention", "forgets")


# --- shards


async def test_shards_of_a_year_are_set_where_the_token_may(influx2: Influx2, name: str, opened: Open) -> None:
    assert influx2.buckets[name]["shard_s"] == WEEK_S
    assert await opened(name).remarks() == Remarks()
    assert influx2.buckets[name]["shard_s"] == YEAR_S
    shown = influx2.server.execute(f'SHOW RETENTION POLICIES ON "{name}"')
    assert b"8736h0m0s" in shown, "the database behind it has them"


async def test_where_the_token_may_not_what_to_run_is_said_and_works(influx2: Influx2, name: str, opened: Open) -> None:
    store = opened(name, scoped(influx2, name, read=True, write=True))
    (note,) = (await store.remarks()).notes
    line = re.search(r"influx bucket update .*", note)
    assert "7 days" in note
    assert line
    run_command(influx2, line[0])
    assert (influx2.buckets[name]["shard_s"], influx2.buckets[name]["retention_s"]) == (YEAR_S, 0)


async def test_shards_of_a_bucket_with_points_of_others_are_left_alone(influx2: Influx2, name: str, opened: Open) -> None:
    store = opened(name)
    await store._api.write(["cpu,host=telegraf load=1 0"])
    (note,) = (await store.remarks()).notes
    assert "influx bucket update" in note
    assert influx2.buckets[name]["shard_s"] == WEEK_S


async def test_a_server_of_1_x_is_looked_at_in_its_own_way(influx: InfluxServer) -> None:
    influx.make_bucket("one")
    store = InfluxStore(InfluxTarget(influx.url, "one"), "real", QUICK)
    assert await store.remarks() == Remarks()
    assert b"8736h0m0s" in influx.execute('SHOW RETENTION POLICIES ON "one"')
    await store.aclose()
    influx.execute('CREATE DATABASE "short" WITH DURATION 30d')
    store = InfluxStore(InfluxTarget(influx.url, "short"), "real", QUICK)
    (trouble,) = (await store.remarks()).troubles
    assert (trouble.fault, "ALTER RETENTION POLICY" in trouble.detail) == ("forgets", True)
    influx.execute(trouble.detail[trouble.detail.index("ALTER") :])
    again = InfluxStore(InfluxTarget(influx.url, "short"), "real", QUICK)
    assert (await again.remarks()).troubles == ()
    for each in (store, again):
        await each.aclose()


def documented() -> list[str]:
    """The lines that docs/influxdb.md says to run for a bucket."""
    return re.findall(r"^    (influx bucket .*)$", (ROOT / "docs/influxdb.md").read_text(encoding="utf-8"), re.MULTILINE)


async def test_the_commands_of_the_document_make_a_bucket_that_keeps_for_ever_in_shards_of_a_year(influx2: Influx2) -> None:
    create, update = documented()
    id_ = run_command(influx2, create)["id"]
    assert " ID " in update
    run_command(influx2, update.replace("ID", id_))
    made = influx2.buckets["energy_data"]
    assert (made["retention_s"], made["shard_s"]) == (0, YEAR_S)


# --- points of others


async def test_points_of_somebody_else_are_named_and_never_read(name: str, opened: Open) -> None:
    store = opened(name)
    await store.write(SPOT, ROWS)
    foreign = [
        f"energy_prices,host=telegraf,{TAGS} price_eur_kwh=9 0",
        f"energy_prices,host=telegraf,{TAGS} price_eur_kwh=9 1800",
    ]
    await store._api.write(foreign)
    rows = await store.read(SPOT, *ALWAYS)
    assert (list(rows.times), list(rows.columns["price_eur_kwh"])) == ([0, 900], [0.1, -0.01])
    assert await store.extent(SPOT) == Extent(0, 900, 2)
    assert list(await store.keys("energy_prices")) == [SPOT]
    notes = " ".join((await store.remarks()).notes)
    await store.read(SPOT, *ALWAYS)
    notes = " ".join((await store.remarks()).notes)
    assert "host=telegraf" in notes and "2 points left out" in notes


async def test_a_point_between_two_seconds_loses_itself_and_not_the_page(influx: InfluxServer, name: str, opened: Open) -> None:
    store = opened(name)
    await store.write(SPOT, ROWS)
    for line in (f"energy_prices,{TAGS} price_eur_kwh=7 900500000000", f"energy_prices,{TAGS} price_eur_kwh=7 1"):
        httpx2.post(f"{influx.url}/write", params={"db": name}, content=line.encode(), trust_env=False).raise_for_status()
    assert list((await store.read(SPOT, *ALWAYS)).times) == [0, 900]


# --- a write that is refused in part


async def test_a_write_that_is_refused_in_part_says_so_and_what_to_do(name: str, opened: Open) -> None:
    store = opened(name)
    await store._api.write([f"energy_prices,{TAGS} provider=1 0"])
    await store._api.write(["store_stamp,kind=real schema=1i 0"])
    week = 7 * 86_400
    times = [place * week for place in range(4)]
    with pytest.raises(FieldConflictError, match="the other points of this request are stored"):
        await store.write(SPOT, Rows(times, {"price_eur_kwh": [0.1] * 4, "provider": ["omie"] * 4, "as_of": [1] * 4}))


async def test_a_refusal_in_a_later_batch_says_how_many_points_are_stored(
    name: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(name)
    await store.write(SPOT, ROWS)
    asked = store._api.write
    batches: list[int] = []

    async def write(lines: Any) -> None:
        batches.append(len(lines))
        if len(batches) == 2:
            raise FieldConflictError("InfluxDB: HTTP 422: partial write")
        await asked(lines)

    monkeypatch.setattr(store._api, "write", write)
    times = range(0, 7_000 * 900, 900)
    with pytest.raises(FieldConflictError, match="the first 5000 of 7000 points of this write are stored"):
        await store.write(SPOT, Rows(times, {"price_eur_kwh": [0.1] * 7_000}))


# --- the doors of the stand-in


async def test_what_2_7_cannot_be_asked_is_refused_by_the_stand_in(influx2: Influx2, name: str, opened: Open) -> None:
    store = opened(name)
    with pytest.raises(StoreRefusedError, match="not supported"):
        await store._api.query(policies_question(name))
    reader = opened(name, scoped(influx2, name, read=True, write=False))
    with pytest.raises(StoreDeniedError, match="insufficient"):
        await reader._api.write(["energy_prices x=1 0"])


async def test_a_database_that_says_nothing_holds_up_no_reader_for_long(
    influx2: Influx2, name: str, opened: Open, health: Any
) -> None:
    store, told, spooled = health(opened(name))
    await store.write(SPOT, ROWS)
    influx2.silent = True
    try:
        async with asyncio.timeout(30):  # the time-outs of the connection alone, thrice, are 90 s
            with pytest.raises(StoreUnavailableError, match="says nothing"):
                await store.read(SPOT, *ALWAYS)
            with pytest.raises(StoreUnavailableError, match="a moment ago"):
                await store.read(SPOT, *ALWAYS)
            assert brief(await told.state()) == ("away", "silent")
            await store.write(SPOT, ROWS)
            assert (await spooled.status()).records == 1
    finally:
        influx2.silent = False
    assert (await spooled.replay()).records == 1
    assert brief(await told.state()) == ("ok", None), "it recovers by itself"
