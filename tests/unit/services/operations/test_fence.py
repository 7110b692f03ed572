"""Fences: what fails, since when, and what the log says of it."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from services.operations.fence import Fence
from support.clock import ManualClock

START = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)


async def one() -> int:
    return 1


async def broken() -> int:
    raise KeyError("price")


async def otherwise_broken() -> int:
    raise ZeroDivisionError


async def test_a_failed_part_is_told_with_its_first_instant_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock(START)
    fence = Fence(clock)
    for _ in range(3):
        assert await fence.value("plan", broken, 7) == 7
        clock.now += timedelta(minutes=1)
    assert [(part.part, part.since, part.error) for part in fence.failed] == [("plan", START, "KeyError: 'price'")]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "Traceback" in caplog.text
    assert await fence.value("plan", otherwise_broken, 7) == 7
    assert len(caplog.records) == 2, "another fault is another line"
    assert fence.failed[0].since == START


async def test_a_part_that_works_again_is_no_failure_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    fence = Fence(ManualClock(START))
    await fence.value("plan", broken, 0)
    caplog.clear()
    assert [await fence.value("plan", one, 0) for _ in range(3)] == [1, 1, 1]
    assert fence.failed == []
    assert [record.message.split()[0] for record in caplog.records] == ["part_works_again"]


async def test_being_cancelled_is_no_failure() -> None:
    fence = Fence(ManualClock(START))
    task = asyncio.create_task(fence.value("plan", lambda: asyncio.sleep(600, 1), 0))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert fence.failed == []


def no_json() -> int:
    raise ValueError("NaN")


async def test_a_part_that_is_made_and_cannot_be_sent_has_failed_until_it_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    fence = Fence(ManualClock(START))
    for _ in range(2):
        assert await fence.value("plan", one, 7) == 1
        assert fence.sent("plan", no_json, 7) == 7
    assert [(part.part, part.error) for part in fence.failed] == [("plan", "ValueError: NaN")]
    assert [record.levelname for record in caplog.records] == ["ERROR"], "making it again is no news of sending it"
    assert fence.sent("plan", lambda: 2, 7) == 2
    assert fence.failed == []
