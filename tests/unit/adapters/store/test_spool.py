"""The spool: on disk before it is acknowledged, in order, bounded, and honest about damage."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.state.file import open_state
from adapters.store.spool import Spool, packed, unpacked
from adapters.store.spooled import Replay, SpooledStore
from adapters.store.sqlite import Database
from adapters.store.sqlite_series import SqliteStore
from domain.errors import (
    FieldConflictError,
    SpoolFullError,
    StoreDeniedError,
    StoreError,
    StoreForeignError,
    StoreRefusedError,
    StoreUnavailableError,
)
from domain.series import Rows, SeriesKey, price_key
from ports import SeriesStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPOT = price_key("spot", 60)
PVPC = price_key("pvpc", 60)


def hour(number: int, price: float) -> Rows:
    return Rows([number * 3600], {"price_eur_kwh": [price]})


class Faulty(SqliteStore):
    """A real store that fails when told to."""

    failure: StoreError | None = None
    refuses: SeriesKey | None = None
    chokes_on: SeriesKey | None = None
    first_hangs: asyncio.Event | None = None
    first_fails = False
    writes = 0

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        self.writes += 1
        if self.writes == 1 and self.first_hangs is not None:
            await self.first_hangs.wait()
            if self.first_fails:
                raise StoreUnavailableError("timed out")
        if self.failure is not None:
            raise self.failure
        if key == self.chokes_on:
            raise KeyError("no such field")
        if key == self.refuses:
            raise FieldConflictError("a text where a number is kept")
        await super().write(key, rows)


@pytest.fixture
def state(tmp_path: Path) -> Generator[Database]:
    database = open_state(tmp_path / "state.sqlite", "real")
    yield database
    database.close()


@pytest.fixture
def spool(state: Database) -> Spool:
    return Spool(state)


@pytest.fixture
async def inner(tmp_path: Path) -> AsyncGenerator[Faulty]:
    store = Faulty(tmp_path / "series.sqlite", "real")
    yield store
    await store.aclose()


@pytest.fixture
def store(inner: Faulty, spool: Spool) -> SpooledStore:
    return SpooledStore(inner, spool, FixedClock())


class FixedClock:
    """Always noon."""

    def __call__(self) -> datetime:
        return NOW

    async def sleep_until(self, instant: datetime) -> None:
        raise NotImplementedError


async def prices(store: SeriesStore, key: SeriesKey = SPOT) -> dict[int, object]:
    rows = await store.read(key, datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    return {time // 3600: price for time, price in zip(rows.times, rows.columns["price_eur_kwh"], strict=True)}


# --- the queue


async def test_what_is_put_comes_out_in_order_until_it_is_removed(spool: Spool) -> None:
    for number in range(3):
        await spool.put(SPOT, hour(number, number / 10), NOW)
    seen = []
    while (spooled := await spool.first()) is not None:
        assert await spool.first() == spooled
        seen.append((spooled.key, list(spooled.rows.times), dict(spooled.rows.columns)))
        await spool.remove(spooled.number)
    assert seen == [(SPOT, [number * 3600], {"price_eur_kwh": [number / 10]}) for number in range(3)]
    assert not await spool.waiting()


async def test_the_status_counts_what_waits_and_knows_the_oldest(spool: Spool) -> None:
    empty = await spool.status()
    assert (empty.records, empty.points, empty.bytes, empty.oldest_at, empty.refused) == (0, 0, 0, None, 0)
    await spool.put(SPOT, Rows([0, 3600], {"price_eur_kwh": [0.1, None]}), NOW)
    await spool.put(PVPC, hour(5, 0.2), NOW + timedelta(minutes=5))
    status = await spool.status()
    assert (status.records, status.points, status.oldest_at, status.refused) == (2, 3, NOW, 0)
    assert 0 < status.bytes < 500


points_of_a_price = st.tuples(
    st.none() | st.floats(-1e9, 1e9), st.none() | st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.integers()
)


@given(st.lists(points_of_a_price, max_size=20))
def test_any_rows_are_packed_and_unpacked_unchanged(points: list[tuple[float | None, str | None, int | None]]) -> None:
    names = ("price_eur_kwh", "provider", "as_of")
    rows = Rows(list(range(len(points))), {name: [point[place] for point in points] for place, name in enumerate(names)})
    assert unpacked(packed(SPOT, rows)) == (SPOT, rows)


def test_a_whole_price_stays_a_float() -> None:
    (_, rows) = unpacked(packed(SPOT, Rows([0], {"price_eur_kwh": [2]})))
    assert type(rows.columns["price_eur_kwh"][0]) is float


async def test_a_full_spool_refuses_and_keeps_nothing_of_the_write(state: Database) -> None:
    size = len(packed(SPOT, hour(0, 0.1)))
    spool = Spool(state, limit_bytes=2 * size + 30)
    await spool.put(SPOT, hour(0, 0.1), NOW)
    await spool.put(SPOT, hour(1, 0.1), NOW)
    before = await spool.status()
    with pytest.raises(SpoolFullError, match="does not fit"):
        await spool.put(SPOT, hour(2, 0.1), NOW)
    assert await spool.status() == before
    first = await spool.first()
    assert first is not None
    await spool.remove(first.number)
    await spool.put(SPOT, hour(2, 0.1), NOW)


async def test_a_full_disk_is_a_full_spool(state: Database, spool: Spool) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))  # so that every call has the limited connection
    await spool.put(SPOT, hour(0, 0.1), NOW)
    await state.run(state.read, lambda connection: connection.execute("PRAGMA max_page_count = 1").fetchone())
    noise = Rows(range(50_000), {"price_eur_kwh": [(place * 7919 % 100_003) / 1e5 for place in range(50_000)]})
    with pytest.raises(SpoolFullError, match="no room on the disk"):
        await spool.put(SPOT, noise, NOW)
    assert (await spool.status()).records == 1


async def test_a_record_that_was_damaged_on_disk_is_set_aside_and_reported(state: Database, spool: Spool) -> None:
    for number in range(3):
        await spool.put(SPOT, hour(number, 0.1), NOW)
    damaged = zlib.compress(b"{}")
    state.write(lambda connection: connection.execute("UPDATE spool SET record = ? WHERE number = 1", (damaged,)))
    first = await spool.first()
    assert first is not None
    assert first.number == 2
    status = await spool.status()
    assert (status.records, status.refused) == (2, 1)
    assert "checksum" in (status.refused_reason or "")


async def test_a_kill_cuts_off_only_what_was_not_acknowledged(tmp_path: Path) -> None:
    """The file as a crash may leave it: the log whole up to the last acknowledged byte, and any number of bytes after that."""
    database = open_state(tmp_path / "state.sqlite", "real")
    spool, log = Spool(database), tmp_path / "state.sqlite-wal"
    for number in range(4):
        await spool.put(SPOT, hour(number, 0.1), NOW)
    main, acknowledged = (tmp_path / "state.sqlite").read_bytes(), log.stat().st_size
    await spool.put(SPOT, hour(4, 0.1), NOW)
    whole = log.read_bytes()
    database.close()
    assert len(whole) > acknowledged
    torn = [whole[:length] for length in range(acknowledged, len(whole), 97)]
    garbled = [whole[:acknowledged] + b"\x55" * (len(whole) - acknowledged)]
    for place, left in enumerate([*torn, *garbled]):
        folder = tmp_path / str(place)
        folder.mkdir()
        (folder / "state.sqlite").write_bytes(main)
        (folder / "state.sqlite-wal").write_bytes(left)
        again = open_state(folder / "state.sqlite", "real")
        assert (await Spool(again).status()).records == 4
        await Spool(again).put(SPOT, hour(9, 0.1), NOW)
        assert (await Spool(again).status()).records == 5
        again.close()


# --- the store in front of it


async def test_a_store_that_answers_is_written_directly(store: SpooledStore, inner: Faulty) -> None:
    await store.write(SPOT, hour(0, 0.1))
    assert await prices(inner) == {0: 0.1}
    assert (await store.status()).records == 0


@pytest.mark.parametrize("failure", [StoreUnavailableError("away"), StoreDeniedError("token")])
async def test_while_the_store_is_away_writes_wait_and_are_replayed_in_order(
    store: SpooledStore, inner: Faulty, failure: StoreError
) -> None:
    inner.failure = failure
    for price in (0.1, 0.2, 0.3):
        await store.write(SPOT, hour(0, price))
    await store.write(SPOT, hour(1, 0.5))
    assert (await store.status()).records == 4
    assert await store.replay() == Replay(0, 0, 0, str(failure))
    inner.failure = None
    assert await prices(inner) == {}
    assert await store.replay() == Replay(4, 4, 0, None)
    assert await prices(inner) == {0: 0.3, 1: 0.5}
    assert (await store.status()).records == 0


async def test_a_write_goes_behind_those_that_wait_though_the_store_is_back(store: SpooledStore, inner: Faulty) -> None:
    inner.failure = StoreUnavailableError("away")
    await store.write(SPOT, hour(0, 0.1))
    inner.failure = None
    await store.write(SPOT, hour(0, 0.2))
    assert await prices(inner) == {}
    await store.replay()
    assert await prices(inner) == {0: 0.2}


async def test_writers_at_the_same_time_keep_their_order_through_a_failure(store: SpooledStore, inner: Faulty) -> None:
    """The first write hangs and fails; those that came after it must not be in the store before it."""
    inner.first_hangs, inner.first_fails = asyncio.Event(), True
    writers = [asyncio.create_task(store.write(SPOT, hour(0, price))) for price in (0.1, 0.2, 0.3)]
    await asyncio.sleep(0.1)
    inner.first_hangs.set()
    await asyncio.gather(*writers)
    await store.replay()
    assert await prices(inner) == {0: 0.3}


async def test_two_replays_at_the_same_time_keep_the_order(store: SpooledStore, inner: Faulty) -> None:
    """The first replay hangs in the oldest write; a second one must not store the next before that."""
    inner.failure = StoreUnavailableError("away")
    for price in (0.1, 0.2, 0.3):
        await store.write(SPOT, hour(0, price))
    inner.failure, inner.first_hangs, inner.writes = None, asyncio.Event(), 0
    replays = [asyncio.create_task(store.replay()) for _ in range(2)]
    await asyncio.sleep(0.1)
    inner.first_hangs.set()
    await asyncio.gather(*replays)
    assert await prices(inner) == {0: 0.3}
    assert inner.writes == 3


async def test_a_write_during_a_replay_is_not_lost_and_not_overtaken(store: SpooledStore, inner: Faulty) -> None:
    inner.failure = StoreUnavailableError("away")
    for number in range(30):
        await store.write(SPOT, hour(number, 0.1))
    inner.failure = None
    await asyncio.gather(store.replay(), store.replay(), *(store.write(SPOT, hour(number, 0.2)) for number in range(30)))
    await store.replay()
    assert await prices(inner) == dict.fromkeys(range(30), 0.2)


async def test_what_the_store_refuses_is_told_to_the_caller_and_not_spooled(store: SpooledStore, inner: Faulty) -> None:
    inner.refuses = SPOT
    with pytest.raises(FieldConflictError):
        await store.write(SPOT, hour(0, 0.1))
    assert (await store.status()).records == 0


async def test_rows_that_do_not_fit_are_refused_while_the_store_is_away(store: SpooledStore, inner: Faulty) -> None:
    inner.failure = StoreUnavailableError("away")
    with pytest.raises(StoreRefusedError):
        await store.write(SPOT, Rows([0], {"temperature": [1.0]}))
    assert (await store.status()).records == 0


async def test_a_refusal_in_a_replay_is_kept_aside_and_holds_up_nothing(store: SpooledStore, inner: Faulty, spool: Spool) -> None:
    inner.failure = StoreUnavailableError("away")
    await store.write(PVPC, hour(0, 0.7))
    await store.write(SPOT, hour(0, 0.1))
    inner.failure, inner.refuses = None, PVPC
    assert await store.replay() == Replay(1, 1, 1, None)
    status = await store.status()
    assert (status.records, status.refused, status.refused_reason) == (0, 1, "a text where a number is kept")
    await store.write(SPOT, hour(1, 0.2))
    assert await prices(inner) == {0: 0.1, 1: 0.2}
    inner.refuses = None
    assert await spool.retry_refused() == 1
    assert await store.replay() == Replay(1, 1, 0, None)
    assert await prices(inner, PVPC) == {0: 0.7}


async def test_a_store_of_the_other_world_gets_nothing_and_nothing_is_given_up(store: SpooledStore, inner: Faulty) -> None:
    inner.failure = StoreUnavailableError("away")
    await store.write(SPOT, hour(0, 0.1))
    inner.failure = StoreForeignError("this bucket holds simulated data")
    assert (await store.replay()).stopped_by == "this bucket holds simulated data"
    assert ((await store.status()).records, (await store.status()).refused) == (1, 0)


async def test_a_full_spool_tells_the_writer(inner: Faulty, state: Database) -> None:
    store = SpooledStore(inner, Spool(state, limit_bytes=10), FixedClock())
    inner.failure = StoreUnavailableError("away")
    with pytest.raises(SpoolFullError):
        await store.write(SPOT, hour(0, 0.1))
    inner.failure = None
    await store.write(SPOT, hour(0, 0.2))
    assert await prices(inner) == {0: 0.2}


async def test_what_waits_outlives_a_restart(store: SpooledStore, inner: Faulty, state: Database, tmp_path: Path) -> None:
    inner.failure = StoreUnavailableError("away")
    await store.write(SPOT, hour(0, 0.1))
    state.close()
    inner.failure = None
    again = open_state(tmp_path / "state.sqlite", "real")
    assert await SpooledStore(inner, Spool(again), FixedClock()).replay() == Replay(1, 1, 0, None)
    again.close()
    assert await prices(inner) == {0: 0.1}


async def test_a_write_that_nobody_can_replay_holds_up_the_others_three_times_at_most(
    inner: Faulty, spool: Spool, store: SpooledStore
) -> None:
    inner.failure = StoreUnavailableError("away")
    await store.write(PVPC, hour(1, 0.1))
    await store.write(SPOT, hour(2, 0.2))
    inner.failure, inner.chokes_on = None, PVPC
    stopped = [await store.replay() for _ in range(2)]
    assert all("is tried again: KeyError" in str(replay.stopped_by) for replay in stopped)
    assert await store.replay() == Replay(1, 1, 1, None)
    assert await prices(store) == {2: 0.2}
    assert (await spool.status()).refused_reason == "KeyError: 'no such field'"
    inner.chokes_on = None
    assert await store.retry_refused() == 1
    assert await store.replay() == Replay(1, 1, 0, None)
    assert await prices(store, PVPC) == {1: 0.1}
