"""How the service itself stands."""

from dataclasses import dataclass
from datetime import datetime


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
