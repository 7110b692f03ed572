"""Gaps: find every missing slot, keep the ledger true, say what is missing and why."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.errors import StoreUnavailableError
from domain.gaps import (
    WEATHER_SERIES,
    Cause,
    Detected,
    Found,
    Gap,
    Look,
    Span,
    Summary,
    found_gaps,
    intervals,
    market_of,
    price_series,
    reconcile,
    series_gaps,
    severity_of,
)
from domain.prices.expected import expected_minutes, expected_starts, last_overdue_day, resolutions
from domain.prices.slots import MARKETS, Market
from domain.series import Rows, series_key
from domain.timeline import HOUR, day_bounds, days_between, floor_to, local_day, slot_starts, utc_from_epoch
from ports import Clock, SeriesStore
from services.beside import made_of
from services.energy_service import EnergyService
from services.gaps.history import GapHistory
from services.prices.ingest import IngestService

logger = logging.getLogger("data_ingestion")

WEATHER_DUE = timedelta(hours=2)
"""An observed hour is late two hours after its end: stations report at about a quarter past, and sometimes an hour later."""
WEATHER_SOURCES = ("AEMET", "OpenWeatherMap")
LATELY = timedelta(days=7)


class GapService:
    """Detection and the ledger. `detect` looks; `update` looks and writes down."""

    def __init__(self, energy: EnergyService, ingest: IngestService, store: SeriesStore, history: GapHistory, clock: Clock) -> None:
        self._energy = energy
        self._ingest = ingest
        self._store = store
        self._history = history
        self._ledger = history.ledger
        self._clock = clock
        self._last: Look | None = None

    async def update(self) -> list[Found]:
        """Look at the whole history and bring the ledger up to date."""
        return (await self._updated())[0]

    async def _updated(self) -> tuple[list[Found], Look]:
        async with self._history.turn:
            now = self._clock()
            found = await self._look(day_bounds(await self._ingest.history_start())[0], now)
            for series in found:
                await self._write_down(series, now)
            gaps = await self._ledger.open_gaps()
            described = [series_gaps(each, [gap for gap in gaps if gap.series == each.series]) for each in found]
            self._last = look = Look(tuple(described), now)
        return found, look

    async def around(self, work: Callable[[], Awaitable[str]]) -> str:
        """Do what may fill gaps, the ledger brought up to date before and after: it knows of every hole, whoever fills it.

        While the store is away the ledger waits, and the work is done all the same.
        """
        await self._update_if_possible()
        try:
            return await work()
        finally:
            await self._update_if_possible()

    async def _update_if_possible(self) -> None:
        try:
            await self.update()
        except StoreUnavailableError as error:
            logger.warning("gaps_not_looked_at error=%s", error)

    async def detect(self, days_back: int) -> Detected:
        """Intervals that are missing over the last days of the history, as the store is now; the ledger is not touched."""
        now = self._clock()
        first = max(local_day(now) - timedelta(days=days_back), await self._ingest.history_start())
        start = day_bounds(first)[0]
        found = [gap for series in await self._look(start, now) for gap in found_gaps(series, now)]
        return Detected(days_back, start, tuple(found), now)

    async def summary(self) -> Summary:
        """Each series with what is expected, missing and newest, its open gaps, and those filled lately."""
        look = (await self._updated())[1]
        return Summary(look, tuple(await self._ledger.filled_since(self._clock() - LATELY)))

    async def brief(self) -> Look | None:
        """What the page shows: the last update, not a new look; None before the first."""
        return self._last

    async def open_gaps(self) -> list[Gap]:
        """The gaps of the ledger that are to be filled."""
        return [gap for gap in await self._ledger.open_gaps() if gap.state == "open"]

    async def between(self, start: datetime, end: datetime, markets: Sequence[Market]) -> list[Gap]:
        """What is missing of some markets in ``[start, end)`` now, as gaps; with the number of the ledger where it has them."""
        now = self._clock()
        known = await self.open_gaps()
        gaps = []
        for market in markets:
            found = await self._prices(market, local_day(start), local_day(end - timedelta(seconds=1)))
            for first, last, slots in intervals(found.missing):
                same = (gap.id for gap in known if gap.series == found.series and gap.start <= first and gap.end >= last)
                gap = Gap(found.series, first, last, slots, found.cause, severity_of(last, now), now, id=next(same, None))
                gaps.append(gap)
        return gaps

    async def left(self, gap: Gap) -> int:
        """How many slots of a gap are missing now."""
        if gap.series == WEATHER_SERIES:
            have = await self._observed(gap.start, gap.end)
            return sum(1 for start in slot_starts(gap.start, gap.end) if start not in have)
        found = await self._prices(market_of(gap.series), local_day(gap.start), local_day(gap.end - timedelta(seconds=1)))
        return sum(1 for start, _ in found.missing if gap.start <= start < gap.end)

    async def _write_down(self, series: Found, now: datetime) -> None:
        known = await self._ledger.open_gaps(series.series)
        compared = len(known) + len(series.missing)
        result = await made_of(compared, reconcile, series.series, known, series.missing, now, series.cause)
        changed = [await self._with_provider(gap) if gap.state == "filled" else gap for gap in result.changed]
        await self._ledger.apply(result.new, changed)
        if result.new or changed:
            logger.info("gaps series=%s new=%d changed=%d", series.series, len(result.new), len(changed))

    async def _with_provider(self, gap: Gap) -> Gap:
        """A filled gap with the name of whoever gave what is there now."""
        if gap.series == WEATHER_SERIES:
            names = [name for name in WEATHER_SOURCES if await self._observed(gap.start, gap.end, (name,))]
        else:
            market = market_of(gap.series)
            names = await self._energy.providers(market, expected_minutes(market, local_day(gap.start)), gap.start, gap.end)
        return replace(gap, filled_by=", ".join(names)) if names else gap

    async def _look(self, start: datetime, now: datetime) -> list[Found]:
        found = [await self._prices(market, local_day(start), last_overdue_day(market, now)) for market in MARKETS]
        weather = await self._weather(start, now)
        return found + ([weather] if weather else [])

    async def _prices(self, market: Market, first: date, last: date) -> Found:
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        ahead = end + timedelta(days=2)
        have = {minutes: await self._energy.starts(market, minutes, start, ahead) for minutes in resolutions(market, first, last)}
        cause: Cause = "not_fetched" if await self._ingest.was_imported() else "first_import"
        return await asyncio.to_thread(_found_prices, market, first, last, have, cause)

    async def _weather(self, start: datetime, now: datetime) -> Found | None:
        """Observed weather since its first hour; None before there is any."""
        have = await self._observed(start, now)
        if not have:
            return None
        return await asyncio.to_thread(_found_weather, have, now)

    async def _observed(self, start: datetime, end: datetime, sources: Sequence[str] = WEATHER_SOURCES) -> frozenset[datetime]:
        """Hours of ``[start, end)`` for which one of the sources observed a temperature."""
        read = [
            await self._store.read(series_key("weather_data", source=source, kind="observed"), start, end) for source in sources
        ]
        return await made_of(sum(map(len, read)), _hours_with_temperature, read)


def _found_prices(market: Market, first: date, last: date, have: Mapping[int, frozenset[datetime]], cause: Cause) -> Found:
    """What is missing of the slots of some days; `have` are the starts of those that are there, by their minutes."""
    expected = [span for day in days_between(first, last) for span in _spans(market, day)]
    return Found(
        price_series(market),
        {"market": market, "resolution": str(expected_minutes(market, last))},
        len(expected),
        tuple(span for span in expected if span[0] not in have[60 if span[1] - span[0] == HOUR else 15]),
        max((max(starts) for starts in have.values() if starts), default=None),
        cause,
    )


def _found_weather(have: frozenset[datetime], now: datetime) -> Found:
    """What is missing of the hours since the first that was observed."""
    expected = list(slot_starts(floor_to(min(have), HOUR), floor_to(now - WEATHER_DUE, HOUR)))
    missing = tuple((start, start + HOUR) for start in expected if start not in have)
    return Found(WEATHER_SERIES, {"kind": "observed"}, len(expected), missing, max(have), "not_fetched")


def _hours_with_temperature(read: Sequence[Rows]) -> frozenset[datetime]:
    return frozenset(utc_from_epoch(time) for rows in read for time in _with_temperature(rows))


def _spans(market: Market, day: date) -> list[Span]:
    step = timedelta(minutes=expected_minutes(market, day))
    return [(start, start + step) for start in expected_starts(market, day)]


def _with_temperature(rows: Rows) -> list[int]:
    if not len(rows):
        return []
    return [time for time, value in zip(rows.times, rows.columns["temperature"], strict=True) if value is not None]
