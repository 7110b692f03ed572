"""Gaps: what each series lacks, the ledger, and backfills."""

from typing import Literal

from pydantic import Field

from domain.gaps import Cause
from routers.answers.base import Instant, Out

Tags = dict[str, str]


class AttemptOut(Out):
    """A try to fill a gap."""

    source: str
    at: Instant
    outcome: str
    detail: str


class GapOut(Out):
    """A gap of the ledger."""

    id: int | None
    series: str
    start: Instant
    end: Instant
    missing: int
    cause: Cause
    severity: str
    state: str
    first_seen: Instant
    filled_at: Instant | None
    filled_by: str | None
    tried: list[AttemptOut]


class CountedSeriesOut(Out):
    """A series as the page shows it: how many gaps it has."""

    measurement: str
    tags: Tags
    newest: Instant | None
    expected: int
    missing: int
    gaps: int
    state: str


class SeriesOut(Out):
    """A series with what is expected, missing and newest, and its gaps."""

    measurement: str
    tags: Tags
    newest: Instant | None
    expected: int
    missing: int
    gaps: list[GapOut]
    state: str


class GapsBriefOut(Out):
    """The last look at the gaps."""

    series: list[CountedSeriesOut]
    as_of: Instant


class GapsOut(Out):
    """Every series, and what was filled lately."""

    series: list[SeriesOut]
    as_of: Instant
    filled_lately: list[GapOut]
    simulated: bool


class FoundOut(Out):
    """A missing interval as it is now. `to_be_had`: whether a source still has it."""

    measurement: str
    tags: Tags
    start: Instant
    end: Instant
    missing: int
    cause: Cause
    severity: str
    to_be_had: bool


class FoundGapsOut(Out):
    """What is missing in the store now."""

    days_back: int
    start: Instant = Field(alias="from")
    gaps: list[FoundOut]
    as_of: Instant
    simulated: bool


class StartedOut(Out):
    """A backfill that was asked for; `href` tells how it goes."""

    id: int
    href: str


class ProgressOut(Out):
    """How far it is."""

    done: int
    total: int


class RequestOut(Out):
    """What was asked for: everything, or local days."""

    what: Literal["all", "range"]
    start: str | None = None
    end: str | None = None
    market: str | None = None


class IntervalOut(Out):
    """What came of an interval; of a backfill that failed as a whole there is its error alone."""

    outcome: str
    detail: str
    series: str | None = None
    start: Instant | None = None
    end: Instant | None = None
    sources_tried: list[str] | None = None


class BackfillOut(Out):
    """Progress and outcomes of a backfill."""

    id: int
    state: str
    tries: int
    request: RequestOut
    asked_at: Instant
    ended_at: Instant | None
    progress: ProgressOut
    intervals: list[IntervalOut]


class BackfillsOut(Out):
    """The newest backfills."""

    backfills: list[BackfillOut]
