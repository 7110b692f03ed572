"""The rehearsal of a simulated world's last weeks: each day at its own instant, once, resumable. Real notes."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.state.file import open_state
from adapters.state.notes import SqliteNotes
from adapters.store.sqlite import Database
from domain.timeline import local_day, local_instant
from simulator.rehearsal import EVENING, PastClock, Programme, Rehearsal, together
from support.clock import ManualClock

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 20)
DAYS = 28


@pytest.fixture
async def state(tmp_path: Path) -> AsyncGenerator[Database]:
    database = open_state(tmp_path / "state.sqlite", "simulated")
    yield database
    database.close()


class Life:
    """Notes at which instants the steps ran; may fail on a day."""

    def __init__(self, state: Database, *, ready: bool = True, coming: bool = False, fails_on: date | None = None) -> None:
        self.past = PastClock(NOW)
        self.began: list[datetime] = []
        self.lived: list[datetime] = []
        self.fails_on = fails_on
        self.clock = ManualClock(NOW)
        notes = SqliteNotes(state)
        self.todays = 0
        self.held: list[str | None] = []
        programme = Programme([self.begin], [self.live], [self.work_today])
        self.service = Rehearsal(self.past, self.clock, notes, programme, days=DAYS, ready=lambda: ready, coming=lambda: coming)

    async def work_today(self) -> str:
        self.todays += 1
        return "worked"

    async def begin(self) -> str:
        self.began.append(self.past())
        return "begun"

    async def live(self) -> str:
        self.held.append(await self.service.holds())
        if local_day(self.past()) == self.fails_on:
            raise RuntimeError("pulled the plug")
        self.lived.append(self.past())
        return "lived"


def evenings(first: date, count: int) -> list[datetime]:
    return [local_instant(first + timedelta(days=i), EVENING) for i in range(count)]


async def test_every_day_is_lived_once_in_order_at_its_evening(state: Database) -> None:
    life = Life(state)
    await life.service.run()
    first = TODAY - timedelta(days=DAYS)
    assert life.began == evenings(first - timedelta(days=1), 1)
    assert life.lived == evenings(first, DAYS)
    assert await life.service.run() == "rehearsed"
    assert len(life.lived) == DAYS


async def test_nothing_is_planned_for_now_from_the_start_until_every_day_is_lived(state: Database) -> None:
    life = Life(state)
    assert await life.service.holds() is not None
    await life.service.run()
    assert None not in life.held and len(life.held) == DAYS
    assert await life.service.holds() is None
    assert await Life(state).service.holds() is None


async def test_a_history_that_will_never_do_holds_nothing_up(state: Database) -> None:
    assert await Life(state, ready=False).service.holds() is None
    assert await Life(state, ready=False, coming=True).service.holds() is not None


async def test_it_waits_for_the_history(state: Database) -> None:
    life = Life(state, ready=False)
    assert await life.service.run() == "waiting for the history"
    assert life.lived == []


async def test_it_goes_on_after_an_interruption_with_the_day_that_was_not_ended(state: Database) -> None:
    broken = TODAY - timedelta(days=10)
    life = Life(state, fails_on=broken)
    with pytest.raises(RuntimeError):
        await life.service.run()
    again = Life(state)
    await again.service.run()
    assert again.began == []
    assert again.lived == evenings(broken, 10)


async def test_days_on_which_the_service_ran_are_not_rehearsed(state: Database) -> None:
    life = Life(state)
    await life.service.run()
    life.clock.now += timedelta(days=5)
    assert await life.service.run() == "rehearsed"
    assert len(life.lived) == DAYS


async def test_the_end_of_the_rehearsal_is_followed_by_todays_work_once(state: Database) -> None:
    life = Life(state)
    assert await life.service.run() == f"rehearsed up to {TODAY}"
    assert await life.service.run() == "rehearsed"
    assert life.todays == 1
    waiting = Life(state, ready=False)
    await waiting.service.run()
    assert waiting.todays == 0


async def test_steps_together_run_at_the_same_time_and_tell_in_their_order() -> None:
    met = asyncio.Event()

    async def waits() -> str:
        await met.wait()
        return "first"

    async def comes() -> str:
        met.set()
        return "second"

    async with asyncio.timeout(60):
        assert await together(waits, comes)() == "first; second"
