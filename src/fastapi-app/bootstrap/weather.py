"""The weather, composed: the plant's, and the points of the country."""

from dataclasses import dataclass

from adapters.state.health import SqliteHealthLog
from adapters.state.issued import SqliteIssuedLog
from adapters.state.notes import SqliteNotes
from bootstrap.foundation import Foundation
from bootstrap.opening import read_points
from bootstrap.sources import Fetchers, weather_sources
from services.weather.accuracy import WeatherAccuracy
from services.weather.board import WeatherBoard
from services.weather.ingest import WeatherIngest
from services.weather.unconfigured import UnconfiguredSource
from services.weather_service import WeatherService


@dataclass(frozen=True, slots=True)
class Weather:
    """The weather."""

    service: WeatherService
    ingest: WeatherIngest
    accuracy: WeatherAccuracy
    board: WeatherBoard


async def weather_of(base: Foundation, fetchers: Fetchers) -> Weather:
    """The weather of the plant, and the points of the country."""
    storage, limits = base.storage, base.plant.ambient_limits
    issued, health = SqliteIssuedLog(storage.state), SqliteHealthLog(storage.state)
    aemet, openweather = await weather_sources(base.settings, fetchers, base.plant)
    unconfigured = [source.name for source in (aemet, openweather) if isinstance(source, UnconfiguredSource)]
    points = read_points(base.settings)
    service = WeatherService(storage.series, issued, points)
    ingest = WeatherIngest(
        storage.series, issued, [aemet, openweather], forecaster=openweather, points=points, health=health, clock=base.clock
    )
    accuracy = WeatherAccuracy(service, issued, SqliteNotes(storage.state), base.clock)
    return Weather(
        service, ingest, accuracy, WeatherBoard(service, accuracy, health=health, limits=limits, unconfigured=unconfigured)
    )
