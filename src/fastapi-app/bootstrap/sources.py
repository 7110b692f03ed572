"""The sources of prices and weather that the settings describe."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

from aiolimiter import AsyncLimiter

from adapters.sources.aemet.client import Aemet
from adapters.sources.archive70 import Archive70Source
from adapters.sources.esios import EsiosSource
from adapters.sources.http import PATIENT, Fetcher, Memory, make_client
from adapters.sources.omie import OmieSource
from adapters.sources.openweather import OpenWeather
from adapters.sources.redata import RedataSource
from adapters.state.health import SqliteHealthLog
from adapters.state.products import SqliteProductLog
from bootstrap.foundation import Foundation
from domain.bill.tariff import TariffTables, toll_and_charge_eur_per_kwh
from domain.errors import NotKnownError
from domain.intake.prices import Floor
from domain.plan.plant import Plant
from domain.prices.slots import Market
from ports import PriceSource
from services.operations.sources_health import note_unconfigured
from services.weather.unconfigured import UnconfiguredSource
from settings import Settings

REQUESTS_PER_S: Mapping[str, tuple[float, float]] = {
    "redata": (1, 1.0),
    "esios": (1, 1.0),
    "archive70": (1, 1.0),
    "omie": (1, 1.0),
    "aemet": (1, 1.6),
    "openweathermap": (1, 1.1),
}
"""Source -> (requests, seconds). AEMET allows 40 a minute and OpenWeatherMap 60; the others publish no limit, and one a second is
what long-running public clients found safe."""


class Fetchers:
    """Makes the fetcher of each source: its client, its limiter, its circuit as it was before the restart."""

    def __init__(self, base: Foundation, stack: AsyncExitStack) -> None:
        self.clock = base.clock
        self._settings = base.settings
        self._version = base.version
        self._health = SqliteHealthLog(base.storage.state)
        self._products = SqliteProductLog(base.storage.state)
        self._stack = stack

    async def make(self, source: str, base_url: str) -> Fetcher:
        """A fetcher; the stack closes its client."""
        client = await self._stack.enter_async_context(make_client(base_url, f"chocolate-factory/{self._version} (self-hosted)"))
        requests, seconds = REQUESTS_PER_S[source]
        speed = self._settings.sim_speed
        products = [product for product in await self._products.all() if product.source == source]
        stored = next((health for health in await self._health.all() if health.source == source), None)
        return Fetcher(
            source,
            client,
            AsyncLimiter(requests, seconds / speed),
            clock=self.clock,
            health=self._health,
            policy=PATIENT.faster(speed),
            memory=Memory(stored, self._products, products),
        )

    async def note_unconfigured(self, source: str, why: str) -> None:
        """Let the health of a source say that it is not set up."""
        await note_unconfigured(self._health, source, why, self.clock())


def pvpc_tolls(tables: TariffTables) -> Floor:
    """Tolls and charges that are in the PVPC of an hour [€/MWh]; 0 for days before the table begins."""

    def of(start: datetime) -> float:
        try:
            return toll_and_charge_eur_per_kwh(tables, "2.0TD", start) * 1000
        except NotKnownError:
            return 0.0

    return of


@dataclass(frozen=True, slots=True)
class PriceSources:
    """For each market the sources in order of trust and reach; ESIOS, where there is a token, forecasts the market too."""

    by_market: dict[Market, list[PriceSource]]
    esios: EsiosSource | None


async def price_sources(settings: Settings, fetchers: Fetchers, tariffs: TariffTables) -> PriceSources:
    """The sources of prices that the settings describe."""
    tolls = pvpc_tolls(tariffs)
    redata = RedataSource(await fetchers.make("redata", settings.ree_base_url), tolls)
    archive = Archive70Source(await fetchers.make("archive70", settings.esios_base_url), tolls)
    omie = OmieSource(await fetchers.make("omie", settings.omie_base_url))
    esios = None
    if settings.ree_api_token:
        token = settings.ree_api_token.get_secret_value()
        esios = EsiosSource(await fetchers.make("esios", settings.esios_base_url), token, tolls)
    else:
        await fetchers.note_unconfigured("esios", "REE_API_TOKEN is not set")
    official: list[PriceSource] = [esios] if esios else []
    return PriceSources({"pvpc": [*official, redata, archive], "spot": [*official, redata, omie]}, esios)


async def weather_sources(
    settings: Settings, fetchers: Fetchers, plant: Plant
) -> tuple[Aemet | UnconfiguredSource, OpenWeather | UnconfiguredSource]:
    """AEMET and OpenWeatherMap; one without a key (or a plant without a site) says so whatever it is asked."""
    aemet: Aemet | UnconfiguredSource = UnconfiguredSource("AEMET")
    if settings.aemet_api_key and plant.site:
        aemet = Aemet(
            await fetchers.make("aemet", settings.aemet_base_url),
            settings.aemet_api_key.get_secret_value(),
            stations=settings.aemet_station or (plant.site.aemet_station,),
            municipality=settings.aemet_municipality or plant.site.municipality,
            base_url=settings.aemet_base_url,
            clock=fetchers.clock,
            data_hosts=settings.aemet_data_hosts,
        )
    openweather: OpenWeather | UnconfiguredSource = UnconfiguredSource("OpenWeatherMap")
    if settings.openweathermap_api_key and plant.site:
        openweather = OpenWeather(
            await fetchers.make("openweathermap", settings.openweathermap_base_url),
            settings.openweathermap_api_key.get_secret_value(),
            latitude=plant.site.latitude,
            longitude=plant.site.longitude,
        )
    return aemet, openweather
