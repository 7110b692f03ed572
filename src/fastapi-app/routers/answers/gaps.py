"""Gaps: what each series lacks, the ledger, and backfills."""

from datetime import date
from typing import Self

from pydantic import Field

from domain.gaps import (
    Backfill,
    BackfillRequest,
    Cause,
    Detected,
    FoundGap,
    Gap,
    IntervalOutcome,
    Look,
    SeriesGaps,
    Summary,
)
from routers.answers.base import Instant, Out

Tags = dict[str, str]
PAGE_STATES = {"complete": "ok", "info": "ok", "warning": "degraded", "critical": "attention"}
"""State of a series -> the word with which the page marks a part."""


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

    @classmethod
    def of(cls, gap: Gap) -> "GapOut":
        """As JSON."""
        tried = [AttemptOut(source=one.source, at=one.at, outcome=one.outcome, detail=one.detail) for one in gap.tried]
        return cls(
            id=gap.id,
            series=gap.series,
            start=gap.start,
            end=gap.end,
            missing=gap.missing,
            cause=gap.cause,
            severity=gap.severity,
            state=gap.state,
            first_seen=gap.first_seen,
            filled_at=gap.filled_at,
            filled_by=gap.filled_by,
            tried=tried,
        )


class SlotsOut(Out):
    """A series: what is expected, missing and newest."""

    measurement: str
    tags: Tags
    newest: Instant | None
    expected: int
    missing: int


class CountedSeriesOut(SlotsOut):
    """A series as the page shows it: how many gaps it has."""

    gaps: int
    state: str

    @classmethod
    def of(cls, series: SeriesGaps) -> Self:
        """As JSON."""
        return cls(
            measurement=series.measurement,
            tags=series.tags,
            newest=series.newest,
            expected=series.expected,
            missing=series.missing,
            gaps=len(series.gaps),
            state=PAGE_STATES[series.state],
        )


class SeriesOut(SlotsOut):
    """A series with what is expected, missing and newest, and its gaps."""

    gaps: list[GapOut]
    state: str

    @classmethod
    def of(cls, series: SeriesGaps) -> "SeriesOut":
        """As JSON."""
        return cls(
            measurement=series.measurement,
            tags=series.tags,
            newest=series.newest,
            expected=series.expected,
            missing=series.missing,
            gaps=[GapOut.of(gap) for gap in series.gaps],
            state=series.state,
        )


class GapsBriefOut(Out):
    """The last look at the gaps."""

    series: list[CountedSeriesOut]
    as_of: Instant

    @classmethod
    def of(cls, look: Look) -> Self:
        """As JSON."""
        return cls(series=[CountedSeriesOut.of(series) for series in look.series], as_of=look.as_of)


class GapsOut(Out):
    """Every series, and what was filled lately."""

    series: list[SeriesOut]
    as_of: Instant
    filled_lately: list[GapOut]
    simulated: bool

    @classmethod
    def of(cls, summary: Summary, *, simulated: bool) -> "GapsOut":
        """As JSON."""
        return cls(
            series=[SeriesOut.of(series) for series in summary.look.series],
            as_of=summary.look.as_of,
            filled_lately=[GapOut.of(gap) for gap in summary.filled_lately],
            simulated=simulated,
        )


class FoundOut(Out):
    """A missing interval as it is now. `recoverable`: whether a source still has it."""

    measurement: str
    tags: Tags
    start: Instant
    end: Instant
    missing: int
    cause: Cause
    severity: str
    recoverable: bool

    @classmethod
    def of(cls, gap: FoundGap) -> "FoundOut":
        """As JSON."""
        return cls(
            measurement=gap.measurement,
            tags=gap.tags,
            start=gap.start,
            end=gap.end,
            missing=gap.missing,
            cause=gap.cause,
            severity=gap.severity,
            recoverable=gap.recoverable,
        )


class FoundGapsOut(Out):
    """What is missing in the store now."""

    days_back: int
    start: Instant = Field(alias="from")
    gaps: list[FoundOut]
    as_of: Instant
    simulated: bool

    @classmethod
    def of(cls, found: Detected, *, simulated: bool) -> "FoundGapsOut":
        """As JSON."""
        gaps = [FoundOut.of(gap) for gap in found.gaps]
        asked = {"days_back": found.days_back, "from": found.start}
        return cls.model_validate({**asked, "gaps": gaps, "as_of": found.as_of, "simulated": simulated})


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

    what: str
    start: date | None = None
    end: date | None = None
    market: str | None = None

    @classmethod
    def of(cls, request: BackfillRequest) -> "RequestOut":
        """As JSON; of everything there are no days."""
        if request.what == "all":
            return cls(what=request.what)
        return cls(what=request.what, start=request.start, end=request.end, market=request.market)


class IntervalOut(Out):
    """What came of an interval; of a backfill that failed as a whole there is its error alone."""

    outcome: str
    detail: str
    series: str | None = None
    start: Instant | None = None
    end: Instant | None = None
    sources_tried: list[str] | None = None

    @classmethod
    def of(cls, outcome: IntervalOutcome) -> "IntervalOut":
        """As JSON."""
        if outcome.series is None:
            return cls(outcome=outcome.outcome, detail=outcome.detail)
        return cls(
            outcome=outcome.outcome,
            detail=outcome.detail,
            series=outcome.series,
            start=outcome.start,
            end=outcome.end,
            sources_tried=list(outcome.sources_tried),
        )


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

    @classmethod
    def of(cls, backfill: Backfill) -> "BackfillOut":
        """As JSON."""
        return cls(
            id=backfill.id,
            state=backfill.state,
            tries=backfill.tries,
            request=RequestOut.of(backfill.request),
            asked_at=backfill.asked_at,
            ended_at=backfill.ended_at,
            progress=ProgressOut(done=backfill.done, total=len(backfill.outcomes)),
            intervals=[IntervalOut.of(outcome) for outcome in backfill.outcomes],
        )


class BackfillsOut(Out):
    """The newest backfills."""

    backfills: list[BackfillOut]
