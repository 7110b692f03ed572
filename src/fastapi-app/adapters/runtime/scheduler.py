"""The schedule: one loop in this process that runs jobs at the due times of their triggers on the shared clock.

The triggers are APScheduler's; the loop is ours, because APScheduler's own reads the machine's clock and cannot be run through two
simulated days in a minute. A job never overlaps itself, missed times coalesce into one run, a pause outlives a restart.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from domain.errors import ChildFailedError, FactoryError, NotFoundError, StoreError, StoreUnavailableError
from domain.operations import JobStatus
from domain.timeline import CLOCK_SLACK
from ports import Clock, Job, JobLog, JobRun, Notes

logger = logging.getLogger("scheduler")
T = TypeVar("T")
Outcome = Literal["ok", "failed", "interrupted"]
PAUSED_NOTE = "scheduler.paused"
LONGEST_WAIT = timedelta(hours=1)
AWAY_FOR = timedelta(minutes=1)
"""A job that met no store runs again after so long, then after twice that and so on, no later than at its due time."""
LONGEST_SLEEP_S = 30.0
"""Real seconds after which the clock is looked at again: one that was set, or a machine that slept, is noticed after that."""


@dataclass(slots=True)
class JobState:
    """What the loop knows of a job besides its log."""

    job: Job
    next_run: datetime | None = None
    paused: bool = False
    last: JobRun | None = None
    """The last run of this process, which the log may not know."""
    not_noted: str | None = None
    """Why the last run could not be written to the log."""
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    began: datetime | None = None
    """What the clock showed when the run under way, or the last one, began."""
    again: bool = False
    """Something that it follows ended while it ran, or the clock went back: it runs once more."""
    failures_in_a_row: int = 0
    """Of this process: a restart begins anew."""
    met_no_store: bool = False
    """The last run failed because the store was away: it comes back by itself."""
    due: datetime | None = None
    """Its due time, where `next_run` is another try before it."""


class Scheduler:
    """Runs jobs. `start` takes the jobs, loads pauses and begins; after `halt` nothing begins; `stop` waits until nothing runs."""

    def __init__(self, clock: Clock, log: JobLog, notes: Notes) -> None:
        self._states: dict[str, JobState] = {}
        self._clock = clock
        self._log = log
        self._notes = notes
        self._loop: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._halted = False
        self.seen = clock()
        """What the clock showed when the due times were last looked at."""

    @property
    def alive(self) -> bool:
        """Whether the loop turns."""
        return self._loop is not None and not self._loop.done()

    async def start(self, jobs: Sequence[Job]) -> None:
        """Take the table of jobs, load the pauses, set the due times and begin."""
        self._states = {job.id: JobState(job) for job in jobs}
        paused = set(json.loads(await self._notes.get(PAUSED_NOTE) or "[]"))
        now = self._clock()
        for state in self._states.values():
            state.paused = state.job.id in paused
            state.next_run = now if state.job.at_start else self._due_after(state.job, None, now)
        self._loop = asyncio.create_task(self._turn(), name="scheduler")

    def halt(self) -> None:
        """From now on nothing begins, and what runs is cancelled: each job is safe to run again, and is, after the next start."""
        if self._halted:
            return
        self._halted = True
        for task in self._tasks():
            task.cancel()

    async def stop(self, patience_s: float = 2.0) -> None:
        """Halt, and wait for what was cancelled; it is logged as interrupted."""
        self.halt()
        if tasks := self._tasks():
            await asyncio.wait(tasks, timeout=patience_s)

    def _tasks(self) -> list[asyncio.Task[None]]:
        jobs = (state.task for state in self._states.values())
        return [task for task in (self._loop, *jobs) if task is not None and not task.done()]

    async def run_now(self, job_id: str) -> bool:
        """Start a job at once, paused or not; False when it is already running."""
        return self._launch(self._state(job_id))

    async def pause(self, job_id: str) -> None:
        """No further runs until resumed; kept over restarts."""
        self._state(job_id).paused = True
        await self._keep_pauses()

    async def resume(self, job_id: str) -> None:
        """Runs again from its next due time on."""
        state = self._state(job_id)
        state.paused = False
        state.next_run, state.due = self._due_after(state.job, None, self._clock()), None
        await self._keep_pauses()
        self._wake.set()

    async def status(self) -> Sequence[JobStatus]:
        """Each job with its next and last run, in the order of the table."""
        # before the log: a run may end meanwhile
        running = {job_id for job_id, state in self._states.items() if state.task is not None}
        last = {run.job_id: run for run in await self._log.last_runs()}
        counts = await self._log.counts()
        successes = await self._log.last_successes()
        now = self._clock()
        return [
            _described(
                state,
                state.last if state.not_noted else last.get(job_id),
                now,
                counts=counts.get(job_id, (0, 0)),
                last_success=successes.get(job_id),
                running=job_id in running,
            )
            for job_id, state in self._states.items()
        ]

    def _state(self, job_id: str) -> JobState:
        if job_id not in self._states:
            raise NotFoundError(f"job {job_id!r}; known: {', '.join(self._states)}")
        return self._states[job_id]

    def _due_after(self, job: Job, previous: datetime | None, now: datetime) -> datetime | None:
        """The next due time; in an hour where the trigger fails: it must not end the schedule of the others."""
        try:
            return job.trigger.get_next_fire_time(previous, now)
        except Exception:
            logger.exception("trigger_failed job=%s", job.id)
            return now + LONGEST_WAIT

    async def _keep_pauses(self) -> None:
        await self._notes.put(PAUSED_NOTE, json.dumps([i for i, s in self._states.items() if s.paused]))

    async def _turn(self) -> None:
        while True:
            now = self._clock()
            if now < self.seen - CLOCK_SLACK:
                self._set_back(self.seen, now)
            self.seen = now
            for state in self._states.values():
                self._run_if_due(state, now)
            due = [s.next_run for s in self._states.values() if s.next_run is not None and not s.paused]
            await self._sleep(min([*due, now + LONGEST_WAIT]))

    def _set_back(self, seen: datetime, now: datetime) -> None:
        """The clock went back: due times that were counted from what it showed before are counted anew, and a run that began then
        begins anew, as it would go on with days that are not here yet.
        """
        logger.warning("clock_set_back from=%s to=%s", seen.isoformat(), now.isoformat())
        for state in self._states.values():
            state.next_run, state.due = self._due_after(state.job, None, now), None
            if state.task is not None and state.began is not None and state.began > now + CLOCK_SLACK:
                logger.warning("job_begins_anew job=%s began=%s", state.job.id, state.began.isoformat())
                state.again = True
                state.task.cancel()

    def _run_if_due(self, state: JobState, now: datetime) -> None:
        if state.paused or state.next_run is None or state.next_run > now:
            return
        missed, due = state.next_run, state.due
        kept = due if due is not None and due > now else None
        state.next_run, state.due = kept or self._due_after(state.job, now, now + timedelta(microseconds=1)), None
        if not self._launch(state):
            logger.warning("job_still_running job=%s due=%s", state.job.id, missed.isoformat())

    async def _sleep(self, until: datetime) -> None:
        self._wake.clear()
        waits = [asyncio.ensure_future(self._clock.sleep_until(until)), asyncio.ensure_future(self._wake.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=LONGEST_SLEEP_S)
        finally:
            for wait in waits:
                wait.cancel()

    def _launch(self, state: JobState) -> bool:
        if state.task is not None or self._halted:
            return False
        state.began = self._clock()
        state.task = asyncio.create_task(self._run(state), name=f"job:{state.job.id}")
        return True

    async def _run(self, state: JobState) -> None:
        """A run, noted where the log can be written: the work does not depend on that."""
        started = self._clock()
        outcome: Outcome = "interrupted"
        try:
            run = await self._note(state, self._log.started(state.job.id, started))
            state.last = JobRun(state.job.id, started, None, None, None, None)
            error = detail = None
            try:
                outcome, error, detail = await self._outcome(state)
            finally:
                ended = self._clock()
                state.failures_in_a_row = state.failures_in_a_row + 1 if outcome == "failed" else 0
                state.last = JobRun(state.job.id, started, ended, outcome, error, detail)
                if run is not None:
                    await asyncio.shield(self._note(state, self._log.ended(run, ended, outcome, error, detail)))
            logger.info("job_done job=%s outcome=%s detail=%s", state.job.id, outcome, detail)
        finally:
            state.task = None
            self._follow_up(state, outcome)

    def _follow_up(self, ended: JobState, outcome: Outcome) -> None:
        """What follows a job that ended well runs now, or once more where it runs already; a pause holds."""
        again, ended.again = ended.again and not ended.paused, False
        if again:
            self._launch(ended)
        if outcome == "failed" and ended.met_no_store:
            self._try_again(ended)
        if outcome == "ok":
            for state in self._states.values():
                if ended.job.id in state.job.after and not state.paused and not self._launch(state):
                    state.again = True

    def _try_again(self, state: JobState) -> None:
        """Once more before its due time: what was away may be back by then."""
        again = self._clock() + AWAY_FOR * 2 ** min(state.failures_in_a_row - 1, 16)
        if state.next_run is not None and again < state.next_run:
            state.next_run, state.due = again, state.next_run
            self._wake.set()

    async def _note(self, state: JobState, writing: Awaitable[T]) -> T | None:
        """Write to the log; None where it cannot be written, which the state of the job says."""
        try:
            written = await writing
        except StoreError as error:
            state.not_noted = f"{type(error).__name__}: {error}"
            logger.error("job_not_noted job=%s error=%s", state.job.id, error)  # noqa: TRY400 - the state is away, not wrong
            return None
        state.not_noted = None
        return written

    async def _outcome(self, state: JobState) -> tuple[Outcome, str | None, str | None]:
        """Do the work of a job: (outcome, error, detail)."""
        job, state.met_no_store = state.job, False
        try:
            return "ok", None, await asyncio.wait_for(job.work(), job.deadline.total_seconds())
        except TimeoutError:
            logger.error("job_timed_out job=%s deadline=%s", job.id, job.deadline)  # noqa: TRY400 - the stack says nothing
            return "failed", f"TimeoutError: not done within {job.deadline}", None
        except ChildFailedError as fault:
            logger.exception("job_failed job=%s", job.id)
            return "failed", f"{type(fault).__name__}: {fault}", None
        except FactoryError as expected:
            state.met_no_store = isinstance(expected, StoreUnavailableError)
            logger.warning("job_failed job=%s error=%s: %s", job.id, type(expected).__name__, expected)
            return "failed", f"{type(expected).__name__}: {expected}", None
        except Exception as unexpected:
            logger.exception("job_failed job=%s", job.id)
            return "failed", f"{type(unexpected).__name__}: {unexpected}", None


def _described(
    state: JobState, run: JobRun | None, now: datetime, *, counts: tuple[int, int], last_success: datetime | None, running: bool
) -> JobStatus:
    ended = run.ended_at if run else None
    return JobStatus(
        id=state.job.id,
        name=state.job.name,
        state=_state_word(state, run),
        trigger=str(state.job.trigger),
        paused=state.paused,
        next_run=None if state.paused else state.next_run,
        last_start=run.started_at if run else None,
        last_end=ended,
        last_duration_s=max(0.0, (ended - run.started_at).total_seconds()) if run and ended else None,
        last_outcome=run.outcome if run else None,
        last_error=run.error if run else None,
        last_error_class=run.error.partition(":")[0] if run and run.error else None,
        last_detail=run.detail if run else None,
        ran_ahead_of_clock=bool(run and run.started_at > now + CLOCK_SLACK),
        not_noted=state.not_noted,
        runs=counts[0],
        failures=counts[1],
        failures_in_a_row=state.failures_in_a_row,
        last_success=last_success,
        running=running,
    )


def _state_word(state: JobState, run: JobRun | None) -> str:
    """running, paused, or how the last run ended: ok, failed, interrupted; waiting before the first."""
    if state.task is not None:
        return "running"
    return "paused" if state.paused else (run and run.outcome) or "waiting"
