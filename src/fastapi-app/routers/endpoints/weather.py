"""GET /weather: the merged weather of the plant, or the forecast for a point of the country; JSON or CSV."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import InvalidRequestError
from domain.timeline import day_bounds, local_day
from domain.weather.hours import Kind, Source
from routers.answers.weather import (
    ATTRIBUTION,
    NAMES,
    POINT_NAMES,
    HourOut,
    PointForecastOut,
    PointOut,
    PointsOut,
    StepOut,
    WeatherOut,
)
from routers.http.deps import App, Long
from routers.http.description import CSV, refused
from routers.http.instants import InstantText, instant, span
from routers.http.pieces import LONG
from routers.http.tables import csv_answer, wants_csv

router = APIRouter(tags=["weather"])
USUAL = timedelta(days=7)
HOUR_COLUMNS = ("start", "end", *NAMES.values(), "source", "kind", "origin", "as_of")
POINT_COLUMNS = ("start", *POINT_NAMES.values(), "source", "kind", "origin", "as_of")
UNITS = {"temperature_c": "°C", "humidity_percent": "%", "pressure_hpa": "hPa at mean sea level"}
POINT_UNITS = {"temperature_c": "°C", "wind_speed_m_s": "m/s at 10 m", "clouds_percent": "% of the sky"}
EXAMPLE = {
    "units": UNITS,
    "simulated": False,
    "hours": [
        {
            "start": "2026-11-22T12:00:00+00:00",
            "end": "2026-11-22T13:00:00+00:00",
            "temperature_c": 13.4,
            "humidity_percent": 61.0,
            "pressure_hpa": 1021.3,
            "source": "AEMET",
            "kind": "observed",
            "origin": "observed",
            "as_of": "2026-11-22T12:00:00+00:00",
        }
    ],
    "attribution": list(ATTRIBUTION.values()),
}


class WeatherQuery(BaseModel):
    """A range, what to leave out of it, and how to answer."""

    model_config = ConfigDict(extra="forbid")

    start: InstantText | None = Field(None, alias="from", description="Start, included: ISO 8601, or a local day")
    end: InstantText | None = Field(None, alias="to", description="End, not included: ISO 8601, or a local day")
    kind: Kind | None = Field(None, description="Only this kind; by default what was observed, else what was forecast")
    source: Source | None = Field(None, description="Only this source")
    point: str | None = Field(None, description="Instead of the plant: a point of the country (GET /weather/points)")
    at: InstantText | None = Field(None, description="As it was known then: ISO 8601, or a local day (its end)")
    format: Literal["json", "csv"] | None = None


@router.get(
    "/weather",
    summary="Weather of the plant, or forecast for a point",
    response_model=WeatherOut | PointForecastOut,
    responses={200: {"content": {"application/json": {"example": EXAMPLE}, **CSV["content"]}}, **refused(404, 409)},
)
async def weather(app: App, long: Long, query: Annotated[WeatherQuery, Query()], accept: Annotated[str, Header()] = "") -> Response:
    """Hours that start in the range (this local day and six more by default), in order; what nobody said is not there."""
    first, last = span(query.start, query.end) or _this_week(app.now())
    seen_at = instant("at", query.at, end_of_day=True) if query.at is not None else None
    as_csv = wants_csv(query.format, accept)
    if query.point is not None:
        _refuse_with_point(query.kind, query.source)
        place, rows = await app.weather.point(query.point, first, last, seen_at or app.now())
        steps = StepOut.rows(rows)
        if as_csv:
            return csv_answer([step.plain() for step in steps], POINT_COLUMNS)
        return PointForecastOut(
            point=PointOut.place(place),
            units=POINT_UNITS,
            source="OpenWeatherMap",
            origin="forecast",
            as_of=max((step.as_of for step in steps), default=None),
            steps=steps,
            attribution=[ATTRIBUTION["OpenWeatherMap"]],
            simulated=app.simulated,
        ).sent()
    known = await app.weather.hours(first, last, query.kind, query.source, seen_at)
    frame = WeatherOut(units=UNITS, simulated=app.simulated, attribution=list(ATTRIBUTION.values()), hours=[])
    if len(known) >= LONG:
        return long.table(known, HourOut.hour, HOUR_COLUMNS) if as_csv else long.document(frame, "hours", known, HourOut.hour)
    hours = [HourOut.hour(hour) for hour in known]
    if as_csv:
        return csv_answer([hour.plain() for hour in hours], HOUR_COLUMNS)
    return frame.model_copy(update={"hours": hours}).sent()


@router.get("/weather/points", summary="Points of the country whose forecasts are collected")
async def points(app: App) -> PointsOut:
    """Each point, what its weather moves, and why it was chosen."""
    return PointsOut(points=[PointOut.place(point) for point in app.weather.points], simulated=app.simulated)


def _this_week(now: datetime) -> tuple[datetime, datetime]:
    midnight, _ = day_bounds(local_day(now))
    return midnight, midnight + USUAL


def _refuse_with_point(kind: str | None, source: str | None) -> None:
    for name, value in (("kind", kind), ("source", source)):
        if value is not None:
            raise InvalidRequestError(f"{name} cannot be given with point", name=name, value=value, valid="one of the two")
