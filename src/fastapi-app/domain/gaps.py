"""Gaps of a series: missing slots joined into intervals, why they are missing, and how the ledger of gaps follows what is found.

A gap keeps its first interval until none of its slots is missing: so it can say since when it was seen, what was tried, and by whom
and when it was filled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from domain.prices.slots import MARKETS, Market
from domain.timeline import QUARTER

Cause = Literal["first_import", "not_fetched", "source_away", "source_has_none", "not_published", "unavailable"]
Severity = Literal["critical", "warning", "info"]
GapState = Literal["open", "filled", "unavailable"]

WARNING_WITHIN = timedelta(days=56)
"""Older gaps do not touch the forecasts, which look back 56 days at the least."""

WEATHER_REACH = timedelta(hours=24)
"""AEMET gives the last 12 to 24 hours of a station; an older hole in the observed weather is unavailable."""
WEATHER_SERIES = "weather_data/observed"
GRAVEST: tuple[Severity, ...] = ("critical", "warning", "info")

Span = tuple[datetime, datetime]
"""A missing slot: ``[start, end)``, UTC. A series may have had slots of another length once."""


def price_series(market: Market) -> str:
    """Name of the prices of a market in the ledger."""
    return f"energy_prices/{market}"


def market_of(series: str) -> Market:
    """The market of a series of prices; KeyError for another series."""
    return {price_series(market): market for market in MARKETS}[series]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One source asked for a gap, and what came of it."""

    source: str
    at: datetime
    outcome: Literal["filled", "partly", "zero_rows", "failed"]
    detail: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing slots of a series in ``[start, end)``, UTC. `missing` counts those that are missing still."""

    series: str
    start: datetime
    end: datetime
    missing: int
    cause: Cause
    severity: Severity
    first_seen: datetime
    state: GapState = "open"
    filled_at: datetime | None = None
    filled_by: str | None = None
    tried: tuple[Attempt, ...] = ()
    id: int | None = None


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    """What is to be filled: everything (`all`), or local days, both included, of one market or of all (`range`)."""

    what: str
    start: date | None = None
    end: date | None = None
    market: Market | None = None


@dataclass(frozen=True, slots=True)
class IntervalOutcome:
    """What came of an interval, or `waiting`. Of a backfill that failed as a whole there is its error alone."""

    outcome: str
    detail: str
    series: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    sources_tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill that was asked for: what, how far it is, and the outcome for each interval."""

    id: int
    asked_at: datetime
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    request: BackfillRequest
    outcomes: tuple[IntervalOutcome, ...]
    ended_at: datetime | None = None
    tries: int = 0
    """How often it ended in what nobody expected."""

    @property
    def done(self) -> int:
        """Intervals that do not wait any more."""
        return sum(1 for outcome in self.outcomes if outcome.outcome != "waiting")


def intervals(missing: Iterable[Span]) -> list[tuple[datetime, datetime, int]]:
    """Missing slots joined into (start, end, slots) of slots that touch, in order."""
    found: list[tuple[datetime, datetime, int]] = []
    for start, end in sorted(missing):
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end, found[-1][2] + 1)
        else:
            found.append((start, end, 1))
    return found


def severity_of(end: datetime, now: datetime) -> Severity:
    """By the end of a gap: critical while it holds the present or what is to come, a warning where forecasts look, else info."""
    if end > now - QUARTER:
        return "critical"
    return "warning" if end > now - WARNING_WITHIN else "info"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What changes in the ledger: gaps to add, and gaps to replace by their id."""

    new: tuple[Gap, ...]
    changed: tuple[Gap, ...]


def reconcile(series: str, known: Sequence[Gap], missing: Iterable[Span], now: datetime, cause: Cause) -> Reconciliation:
    """Compare the gaps of a series that are not filled with its missing slots.

    What is filled is closed, what is left is counted, an open gap that goes on is lengthened, and what is new is added.
    """
    left = set(missing)
    updated: list[Gap] = []
    still_at_end: dict[datetime, int] = {}
    for place, gap in enumerate(known):
        still = {slot for slot in left if gap.start <= slot[0] < gap.end}
        left -= still
        updated.append(_updated(gap, len(still), now))
        if gap.state == "open" and any(slot[1] == gap.end for slot in still):
            still_at_end[gap.end] = place
    new = []
    for start, end, slots in intervals(left):
        place = still_at_end.get(start, -1)
        if place < 0:
            new.append(Gap(series, start, end, slots, cause, severity_of(end, now), first_seen=now))
        else:
            longer = updated[place]
            updated[place] = replace(longer, end=end, missing=longer.missing + slots, severity=severity_of(end, now))
    return Reconciliation(tuple(new), tuple(after for before, after in zip(known, updated, strict=True) if after != before))


def _updated(gap: Gap, still: int, now: datetime) -> Gap:
    if still:
        return replace(gap, missing=still, severity=severity_of(gap.end, now))
    last = next((attempt.source for attempt in reversed(gap.tried) if attempt.outcome in ("filled", "partly")), "ingestion")
    return replace(gap, missing=0, state="filled", filled_at=now, filled_by=last)


def cause_after(attempts: Sequence[Attempt], gap: Gap, now: datetime) -> Cause:
    """Why a gap is still there, from what its last round of attempts met."""
    outcomes = {attempt.outcome for attempt in attempts}
    if "failed" in outcomes:
        return "source_away"
    if "zero_rows" in outcomes:
        return "not_published" if gap.end > now else "source_has_none"
    return gap.cause


@dataclass(frozen=True, slots=True)
class Found:
    """A series looked at over a range: what should be there, what is missing, what is newest."""

    series: str
    tags: dict[str, str]
    expected: int
    missing: tuple[Span, ...]
    newest: datetime | None
    cause: Cause


@dataclass(frozen=True, slots=True)
class FoundGap:
    """A missing interval as it is now. `recoverable`: whether a source still has it."""

    measurement: str
    tags: dict[str, str]
    start: datetime
    end: datetime
    missing: int
    cause: Cause
    severity: Severity
    recoverable: bool


@dataclass(frozen=True, slots=True)
class SeriesGaps:
    """A series with its counts, the gaps of the ledger, and the worst of those that are open."""

    measurement: str
    tags: dict[str, str]
    newest: datetime | None
    expected: int
    missing: int
    gaps: tuple[Gap, ...]
    state: Severity | Literal["complete"]


@dataclass(frozen=True, slots=True)
class Look:
    """The whole history as it was looked at last."""

    series: tuple[SeriesGaps, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Detected:
    """What is missing from an instant on, as the store is now."""

    days_back: int
    start: datetime
    gaps: tuple[FoundGap, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """The newest look, and the gaps that were filled lately."""

    look: Look
    filled_lately: tuple[Gap, ...]


def found_gaps(found: Found, now: datetime) -> list[FoundGap]:
    """The missing intervals of a series, as they are now."""
    return [
        FoundGap(
            measurement=found.series.split("/")[0],
            tags=found.tags,
            start=start,
            end=end,
            missing=slots,
            cause=found.cause,
            severity=severity_of(end, now),
            recoverable=found.series != WEATHER_SERIES or end > now - WEATHER_REACH,
        )
        for start, end, slots in intervals(found.missing)
    ]


def series_gaps(found: Found, gaps: Sequence[Gap]) -> SeriesGaps:
    """A series beside what the ledger says of it."""
    severities = {gap.severity for gap in gaps if gap.state == "open"}
    return SeriesGaps(
        measurement=found.series.split("/")[0],
        tags=found.tags,
        newest=found.newest,
        expected=found.expected,
        missing=len(found.missing),
        gaps=tuple(gaps),
        state=next((severity for severity in GRAVEST if severity in severities), "complete"),
    )
