"""The log is read by several at once, and by those that go before they have it."""

import asyncio
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from adapters.state.file import open_state
from adapters.state.floor import SqliteFloorLog
from domain.shop_floor.events import Event, Recorded
from domain.shop_floor.facts import Facts, facts_of
from services.shop_floor import floor as floor_module
from services.shop_floor.floor import FloorService
from support.clock import ManualClock
from support.floor_cases import NINE, ONE
from support.plan_cases import small_plant


class SlowFold:
    """A fold that goes on when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, log: Sequence[Recorded]) -> Facts:
        self.begun.set()
        assert self.go_on.wait(10)
        return facts_of(log)


@pytest.fixture
def fold(monkeypatch: pytest.MonkeyPatch) -> SlowFold:
    slow = SlowFold()
    monkeypatch.setattr(floor_module, "facts_of", lambda log: slow(log) if log else facts_of(log))
    return slow


@pytest.fixture
def log(tmp_path: Path) -> Generator[SqliteFloorLog]:
    database = open_state(tmp_path / "state.sqlite", "simulated")
    yield SqliteFloorLog(database)
    database.close()


async def test_whoever_reads_while_another_one_folds_gets_the_newest_too(log: SqliteFloorLog, fold: SlowFold) -> None:
    floor = FloorService(log, small_plant(), ManualClock(NINE))
    await log.append([Event("p", "planned", NINE, "clock", planned=ONE)], NINE)
    first = asyncio.create_task(floor.facts())
    await asyncio.to_thread(fold.begun.wait, 10)
    second = asyncio.create_task(floor.facts())
    await asyncio.wait({second}, timeout=0.2)
    fold.go_on.set()
    assert [facts.sequence for facts in await asyncio.gather(first, second)] == [1, 1]
    assert floor.changes == 1


async def test_one_that_goes_while_it_folds_leaves_nothing_half_read(log: SqliteFloorLog, fold: SlowFold) -> None:
    floor = FloorService(log, small_plant(), ManualClock(NINE))
    await log.append([Event("p", "planned", NINE, "clock", planned=ONE)], NINE)
    gone = asyncio.create_task(floor.facts())
    await asyncio.to_thread(fold.begun.wait, 10)
    gone.cancel()
    await asyncio.wait({gone})
    fold.go_on.set()
    assert list((await floor.facts()).batches) == [ONE.id]
