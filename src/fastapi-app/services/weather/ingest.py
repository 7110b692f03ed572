"""Weather in: ask the sources, keep what is newer than what is known, and keep every forecast as it was issued."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from domain.errors import BadPayloadError, NotConfiguredError, NotPublishedError, SourceError
from domain.timeline import HOUR
from domain.weather.hours import (
    STEP_COLUMNS,
    Forecast,
    Kind,
    Source,
    WeatherHour,
    forecast_series,
    hours_from_rows,
    point_series,
    rows_from_hours,
    rows_from_steps,
    weather_key,
)
from domain.weather.merge import to_write
from domain.weather.points import POINT_COLUMNS, Point
from domain.weather.steps import hours_of
from ports import Clock, HealthLog, Issue, IssuedLog, PointForecaster, SeriesStore, WeatherSource
from services.operations.sources_health import note_unconfigured

logger = logging.getLogger("data_ingestion")
T = TypeVar("T")

POINTS_EVERY = timedelta(hours=6)
SLACK = timedelta(minutes=20)
"""A point whose newest forecast will be due within this is asked for now, so that a job a little early skips nothing."""


class WeatherIngest:
    """The jobs of the weather. `sources` in order of rank; one without a key is `Unconfigured`."""

    def __init__(
        self,
        store: SeriesStore,
        issued: IssuedLog,
        sources: Sequence[WeatherSource],
        *,
        forecaster: PointForecaster,
        points: Sequence[Point],
        health: HealthLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._issued = issued
        self._sources = tuple(sources)
        self._forecaster = forecaster
        self._points = tuple(points)
        self._health = health
        self._clock = clock

    async def refresh_observations(self) -> str:
        """Ask every source what it observed and keep it. Idempotent.

        Raises when no configured source answered, or when one is not understood.
        """

        async def keep(source: Source, hours: Sequence[WeatherHour]) -> str:
            written = await self._keep(source, "observed", hours)
            return f"{len(hours)} hours, {written} new"

        return await self._each("observations", lambda source: source.observed(), keep)

    async def refresh_forecasts(self) -> str:
        """Ask every source for its forecast, keep it as issued and hour by hour. Idempotent. Raises as above."""

        async def keep(source: Source, forecast: Forecast) -> str:
            columns = [name for name in STEP_COLUMNS if any(getattr(step, name) is not None for step in forecast.steps)]
            await self._issued.append(Issue(forecast_series(source), forecast.issued_at, rows_from_steps(forecast.steps, columns)))
            written = await self._keep(source, "forecast", hours_of(forecast))
            return f"issued {forecast.issued_at:%Y-%m-%d %H:%M}, {written} hours new"

        return await self._each("forecasts", lambda source: source.forecast(), keep)

    async def collect_points(self) -> str:
        """Keep the forecast of every point whose newest is six hours old. Safe to run often: what is fresh is not asked for.

        The first trouble ends the run; what was collected is kept, and the next run goes on with the rest.
        """
        due = [point for point in self._points if await self._is_due(point)]
        for place, point in enumerate(due):
            try:
                forecast = await self._forecaster.point_forecast(point.latitude, point.longitude)
            except NotConfiguredError as error:
                return f"{len(due)} points are not collected: {error.detail}"
            except SourceError:
                logger.warning("points_stopped at=%s collected=%d due=%d", point.id, place, len(due))
                raise
            rows = rows_from_steps(forecast.steps, POINT_COLUMNS)
            await self._issued.append(Issue(point_series(point.id), forecast.issued_at, rows))
        logger.info("points_collected points=%d fresh=%d", len(due), len(self._points) - len(due))
        return f"{len(due)} points collected, {len(self._points) - len(due)} fresh"

    async def _is_due(self, point: Point) -> bool:
        now = self._clock()
        return not await self._issued.issues(point_series(point.id), now - POINTS_EVERY + SLACK, now + HOUR)

    async def _each(
        self,
        what: str,
        ask: Callable[[WeatherSource], Awaitable[T]],
        keep: Callable[[Source, T], Awaitable[str]],
    ) -> str:
        """Ask all sources at once, then keep what each gave; a text about each."""
        answers = await asyncio.gather(*(_attempt(ask, source) for source in self._sources))
        told, failures = [], []
        for answer in answers:
            if isinstance(answer, NotConfiguredError):
                await note_unconfigured(self._health, answer.source, answer.detail, self._clock())
        for source, answer in zip(self._sources, answers, strict=True):
            if isinstance(answer, SourceError):
                told.append(f"{source.name}: {answer.detail}")
                failures += [] if isinstance(answer, NotConfiguredError | NotPublishedError) else [answer]
            else:
                told.append(f"{source.name}: {await keep(source.name, answer)}")
        text = "; ".join(told)
        logger.info("weather_refreshed what=%s outcome=%s", what, text)
        refused = [failure for failure in failures if isinstance(failure, BadPayloadError)]
        if refused:  # what the others gave is kept, and a person must look at this one
            raise refused[0]
        if failures and not any(not isinstance(answer, SourceError) for answer in answers):
            raise failures[0]
        return text

    async def _keep(self, source: Source, kind: Kind, hours: Sequence[WeatherHour]) -> int:
        """Write what is newer than what is stored; returns how many hours that were."""
        if not hours:
            return 0
        key = weather_key(source, kind)
        starts = [hour.start for hour in hours]
        stored = hours_from_rows(await self._store.read(key, min(starts), max(starts) + HOUR), source, kind)
        newer = to_write(stored, hours)
        if newer:
            await self._store.write(key, rows_from_hours(newer))
        return len(newer)


async def _attempt(ask: Callable[[WeatherSource], Awaitable[T]], source: WeatherSource) -> T | SourceError:
    try:
        return await ask(source)
    except SourceError as error:
        return error
