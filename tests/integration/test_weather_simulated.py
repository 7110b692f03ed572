"""The weather part of the service against the simulator: real sockets, real store, real state."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from domain.timeline import HOUR
from domain.weather.hours import Kind, Source, forecast_series, weather_key
from routers.answers.weather import WeatherBlockOut
from support.simulator_server import START, SimulatorServer
from support.weather_world import POINTS, World, living


@dataclass(frozen=True, slots=True)
class Running:
    """World and simulator, on one clock."""

    world: World
    simulator: SimulatorServer


@asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[Running]:
    async with living(folder) as (simulator, world):
        yield Running(world, simulator)


async def stored(world: World, source: Source, kind: Kind) -> list[int]:
    rows = await world.store.read(weather_key(source, kind), START - timedelta(days=3), START + timedelta(days=8))
    return list(rows.times)


async def test_a_day_of_observations_and_five_days_of_forecasts_are_kept_with_their_source(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        await run.world.ingest.refresh_observations()
        await run.world.ingest.refresh_forecasts()
        assert 12 <= len(await stored(run.world, "AEMET", "observed")) <= 24
        assert len(await stored(run.world, "OpenWeatherMap", "observed")) == 1
        assert 30 <= len(await stored(run.world, "AEMET", "forecast")) <= 49
        assert len(await stored(run.world, "OpenWeatherMap", "forecast")) == 39 * 3 + 1
        hours = await run.world.weather.hours(START + HOUR, START + timedelta(days=4))
    assert len(hours) == 4 * 24 - 1
    assert {hour.main.source for hour in hours[:30]} == {"AEMET"}
    assert {hour.main.source for hour in hours[60:]} == {"OpenWeatherMap"}
    pressures = [hour.origin("pressure") for hour in hours[4:]]
    assert {origin.source for origin in pressures if origin is not None} == {"OpenWeatherMap"}
    assert None not in pressures


async def test_asking_twice_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        await run.world.ingest.refresh_observations()
        await run.world.ingest.refresh_forecasts()
        before = await run.world.weather.hours(START - timedelta(days=1), START + timedelta(days=6))
        assert "0 new; OpenWeatherMap: 1 hours, 0 new" in await run.world.ingest.refresh_observations()
        assert (await run.world.ingest.refresh_forecasts()).count("0 hours new") == 2
        assert await run.world.weather.hours(START - timedelta(days=1), START + timedelta(days=6)) == before
        assert (
            len(await run.world.issued.issues(forecast_series("AEMET"), START - timedelta(days=2), START + timedelta(days=1))) == 1
        )


async def test_observations_replace_forecasts_as_time_goes_on_and_the_forecasts_are_judged(tmp_path: Path) -> None:
    """Two days in steps of six hours; what was forecast on the first is compared with what came on the second."""
    async with running(tmp_path) as run:
        for _ in range(12):
            await run.world.ingest.refresh_observations()
            await run.world.ingest.refresh_forecasts()
            run.simulator.clock.advance(timedelta(hours=6))
        told = await run.world.accuracy.measure()
        assert await run.world.accuracy.measure() == told
        errors = await run.world.accuracy.errors()
        past = await run.world.weather.hours(START, START + timedelta(days=2))
    assert {hour.main.kind for hour in past} == {"observed"}
    assert len(past) == 48
    for source in ("AEMET", "OpenWeatherMap"):
        first_day = errors[source]["temperature"][1]
        assert first_day.count >= 24
        assert 0 < (first_day.mean_absolute or 0) < 4
    assert "pressure" not in {name for name, by_day in errors["AEMET"].items() if by_day}


async def test_what_was_known_at_an_instant_can_be_seen_later(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        await run.world.ingest.refresh_forecasts()
        then = run.simulator.clock()
        span = START + 6 * HOUR, START + 30 * HOUR
        was = await run.world.weather.hours(*span)
        run.simulator.clock.advance(timedelta(hours=12))
        await run.world.ingest.refresh_observations()
        await run.world.ingest.refresh_forecasts()
        assert await run.world.weather.hours(*span) != was
        assert await run.world.weather.hours(*span, at=then) == was
        assert await run.world.weather.hours(*span, at=then - timedelta(days=1)) == []


async def test_points_are_collected_every_six_hours_and_what_is_fresh_is_not_asked_for(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        assert await run.world.ingest.collect_points() == "2 points collected, 0 fresh"
        assert await run.world.ingest.collect_points() == "0 points collected, 2 fresh"
        run.simulator.clock.advance(timedelta(hours=5, minutes=50))
        assert await run.world.ingest.collect_points() == "2 points collected, 0 fresh"
        assert (await run.simulator.requests("owm"))["counts"]["owm"] == 4
        point, rows = await run.world.weather.point("burgos", START, START + timedelta(days=6), run.simulator.clock())
    assert point == POINTS[0]
    assert len(rows) >= 40
    assert sorted(rows.columns) == ["clouds", "issued_at", "temperature", "wind_speed"]


async def test_a_run_that_broke_off_goes_on_with_the_rest(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        await run.simulator.fault("owm", "unauthorized", times=1, path="lat=37.4")
        with pytest.raises(Exception, match="Invalid API key"):
            await run.world.ingest.collect_points()
        assert await run.world.ingest.collect_points() == "1 points collected, 1 fresh"


async def test_the_block_of_the_page_is_complete_and_says_where_all_is_from(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        await run.world.ingest.refresh_observations()
        await run.world.ingest.refresh_forecasts()
        block = WeatherBlockOut.of(await run.world.board.block(run.simulator.clock())).plain()
        ambient = await run.world.board.ambient(START, START + 12 * HOUR)
        assert run.world.board.ambient_limits() == {"conching_c": 28.0, "tempering_c": 26.0, "humidity_percent": 75.0}
    assert [hour["temperature_c"] for hour in block["hours"] if hour["start"] in {start.isoformat() for start in ambient}] == [
        round(air.value("temperature") or 0.0, 1) for air in ambient.values()
    ]
    assert len(ambient) == 12
    assert block["current"]["source"] == "AEMET"
    assert block["current"]["kind"] == "observed"
    assert block["current"]["dew_point_c"] <= block["current"]["temperature_c"]
    assert all(hour["source"] and hour["as_of"] and hour["origin"] == hour["kind"] for hour in block["hours"])
    assert [stage["stage"] for stage in block["production"]] == ["conching", "tempering"]
    for stage in block["production"]:
        assert stage["now"]["status"] in ("allowed", "at_cost")
        spans = stage["spans"]
        assert spans[0]["start"] == START.isoformat()  # the hour in progress: what has passed needs no verdict
        assert spans[-1]["end"] == block["known_until"]
        assert all(before["end"] == after["start"] for before, after in pairwise(spans))
    assert block["missing"] == []
    assert [source["state"] for source in block["sources"]] == ["ok", "ok"]


async def test_observations_and_forecasts_stand_for_the_same_hours(tmp_path: Path) -> None:
    """A shift by an hour between the two would make a step in the merged series: the forecast fits best unshifted."""
    async with running(tmp_path) as run:
        for _ in range(6):
            await run.world.ingest.refresh_observations()
            await run.world.ingest.refresh_forecasts()
            run.simulator.clock.advance(timedelta(hours=6))
        end = run.simulator.clock()
        said = await run.world.weather.said(START, end, ("observed",), ("AEMET",))
        observed = {hour.start: hour.temperature for hour in said if hour.temperature is not None}
        for source in ("AEMET", "OpenWeatherMap"):
            forecast = await run.world.weather.said(START, end, ("forecast",), (source,))
            errors = []
            for shift in (-HOUR, 0 * HOUR, HOUR):
                pairs = [
                    (hour.temperature or 0.0, observed[hour.start + shift]) for hour in forecast if hour.start + shift in observed
                ]
                errors.append(sum(abs(said - was) for said, was in pairs) / len(pairs))
            assert errors[1] == min(errors)
