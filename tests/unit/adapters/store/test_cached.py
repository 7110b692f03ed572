"""Frequent reads from memory: what is the same as the store's own answer, what is given while the store is away."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.state.file import open_state
from adapters.store import cached as cached_store
from adapters.store.cached import CachedStore
from adapters.store.spool import Spool
from adapters.store.spooled import SpooledStore
from adapters.store.sqlite_series import SqliteStore
from domain.errors import StoreUnavailableError
from domain.series import Rows, SeriesKey, price_key
from domain.timeline import epoch
from ports import Extent, Remarks
from support.clock import ManualClock

KEY, OTHER = price_key("pvpc", 60), price_key("spot", 60)
START = datetime(2026, 3, 18, 20, tzinfo=UTC)  # four hours before the Thursday with which a week of the cache begins
END = START + timedelta(hours=8)
HOUR_S = 3600


def rows(*prices: float | None, first: int = 0, provider: str = "redata") -> Rows:
    """Prices of consecutive hours from START on."""
    times = [epoch(START) + (first + place) * HOUR_S for place in range(len(prices))]
    return Rows(times, {"price_eur_kwh": prices, "provider": [provider] * len(prices), "as_of": times})


@dataclass
class Switched:
    """A real store that can be taken away, and counts what it is asked."""

    inner: SqliteStore
    away: bool = False
    reads: int = 0

    def _check(self) -> None:
        if self.away:
            raise StoreUnavailableError("switched off")

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        self._check()
        await self.inner.write(key, rows)

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        self.reads += 1
        self._check()
        return await self.inner.read(key, start, end)

    async def keys(self, measurement: str) -> list[SeriesKey]:
        return list(await self.inner.keys(measurement))

    async def extent(self, key: SeriesKey) -> Extent | None:
        return await self.inner.extent(key)

    async def ping(self) -> None:
        self._check()

    async def remarks(self) -> Remarks:
        return await self.inner.remarks()

    async def aclose(self) -> None:
        await self.inner.aclose()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Switched]:
    switched = Switched(SqliteStore(tmp_path / "series.sqlite", "simulated"))
    yield switched
    await switched.aclose()


def prices(found: Rows) -> list[object]:
    return list(found.columns.get("price_eur_kwh", ()))


async def test_the_second_read_costs_the_store_nothing_and_says_the_same(store: Switched) -> None:
    cached = CachedStore(store)
    await cached.write(KEY, rows(*(0.1 * n for n in range(8))))
    first = await cached.read(KEY, START, END)
    asked = store.reads
    assert asked == 2  # the two weeks that meet in the range
    second = await cached.read(KEY, START, END)
    assert store.reads == asked
    assert (second.times, prices(second)) == (first.times, prices(first))
    assert prices(second) == prices(await store.read(KEY, START, END))


async def test_a_write_is_seen_at_once_and_another_series_is_not_touched(store: Switched) -> None:
    cached = CachedStore(store)
    await cached.write(KEY, rows(0.1, 0.2, 0.3))
    await cached.write(OTHER, rows(0.5))
    await cached.read(KEY, START, END)
    await cached.read(OTHER, START, END)
    await cached.write(KEY, rows(0.9, first=1))
    assert prices(await cached.read(KEY, START, END)) == [0.1, 0.9, 0.3]
    asked = store.reads
    assert prices(await cached.read(OTHER, START, END)) == [0.5]
    assert store.reads == asked


@dataclass
class Overtaken(Switched):
    """A store in which a write arrives while a read is under way, after the read has its answer."""

    overtaking: Callable[[], Awaitable[None]] | None = None

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        found = await super().read(key, start, end)
        if self.overtaking is not None:
            write, self.overtaking = self.overtaking, None
            await write()
        return found


async def test_a_read_that_a_write_overtook_is_not_kept(store: Switched) -> None:
    overtaken = Overtaken(store.inner)
    cached = CachedStore(overtaken)
    await cached.write(KEY, rows(0.1))
    overtaken.overtaking = lambda: cached.write(KEY, rows(0.7))
    assert prices(await cached.read(KEY, START, END)) == [0.1]  # what the store said when it was asked
    assert prices(await cached.read(KEY, START, END)) == [0.7]


async def test_a_read_that_nothing_overtook_is_kept(store: Switched) -> None:
    overtaken = Overtaken(store.inner)
    cached = CachedStore(overtaken)
    await cached.write(KEY, rows(0.1))
    await cached.read(KEY, START, END)
    asked = overtaken.reads
    await cached.read(KEY, START, END)
    assert overtaken.reads == asked


async def test_what_another_process_wrote_is_seen_after_a_minute(store: Switched, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = CachedStore(store)
    await cached.read(KEY, START, END)
    await store.write(KEY, rows(0.1))
    assert prices(await cached.read(KEY, START, END)) == []
    monkeypatch.setattr(cached_store, "FRESH_S", 0.0)
    assert prices(await cached.read(KEY, START, END)) == [0.1]


async def test_while_the_store_is_away_the_last_values_are_given(store: Switched, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = CachedStore(store)
    await cached.write(KEY, rows(0.1, 0.2))
    await cached.read(KEY, START, END)
    monkeypatch.setattr(cached_store, "FRESH_S", 0.0)
    store.away = True
    assert prices(await cached.read(KEY, START, END)) == [0.1, 0.2]
    with pytest.raises(StoreUnavailableError):
        await cached.read(OTHER, START, END)
    asked = store.reads
    assert prices(await cached.read(KEY, START, END)) == [0.1, 0.2]
    with pytest.raises(StoreUnavailableError):
        await cached.read(OTHER, START, END)
    assert store.reads == asked, "a store that was away a moment ago is not asked for each block"


async def test_a_store_that_does_not_answer_is_waited_for_only_shortly(store: Switched, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    class Hanging(Switched):
        async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
            if self.away:
                await asyncio.sleep(600)
            return await super().read(key, start, end)

    hanging = Hanging(store.inner)
    cached = CachedStore(hanging)
    await cached.write(KEY, rows(0.1))
    await cached.read(KEY, START, END)
    monkeypatch.setattr(cached_store, "FRESH_S", 0.0)
    monkeypatch.setattr(cached_store, "PATIENCE_S", 0.05)
    hanging.away = True
    assert prices(await cached.read(KEY, START, END)) == [0.1]


async def test_a_store_that_is_slow_once_is_still_asked_for_what_is_in_no_memory(
    store: Switched, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    class Slow(Switched):
        async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
            if self.away and key == KEY:
                await asyncio.sleep(600)
            return await self.inner.read(key, start, end)

    slow = Slow(store.inner)
    cached = CachedStore(slow)
    await cached.write(KEY, rows(0.1))
    await cached.read(KEY, START, END)
    await slow.write(OTHER, rows(0.2))
    monkeypatch.setattr(cached_store, "FRESH_S", 0.0)
    monkeypatch.setattr(cached_store, "PATIENCE_S", 0.05)
    slow.away = True
    assert prices(await cached.read(KEY, START, END)) == [0.1]
    assert prices(await cached.read(OTHER, START, END)) == [0.2]


async def test_what_waits_in_the_spool_is_shown_and_stays_until_it_is_replayed(
    store: Switched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_store, "AWAY_S", 0.0)
    state = open_state(tmp_path / "state.sqlite", "simulated")
    spool = Spool(state)
    spooled = SpooledStore(store, spool, ManualClock(START))
    cached = CachedStore(spooled, spool.waiting)
    await cached.write(KEY, rows(0.1, 0.2))
    await cached.read(KEY, START, END)
    store.away = True
    await cached.write(KEY, rows(0.7, first=2))
    assert prices(await cached.read(KEY, START, END)) == [0.1, 0.2, 0.7]
    store.away = False  # back, but not replayed yet
    assert prices(await cached.read(KEY, START, END)) == [0.1, 0.2, 0.7]
    await spooled.replay()
    assert prices(await cached.read(KEY, START, END)) == [0.1, 0.2, 0.7]
    state.close()


async def test_long_reads_go_past_the_memory(store: Switched) -> None:
    cached = CachedStore(store)
    await cached.read(KEY, START - timedelta(days=400), END)
    await cached.read(KEY, START - timedelta(days=400), END)
    assert store.reads == 2


Step = tuple[str, int, list[float | None]]
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(["write", "read", "away", "back"]),
        st.integers(0, 200),
        st.lists(st.one_of(st.none(), st.floats(-1, 1)), min_size=1, max_size=20),
    ),
    max_size=15,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
async def test_through_cache_and_spool_the_last_written_values_are_read(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step]
) -> None:
    """The law: a reader sees what was written, as if there were one store that is never away."""
    folder = tmp_path_factory.mktemp("law")
    store, model = Switched(SqliteStore(folder / "a.sqlite", "simulated")), SqliteStore(folder / "b.sqlite", "simulated")
    state = open_state(folder / "state.sqlite", "simulated")
    spool = Spool(state)
    spooled = SpooledStore(store, spool, ManualClock(START))
    cached = CachedStore(spooled, spool.waiting)
    last = START + timedelta(hours=240)
    await cached.read(KEY, START, last)
    for what, first, values in steps:
        if what == "write":
            for each in (cached, model):
                await each.write(KEY, rows(*values, first=first))
        elif what == "back":
            store.away = False
            await spooled.replay()
        elif what == "away":
            store.away = True
        seen, meant = await cached.read(KEY, START, last), await model.read(KEY, START, last)
        assert (list(seen.times), prices(seen)) == (list(meant.times), prices(meant))
    state.close()
    await store.aclose()
    await model.aclose()
