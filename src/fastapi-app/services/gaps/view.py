"""Gaps as JSON: what was found now, and what the ledger holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.gaps import Cause, Gap, Span, intervals, severity_of

WEATHER_REACH = timedelta(hours=24)
"""AEMET gives the last 12 to 24 hours of a station; an older hole in the observed weather is unavailable."""
WEATHER_SERIES = "weather_data/observed"
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


def found_json(found: Found, now: datetime) -> list[dict[str, Any]]:
    """The missing intervals of a series, as they are now."""
    return [
        {
            "measurement": found.series.split("/")[0],
            "tags": found.tags,
            "start": start.isoformat(),
            "end": end.isoformat(),
            "missing": slots,
            "cause": found.cause,
            "severity": severity_of(end, now),
            "recoverable": found.series != WEATHER_SERIES or end > now - WEATHER_REACH,
        }
        for start, end, slots in intervals(found.missing)
    ]


def summed(found: Found, gaps: Sequence[Gap]) -> dict[str, Any]:
    """A series with its counts, the gaps of the ledger, and the worst of those that are open."""
    severities = {gap.severity for gap in gaps if gap.state == "open"}
    state = next((severity for severity in ("critical", "warning", "info") if severity in severities), "complete")
    return {
        "measurement": found.series.split("/")[0],
        "tags": found.tags,
        "newest": found.newest.isoformat() if found.newest else None,
        "expected": found.expected,
        "missing": len(found.missing),
        "gaps": [gap_json(gap) for gap in gaps],
        "state": state,
    }


def for_page(series: dict[str, Any]) -> dict[str, Any]:
    """A summed series with the number of its gaps instead of the gaps, and a state that the page has a mark for."""
    return series | {"gaps": len(series["gaps"]), "state": PAGE_STATES[series["state"]]}


def gap_json(gap: Gap) -> dict[str, Any]:
    """A gap of the ledger."""
    return {
        "id": gap.id,
        "series": gap.series,
        "start": gap.start.isoformat(),
        "end": gap.end.isoformat(),
        "missing": gap.missing,
        "cause": gap.cause,
        "severity": gap.severity,
        "state": gap.state,
        "first_seen": gap.first_seen.isoformat(),
        "filled_at": gap.filled_at.isoformat() if gap.filled_at else None,
        "filled_by": gap.filled_by,
        "tried": [
            {"source": each.source, "at": each.at.isoformat(), "outcome": each.outcome, "detail": each.detail} for each in gap.tried
        ],
    }
