"""How the service itself stands: its sources, its store, its jobs, its backups, its disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from domain.series import SeriesKey

Severity = Literal["ok", "waiting", "degraded", "attention", "not_configured"]


@dataclass(frozen=True, slots=True)
class Build:
    """Which build of the program runs."""

    known_from: Literal["image", "checkout", "unknown"]
    revision: str | None
    """The commit that it is of."""
    built_at: str | None
    """When the image was built, as it was labelled; None in a checkout, which nobody builds."""
    edited: bool | None
    """Whether the program of a checkout differs from its revision; None where that is not known."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """State of a source: since when, what happened last."""

    source: str
    state: Severity
    since: datetime
    last_success: datetime | None = None
    last_error_at: datetime | None = None
    last_error: str | None = None
    last_error_class: str | None = None
    open_until: datetime | None = None

    def rests_until(self, now: datetime) -> datetime | None:
        """Until when it is not asked; None when it may be: a rest that is over is none."""
        return self.open_until if self.open_until is not None and self.open_until > now else None


@dataclass(frozen=True, slots=True)
class ProductHealth:
    """State of one product of a source (readings, forecast, an indicator), and what its last answer left out, by reason."""

    source: str
    product: str
    state: Severity
    since: datetime
    last_success: datetime | None = None
    last_error_at: datetime | None = None
    last_error: str | None = None
    last_error_class: str | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Of the last answer: reason -> cells."""
    left_out_total: Mapping[str, int] = field(default_factory=dict)
    """Of all answers since the state was made; a cell that comes again is counted again."""
    remarks: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """The first of them, each with its place and value."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as it stands with its products: its own state, or that of its worst product where that is worse.

    `left_out` counts the cells of the last answers that were not taken, by reason.
    """

    source: str
    state: Severity
    since: datetime
    last_success: datetime | None
    last_error_at: datetime | None
    last_error: str | None
    last_error_class: str | None
    rests_until: datetime | None
    left_out: Mapping[str, int]
    products: tuple[ProductHealth, ...]


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """What is in the spool: records that wait, their points, the instant of the oldest; `refused` counts what was set aside."""

    records: int
    points: int
    oldest_at: datetime | None
    refused: int
    refused_reason: str | None
    bytes: int
    limit_bytes: int


StoreFault = Literal["silent", "denied", "missing", "refused", "waits", "forgets"]


@dataclass(frozen=True, slots=True)
class StoreState:
    """Whether the store of the history answers, since when it is so, and what waits for it; unknown where that cannot be told.

    `attention` where it answers and a person must mend something. `fault` is the code of what is wrong, `detail` says it, with what
    the store answered; `notes` are worth knowing.
    """

    kind: str | None
    state: Literal["ok", "attention", "away", "unknown"]
    since: datetime
    fault: StoreFault | None = None
    detail: str | None = None
    notes: tuple[str, ...] = ()
    spool: SpoolStatus | None = None


@dataclass(frozen=True, slots=True)
class LagState:
    """How late the event loop turned within the last minute [s]: the 99th percentile of its looks and the latest one."""

    state: Literal["ok", "ill"]
    held_s: float
    """The looks that were more than a second late, together."""
    p99_s: float
    max_s: float
    counts: tuple[tuple[float, int], ...]
    """Looks since the start: at most so late [s], the last bound infinite -> how many, each in one of them."""
    sum_s: float
    """Of all looks since the start."""


@dataclass(frozen=True, slots=True)
class DiskState:
    """Whether the disk of the data takes more, and what is wrong where it does not. `sizes` are bytes: `free` and `size` of the
    disk, and of each database that is there.
    """

    state: Literal["ok", "full"]
    detail: str | None
    sizes: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BackupState:
    """When the newest backup was made and read back, when one was last restored on trial; what failed since, and when."""

    made_at: datetime | None = None
    proven_at: datetime | None = None
    failed_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class BackedUpMonth:
    """A calendar month (`2026-11`, UTC) of a series in a backup: how many points, and the checksum of them."""

    key: SeriesKey
    month: str
    points: int
    sha256: str

    def __str__(self) -> str:
        tags = ",".join(f"{name}={value}" for name, value in self.key.tags)
        return f"{self.key.measurement} {tags} {self.month}"


@dataclass(frozen=True, slots=True)
class Ingestion:
    """How far the first import is, in local days of all markets; how fast they come [days/s] and what is left [s], where known."""

    state: str
    done: int
    total: int
    rate_per_s: float | None
    remaining_s: float | None
    oldest: date | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job with its next and last run. `state`: running, paused, or how the last run ended; waiting before the first."""

    id: str
    name: str
    state: str
    trigger: str
    paused: bool
    next_run: datetime | None
    last_start: datetime | None
    last_end: datetime | None
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
    last_success: datetime | None
    running: bool
