"""REE's forecasts of tomorrow: asked for when out, kept as issued, never twice. Real state."""

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.state.file import open_state
from adapters.state.issued import SqliteIssuedLog
from domain.errors import NotPublishedError
from domain.prices.market import MarketForecast, PowerSlot
from domain.timeline import HOUR, day_bounds, local_day, local_instant, slot_starts
from services.prices.market import KINDS, PUBLICATION, MarketService
from support.clock import ManualClock

MORNING = datetime(2025, 11, 5, 9, 30, tzinfo=UTC)  # 10:30 in Madrid: tomorrow's are not out
TODAY, TOMORROW = date(2025, 11, 5), date(2025, 11, 6)


def published(day: date) -> datetime:
    return local_instant(day - timedelta(days=1), PUBLICATION)


class Forecaster:
    """Publishes for each day at 11:00 of the day before; the value is the hour of the day in UTC."""

    longest_chunk = timedelta(days=31)

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.asked: list[tuple[date, date]] = []

    async def forecasts(self, start: datetime, end: datetime) -> tuple[MarketForecast, ...]:
        self.asked.append((local_day(start), local_day(end - HOUR)))
        out = [
            at for at in slot_starts(start, end) if local_instant(local_day(at) - timedelta(days=1), PUBLICATION) <= self.clock()
        ]
        if not out:
            raise NotPublishedError("esios", "nothing yet")
        slots = tuple(PowerSlot(at, at + HOUR, float(at.hour)) for at in out)
        return tuple(MarketForecast(kind, slots, self.clock()) for kind in KINDS)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[tuple[ManualClock, Forecaster, MarketService]]:
    clock = ManualClock(MORNING)
    forecaster = Forecaster(clock)
    state = open_state(tmp_path / "state.sqlite", "simulated")
    yield clock, forecaster, MarketService(forecaster, SqliteIssuedLog(state), clock)
    state.close()


async def hours(market: MarketService, day: date, at: datetime) -> int:
    return len(await market.known("wind", *day_bounds(day), at))


async def test_tomorrow_comes_when_it_is_out_and_is_asked_for_once(world: tuple[ManualClock, Forecaster, MarketService]) -> None:
    clock, forecaster, market = world
    await market.refresh()
    assert (await hours(market, TODAY, clock()), await hours(market, TOMORROW, clock())) == (24, 0)
    await clock.move(timedelta(hours=1))
    forecaster.asked.clear()
    await market.refresh()
    assert (forecaster.asked, await hours(market, TOMORROW, clock())) == ([(TOMORROW, TOMORROW)], 24)
    forecaster.asked.clear()
    assert (await market.refresh(), forecaster.asked) == ("nothing missing", [])


async def test_the_past_knows_only_what_was_issued_by_then(world: tuple[ManualClock, Forecaster, MarketService]) -> None:
    clock, _, market = world
    await clock.move(timedelta(hours=1))
    await market.refresh()
    assert await hours(market, TOMORROW, MORNING) == 0
    assert await hours(market, TODAY - timedelta(days=30), clock()) == 24


async def test_the_autumn_day_is_whole_with_25_hours(world: tuple[ManualClock, Forecaster, MarketService]) -> None:
    clock, _, market = world
    await market.refresh()
    assert await hours(market, date(2025, 10, 26), clock()) == 25


async def test_without_a_token_it_says_so(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.sqlite", "simulated")
    market = MarketService(None, SqliteIssuedLog(state), ManualClock(MORNING))
    assert "REE_API_TOKEN is not set" in await market.refresh()
    state.close()
