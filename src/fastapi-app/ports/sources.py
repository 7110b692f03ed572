"""The roles of the outside sources."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from domain.prices.market import MarketForecast
from domain.prices.slots import Market, PriceBatch
from domain.weather.hours import Forecast, Source, WeatherHour


class PriceSource(Protocol):
    """Publishes prices."""

    @property
    def name(self) -> str:
        """Short name: redata, esios, archive70, omie."""
        ...

    @property
    def markets(self) -> frozenset[Market]:
        """What it publishes."""
        ...

    @property
    def longest_chunk(self) -> timedelta:
        """The longest range that one call may ask for."""
        ...

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """The published slots that start in ``[start, end)``, UTC; fewer where some are not published.

        Raises NotPublishedError when there is none at all, and the other SourceErrors.
        """
        ...


class WeatherSource(Protocol):
    """Says what the weather at the plant was, is and will be."""

    @property
    def name(self) -> Source:
        """AEMET or OpenWeatherMap, as in the tag `source`."""
        ...

    async def observed(self) -> Sequence[WeatherHour]:
        """The newest observed hours, as many as one call gives. Raises the SourceErrors."""
        ...

    async def forecast(self) -> Forecast:
        """The forecast issued last. Raises the SourceErrors."""
        ...


class PointForecaster(Protocol):
    """Forecasts the weather of any place."""

    async def point_forecast(self, latitude: float, longitude: float) -> Forecast:
        """The forecast issued last for a place in degrees north and east. Raises the SourceErrors."""
        ...


class MarketForecaster(Protocol):
    """Publishes forecasts of tomorrow's demand, wind and sun."""

    @property
    def longest_chunk(self) -> timedelta:
        """The longest range that one call may ask for."""
        ...

    async def forecasts(self, start: datetime, end: datetime) -> Sequence[MarketForecast]:
        """The forecasts of the slots that start in a range; NotPublishedError when there is none."""
        ...
