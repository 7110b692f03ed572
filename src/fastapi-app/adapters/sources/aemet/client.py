"""AEMET OpenData: the two-step protocol. What the answers say is read in `aemet_readers`.

Every product takes two requests, which both count against the limit of 40 a minute: the first (with the key in the header
`api_key`) is answered with an address, the second fetches it (without the key). The address is followed only where AEMET keeps its
files, is short-lived, and is never stored: any trouble with the second request starts again from the first.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from adapters.sources.aemet.readers import envelope_of, forecast_of, observed_hours
from adapters.sources.http import Fetcher
from adapters.sources.products import Told
from adapters.sources.responses import Answer
from domain.errors import BadPayloadError, NotPublishedError
from domain.weather.hours import Forecast, Source, WeatherHour
from ports import Clock

T = TypeVar("T")
SOURCE: Source = "AEMET"
FRESH = timedelta(hours=3)
"""A station whose newest temperature is older is asked no further when another one is set: reports come within about an hour."""


PACE = (1, 1.6)
"""For the limiter [requests, s]: 37.5 a minute, evenly, of 40 allowed. A bucket of 40 would let all of them out at once."""


class Aemet:
    """Observations of stations (the nearest first, then the fallbacks) and the hourly forecast of a municipality."""

    name: Source = SOURCE

    def __init__(
        self,
        fetcher: Fetcher,
        api_key: str,
        *,
        stations: Sequence[str],
        municipality: str,
        base_url: str,
        clock: Clock,
        data_hosts: Collection[str] = (),
    ) -> None:
        """`base_url` is that of the fetcher; `data_hosts` are further hosts (`name` or `name:port`) that may hold the files."""
        self._fetcher = fetcher
        self._key = api_key
        self._stations = tuple(stations)
        self._municipality = municipality
        self._clock = clock
        self._base = urlsplit(base_url)
        self._hosts = {self._base.netloc, *data_hosts}

    async def observed(self) -> Sequence[WeatherHour]:
        """The last 12 to 24 hours of the first station that is up to date; its gaps from the stations after it.

        Further stations are asked only while the newest temperature is missing.
        """
        found: dict[object, WeatherHour] = {}
        absent: NotPublishedError | None = None
        for station in self._stations:
            try:
                hours = await self.station(station)
            except NotPublishedError as error:
                absent = error
                continue
            found = {hour.start: hour for hour in hours} | found
            if self._is_fresh(found.values()):
                break
        if not found:
            raise absent or NotPublishedError(self._fetcher.name, "no station is set")
        return sorted(found.values(), key=lambda hour: hour.start)

    def _is_fresh(self, hours: Collection[WeatherHour]) -> bool:
        newest = max((hour.as_of for hour in hours if hour.temperature is not None), default=None)
        return newest is not None and self._clock() - newest <= FRESH

    async def station(self, station: str) -> list[WeatherHour]:
        """What one station measured."""
        told = Told("readings")
        path = f"/api/observacion/convencional/datos/estacion/{station}"
        return await self._product(path, lambda answer: observed_hours(answer, station, told.tray), told)

    async def forecast(self) -> Forecast:
        """The hourly forecast of the municipality, about 48 hours."""
        told = Told("forecast")
        path = f"/api/prediccion/especifica/municipio/horaria/{self._municipality}"
        return await self._product(path, lambda answer: forecast_of(answer, self._municipality, told.tray), told)

    async def _product(self, path: str, read: Callable[[Answer], T], told: Told) -> T:
        async def once() -> T:
            envelope = envelope_of(await self._fetcher.ask(path, headers={"api_key": self._key, "Accept": "application/json"}))
            return read(await self._fetcher.ask(self.checked(envelope)))

        return await self._fetcher.run(once, told)

    def checked(self, address: str) -> str:
        """The address of the data, if it lies where AEMET keeps its files: nobody can send this service elsewhere."""
        parts = urlsplit(address)
        good = (
            parts.scheme == self._base.scheme
            and parts.netloc in self._hosts
            and parts.path.startswith(f"{self._base.path}/sh/")
            and ".." not in parts.path
        )
        if not good:
            raise BadPayloadError(
                self._fetcher.name, f"data at an unexpected place: {parts.scheme}://{parts.hostname}{parts.path[:40]}"
            )
        return address
