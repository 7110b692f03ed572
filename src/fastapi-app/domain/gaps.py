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
