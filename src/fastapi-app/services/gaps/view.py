"""What was found of the gaps now, beside what the ledger holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from domain.gaps import Cause, Gap, Severity, Span, intervals, severity_of

WEATHER_REACH = timedelta(hours=24)
"""AEMET gives the last 12 to 24 hours of a station; an older hole in the observed weather is unavailable."""
WEATHER_SERIES = "weather_data/observed"
GRAVEST: tuple[Severity, ...] = ("critical", "warning", "info")
PAGE_STATES = {"complete": "ok", "info": "ok", "warning": "degraded", "critical": "attention"}
"""State of a series -> the word with which the page marks a part."""


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


def brief_json(look: Look) -> dict[str, Any]:
    """A look as the page's document has it: the number of the gaps, and a state that the page has a mark for."""
    series = [
        {
            "measurement": each.measurement,
            "tags": each.tags,
            "newest": each.newest.isoformat() if each.newest else None,
            "expected": each.expected,
            "missing": each.missing,
            "gaps": len(each.gaps),
            "state": PAGE_STATES[each.state],
        }
        for each in look.series
    ]
    return {"series": series, "as_of": look.as_of.isoformat()}
