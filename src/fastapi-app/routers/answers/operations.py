"""The state of the service: sources, store, series, jobs."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal, Self, TypeVar

from pydantic import Field

from domain.operations import (
    BackupState,
    DiskState,
    Ingestion,
    JobStatus,
    LagState,
    ProductHealth,
    SourceState,
    SpoolStatus,
    StoreFault,
    StoreState,
)
from routers.answers.base import FailedPartOut, Instant, Out
from routers.answers.gaps import GapsBriefOut
from routers.answers.models import ModelsStateOut
from services.operations.fence import Fence
from services.operations.health import Readiness, System
from services.prices.newest import NewestSlot

T = TypeVar("T")


class HealthOut(Out):
    """The process is alive."""

    status: Literal["ok"]


class VersionOut(Out):
    """The version that runs."""

    name: Literal["chocolate-factory"]
    version: str
    known_from: Literal["image", "checkout", "unknown"] = Field(description="What says which build it is")
    revision: str | None = Field(description="The commit that it was made of; null where nothing says so")
    built_at: str | None = Field(description="When the image was built; null for a checkout, which nobody builds")
    edited: bool | None = Field(description="Whether the program of a checkout differs from its revision; null where unknown")
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

    @classmethod
    def of(cls, product: ProductHealth) -> Self:
        """As JSON."""
        return cls(
            source=product.source,
            product=product.product,
            state=product.state,
            since=product.since,
            last_success=product.last_success,
            last_error_at=product.last_error_at,
            last_error=product.last_error,
            last_error_class=product.last_error_class,
            left_out=dict(product.left_out),
            left_out_total=dict(product.left_out_total),
            remarks=dict(product.remarks),
            notes=list(product.notes),
        )


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

    @classmethod
    def of(cls, source: SourceState) -> Self:
        """As JSON."""
        return cls(
            source=source.source,
            state=source.state,
            since=source.since,
            last_success=source.last_success,
            last_error_at=source.last_error_at,
            last_error=source.last_error,
            last_error_class=source.last_error_class,
            open_until=source.rests_until,
            left_out=dict(source.left_out),
            products=[ProductOut.of(product) for product in source.products],
        )


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

    @classmethod
    def of(cls, spool: SpoolStatus) -> Self:
        """As JSON."""
        return cls(
            state="waiting" if spool.records else "empty",
            records=spool.records,
            points=spool.points,
            bytes=spool.bytes,
            limit_bytes=spool.limit_bytes,
            oldest_at=spool.oldest_at,
            refused=spool.refused,
            refused_reason=spool.refused_reason,
        )


class StoreOut(Out):
    """Whether the store answers; `attention` where it does and a person must mend something. `fault` is the code of that."""

    kind: str | None
    state: Literal["ok", "attention", "away", "unknown"]
    since: Instant
    fault: StoreFault | None
    detail: str | None
    notes: list[str]
    spool: SpoolOut | None

    @classmethod
    def of(cls, store: StoreState) -> Self:
        """As JSON."""
        spool = None if store.spool is None else SpoolOut.of(store.spool)
        return cls(
            kind=store.kind,
            state=store.state,
            since=store.since,
            fault=store.fault,
            detail=store.detail,
            notes=list(store.notes),
            spool=spool,
        )


class NewestOut(Out):
    """The newest slot of a series."""

    measurement: str
    tags: dict[str, str]
    newest: Instant | None

    @classmethod
    def of(cls, slot: NewestSlot, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        return cls(measurement=slot.key.measurement, tags=dict(slot.key.tags), newest=slot.newest, **more)


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
    """The schedule; off where `SCHEDULER_ENABLED=false`."""

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

    @classmethod
    def of(cls, ingestion: Ingestion) -> Self:
        """As JSON."""
        return cls(
            state=ingestion.state,
            done=ingestion.done,
            total=ingestion.total,
            oldest=ingestion.oldest.isoformat() if ingestion.oldest else None,
            last_error=ingestion.last_error,
            rate_per_s=ingestion.rate_per_s,
            remaining_s=ingestion.remaining_s,
        )


class SchedulerOut(Out):
    """Whether the schedule turns."""

    state: Literal["alive", "dead", "off"]


class BackupOut(Out):
    """The newest backup, and when one was last proven by a restore."""

    made_at: Instant | None
    proven_at: Instant | None
    failed_at: Instant | None
    error: str | None

    @classmethod
    def of(cls, backup: BackupState) -> Self:
        """As JSON."""
        return cls(made_at=backup.made_at, proven_at=backup.proven_at, failed_at=backup.failed_at, error=backup.error)


class DoorsOut(Out):
    """Whether everybody who reaches the service may change things."""

    open: bool


class DiskOut(Out):
    """Whether there is room on the disk. `sizes` are bytes: `free` and `size` of the disk, and of each database that is there."""

    state: str
    detail: str | None
    sizes: dict[str, float]

    @classmethod
    def of(cls, disk: DiskState) -> Self:
        """As JSON."""
        return cls(state=disk.state, detail=disk.detail, sizes=dict(disk.sizes))


class LoopOut(Out):
    """How late the event loop turned within the last minute [ms]."""

    state: Literal["ok", "ill"]
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, lag: LagState) -> Self:
        """As JSON."""
        return cls(state=lag.state, p99_ms=round(lag.p99_s * 1000, 1), max_ms=round(lag.max_s * 1000, 1))


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

    @classmethod
    def parts(cls, system: System, fence: Fence, /, **more: Any) -> Self:
        """As JSON, with what more is told."""

        def part(name: str, value: T | None, shape: Callable[[T], Any]) -> Any:
            return fence.sent(f"system.{name}", lambda: None if value is None else shape(value), None)

        told = {
            "ingestion": part("ingestion", system.ingestion, IngestionOut.of),
            "backup": part("backup", system.backup, BackupOut.of),
            "doors": part("doors", system.is_open, lambda is_open: DoorsOut(open=is_open)),
            "disk": part("disk", system.disk, DiskOut.of),
            "folders": part("folders", system.folders, dict),
            "gaps": part("gaps", system.gaps, GapsBriefOut.of),
            "models": part("models", system.models, ModelsStateOut.of),
        }
        return cls(
            sources=[SourceOut.of(source) for source in system.sources],
            store=StoreOut.of(system.store),
            jobs=[JobOut.of(job) for job in system.jobs],
            imported=[ProductOut.of(product) for product in system.imported],
            scheduler=SchedulerOut(state=system.scheduler),
            failed=[FailedPartOut.of(failed) for failed in fence.failed],
            **told,
            **more,
        )


class SystemOut(PartsOut):
    """The state of each part. A part that cannot be told is null or empty; `failed` says why."""

    series: list[NewestOut]

    @classmethod
    def of(cls, system: System, fence: Fence) -> Self:
        """As JSON."""
        return cls.parts(system, fence, series=[NewestOut.of(slot) for slot in system.series])


class ReadyOut(PartsOut):
    """Whether the service can do its work; `reasons` why not; the state of each part either way."""

    ready: bool
    reasons: list[str]
    as_of: Instant
    series: list[AgedOut]
    loop: LoopOut | None
    simulated: bool

    @classmethod
    def of(cls, readiness: Readiness, fence: Fence, *, simulated: bool) -> Self:
        """As JSON."""
        now, lag = readiness.at, readiness.system.loop
        return cls.parts(
            readiness.system,
            fence,
            ready=readiness.is_ready,
            reasons=list(readiness.reasons),
            as_of=now,
            series=[AgedOut.of(slot, age_s=slot.age_s(now)) for slot in readiness.system.series],
            loop=fence.sent("system.loop", lambda: None if lag is None else LoopOut.of(lag), None),
            simulated=simulated,
        )
