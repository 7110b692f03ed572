"""The roles that the services need filled. Adapters fill them; `bootstrap` chooses which."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from domain.alerts import KeptAlert
from domain.carried import Carried
from domain.gaps import Gap
from domain.market import MarketForecast
from domain.prices import Market, PriceBatch
from domain.series import Rows, SeriesKey
from domain.weather import Forecast, Source, WeatherHour


class Clock(Protocol):
    """The one clock: real, or simulated at a rate."""

    def __call__(self) -> datetime:
        """The instant, UTC."""
        ...

    async def sleep_until(self, instant: datetime) -> None:
        """Return at that instant of this clock (at once if it is past)."""
        ...


class PriceSource(Protocol):
    """Publishes prices."""

    @property
    def name(self) -> str:
        """Short name: redata, esios, archive70, omie."""
        ...

    @property
    def markets(self) -> frozenset[Market]:
        """What it publishes."""
        ...

    @property
    def longest_chunk(self) -> timedelta:
        """The longest range that one call may ask for."""
        ...

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """The published slots that start in ``[start, end)``, UTC; fewer where some are not published.

        Raises NotPublishedError when there is none at all, and the other SourceErrors.
        """
        ...


class WeatherSource(Protocol):
    """Says what the weather at the plant was, is and will be."""

    @property
    def name(self) -> Source:
        """AEMET or OpenWeatherMap, as in the tag `source`."""
        ...

    async def observed(self) -> Sequence[WeatherHour]:
        """The newest observed hours, as many as one call gives. Raises the SourceErrors."""
        ...

    async def forecast(self) -> Forecast:
        """The forecast issued last. Raises the SourceErrors."""
        ...


class PointForecaster(Protocol):
    """Forecasts the weather of any place."""

    async def point_forecast(self, latitude: float, longitude: float) -> Forecast:
        """The forecast issued last for a place in degrees north and east. Raises the SourceErrors."""
        ...


class MarketForecaster(Protocol):
    """Publishes forecasts of tomorrow's demand, wind and sun."""

    @property
    def longest_chunk(self) -> timedelta:
        """The longest range that one call may ask for."""
        ...

    async def forecasts(self, start: datetime, end: datetime) -> Sequence[MarketForecast]:
        """The forecasts of the slots that start in a range; NotPublishedError when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Extent:
    """First and newest time [POSIX s] and number of points of a series."""

    first: int
    newest: int
    count: int


class SeriesStore(Protocol):
    """The history: an idempotent upsert of points and ranges of them. Raises StoreUnavailableError, StoreRefusedError."""

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        """Durable when it returns. A None leaves the stored value of that field; the same rows twice change nothing."""
        ...

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        """Points with ``start <= time < end`` in order, all fields of the measurement as columns (None where absent)."""
        ...

    async def keys(self, measurement: str) -> Sequence[SeriesKey]:
        """The series that have points, sorted."""
        ...

    async def extent(self, key: SeriesKey) -> Extent | None:
        """Extent of a series; None when it has no points."""
        ...

    async def ping(self) -> None:
        """Return if the store answers."""
        ...

    async def aclose(self) -> None:
        """Give back what is held open."""
        ...


Kind = Literal["real", "simulated"]


@dataclass(frozen=True, slots=True)
class Issued:
    """Values of a series as they were known from `issued_at` on: a forecast, or a revision of a published value."""

    series: str
    issued_at: datetime
    rows: Rows


class IssuedLog(Protocol):
    """What was known when. Append-only, keyed (series, issued_at, start); the same entry twice changes nothing."""

    async def append(self, entry: Issued) -> None:
        """Durable when it returns."""
        ...

    async def as_of(self, series: str, at: datetime, start: datetime, end: datetime) -> Rows:
        """For each start in the range the newest values issued at or before ``at``, with the column `issued_at` [POSIX s]."""
        ...

    async def issues(self, series: str, start: datetime, end: datetime) -> Sequence[datetime]:
        """Instants of issue in ``[start, end)``, in order."""
        ...

    async def entry(self, series: str, issued_at: datetime) -> Issued | None:
        """One issue, whole."""
        ...


Severity = Literal["ok", "waiting", "degraded", "attention", "not_configured"]


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


class HealthLog(Protocol):
    """Keeps the state of each source over restarts."""

    async def record(self, health: SourceHealth) -> None:
        """Replace the state of a source."""
        ...

    async def all(self) -> Sequence[SourceHealth]:
        """All states, by source."""
        ...


class Notes(Protocol):
    """Small named JSON texts that outlive a restart (progress of the first import, pauses, marks)."""

    async def get(self, name: str) -> str | None:
        """The text, or None."""
        ...

    async def put(self, name: str, text: str) -> None:
        """Durable when it returns."""
        ...


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


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill that was asked for: what, how far it is, and the outcome for each interval."""

    id: int
    asked_at: datetime
    state: Literal["queued", "running", "done", "failed"]
    request: dict[str, Any]
    outcomes: list[dict[str, Any]]
    ended_at: datetime | None = None


class GapLedger(Protocol):
    """Keeps every gap that was ever seen, and the backfills."""

    async def open_gaps(self, series: str | None = None) -> Sequence[Gap]:
        """Gaps that are not filled, by series and start."""
        ...

    async def gap(self, number: int) -> Gap | None:
        """One gap, filled or not."""
        ...

    async def filled_since(self, instant: datetime) -> Sequence[Gap]:
        """Gaps that were filled at or after an instant."""
        ...

    async def apply(self, new: Sequence[Gap], changed: Sequence[Gap]) -> None:
        """Add and replace, all or nothing."""
        ...

    async def queue(self, asked_at: datetime, request: dict[str, Any]) -> int:
        """Keep a backfill that was asked for; its number."""
        ...

    async def save(self, backfill: Backfill) -> None:
        """Replace the state and outcomes of a backfill."""
        ...

    async def backfill(self, number: int) -> Backfill | None:
        """One backfill."""
        ...

    async def unfinished(self) -> Sequence[Backfill]:
        """Backfills that are queued or were running, oldest first."""
        ...


ModelState = Literal["candidate", "serving", "retired", "refused", "rolled_back"]


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A trained model as the registry knows it. `facts`: data range, features, metrics against baselines, library versions."""

    name: str
    version: str
    trained_at: datetime
    sha256: str
    state: ModelState
    decided_at: datetime | None
    why: str | None
    facts: Mapping[str, Any]


class ModelStore(Protocol):
    """Keeps trained models, and which of them serves. Raises StoreRefusedError, StoreUnavailableError."""

    troubles: list[str]
    """Why the last load passed over a version."""

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """Every version of a model, oldest first."""
        ...

    def serving(self, name: str) -> ModelVersion | None:
        """The version that serves; None while a baseline does."""
        ...

    def save(self, name: str, state: Any, *, trained_at: datetime, facts: Mapping[str, Any]) -> ModelVersion:
        """Enter a candidate."""
        ...

    def promote(self, entry: ModelVersion, at: datetime, why: str) -> None:
        """Let it serve."""
        ...

    def refuse(self, entry: ModelVersion, at: datetime, why: str) -> None:
        """Keep it as refused."""
        ...

    def demote(self, name: str, at: datetime, why: str) -> None:
        """Let the baseline serve."""
        ...

    def rollback(self, name: str, at: datetime) -> ModelVersion:
        """Let the version before serve again."""
        ...

    def load(self, name: str) -> tuple[ModelVersion, Any] | None:
        """The serving version and its state, or the newest whole one before it."""
        ...


class SchedulerPort(Protocol):
    """The schedule as seen from outside."""

    @property
    def alive(self) -> bool:
        """Whether its loop turns."""
        ...

    async def status(self) -> list[dict[str, Any]]:
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


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it was answered: `document` is the JSON text, byte for byte; `inputs` what it was made from, for comparison."""

    id: str
    made_at: datetime
    start: datetime
    end: datetime
    in_force_from: datetime | None
    """None for an answer to a question: never carried out."""
    document: str
    inputs: Mapping[str, Any]


class PlanLog(Protocol):
    """Keeps plans under the hash of their inputs."""

    async def save(self, plan: StoredPlan) -> None:
        """Add or replace; a plan that was in force stays marked so."""
        ...

    async def plan(self, plan_id: str) -> StoredPlan | None:
        """One plan."""
        ...

    async def in_force(self) -> StoredPlan | None:
        """The plan that was put in force last."""
        ...


@dataclass(frozen=True, slots=True)
class StoredWish:
    """A wish of the operator, as it was given."""

    id: int
    made_at: datetime
    removed_at: datetime | None
    body: Mapping[str, Any]


class WishLog(Protocol):
    """Keeps wishes, the withdrawn ones too."""

    async def add(self, body: Mapping[str, Any], at: datetime) -> int:
        """Keep a wish; its number."""
        ...

    async def remove(self, number: int, at: datetime) -> bool:
        """Withdraw a wish; False when there is none that stands."""
        ...

    async def standing_since(self, instant: datetime) -> Sequence[StoredWish]:
        """Wishes that stood at an instant or later, in order."""
        ...


class WorkLog(Protocol):
    """Keeps what was carried out, a batch at a time."""

    async def put(self, batches: Sequence[Carried]) -> None:
        """Add and replace; what the operator reported is replaced only by another report."""
        ...

    async def remove(self, batch_id: str) -> None:
        """Forget what was said about a batch."""
        ...

    async def due_between(self, first: date, last: date) -> Sequence[Carried]:
        """Batches that were due on a local day from first to last, by id."""
        ...


class LedgerLog(Protocol):
    """Keeps the score of each day and week, as JSON."""

    async def put(self, span: str, first: date, entry: Mapping[str, Any]) -> None:
        """Add or replace."""
        ...

    async def entries(self, span: str, first: date, last: date) -> Sequence[Mapping[str, Any]]:
        """Entries whose first day lies from first to last, in order."""
        ...


class AlertLog(Protocol):
    """Keeps alerts with since when they hold, and until when they did."""

    async def put(self, alerts: Sequence[KeptAlert]) -> None:
        """Add and replace by (id, since)."""
        ...

    async def active(self) -> Sequence[KeptAlert]:
        """Alerts that have not ended, by since and id."""
        ...

    async def ended_since(self, instant: datetime) -> Sequence[KeptAlert]:
        """Alerts that ended at or after an instant, the newest first."""
        ...
