"""A silent store is told from a slow one, whatever is asked of it, and who asks next waits for nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.state.file import open_state
from adapters.store import silence
from adapters.store.cached import CachedStore
from adapters.store.spool import Spool
from adapters.store.spooled import SpooledStore
from adapters.store.sqlite_series import SqliteStore
from domain.errors import StoreUnavailableError
from domain.series import Rows, SeriesKey, price_key
from ports import Extent
from support.clock import ManualClock

KEY = price_key("pvpc", 60)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
SIX_YEARS, A_DAY = timedelta(days=2200), timedelta(days=1)
ROWS = Rows([0, 3600], {"price_eur_kwh": [0.1, 0.2]})


class Quiet(SqliteStore):
    """A real store that can be made to say nothing, as a stopped process does, or to be slow and alive."""

    silent = False
    slow_s = 0.0
    asked = 0

    async def _pause(self) -> None:
        self.asked += 1
        while self.silent:
            await asyncio.sleep(0.005)
        await asyncio.sleep(self.slow_s)

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        await self._pause()
        return await super().read(key, start, end)

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        await self._pause()
        await super().write(key, rows)

    async def keys(self, measurement: str) -> list[SeriesKey]:
        await self._pause()
        return list(await super().keys(measurement))

    async def extent(self, key: SeriesKey) -> Extent | None:
        await self._pause()
        return await super().extent(key)

    async def ping(self) -> None:
        while self.silent:
            await asyncio.sleep(0.005)
        await super().ping()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "AFTER_S", 0.03)
    monkeypatch.setattr(silence, "PROBE_S", 0.5)


@pytest.fixture
def store(tmp_path: Path) -> Quiet:
    return Quiet(tmp_path / "series.sqlite", "real")


@pytest.fixture
def spooled(store: Quiet, tmp_path: Path) -> Generator[SpooledStore]:
    state = open_state(tmp_path / "state.sqlite", "real")
    yield SpooledStore(store, Spool(state), ManualClock(NOW))
    state.close()


Ask = Callable[[CachedStore], Awaitable[object]]
ASKED: dict[str, Ask] = {
    "a week": lambda store: store.read(KEY, NOW - A_DAY, NOW),
    "years": lambda store: store.read(KEY, NOW - SIX_YEARS, NOW),
    "keys": lambda store: store.keys("energy_prices"),
    "extent": lambda store: store.extent(KEY),
}


@pytest.mark.parametrize("name", ASKED)
async def test_whatever_is_asked_of_a_silent_store_ends_and_the_next_one_is_not_kept_waiting(store: Quiet, name: str) -> None:
    store.silent = True
    cached = CachedStore(store)
    async with asyncio.timeout(60):
        with pytest.raises(StoreUnavailableError, match="says nothing"):
            await ASKED[name](cached)
        asked = store.asked
        for ask in ASKED.values():
            with pytest.raises(StoreUnavailableError, match="a moment ago"):
                await ask(cached)
    assert store.asked == asked, "who comes after it asks nobody"
    store.silent = False
    await cached.aclose()


@pytest.mark.parametrize("name", ASKED)
async def test_a_slow_store_that_lives_has_its_time(store: Quiet, name: str) -> None:
    store.slow_s = 0.3  # ten times as long as a silent one is given
    cached = CachedStore(store)
    await ASKED[name](cached)
    await cached.aclose()


async def test_a_write_to_a_silent_store_waits_on_disk_and_is_stored_when_it_speaks_again(
    store: Quiet, spooled: SpooledStore
) -> None:
    store.silent = True
    async with asyncio.timeout(60):
        await spooled.write(KEY, ROWS)
        assert (await spooled.status()).records == 1
        assert (await spooled.replay()).stopped_by is not None, "the replay gives up as well"
    store.silent = False
    assert (await spooled.replay()).records == 1
    assert await store.extent(KEY) == Extent(0, 3600, 2)
    await spooled.aclose()
