"""The roles of the schedule."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from domain.operations import JobStatus


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job. `outcome` is ok, failed or interrupted; None while it runs."""

    job_id: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Literal["ok", "failed", "interrupted"] | None = None
    error: str | None = None
    detail: str | None = None


class JobLog(Protocol):
    """Run history and pauses of the jobs."""

    async def started(self, job_id: str, at: datetime) -> int:
        """Note a start; returns the number of the run."""
        ...

    async def ended(self, run: int, at: datetime, outcome: str, error: str | None, detail: str | None) -> None:
        """Note how a run ended."""
        ...

    async def last_runs(self) -> Sequence[JobRun]:
        """The newest run of each job."""
        ...

    async def last_successes(self) -> dict[str, datetime]:
        """Job -> end of its last run that ended well."""
        ...

    async def counts(self) -> dict[str, tuple[int, int]]:
        """Job -> (runs, failures)."""
        ...


class Trigger(Protocol):
    """When a job is due; APScheduler's triggers fit."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first due time after the previous one, not before ``now``."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the schedule. `work` returns a short text for the run history; `deadline` is real time."""

    id: str
    name: str
    trigger: Trigger
    work: Callable[[], Awaitable[str]]
    deadline: timedelta
    at_start: bool = False
    after: tuple[str, ...] = ()
    """Ids of jobs that bring what it needs: it runs as soon as one of them ended well, too."""


class SchedulerPort(Protocol):
    """The schedule as seen from outside."""

    @property
    def alive(self) -> bool:
        """Whether its loop turns."""
        ...

    async def status(self) -> Sequence[JobStatus]:
        """Each job with its next and last run."""
        ...

    async def run_now(self, job_id: str) -> bool:
        """Start a job; False when it runs already."""
        ...

    async def pause(self, job_id: str) -> None:
        """No further runs until resumed."""
        ...

    async def resume(self, job_id: str) -> None:
        """Run again."""
        ...

    def halt(self) -> None:
        """Begin nothing any more, and cancel what runs."""
        ...
