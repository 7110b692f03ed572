"""The state of the service: sources, store, series, jobs."""

from dataclasses import asdict
from typing import Literal

from domain.operations import JobStatus
from routers.answers.base import FailedPartOut, Instant, Out
from routers.answers.gaps import GapsBriefOut
from routers.answers.models import ModelsStateOut


class HealthOut(Out):
    """The process is alive."""

    status: Literal["ok"]


class VersionOut(Out):
    """The version that runs."""

    name: Literal["chocolate-factory"]
    version: str
    simulated: bool


class RetriedOut(Out):
    """Writes that wait again."""

    retried: int


class ProductOut(Out):
    """State of one product of a source, and what its last answer left out, by reason, with the first places and values."""

    source: str
    product: str
    state: str
    since: Instant
    last_success: Instant | None
    last_error_at: Instant | None
    last_error: str | None
    last_error_class: str | None
    left_out: dict[str, int]
    left_out_total: dict[str, int]
    remarks: dict[str, int]
    notes: list[str]


class SourceOut(Out):
    """State of one source."""

    source: str
    state: str
    since: Instant
    last_success: Instant | None
    last_error_at: Instant | None
    last_error: str | None
    last_error_class: str | None
    open_until: Instant | None
    left_out: dict[str, int]
    products: list[ProductOut]


class SpoolOut(Out):
    """Writes that wait for the store."""

    state: Literal["waiting", "empty"]
    records: int
    points: int
    bytes: int
    limit_bytes: int
    oldest_at: Instant | None
    refused: int
    refused_reason: str | None


class StoreOut(Out):
    """Whether the store answers; `attention` where it does and a person must mend something. `fault` is the code of that."""

    kind: str | None
    state: Literal["ok", "attention", "away", "unknown"]
    since: Instant
    fault: Literal["silent", "denied", "missing", "refused", "waits", "forgets"] | None
    detail: str | None
    notes: list[str]
    spool: SpoolOut | None


class NewestOut(Out):
    """The newest slot of a series."""

    measurement: str
    tags: dict[str, str]
    newest: Instant | None


class AgedOut(NewestOut):
    """With its age [s]: negative for prices of hours to come."""

    age_s: float | None


class JobOut(Out):
    """A job with its next and last run."""

    id: str
    name: str
    state: str
    trigger: str
    paused: bool
    next_run: Instant | None
    last_start: Instant | None
    last_end: Instant | None
    last_duration_s: float | None
    last_outcome: str | None
    last_error: str | None
    last_error_class: str | None
    last_detail: str | None
    ran_ahead_of_clock: bool
    not_noted: str | None
    runs: int
    failures: int
    failures_in_a_row: int
    last_success: Instant | None
    running: bool

    @classmethod
    def of(cls, job: JobStatus) -> "JobOut":
        """As JSON."""
        return cls(**asdict(job))


class ScheduleOut(Out):
    """The schedule; off in a replica."""

    status: Literal["running", "dead", "off"]
    total_jobs: int
    jobs: list[JobOut]


class JobAnswerOut(Out):
    """What became of a job."""

    id: str
    status: Literal["started", "paused", "scheduled"]


class IngestionOut(Out):
    """How far the first import is, in days."""

    state: str
    done: int
    total: int
    oldest: str | None
    last_error: str | None
    rate_per_s: float | None
    remaining_s: float | None


class SchedulerOut(Out):
    """Whether the schedule turns."""

    state: Literal["alive", "dead", "off"]


class BackupOut(Out):
    """The newest backup, and when one was last proven by a restore."""

    made_at: Instant | None
    proven_at: Instant | None
    failed_at: Instant | None
    error: str | None


class DoorsOut(Out):
    """Whether everybody who reaches the service may change things."""

    open: bool


class DiskOut(Out):
    """Whether there is room on the disk."""

    state: str
    detail: str | None


class PartsOut(Out):
    """The state of each part but of the series. A part that cannot be told is null or empty; `failed` says why."""

    sources: list[SourceOut]
    store: StoreOut
    jobs: list[JobOut]
    ingestion: IngestionOut | None
    imported: list[ProductOut]
    backup: BackupOut | None
    doors: DoorsOut | None
    disk: DiskOut | None
    folders: dict[str, str] | None
    gaps: GapsBriefOut | None
    models: ModelsStateOut | None
    scheduler: SchedulerOut
    failed: list[FailedPartOut]


class SystemOut(PartsOut):
    """The state of each part. A part that cannot be told is null or empty; `failed` says why."""

    series: list[NewestOut]


class ReadyOut(PartsOut):
    """Whether the service can do its work; `reasons` why not; the state of each part either way."""

    ready: bool
    reasons: list[str]
    as_of: Instant
    series: list[AgedOut]
    simulated: bool
