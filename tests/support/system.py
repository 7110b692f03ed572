"""The state of a service whose parts are well, and its parts with one thing changed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from domain.gaps import Gap, SeriesGaps
from domain.operations import JobStatus, SourceState, StoreState
from services.operations.health import System

SINCE = datetime(2026, 3, 20, 12, tzinfo=UTC)


def system(**changed: Any) -> System:
    """A service of which nothing bad is known."""
    return replace(
        System(
            sources=(),
            imported=(),
            store=StoreState("sqlite", "ok", SINCE),
            series=(),
            jobs=(),
            ingestion=None,
            models=None,
            gaps=None,
            backup=None,
            is_open=None,
            disk=None,
            folders=None,
            loop=None,
            scheduler="alive",
            failed=(),
        ),
        **changed,
    )


def source(name: str, **changed: Any) -> SourceState:
    """A source that answers."""
    return replace(SourceState(name, "ok", SINCE, SINCE, None, None, None, None, {}, ()), **changed)


def job(name: str, **changed: Any) -> JobStatus:
    """A job that ran once, well."""
    well = JobStatus(
        id=name,
        name=name,
        state="ok",
        trigger="daily",
        paused=False,
        next_run=None,
        last_start=SINCE,
        last_end=SINCE,
        last_duration_s=0.0,
        last_outcome="ok",
        last_error=None,
        last_error_class=None,
        last_detail=None,
        ran_ahead_of_clock=False,
        not_noted=None,
        runs=1,
        failures=0,
        failures_in_a_row=0,
        last_success=SINCE,
        running=False,
    )
    return replace(well, **changed)


def series(missing: int, **tags: str) -> SeriesGaps:
    """Prices that lack so many values, in one gap."""
    gap = Gap("energy_prices/pvpc", SINCE, SINCE, missing, "source_away", "warning", SINCE)
    return SeriesGaps("energy_prices", tags, SINCE, 24, missing, (gap,), "warning")
