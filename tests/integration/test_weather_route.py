"""GET /weather over a real socket."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
from fastapi import FastAPI

from domain.weather.hours import (
    Forecast,
    Kind,
    Source,
    Step,
    WeatherHour,
    forecast_series,
    point_series,
    rows_from_hours,
    rows_from_steps,
    weather_key,
)
from domain.weather.points import POINT_COLUMNS
from ports import Issue
from routers.endpoints import weather
from routers.http import problems
from routers.http.pieces import LongAnswers
from support.upstream import HandClock, listening
from support.weather_world import World, weather_world

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@asynccontextmanager
async def asking(folder: Path) -> AsyncGenerator[tuple[httpx2.AsyncClient, World]]:
    """A client of an application that has the route alone, over a real store."""
    clock = HandClock(NOON + HOUR / 2)
    app = FastAPI()
    problems.install(app)
    app.include_router(weather.router)
    async with weather_world(folder, clock) as world, listening(app) as url, httpx2.AsyncClient(base_url=url) as client:
        app.state.long = LongAnswers()
        app.state.services = SimpleNamespace(weather=world.weather, now=clock, simulated=True)
        await fill(world)
        yield client, world


async def fill(world: World) -> None:
    """An observed hour, two forecast ones, and one issue for a point."""
    await keep(world, "AEMET", "observed", WeatherHour(NOON - HOUR, "AEMET", "observed", NOON - HOUR, 13.44, 61.2, 1021.26))
    made = NOON - 2 * HOUR
    for source, pressure in (("AEMET", None), ("OpenWeatherMap", 1020.0)):
        hours = [WeatherHour(NOON + i * HOUR, source, "forecast", made, 14.0 + i, 60.0, pressure) for i in range(2)]  # type: ignore[arg-type]
        await keep(world, source, "forecast", *hours)  # type: ignore[arg-type]
    steps = tuple(Step(NOON + i * 3 * HOUR, temperature=5.0 + i, wind_speed=7.5, clouds=20.0) for i in range(3))
    forecast = Forecast("OpenWeatherMap", made, steps)
    await world.issued.append(Issue(point_series("burgos"), made, rows_from_steps(forecast.steps, POINT_COLUMNS)))
    await world.issued.append(Issue(forecast_series("OpenWeatherMap"), made, rows_from_steps(steps, ("temperature",))))


async def keep(world: World, source: Source, kind: Kind, *hours: WeatherHour) -> None:
    await world.store.write(weather_key(source, kind), rows_from_hours(hours))


async def get(client: httpx2.AsyncClient, **params: str) -> Any:
    answer = await client.get("/weather", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_hour_says_its_values_units_source_and_age(tmp_path: Path) -> None:
    async with asking(tmp_path) as (client, _):
        body = await get(client)
    assert body["simulated"] is True
    assert body["units"]["pressure_hpa"] == "hPa at mean sea level"
    observed, first, _ = body["hours"]
    assert observed == {
        "start": "2026-11-22T11:00:00+00:00", "end": "2026-11-22T12:00:00+00:00", "temperature_c": 13.4, "humidity_percent": 61.0,
        "pressure_hpa": 1021.3, "source": "AEMET", "kind": "observed", "origin": "observed", "as_of": "2026-11-22T11:00:00+00:00",
    }  # fmt: skip
    assert (first["source"], first["kind"], first["pressure_hpa"]) == ("AEMET", "forecast", 1020.0)
    assert first["other_origins"]["pressure_hpa"]["source"] == "OpenWeatherMap"


async def test_range_kind_and_source_leave_out_the_rest(tmp_path: Path) -> None:
    async with asking(tmp_path) as (client, _):
        assert len((await get(client, kind="observed"))["hours"]) == 1
        only = (await get(client, kind="forecast", source="OpenWeatherMap"))["hours"]
        assert [hour["source"] for hour in only] == ["OpenWeatherMap"] * 2
        ranged = await get(client, **{"from": "2026-11-22T13:00:00+01:00", "to": "2026-11-22T14:00:00+01:00"})
        assert [hour["start"] for hour in ranged["hours"]] == ["2026-11-22T12:00:00+00:00"]
        assert (await get(client, **{"from": "2026-11-01", "to": "2026-11-02"}))["hours"] == []


async def test_csv_by_header_or_parameter_has_the_same_hours(tmp_path: Path) -> None:
    async with asking(tmp_path) as (client, _):
        by_header = await client.get("/weather", headers={"Accept": "text/csv"})
        by_name = await client.get("/weather", params={"format": "csv"})
        named_json = await client.get("/weather", params={"format": "json"}, headers={"Accept": "text/csv"})
    assert by_header.text == by_name.text
    assert by_header.headers["content-type"] == "text/csv; charset=utf-8"
    lines = by_header.text.splitlines()
    assert lines[0] == "start,end,temperature_c,humidity_percent,pressure_hpa,source,kind,origin,as_of"
    assert len(lines) == 4
    assert named_json.headers["content-type"] == "application/json"


async def test_the_forecast_of_a_point_with_its_issue(tmp_path: Path) -> None:
    async with asking(tmp_path) as (client, _):
        body = await get(client, point="burgos")
        csv = (await client.get("/weather", params={"point": "burgos", "format": "csv"})).text.splitlines()
        points = (await client.get("/weather/points")).json()["points"]
    assert (body["point"]["name"], body["origin"], body["as_of"]) == ("Burgos", "forecast", "2026-11-22T10:00:00+00:00")
    assert body["steps"][0] == {
        "start": "2026-11-22T12:00:00+00:00", "temperature_c": 5.0, "wind_speed_m_s": 7.5, "clouds_percent": 20.0,
        "source": "OpenWeatherMap", "kind": "forecast", "origin": "forecast", "as_of": "2026-11-22T10:00:00+00:00",
    }  # fmt: skip
    assert csv[0].startswith("start,temperature_c,wind_speed_m_s")
    assert len(csv) == 4
    assert [point["id"] for point in points] == ["burgos", "sevilla"]
    assert all(point["reason"] for point in points)


async def test_what_cannot_be_answered_is_named_with_what_would_be_valid(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, str], int, str]] = [
        ({"kind": "guessed"}, 422, "kind"),
        ({"source": "Weather.com"}, 422, "source"),
        ({"from": "2026-11-22"}, 409, "to"),
        ({"from": "2026-11-22", "to": "2026-11-22"}, 409, "to"),
        ({"from": "2020-01-01", "to": "2026-11-22"}, 409, "to"),
        ({"from": "yesterday", "to": "2026-11-22"}, 422, "from"),
        ({"point": "burgos", "kind": "observed"}, 409, "kind"),
        ({"hours": "3"}, 422, "hours"),
        ({"point": "atlantis"}, 404, "atlantis"),
    ]
    async with asking(tmp_path) as (client, _):
        for params, status, named in cases:
            answer = await client.get("/weather", params=params)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), params
            assert named in answer.text


async def test_the_view_of_the_past_knows_only_what_was_known_then(tmp_path: Path) -> None:
    async with asking(tmp_path) as (client, _):
        assert [hour["kind"] for hour in (await get(client, at="2026-11-22T10:30:00Z"))["hours"]] == ["forecast"] * 7
        assert [hour["kind"] for hour in (await get(client, at="2026-11-22T11:30:00Z"))["hours"]] == ["observed"] + ["forecast"] * 7
        assert (await get(client, at="2026-11-22T09:00:00Z"))["hours"] == []
