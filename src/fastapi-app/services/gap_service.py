"""Gaps: find every missing slot, keep the ledger true, say what is missing and why."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.expected import expected_minutes, expected_starts, last_overdue_day
from domain.gaps import Cause, Gap, Span, intervals, reconcile, severity_of
from domain.prices import MARKETS, Market
from domain.series import Rows, series_key
from domain.timeline import HOUR, day_bounds, days_between, floor_to, local_day, slot_starts, utc_from_epoch
from ports import Clock, GapLedger, SeriesStore
from services.energy_service import EnergyService
from services.ingest_service import IngestService

logger = logging.getLogger("data_ingestion")

WEATHER_REACH = timedelta(hours=24)
"""AEMET gives the last 12 to 24 hours of a station; an older hole in the observed weather is not to be had any more."""
WEATHER_DUE = timedelta(hours=2)
"""An observed hour is late two hours after its end: stations report at about a quarter past, and sometimes an hour later."""
LATELY = timedelta(days=7)
WEATHER_SERIES = "weather_data/observed"


@dataclass(frozen=True, slots=True)
class Found:
    """A series looked at over a range: what should be there, what is missing, what is newest."""

    series: str
    tags: dict[str, str]
    expected: int
    missing: tuple[Span, ...]
    newest: datetime | None
    cause: Cause


class GapService:
    """Detection and the ledger. `detect` looks; `update` looks and writes down."""

    def __init__(self, energy: EnergyService, ingest: IngestService, store: SeriesStore, ledger: GapLedger, clock: Clock) -> None:
        self._energy = energy
        self._ingest = ingest
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._seen: tuple[datetime, list[Found]] | None = None

    async def brief(self) -> dict[str, Any] | None:
        """What the last look found, in numbers; None before the first."""
        if self._seen is None:
            return None
        at, found = self._seen
        series = [
            {
                "measurement": each.series.split("/")[0],
                "tags": each.tags,
                "newest": each.newest.isoformat() if each.newest else None,
                "expected": each.expected,
                "missing": len(each.missing),
                "gaps": len(intervals(each.missing)),
                "state": "degraded" if each.missing else "ok",
            }
            for each in found
        ]
        return {"series": series, "as_of": at.isoformat()}

    async def update(self) -> list[Found]:
        """Look at the whole history and bring the ledger up to date."""
        now = self._clock()
        start = day_bounds(await self._ingest.history_start())[0]
        found = await self._look(start, now)
        self._seen = (now, found)
        for series in found:
            known = await self._ledger.open_gaps(series.series)
            result = reconcile(series.series, known, series.missing, now, series.cause)
            await self._ledger.apply(result.new, result.changed)
            if result.new or result.changed:
                logger.info("gaps series=%s new=%d changed=%d", series.series, len(result.new), len(result.changed))
        return found

    async def detect(self, days_back: int) -> dict[str, Any]:
        """Intervals that are missing over the last days, from the store as it is now; the ledger is not touched."""
        now = self._clock()
        start = day_bounds(local_day(now) - timedelta(days=days_back))[0]
        found = [gap for series in await self._look(start, now) for gap in _described(series, now)]
        return {"days_back": days_back, "from": start.isoformat(), "gaps": found, "as_of": now.isoformat()}

    async def summary(self) -> dict[str, Any]:
        """Each series with what is expected, missing and newest, its open gaps, and those filled lately."""
        now = self._clock()
        found = await self.update()
        open_gaps = await self._ledger.open_gaps()
        series = [_summed(each, [gap for gap in open_gaps if gap.series == each.series]) for each in found]
        filled = [gap_json(gap) for gap in await self._ledger.filled_since(now - LATELY)]
        return {"series": series, "filled_lately": filled, "as_of": now.isoformat()}

    async def _look(self, start: datetime, now: datetime) -> list[Found]:
        found = [await self._prices(market, start, now) for market in MARKETS]
        weather = await self._weather(start, now)
        return found + ([weather] if weather else [])

    async def _prices(self, market: Market, start: datetime, now: datetime) -> Found:
        first, last = local_day(start), last_overdue_day(market, now)
        bounds = day_bounds(first)[0], day_bounds(last)[1]
        have: set[datetime] = set()
        newest: datetime | None = None
        for minutes in sorted({expected_minutes(market, day) for day in (first, last)}):
            known = await self._energy.known(market, minutes, bounds[0], bounds[1] + timedelta(days=2))
            have.update(price.slot.start for price in known)
            newest = max([price.slot.start for price in known] + ([newest] if newest else []), default=None)
        expected = [span for day in days_between(first, last) for span in _spans(market, day)]
        return Found(
            f"energy_prices/{market}",
            {"market": market, "resolution": str(expected_minutes(market, last))},
            len(expected),
            tuple(span for span in expected if span[0] not in have),
            newest,
            "first_import" if self._ingest.progress.state == "running" else "not_fetched",
        )

    async def _weather(self, start: datetime, now: datetime) -> Found | None:
        """Observed weather since its first hour; None before there is any."""
        end = floor_to(now - WEATHER_DUE, HOUR)
        times: set[int] = set()
        for source in ("AEMET", "OpenWeatherMap"):
            rows = await self._store.read(series_key("weather_data", source=source, kind="observed"), start, now)
            times.update(_with_temperature(rows))
        if not times:
            return None
        have = {utc_from_epoch(time) for time in times}
        expected = list(slot_starts(floor_to(min(have), HOUR), end))
        missing = tuple((start, start + HOUR) for start in expected if start not in have)
        return Found(WEATHER_SERIES, {"kind": "observed"}, len(expected), missing, max(have), "not_fetched")


def _spans(market: Market, day: date) -> list[Span]:
    step = timedelta(minutes=expected_minutes(market, day))
    return [(start, start + step) for start in expected_starts(market, day)]


def _with_temperature(rows: Rows) -> list[int]:
    if not len(rows):
        return []
    return [time for time, value in zip(rows.times, rows.columns["temperature"], strict=True) if value is not None]


def _described(found: Found, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "measurement": found.series.split("/")[0],
            "tags": found.tags,
            "start": start.isoformat(),
            "end": end.isoformat(),
            "missing": slots,
            "cause": found.cause,
            "severity": severity_of(end, now),
            "to_be_had": found.series != WEATHER_SERIES or end > now - WEATHER_REACH,
        }
        for start, end, slots in intervals(found.missing)
    ]


def _summed(found: Found, gaps: Sequence[Gap]) -> dict[str, Any]:
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
