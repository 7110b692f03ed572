"""What the page and the health of the sources say when keys are missing, refused or throttled."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import SourceError
from routers.answers.weather import WeatherBlockOut
from support.simulator_server import START, running_simulator
from support.weather_world import START_AT, World, before, living

WEEK = timedelta(days=7)


async def refresh(world: World) -> list[str]:
    """Every job once; what each said, or why it failed."""
    told = []
    for job in (world.ingest.refresh_observations, world.ingest.refresh_forecasts, world.ingest.collect_points):
        try:
            told.append(await job())
        except SourceError as error:
            told.append(f"failed: {error}")
    return told


async def states(world: World) -> dict[str, str]:
    return {health.source: health.state for health in await world.health.all()}


async def block_of(world: World, now: datetime) -> dict[str, Any]:
    """The weather of the page as it goes out."""
    return WeatherBlockOut.of(await world.board.block(now)).plain()


def missing(block: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {entry["source"]: (entry["state"], entry["because"]) for entry in block["missing"]}


async def test_without_keys_the_service_runs_says_what_is_missing_and_invents_nothing(tmp_path: Path) -> None:
    async with living(tmp_path, aemet=False, owm=False) as (simulator, world):
        told = await refresh(world)
        block = await block_of(world, START)
        assert await states(world) == {"aemet": "not_configured", "openweathermap": "not_configured"}
        assert (await simulator.requests())["counts"] == {}
    assert told == [
        "AEMET: AEMET_API_KEY is not set; OpenWeatherMap: OPENWEATHERMAP_API_KEY is not set",
        "AEMET: AEMET_API_KEY is not set; OpenWeatherMap: OPENWEATHERMAP_API_KEY is not set",
        "2 points are not collected: OPENWEATHERMAP_API_KEY is not set (asked for 42.5, -3.7)",
    ]
    assert (block["current"], block["hours"], block["known_until"], block["source"]) == (None, [], None, None)
    assert [(stage["now"], stage["spans"]) for stage in block["production"]] == [(None, []), (None, [])]
    assert missing(block) == {
        "AEMET": ("not_configured", "AEMET_API_KEY is not set"),
        "OpenWeatherMap": ("not_configured", "OPENWEATHERMAP_API_KEY is not set"),
    }
    assert "pressure_forecast" in block["missing"][1]["what"]


async def test_without_the_key_of_openweathermap_there_is_no_pressure_ahead_and_no_third_day(tmp_path: Path) -> None:
    async with living(tmp_path, owm=False) as (simulator, world):
        await refresh(world)
        block = await block_of(world, simulator.clock())
        assert await states(world) == {"aemet": "ok", "openweathermap": "not_configured"}
    assert missing(block) == {"OpenWeatherMap": ("not_configured", "OPENWEATHERMAP_API_KEY is not set")}
    ahead = [hour for hour in block["hours"] if hour["kind"] == "forecast"]
    assert ahead
    assert {hour["pressure_hpa"] for hour in ahead} == {None}
    assert datetime.fromisoformat(block["known_until"]) < START + timedelta(days=3)
    assert block["attribution"] == ["© AEMET"]


async def test_without_the_key_of_aemet_openweathermap_speaks_alone(tmp_path: Path) -> None:
    async with living(tmp_path, aemet=False) as (simulator, world):
        await refresh(world)
        block = await block_of(world, simulator.clock())
        assert await states(world) == {"aemet": "not_configured", "openweathermap": "ok"}
    assert missing(block) == {"AEMET": ("not_configured", "AEMET_API_KEY is not set")}
    assert (block["current"]["source"], block["current"]["kind"]) == ("OpenWeatherMap", "observed")
    assert {hour["source"] for hour in block["hours"]} == {"OpenWeatherMap"}


@pytest.mark.parametrize(
    ("refused", "name", "other"), [("aemet", "AEMET", "openweathermap"), ("openweathermap", "OpenWeatherMap", "aemet")]
)
async def test_a_refused_key_needs_a_person_and_the_other_source_goes_on(
    tmp_path: Path, refused: str, name: str, other: str
) -> None:
    keys: dict[str, Any] = {"aemet_key": "invalid"} if refused == "aemet" else {"owm_key": "invalid"}
    async with living(tmp_path, **keys) as (simulator, world):
        await refresh(world)
        asked = (await simulator.requests("aemet" if refused == "aemet" else "owm"))["requests"]
        block = await block_of(world, simulator.clock())
        assert await states(world) == {refused: "attention", other: "ok"}
    assert len(asked) == (2 if refused == "aemet" else 3)  # once for each job: no key is tried again and again
    assert missing(block)[name][0] == "attention"
    assert "key" in missing(block)[name][1].lower()
    assert block["current"] is not None


async def test_a_source_that_throttles_for_an_hour_is_left_alone_and_comes_back(tmp_path: Path) -> None:
    """Both sources say "too often" for an hour; jobs run as scheduled. What is known stays on the page with its age."""
    async with living(tmp_path) as (simulator, world):
        await refresh(world)
        as_of = (await block_of(world, simulator.clock()))["current"]["as_of"]
        asked = (await simulator.requests())["counts"]
        for source in ("aemet", "owm"):
            await simulator.fault(source, "rate_limit")
        for _ in range(2):
            simulator.clock.advance(timedelta(minutes=30))
            told = await refresh(world)
            assert told[0].startswith("failed: ")
        during = await block_of(world, simulator.clock())
        over = await world.board.sources(simulator.clock() + timedelta(days=1))
        assert await states(world) == {"aemet": "degraded", "openweathermap": "degraded"}
        spent = {source: count - asked[source] for source, count in (await simulator.requests())["counts"].items()}
        await simulator.clear_faults()
        simulator.clock.advance(timedelta(minutes=30))
        await refresh(world)
        after = await block_of(world, simulator.clock())
        assert await states(world) == {"aemet": "ok", "openweathermap": "ok"}
    assert spent == {"aemet": 2, "owm": 2}  # one request a half hour and source: while it rests nothing is sent
    assert {state for state, _ in missing(during).values()} == {"degraded"}
    assert [source["open_until"] is None for source in during["sources"]] == [False, False]
    assert [source.rests_until for source in over] == [None, None]  # until when it rested is no time to come
    assert "Límite" in missing(during)["AEMET"][1]
    assert during["current"]["as_of"] == as_of
    assert after["missing"] == []
    assert after["current"]["as_of"] > as_of


async def test_when_everything_is_stale_the_forecast_speaks_for_now_and_says_so(tmp_path: Path) -> None:
    async with living(tmp_path) as (simulator, world):
        await refresh(world)
        later = simulator.clock() + timedelta(hours=6)
        block = await block_of(world, later)
        beyond = await block_of(world, later + WEEK)
    assert block["current"]["kind"] == "forecast"
    assert beyond["current"] is None
    assert beyond["hours"] == []


async def test_a_key_that_was_removed_or_set_since_is_told_at_once(tmp_path: Path) -> None:
    async with running_simulator(START_AT) as simulator:
        async with before(simulator, tmp_path) as world:
            await refresh(world)
        async with before(simulator, tmp_path, aemet=False, owm=False) as world:
            assert {source.state for source in await world.board.sources(START)} == {"not_configured"}
            await refresh(world)
        async with before(simulator, tmp_path) as world:
            assert {(source.state, source.because) for source in await world.board.sources(START)} == {("waiting", "not asked yet")}


async def test_an_observation_speaks_for_now_for_two_and_a_half_hours(tmp_path: Path) -> None:
    async with living(tmp_path, owm=False) as (_, world):
        await refresh(world)
        still, no_longer = [await world.weather.current(START + timedelta(minutes=minutes)) for minutes in (145, 165)]
    assert still is not None
    assert no_longer is not None
    assert (still.main.kind, still.main.as_of) == ("observed", START)
    assert no_longer.main.kind == "forecast"
