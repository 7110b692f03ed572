"""A weather source that nobody has configured: it says so, whatever it is asked."""

from collections.abc import Sequence

from domain.errors import NotConfiguredError
from domain.weather.hours import Forecast, Source, WeatherHour

SHORT: dict[Source, str] = {"AEMET": "aemet", "OpenWeatherMap": "openweathermap"}
"""Name of a source in errors and in the log of its health."""
SETTING: dict[Source, str] = {"AEMET": "AEMET_API_KEY", "OpenWeatherMap": "OPENWEATHERMAP_API_KEY"}
"""What configures it."""


class UnconfiguredSource:
    """Stands where a source would be whose key is not set."""

    def __init__(self, name: Source) -> None:
        self._name = name

    @property
    def name(self) -> Source:
        """The source that it stands for."""
        return self._name

    async def observed(self) -> Sequence[WeatherHour]:
        """Nothing is observed."""
        raise self._error()

    async def forecast(self) -> Forecast:
        """Nothing is forecast."""
        raise self._error()

    async def point_forecast(self, latitude: float, longitude: float) -> Forecast:
        """Nor anywhere else."""
        raise self._error(f" (asked for {latitude:g}, {longitude:g})")

    def _error(self, more: str = "") -> NotConfiguredError:
        return NotConfiguredError(SHORT[self._name], f"{SETTING[self._name]} is not set{more}")
