"""The InfluxDB adapter against a real server: stamps, errors, escaping by round trip, no injection."""

import asyncio
import json
import string
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.store.influx.http import InfluxApi, InfluxTarget
from adapters.store.influx.lines import field_cells, series_text
from adapters.store.influx.query import Question, quoted
from adapters.store.influx.series import InfluxStore
from domain.errors import (
    FieldConflictError,
    StoreDeniedError,
    StoreForeignError,
    StoreMissingError,
    StoreRefusedError,
    StoreUnavailableError,
    TooLargeError,
)
from domain.series import Rows, SeriesKey, price_key, series_key
from ports import Extent, Kind
from support.influx_buckets import QUICK, bucket, influx, influx_store
from support.influx_server import InfluxServer
from support.requires import require

__all__ = ["bucket", "influx", "influx_store"]

SPOT = price_key("spot", 15)
ROWS = Rows([0, 900], {"price_eur_kwh": [0.1, -0.01], "provider": ["omie", "omie"], "as_of": [5, 5]})
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
HOSTILE = [
    "' OR '1'='1",
    "'; DROP DATABASE energy_data; --",
    '"; DROP MEASUREMENT "energy_prices',
    "spot\nenergy_prices,market=spot price_eur_kwh=9 0",
    "spot,market=pvpc",
    "spot price_eur_kwh=9 0\n",
    "$start",
    "spot\\",
    "/.*/",
]
_numbers = count()


@pytest.fixture(scope="module")
def runner() -> Generator[asyncio.Runner]:
    """One loop for the examples of property tests."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def api(influx: InfluxServer, runner: asyncio.Runner) -> Generator[InfluxApi]:
    """The wire, without the closed sets of names above it."""
    influx.make_bucket("wire")
    api = InfluxApi(InfluxTarget(influx.url, "wire"), QUICK)
    yield api
    runner.run(api.aclose())


Work = Callable[[InfluxStore], Awaitable[object]]
WAYS_IN: tuple[Work, ...] = (
    lambda store: store.write(SPOT, ROWS),
    lambda store: store.read(SPOT, *ALWAYS),
    lambda store: store.keys("energy_prices"),
    lambda store: store.extent(SPOT),
    lambda store: store.ping(),
)


class Open(Protocol):
    """Opens a store on a bucket."""

    def __call__(self, bucket: str, kind: Kind = "real") -> InfluxStore: ...


@pytest.fixture
async def opened(influx: InfluxServer) -> AsyncGenerator[Open]:
    """Opens stores on buckets, and closes them after the test."""
    stores: list[InfluxStore] = []

    def store_on(bucket: str, kind: Kind = "real") -> InfluxStore:
        stores.append(InfluxStore(InfluxTarget(influx.url, bucket), kind, QUICK))
        return stores[-1]

    yield store_on
    for store in stores:
        await store.aclose()


async def put(influx: InfluxServer, bucket: str, line: str) -> None:
    """Write a line past the store."""
    api = InfluxApi(InfluxTarget(influx.url, bucket), QUICK)
    await api.write([line])
    await api.aclose()


# --- the stamp


async def test_a_store_of_the_other_world_is_refused(influx: InfluxServer, opened: Open, bucket: str) -> None:
    worlds: tuple[tuple[Kind, Kind], ...] = (("real", "simulated"), ("simulated", "real"))
    for kind, other in worlds:
        influx.drop_bucket(bucket)
        influx.make_bucket(bucket)
        await opened(bucket, kind).write(SPOT, ROWS)
        for work in WAYS_IN:
            with pytest.raises(StoreForeignError, match=f"{kind} data; it takes no {other}"):
                await work(opened(bucket, other))
        assert await opened(bucket, kind).extent(SPOT) == Extent(0, 900, 2)


async def test_a_store_of_a_newer_schema_is_refused(influx: InfluxServer, opened: Open, bucket: str) -> None:
    await put(influx, bucket, "store_stamp,kind=real schema=2i 0")
    with pytest.raises(StoreForeignError, match="newer version"):
        await opened(bucket, "real").write(SPOT, ROWS)


async def test_points_that_nobody_stamped_count_as_real(influx: InfluxServer, opened: Open, bucket: str) -> None:
    await put(influx, bucket, f"{series_text(SPOT.measurement, dict(SPOT.tags))} price_eur_kwh=0.2 0")
    for work in WAYS_IN:
        with pytest.raises(StoreForeignError, match="without a stamp"):
            await work(opened(bucket, "simulated"))
    store = opened(bucket, "real")
    assert await store.extent(SPOT) == Extent(0, 0, 1)
    await store.write(SPOT, ROWS)
    assert b"real" in influx.execute(f'SHOW SERIES ON "{bucket}" FROM "store_stamp"')


async def test_two_worlds_that_meet_in_an_empty_store_both_see_it(opened: Open, bucket: str) -> None:
    kinds: list[Kind] = ["real", "simulated"] * 3
    stores = [opened(bucket, kind) for kind in kinds]
    outcomes = await asyncio.gather(*(store.write(SPOT, ROWS) for store in stores), return_exceptions=True)
    winners = {kinds[place] for place, outcome in enumerate(outcomes) if outcome is None}
    assert len(winners) <= 1
    assert all(outcome is None or isinstance(outcome, StoreForeignError) for outcome in outcomes)


async def test_a_bucket_that_forgets_old_points_is_refused(influx: InfluxServer, opened: Open) -> None:
    influx.execute('CREATE DATABASE "forgetful" WITH DURATION 30d')
    with pytest.raises(StoreRefusedError, match="retention"):
        await opened("forgetful", "real").write(SPOT, ROWS)


async def test_a_bucket_made_anew_is_stamped_anew(influx: InfluxServer, opened: Open, bucket: str) -> None:
    store = opened(bucket, "real")
    await store.write(SPOT, ROWS)
    influx.drop_bucket(bucket)
    with pytest.raises(StoreMissingError):
        await store.write(SPOT, ROWS)
    influx.make_bucket(bucket)
    await store.write(SPOT, ROWS)
    with pytest.raises(StoreForeignError):
        await opened(bucket, "simulated").ping()


# --- errors


async def test_a_bucket_that_is_not_there_is_missing(opened: Open) -> None:
    store = opened("nowhere", "real")
    for work in WAYS_IN:
        with pytest.raises(StoreMissingError, match="not found"):
            await work(store)


async def test_a_field_of_another_type_is_a_conflict_and_says_which(influx: InfluxServer, opened: Open, bucket: str) -> None:
    await put(influx, bucket, 'energy_prices,market=x price_eur_kwh="a text" 0')
    with pytest.raises(FieldConflictError, match="price_eur_kwh"):
        await opened(bucket, "real").write(SPOT, ROWS)


async def test_a_token_that_the_server_does_not_know_is_denied(tmp_path: Path) -> None:
    server = InfluxServer(require("influxd"), tmp_path / "influx", http="auth-enabled = true")
    server.start()
    try:
        server.execute("CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES")
        store = InfluxStore(InfluxTarget(server.url, "b", "wrong"), "real", QUICK)
        for work in WAYS_IN:
            with pytest.raises(StoreDeniedError, match="INFLUXDB_TOKEN"):
                await work(store)
        await store.aclose()
    finally:
        server.stop()


async def test_requests_that_are_too_large_for_the_server_are_cut_smaller(tmp_path: Path) -> None:
    server = InfluxServer(require("influxd"), tmp_path / "influx", http="max-body-size = 2000")
    server.start()
    try:
        server.make_bucket("b")
        store = InfluxStore(InfluxTarget(server.url, "b"), "real", QUICK)
        times = range(0, 900 * 3000, 900)
        rows = Rows(times, {"price_eur_kwh": [(t * 7919 % 100_003) / 1e5 for t in times], "as_of": list(times)})
        await store.write(SPOT, rows)
        assert (await store.read(SPOT, *ALWAYS)).columns["price_eur_kwh"] == rows.columns["price_eur_kwh"]
        key = series_key("predictions", model_version="m", confidence="low")
        noise = "".join(Random(1).choices(string.ascii_letters, k=10_000))  # a text that cannot be packed much
        with pytest.raises(TooLargeError):
            await store.write(key, Rows([0], {"production_class": [noise]}))
        await store.aclose()
    finally:
        server.stop()


async def test_a_killed_server_is_away_and_what_it_acknowledged_is_there_when_it_is_back(tmp_path: Path) -> None:
    server = InfluxServer(require("influxd"), tmp_path / "influx")
    server.start()
    try:
        server.make_bucket("b")
        store = InfluxStore(InfluxTarget(server.url, "b"), "real", QUICK)
        await store.write(SPOT, ROWS)
        server.kill()
        for work in WAYS_IN:
            with pytest.raises(StoreUnavailableError):
                await work(store)
        server.start()
        assert await store.extent(SPOT) == Extent(0, 900, 2)
        await store.aclose()
    finally:
        server.stop()


async def test_times_before_1970_and_far_ahead_are_kept(influx_store: InfluxStore) -> None:
    times = [-2_208_988_800, -1, 0, 4_102_444_800]  # 1900, 1970, 2100
    await influx_store.write(SPOT, Rows(times, {"price_eur_kwh": [1.0, 2.0, 3.0, 4.0]}))
    assert list((await influx_store.read(SPOT, *ALWAYS)).times) == times
    assert await influx_store.extent(SPOT) == Extent(times[0], times[-1], 4)


async def test_a_time_that_influxdb_cannot_keep_is_refused(influx_store: InfluxStore) -> None:
    with pytest.raises(StoreRefusedError):
        await influx_store.write(SPOT, Rows([2**40], {"price_eur_kwh": [1.0]}))


# --- escaping and injection, by round trip


def names(extra: str = "") -> st.SearchStrategy[str]:
    """Names and tag values that line protocol can carry, rich in characters that it gives a meaning."""
    special = st.sampled_from(list("\\,= \"'$;{}#/*\u00f1\u20ac\U0001f36b" + extra))
    char = special | st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"])
    return st.text(char, min_size=1, max_size=12).filter(lambda text: not text.endswith("\\"))


@settings(max_examples=150, deadline=None)
@given(
    tag=names(), value=names(), field=names(), text=st.text(max_size=20), measurement=names().filter(lambda name: name[0] != "#")
)
def test_any_names_and_texts_come_back_as_they_were(
    api: InfluxApi, runner: asyncio.Runner, tag: str, value: str, field: str, text: str, measurement: str
) -> None:
    """The measurement gets a number, so that each example has a series of its own."""
    measurement = f"m{next(_numbers)}{measurement}"
    tag, field = f"t{tag}", f"f{field}"
    (cell,) = field_cells(field, "str", [text])
    runner.run(api.write([f"{series_text(measurement, {tag: value})} {cell} 60"]))
    question = Question(f"SELECT {quoted(field)} FROM {quoted(measurement)} WHERE {quoted(tag)} = $v GROUP BY *", {"v": value})
    (result,) = json.loads(runner.run(api.query(question)))["results"]
    (series,) = result["series"]
    assert (series["name"], series["tags"], series["values"]) == (measurement, {tag: value}, [[60, text]])


@settings(max_examples=100, deadline=None)
@given(numbers=st.lists(st.floats(-1e299, 1e299, allow_nan=False), min_size=1, max_size=20), as_of=st.integers(-(2**63), 2**63 - 1))
def test_any_number_comes_back_to_the_last_bit(api: InfluxApi, runner: asyncio.Runner, numbers: list[float], as_of: int) -> None:
    measurement = f"numbers{next(_numbers)}"
    floats, (integer,) = field_cells("x", "float", numbers), field_cells("t", "int", [as_of])
    runner.run(api.write([f"{measurement} {cell},{integer} {time}" for time, cell in enumerate(floats)]))
    (result,) = json.loads(runner.run(api.query(Question(f'SELECT "x", "t" FROM {quoted(measurement)}', {}))))["results"]
    assert [(float(x), t) for _, x, t in result["series"][0]["values"]] == [(number, as_of) for number in numbers]


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_hostile_text_is_a_value_and_nothing_else(influx_store: InfluxStore, text: str) -> None:
    await influx_store.write(SPOT, Rows([0, 900], {"price_eur_kwh": [0.1, 0.2], "provider": [text, "omie"]}))
    rows = await influx_store.read(SPOT, *ALWAYS)
    assert (list(rows.columns["provider"]), list(rows.columns["price_eur_kwh"])) == ([text, "omie"], [0.1, 0.2])
    assert list(await influx_store.keys("energy_prices")) == [SPOT]


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_hostile_name_never_becomes_a_key_or_a_field(influx_store: InfluxStore, text: str) -> None:
    tags = dict(SPOT.tags)
    for measurement, named in ((text, tags), ("energy_prices", tags | {"market": text}), ("energy_prices", tags | {text: "x"})):
        with pytest.raises(ValueError, match=r"unknown measurement|does not match|needs the tags"):
            SeriesKey(measurement, tuple(sorted(named.items())))
    with pytest.raises(ValueError, match="does not match"):
        series_key("predictions", model_version=text, confidence="low")
    with pytest.raises(StoreRefusedError):
        await influx_store.write(SPOT, Rows([0], {text: [1.0]}))
    assert await influx_store.extent(SPOT) is None


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_hostile_value_bound_to_a_question_finds_nothing(
    influx: InfluxServer, influx_store: InfluxStore, text: str
) -> None:
    """Past the closed sets, the binding itself holds."""
    await influx_store.write(SPOT, ROWS)
    key = object.__new__(SeriesKey)
    object.__setattr__(key, "measurement", "energy_prices")
    object.__setattr__(key, "tags", (("market", text),))
    assert len(await influx_store.read(key, *ALWAYS)) == 0
    assert await influx_store.extent(SPOT) == Extent(0, 900, 2)


@pytest.mark.parametrize("name", ["x&db=_internal", "x; DROP DATABASE y", 'x"', "../x", "x#", "x%26", "bucket ñ"])
async def test_a_bucket_name_is_one_parameter(opened: Open, name: str) -> None:
    with pytest.raises(StoreMissingError):
        await opened(name, "real").read(SPOT, *ALWAYS)
    with pytest.raises(StoreMissingError):
        await opened(name, "real").write(SPOT, ROWS)
