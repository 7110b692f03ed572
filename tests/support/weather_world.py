"""The weather of a small world for tests: real clients, a real state file and a real store, upstreams on real sockets."""

import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
from aiolimiter import AsyncLimiter

from adapters.sources.aemet.client import Aemet
from adapters.sources.http import Fetcher, RetryPolicy, make_client
from adapters.sources.openweather import OpenWeather
from adapters.state.file import open_state
from adapters.state.health import SqliteHealthLog
from adapters.state.issued import SqliteIssuedLog
from adapters.state.notes import SqliteNotes
from adapters.store.sqlite_series import SqliteStore
from domain.plan.plant import AmbientLimit
from domain.weather.hours import Source
from domain.weather.points import Point
from ports import Clock, PointForecaster, WeatherSource
from services.weather.accuracy import WeatherAccuracy
from services.weather.board import WeatherBoard
from services.weather.ingest import WeatherIngest
from services.weather.unconfigured import UnconfiguredSource
from services.weather_service import WeatherService
from support.simulator_server import START, SettableClock, SimulatorServer, running_simulator

SITE = {"latitude": 38.151107, "longitude": -3.629453}
STATION, MUNICIPALITY = "5279X", "23055"
LIMITS = (
    AmbientLimit("conching", 28.0, 75.0, cooling_kw_per_c=0.4, drying_kw_per_percent=0.05),
    AmbientLimit("tempering", 26.0, 75.0, cooling_kw_per_c=0.4, drying_kw_per_percent=0.05),
)
POINTS = (
    Point("burgos", "Burgos", 42.5, -3.7, ("wind",), "wind farms of the north"),
    Point("sevilla", "Sevilla", 37.4, -5.9, ("solar", "demand"), "solar parks of the south"),
)
START_AT = START + timedelta(minutes=25)
"""When the job of the observations runs."""
QUICK = RetryPolicy(first_wait_s=0.01, longest_wait_s=0.03, jitter_s=0.01, total_s=60, ambiguous_wait_s=0.01)


@contextlib.asynccontextmanager
async def fetcher(
    name: str,
    url: str,
    clock: Clock,
    health: SqliteHealthLog,
    *,
    policy: RetryPolicy = QUICK,
    pace: tuple[float, float] = (1000, 1),
    timeout_s: float = 30.0,
) -> AsyncGenerator[Fetcher]:
    """A real fetcher, with pauses of hundredths of a second unless told otherwise."""
    async with make_client(url, "chocolate-factory-tests/1", timeout=httpx2.Timeout(timeout_s)) as client:
        yield Fetcher(name, client, AsyncLimiter(*pace), clock=clock, health=health, policy=policy)


@dataclass(frozen=True, slots=True)
class World:
    """The parts, as the service composes them."""

    ingest: WeatherIngest
    weather: WeatherService
    accuracy: WeatherAccuracy
    board: WeatherBoard
    health: SqliteHealthLog
    issued: SqliteIssuedLog
    store: SqliteStore


@contextlib.asynccontextmanager
async def weather_world(
    folder: Path,
    clock: Clock,
    *,
    aemet_url: str | None = None,
    owm_url: str | None = None,
    aemet_key: str = "a-key",
    owm_key: str = "o-key",
    stations: Sequence[str] = (STATION,),
    points: Sequence[Point] = POINTS,
    policy: RetryPolicy = QUICK,
) -> AsyncGenerator[World]:
    """The weather part of the service; a source without an address is not configured."""
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    async with contextlib.AsyncExitStack() as stack:
        database = open_state(folder / "state.sqlite", "simulated")
        stack.callback(database.close)
        store = SqliteStore(folder / "series.sqlite", "simulated")
        stack.push_async_callback(store.aclose)
        health, issued, notes = SqliteHealthLog(database), SqliteIssuedLog(database), SqliteNotes(database)
        aemet: WeatherSource = UnconfiguredSource("AEMET")
        if aemet_url:
            fetch = await stack.enter_async_context(fetcher("aemet", aemet_url, clock, health, policy=policy))
            aemet = Aemet(fetch, aemet_key, stations=stations, municipality=MUNICIPALITY, base_url=aemet_url, clock=clock)
        owm: OpenWeather | UnconfiguredSource = UnconfiguredSource("OpenWeatherMap")
        if owm_url:
            fetch = await stack.enter_async_context(fetcher("openweathermap", owm_url, clock, health, policy=policy))
            owm = OpenWeather(fetch, owm_key, **SITE)
        forecaster: PointForecaster = owm
        sources: list[WeatherSource] = [aemet, owm]
        unconfigured: list[Source] = [one.name for one in sources if isinstance(one, UnconfiguredSource)]
        weather = WeatherService(store, issued, points)
        ingest = WeatherIngest(store, issued, sources, forecaster=forecaster, points=points, health=health, clock=clock)
        accuracy = WeatherAccuracy(weather, issued, notes, clock)
        board = WeatherBoard(weather, accuracy, health=health, limits=LIMITS, unconfigured=unconfigured)
        yield World(ingest, weather, accuracy, board, health, issued, store)


class SimulatorTime:
    """The simulator's clock as a Clock of the service; the tests move it."""

    def __init__(self, clock: SettableClock) -> None:
        self._clock = clock

    def __call__(self) -> datetime:
        return self._clock()

    async def sleep_until(self, instant: datetime) -> None:
        """Jump there."""
        self._clock.set(max(instant, self._clock()))


@contextlib.asynccontextmanager
async def living(
    folder: Path, *, aemet: bool = True, owm: bool = True, aemet_key: str = "a-key", owm_key: str = "o-key"
) -> AsyncGenerator[tuple[SimulatorServer, World]]:
    """The weather part of the service in front of a simulator, on one clock."""
    async with (
        running_simulator(START_AT) as simulator,
        before(simulator, folder, aemet=aemet, owm=owm, keys=(aemet_key, owm_key)) as world,
    ):
        yield simulator, world


@contextlib.asynccontextmanager
async def before(
    simulator: SimulatorServer, folder: Path, *, aemet: bool = True, owm: bool = True, keys: tuple[str, str] = ("a-key", "o-key")
) -> AsyncGenerator[World]:
    """The weather part in front of a running simulator; a source that is left out is not configured."""
    async with weather_world(
        folder,
        SimulatorTime(simulator.clock),
        aemet_url=simulator.base_url("aemet") + "/opendata" if aemet else None,
        owm_url=simulator.base_url("owm") if owm else None,
        aemet_key=keys[0],
        owm_key=keys[1],
    ) as world:
        yield world
