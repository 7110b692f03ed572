"""The schedule on a clock that the test moves: due times, no overlap, coalescing, pauses, deadlines."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.interval import IntervalTrigger

import adapters.runtime.scheduler as scheduler_module
import jobs
from adapters.runtime.scheduler import Scheduler
from adapters.state.file import open_state
from adapters.state.jobs import SqliteJobLog
from adapters.state.notes import SqliteNotes
from domain.errors import NotFoundError, NotPublishedError, StoreUnavailableError
from domain.operations import JobStatus
from domain.timeline import MADRID
from ports import Job
from support.clock import ManualClock

START = datetime(2025, 11, 5, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def job(work: Callable[[], Awaitable[str]], *, id: str = "tick", at_start: bool = False, deadline: float = 5) -> Job:
    trigger = IntervalTrigger(hours=1, start_date=START + HOUR, timezone=UTC)
    return Job(id, id, trigger, work, timedelta(seconds=deadline), at_start)


@asynccontextmanager
async def schedule(folder: Path, clock: ManualClock, *wanted: Job) -> AsyncGenerator[Scheduler]:
    state = open_state(folder / "state.sqlite", "simulated")
    scheduler = Scheduler(clock, SqliteJobLog(state), SqliteNotes(state))
    await scheduler.start(wanted)
    try:
        yield scheduler
    finally:
        await scheduler.stop(patience_s=60)
        state.close()


async def settle(scheduler: Scheduler) -> JobStatus:
    """Status of the first job once it is not running."""
    for _ in range(12_000):
        status = (await scheduler.status())[0]
        if not status.running:
            return status
        await asyncio.sleep(0.005)
    raise AssertionError("still running")


async def test_a_job_runs_at_its_due_times_and_not_before(tmp_path: Path) -> None:
    clock, runs = ManualClock(START), []

    async def work() -> str:
        runs.append(clock())
        return "done"

    async with schedule(tmp_path, clock, job(work)) as scheduler:
        await clock.move(timedelta(minutes=59))
        assert runs == []
        await clock.move(timedelta(minutes=1))
        status = await settle(scheduler)
        assert runs == [START + HOUR]
        assert (status.last_outcome, status.last_detail, status.runs, status.failures) == ("ok", "done", 1, 0)
        assert status.next_run == START + 2 * HOUR


async def test_missed_times_coalesce_into_one_run(tmp_path: Path) -> None:
    clock, runs = ManualClock(START), []

    async def work() -> str:
        runs.append(clock())
        return ""

    async with schedule(tmp_path, clock, job(work)) as scheduler:
        await clock.move(48 * HOUR)
        status = await settle(scheduler)
        assert len(runs) == 1
        assert status.next_run == START + 49 * HOUR


async def test_a_job_never_overlaps_itself(tmp_path: Path) -> None:
    clock, running, most = ManualClock(START), 0, 0
    go = asyncio.Event()

    async def work() -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await go.wait()
        running -= 1
        return ""

    async with schedule(tmp_path, clock, job(work)) as scheduler:
        await clock.move(HOUR)
        await clock.move(HOUR)
        assert not await scheduler.run_now("tick")
        go.set()
        assert (await settle(scheduler)).runs == 1
        assert most == 1


async def test_a_failure_is_told_and_the_next_run_comes(tmp_path: Path) -> None:
    clock, answers = ManualClock(START), iter([NotPublishedError("redata", "not yet"), ZeroDivisionError("boom")])

    async def work() -> str:
        raise next(answers)

    async with schedule(tmp_path, clock, job(work)) as scheduler:
        await clock.move(HOUR)
        assert (await settle(scheduler)).last_error == "NotPublishedError: redata: not yet"
        await clock.move(HOUR)
        status = await settle(scheduler)
        assert (status.last_error, status.runs, status.failures) == ("ZeroDivisionError: boom", 2, 2)
        assert scheduler.alive


async def test_a_job_that_met_no_store_runs_again_soon_and_ever_later_until_it_is_back(tmp_path: Path) -> None:
    clock, runs, away = ManualClock(START), list[datetime](), [True]

    async def work() -> str:
        runs.append(clock())
        if away[0]:
            raise StoreUnavailableError("the store was away a moment ago")
        return "done"

    async with schedule(tmp_path, clock, job(work, at_start=True)) as scheduler:
        await clock.move(timedelta(0))
        for _ in range(16):
            await settle(scheduler)
            await clock.move(timedelta(minutes=1))
        assert [(at - START) // timedelta(minutes=1) for at in runs] == [0, 1, 3, 7, 15]
        away[0] = False
        await clock.move(timedelta(minutes=15))
        status = await settle(scheduler)
        assert (status.last_outcome, runs[-1] - START) == ("ok", timedelta(minutes=31))
        assert status.next_run == START + HOUR  # its own due time: nothing else is left of it


async def test_a_job_that_met_no_store_does_not_run_while_it_is_paused_nor_later_than_it_is_due(tmp_path: Path) -> None:
    clock, runs = ManualClock(START), list[datetime]()

    async def work() -> str:
        runs.append(clock())
        raise StoreUnavailableError("the store was away a moment ago")

    async with schedule(tmp_path, clock, job(work, at_start=True)) as scheduler:
        await clock.move(timedelta(0))
        await settle(scheduler)
        await scheduler.pause("tick")
        await clock.move(timedelta(minutes=50))
        assert len(runs) == 1
        await scheduler.resume("tick")
        await clock.move(timedelta(minutes=10))
        assert (await settle(scheduler)).next_run == START + HOUR + timedelta(minutes=2)
        assert runs[1:] == [START + HOUR]


async def test_a_job_over_its_deadline_is_ended(tmp_path: Path) -> None:
    clock = ManualClock(START)

    async def work() -> str:
        await asyncio.sleep(600)
        return ""

    async with schedule(tmp_path, clock, job(work, deadline=0.05)) as scheduler:
        await clock.move(HOUR)
        assert "not done within" in str((await settle(scheduler)).last_error)


async def test_a_pause_outlives_a_restart_and_a_run_can_still_be_asked_for(tmp_path: Path) -> None:
    clock, runs = ManualClock(START), []

    async def work() -> str:
        runs.append(clock())
        return ""

    async with schedule(tmp_path, clock, job(work)) as scheduler:
        await scheduler.pause("tick")
    async with schedule(tmp_path, clock, job(work)) as scheduler:
        await clock.move(3 * HOUR)
        assert runs == []
        assert (await scheduler.status())[0].paused is True
        assert await scheduler.run_now("tick")
        await settle(scheduler)
        assert len(runs) == 1
        await scheduler.resume("tick")
        await clock.move(HOUR)
        await settle(scheduler)
        assert len(runs) == 2


async def test_an_unknown_job_is_not_found(tmp_path: Path) -> None:
    async with schedule(tmp_path, ManualClock(START), job(lambda: asyncio.sleep(0, ""))) as scheduler:
        with pytest.raises(NotFoundError, match="known: tick"):
            await scheduler.pause("tock")


async def test_stopping_interrupts_what_runs_and_begins_nothing(tmp_path: Path) -> None:
    clock, began, cleaned = ManualClock(START), asyncio.Event(), asyncio.Event()
    runs = 0

    async def work() -> str:
        nonlocal runs
        runs += 1
        began.set()
        try:
            await asyncio.sleep(600)
        finally:
            cleaned.set()
        return ""

    async with schedule(tmp_path, clock, job(work, at_start=True), job(work, id="other")) as scheduler:
        await began.wait()
        scheduler.halt()
        await clock.move(5 * HOUR)
        assert not await scheduler.run_now("other")
        await scheduler.stop(patience_s=5)
        assert cleaned.is_set() and runs == 1
        assert [one.last_outcome for one in await scheduler.status()] == ["interrupted", None]


def test_no_trigger_may_stand_in_the_hour_that_comes_twice() -> None:
    with pytest.raises(ValueError, match="02"):
        jobs.madrid("02:30")


def test_a_publication_time_comes_once_on_the_autumn_day() -> None:
    trigger, due, now = jobs.madrid("20:20"), [], datetime(2025, 10, 25, 12, 0, tzinfo=UTC)
    for _ in range(3):
        now = trigger.get_next_fire_time(now, now + timedelta(seconds=1))
        due.append(now.astimezone(MADRID).strftime("%d %H:%M"))
    assert due == ["25 20:20", "26 20:20", "27 20:20"]


@pytest.mark.parametrize("away", [timedelta(days=400), 2 * HOUR, timedelta(minutes=59)])
async def test_a_clock_that_goes_ahead_and_back_leaves_no_idle_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: timedelta
) -> None:
    monkeypatch.setattr(scheduler_module, "LONGEST_SLEEP_S", 0.01)
    clock = ManualClock(START)

    async def work() -> str:
        return clock().isoformat()

    async with schedule(tmp_path, clock, job(work)) as scheduler:
        await clock.move(away)
        await until(lambda: scheduler.seen == START + away)
        await settle(scheduler)
        await clock.move(-away)
        await until(lambda: scheduler.seen == START)
        status = await settle(scheduler)
        assert status.next_run == START + HOUR
        assert status.ran_ahead_of_clock is (away >= HOUR)
        await clock.move(HOUR)
        await until(lambda: scheduler.seen == START + HOUR)
        status = await settle(scheduler)
        assert status.last_detail == (START + HOUR).isoformat()
        assert (status.next_run, status.ran_ahead_of_clock) == (START + 2 * HOUR, False)
        assert status.last_success == START + HOUR


@pytest.mark.parametrize(("away", "begun"), [(2 * HOUR, 3), (timedelta(seconds=30), 1)])
async def test_what_began_while_the_clock_was_ahead_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: timedelta, begun: int
) -> None:
    """One that is never done by itself: begun at the start, begun ahead of the clock, begun once it was set back. A small step
    back leaves it alone.
    """
    monkeypatch.setattr(scheduler_module, "LONGEST_SLEEP_S", 0.01)
    clock, began, go_on = ManualClock(START), list[datetime](), asyncio.Event()

    async def work() -> str:
        began.append(clock())
        if clock() > START:
            await go_on.wait()
        return "done"

    async with schedule(tmp_path, clock, job(work, at_start=True, deadline=60)) as scheduler:
        await until(lambda: len(began) == 1)
        await settle(scheduler)
        await clock.move(away)
        await until(lambda: scheduler.seen == START + away)
        await until(lambda: len(began) == (1 if away < HOUR else 2))
        await clock.move(-away)
        await until(lambda: scheduler.seen == START)
        await until(lambda: len(began) == begun)
        assert began == [START, START + away, START][:begun]
        assert (await settle(scheduler)).last_outcome == "ok"


async def test_a_clock_that_is_adjusted_by_seconds_runs_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler_module, "LONGEST_SLEEP_S", 0.01)
    clock, runs = ManualClock(START), []

    async def work() -> str:
        runs.append(clock())
        return ""

    async with schedule(tmp_path, clock, job(work)) as scheduler:
        await clock.move(HOUR)
        await settle(scheduler)
        await clock.move(timedelta(seconds=-30))
        await until(lambda: scheduler.seen < START + HOUR)
        await clock.move(timedelta(seconds=40))
        await until(lambda: scheduler.seen > START + HOUR)
        await settle(scheduler)
        assert runs == [START + HOUR]


async def test_a_job_runs_though_its_start_cannot_be_noted(tmp_path: Path) -> None:
    clock, runs = ManualClock(START), []

    async def work() -> str:
        runs.append(clock())
        return "done"

    async with schedule(tmp_path, clock, job(work)) as scheduler:
        log = scheduler._log
        started, ended = log.started, log.ended

        async def full(*_: object) -> int:
            raise StoreUnavailableError("state.sqlite: SQLITE_FULL: database or disk is full")

        log.started = full  # type: ignore[method-assign, assignment]
        await clock.move(HOUR)
        status = await settle(scheduler)
        assert runs == [START + HOUR]
        assert (status.last_outcome, status.last_end, status.next_run) == ("ok", START + HOUR, START + 2 * HOUR)
        assert "disk is full" in str(status.not_noted)
        log.started, log.ended = started, full  # type: ignore[method-assign, assignment]
        await clock.move(HOUR)
        status = await settle(scheduler)
        assert len(runs) == 2 and "disk is full" in str(status.not_noted)
        log.ended = ended  # type: ignore[method-assign]
        await clock.move(HOUR)
        status = await settle(scheduler)
        assert (len(runs), status.not_noted) == (3, None)


async def test_a_trigger_that_fails_stops_no_other_job(tmp_path: Path) -> None:
    clock, runs = ManualClock(START), []

    async def work() -> str:
        runs.append(clock())
        return ""

    class Broken:
        asked = 0

        def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
            self.asked += 1
            if self.asked > 1:
                raise ValueError("no such hour")
            return now + HOUR

    broken = Job("broken", "broken", Broken(), work, HOUR)
    async with schedule(tmp_path, clock, job(work), broken) as scheduler:
        for _ in range(3):
            await clock.move(HOUR)
            await settle(scheduler)
        assert scheduler.alive
        assert {START + HOUR, START + 2 * HOUR, START + 3 * HOUR} <= set(runs)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until the schedule has seen something."""
    for _ in range(2000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("never came true")


async def test_a_job_runs_as_soon_as_one_that_brings_its_input_ended_well(tmp_path: Path) -> None:
    clock, order = ManualClock(START), []

    async def prices() -> str:
        order.append("prices")
        return ""

    async def plan() -> str:
        order.append("plan")
        return ""

    async with schedule(tmp_path, clock, replace(job(plan, id="plan"), after=("prices",)), job(prices, id="prices")) as scheduler:
        await scheduler.run_now("prices")
        await until(lambda: len(order) == 2)
        assert order == ["prices", "plan"]
        assert clock() == START


async def test_a_job_does_not_run_after_one_that_failed_nor_while_it_is_paused(tmp_path: Path) -> None:
    clock, runs = ManualClock(START), []
    answers = iter([NotPublishedError("redata", "not yet")])

    async def prices() -> str:
        for error in answers:
            raise error
        return ""

    async def plan() -> str:
        runs.append(clock())
        return ""

    async with schedule(tmp_path, clock, job(prices, id="prices"), replace(job(plan, id="plan"), after=("prices",))) as scheduler:
        await scheduler.run_now("prices")
        await settle(scheduler)
        await scheduler.pause("plan")
        await scheduler.run_now("prices")
        await settle(scheduler)
        assert [status.runs for status in await scheduler.status()] == [2, 0]


async def test_what_comes_in_while_a_job_runs_makes_it_run_once_more(tmp_path: Path) -> None:
    clock, runs, go = ManualClock(START), [], asyncio.Event()

    async def prices() -> str:
        return ""

    async def plan() -> str:
        runs.append(clock())
        await go.wait()
        return ""

    async with schedule(tmp_path, clock, job(prices, id="prices"), replace(job(plan, id="plan"), after=("prices",))) as scheduler:
        for _ in range(3):
            await scheduler.run_now("prices")
            await settle(scheduler)
        await until(lambda: len(runs) == 1)
        go.set()
        await until(lambda: len(runs) == 2)
        await settle(scheduler)
        assert (await scheduler.status())[1].runs == 2


def test_every_job_that_another_follows_is_in_the_table() -> None:
    async def nothing() -> str:
        return ""

    table = [
        *jobs.price_jobs(nothing, nothing, nothing, nothing),
        *jobs.weather_jobs(nothing, nothing, nothing, nothing),
        *jobs.model_jobs(nothing, nothing, nothing),
        *jobs.plan_jobs(nothing, nothing, nothing, nothing, nothing),
    ]
    followed = {id_ for one in table for id_ in one.after}
    assert followed
    assert followed <= {one.id for one in table}
