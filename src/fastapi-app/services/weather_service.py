"""The weather: what is known of an hour, since when and from whom."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.errors import NotFoundError
from domain.series import Rows
from domain.timeline import HOUR, floor_to, utc_from_epoch
from domain.weather.hours import (
    KINDS,
    SOURCES,
    Kind,
    Source,
    WeatherHour,
    forecast_series,
    hours_from_rows,
    point_series,
    steps_from_rows,
    weather_key,
)
from domain.weather.merge import MergedHour, merge
from domain.weather.points import Point
from domain.weather.steps import LONGEST_GAP, hourly_steps
from ports import IssuedLog, SeriesStore
from services.beside import made_of

CURRENT_AGE = timedelta(minutes=150)
"""An observation that is older does not speak for now. A station's hour is out within about an hour and asked for twice an hour, so
it is at most two hours old when all is well."""


class WeatherService:
    """The merged weather of the plant, and the forecasts for the points of the country."""

    def __init__(self, store: SeriesStore, issued: IssuedLog, points: Sequence[Point] = ()) -> None:
        self._store = store
        self._issued = issued
        self._points = {point.id: point for point in points}

    @property
    def points(self) -> Sequence[Point]:
        """The points that are collected."""
        return tuple(self._points.values())

    async def said(
        self, start: datetime, end: datetime, kinds: Sequence[Kind] = KINDS, sources: Sequence[Source] = SOURCES
    ) -> list[WeatherHour]:
        """What each source said about the hours that start in ``[start, end)``."""
        found: list[WeatherHour] = []
        for source in sources:
            for kind in kinds:
                found += hours_from_rows(await self._store.read(weather_key(source, kind), start, end), source, kind)
        return found

    async def hours(
        self,
        start: datetime,
        end: datetime,
        kind: Kind | None = None,
        source: Source | None = None,
        at: datetime | None = None,
    ) -> list[MergedHour]:
        """The merged weather of the hours that start in ``[start, end)``, in order; with ``at`` as it was known then."""
        kinds, sources = (kind,) if kind else KINDS, (source,) if source else SOURCES
        if at is None:
            said = await self.said(start, end, kinds, sources)
            return await made_of(len(said), merge, said)
        known = [hour for hour in await self.said(start, end, ("observed",), sources) if hour.as_of <= at and "observed" in kinds]
        for name in sources if "forecast" in kinds else ():
            known += await self.forecast_as_of(name, at, start, end)
        return merge(known)

    async def forecast_as_of(self, source: Source, at: datetime, start: datetime, end: datetime) -> list[WeatherHour]:
        """The newest forecast of each hour in ``[start, end)`` among those issued at or before an instant."""
        rows = await self._issued.as_of(forecast_series(source), at, start - LONGEST_GAP, end + LONGEST_GAP)
        return [hour for hour in hours_of_mixed(rows, source) if start <= hour.start < end]

    async def current(self, at: datetime) -> MergedHour | None:
        """The weather of an instant: the newest observation that still speaks for it, else the forecast; None when nobody knows."""
        hour = floor_to(at, HOUR)
        said = await self.said(hour - CURRENT_AGE, hour + HOUR)
        fresh = [one for one in said if one.kind == "observed" and at - CURRENT_AGE <= one.as_of <= at]
        last = [max((one for one in fresh if one.source == source), key=lambda one: one.as_of, default=None) for source in SOURCES]
        forecast = [one for one in said if one.kind == "forecast" and one.start == hour]
        return next(iter(merge([_moved(one, hour) for one in last if one is not None] + forecast)), None)

    async def point(self, point_id: str, start: datetime, end: datetime, at: datetime) -> tuple[Point, Rows]:
        """The forecast of a point as known at an instant, for steps in ``[start, end)``. NotFoundError for an unknown point."""
        if point_id not in self._points:
            raise NotFoundError(f"point {point_id}; there are {', '.join(self._points) or 'none'}")
        return self._points[point_id], await self._issued.as_of(point_series(point_id), at, start, end)


def _moved(hour: WeatherHour, start: datetime) -> WeatherHour:
    """An observation as the state of a later hour; its age stays."""
    return WeatherHour(start, hour.source, hour.kind, hour.as_of, hour.temperature, hour.humidity, hour.pressure)


def hours_of_mixed(rows: Rows, source: Source) -> list[WeatherHour]:
    """Hours of forecast steps of several issues (column `issued_at`); one drawn between two steps is as old as the older."""
    if not len(rows):
        return []
    steps = steps_from_rows(rows)
    made = {step.start: utc_from_epoch(int(at or 0)) for step, at in zip(steps, rows.columns["issued_at"], strict=True)}
    hours = []
    for step in hourly_steps(steps):
        before, after = max(start for start in made if start <= step.start), min(start for start in made if start >= step.start)
        as_of = min(made[before], made[after])
        hours.append(WeatherHour(step.start, source, "forecast", as_of, step.temperature, step.humidity, step.pressure))
    return hours
