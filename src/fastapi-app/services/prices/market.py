"""REE's forecasts of tomorrow's demand, wind and sun: collected as issued, because the prices follow them."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from domain.errors import NotConfiguredError, NotPublishedError
from domain.prices.expected import chunks_of_days
from domain.prices.market import ForecastKind, MarketForecast
from domain.series import Rows
from domain.timeline import HOUR, day_bounds, day_slots, days_between, epoch, local_day, local_instant
from ports import Clock, Issue, IssuedLog, MarketForecaster

logger = logging.getLogger("data_ingestion")

KINDS: tuple[ForecastKind, ...] = ("demand", "wind", "solar")
PUBLICATION = time(11, 0)
"""Madrid time of the day before by which REE publishes them. CNMC Circular 4/2019."""
HISTORY_DAYS = 120
"""Collected back at the first start: the kernels need 10 days, the learners on top of them more."""


def market_series(kind: ForecastKind) -> str:
    """Name of a forecast in the log of issued values; column `mw`."""
    return f"market/{kind}/d1"


class MarketService:
    """Collects the day-ahead forecasts. Without a token there is no forecaster, and it says so."""

    def __init__(self, forecaster: MarketForecaster | None, issued: IssuedLog, clock: Clock) -> None:
        self._forecaster = forecaster
        self._issued = issued
        self._clock = clock

    async def refresh(self) -> str:
        """Ask for the days of the last weeks, today and tomorrow that are not here yet. Idempotent."""
        if self._forecaster is None:
            return "not collected: REE_API_TOKEN is not set"
        now = self._clock()
        today = local_day(now)
        last = today + timedelta(days=1) if now >= local_instant(today, PUBLICATION) else today
        missing = await self._missing(today - timedelta(days=HISTORY_DAYS), last, now)
        came = 0
        for first, end in chunks_of_days(missing, self._forecaster.longest_chunk):
            try:
                came += await self._fetch(first, end)
            except NotPublishedError as absent:
                logger.info("market_forecasts_absent first=%s last=%s reason=%s", first, end, absent)
        return f"{len(missing)} days asked for, {came} day forecasts kept" if missing else "nothing missing"

    async def known(self, kind: ForecastKind, start: datetime, end: datetime, at: datetime) -> dict[int, float]:
        """Hour start [POSIX s] -> forecast [MW], as known at an instant."""
        rows = await self._issued.as_of(market_series(kind), at, start, end)
        if not len(rows):
            return {}
        column: Sequence[object] = rows.columns["mw"]
        return {time_: float(value) for time_, value in zip(rows.times, column, strict=True) if isinstance(value, int | float)}

    async def _missing(self, first: date, last: date, now: datetime) -> list[date]:
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        have = [set(await self.known(kind, start, end, now)) for kind in KINDS]
        common = set.intersection(*have)
        return [day for day in days_between(first, last) if not common.issuperset(epoch(slot) for slot in day_slots(day))]

    async def _fetch(self, first: date, last: date) -> int:
        if self._forecaster is None:
            raise NotConfiguredError("esios", "REE_API_TOKEN is not set")
        kept = 0
        for forecast in await self._forecaster.forecasts(day_bounds(first)[0], day_bounds(last)[1]):
            for day, rows in _by_day(forecast).items():
                await self._issued.append(Issue(market_series(forecast.kind), _issued_at(forecast, day), rows))
                kept += 1
        return kept


def _by_day(forecast: MarketForecast) -> dict[date, Rows]:
    """Hourly rows of each local day; slots of another length are left out, never stretched."""
    days: dict[date, list[tuple[int, float]]] = {}
    for slot in forecast.slots:
        if slot.end - slot.start == HOUR:
            days.setdefault(local_day(slot.start), []).append((epoch(slot.start), slot.mw))
    return {day: Rows([start for start, _ in slots], {"mw": [mw for _, mw in slots]}) for day, slots in days.items()}


def _issued_at(forecast: MarketForecast, day: date) -> datetime:
    """Nominal publication on the day before, or the fetch where that came first: fixed vintage, never overwritten."""
    return min(forecast.fetched_at, local_instant(day - timedelta(days=1), PUBLICATION)).replace(microsecond=0)
