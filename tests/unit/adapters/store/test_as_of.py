"""The history as it was known at an instant: nothing is there before it was public."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.store.as_of import AsOfStore
from adapters.store.sqlite_series import SqliteStore
from domain.series import Rows, Value, price_key
from domain.timeline import epoch
from support.clock import ManualClock

START = datetime(2025, 11, 5, tzinfo=UTC)
KEY = price_key("pvpc", 60)
HOURS = [START + timedelta(hours=i) for i in range(4)]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[tuple[ManualClock, AsOfStore]]:
    inner = SqliteStore(tmp_path / "series.sqlite", "simulated")
    known = [START - timedelta(hours=2), START - timedelta(hours=2), START + timedelta(hours=9), START - timedelta(hours=1)]
    columns: dict[str, list[Value | None]] = {
        "price_eur_kwh": [0.1, 0.2, 0.3, 0.4],
        "as_of": [epoch(at) for at in known],
    }
    await inner.write(KEY, Rows([epoch(hour) for hour in HOURS], columns))
    clock = ManualClock(START)
    yield clock, AsOfStore(inner, clock)
    await inner.aclose()


async def prices(store: AsOfStore) -> list[object]:
    rows = await store.read(KEY, START, START + timedelta(hours=4))
    assert len(rows.times) == len(rows.columns["provider"])
    return list(rows.columns["price_eur_kwh"])


async def test_what_became_known_later_is_not_there(world: tuple[ManualClock, AsOfStore]) -> None:
    clock, store = world
    assert await prices(store) == [0.1, 0.2, 0.4]
    clock.now = START - timedelta(minutes=90)
    assert await prices(store) == [0.1, 0.2]
    clock.now = START - timedelta(hours=3)
    assert await prices(store) == []


async def test_later_everything_is_there(world: tuple[ManualClock, AsOfStore]) -> None:
    clock, store = world
    clock.now = START + timedelta(hours=9)
    assert await prices(store) == [0.1, 0.2, 0.3, 0.4]
