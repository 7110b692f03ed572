"""Real clients before an upstream that gives one answer: what they make of it, and what they asked."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from adapters.sources.aemet.client import Aemet
from adapters.sources.archive70 import Archive70Source
from adapters.sources.esios import EsiosSource
from adapters.sources.http import Fetcher
from adapters.sources.omie import OmieSource
from adapters.sources.openweather import OpenWeather
from adapters.sources.redata import RedataSource
from domain.prices.slots import Market, PriceBatch
from domain.timeline import day_bounds
from ports import PriceSource
from support.source_fixtures import payload
from support.upstream import HandClock, Reply, Seen, Upstream, fetching, serving

JSON_TYPE, TEXT, HTML, BINARY = "application/json; charset=utf-8", "text/plain", "text/html", "application/octet-stream"
PRICE_SOURCES: dict[str, Callable[[Fetcher], PriceSource]] = {
    "redata": RedataSource,
    "esios": lambda fetcher: EsiosSource(fetcher, "token"),
    "archive70": Archive70Source,
    "omie": OmieSource,
}
CONTENT_TYPES = {"redata": JSON_TYPE, "esios": JSON_TYPE, "archive70": "json", "omie": BINARY}
"""As each source labels what it sends."""


def once(reply: Reply) -> Callable[[Seen], Reply]:
    """The same answer to everything; of a day file there is the first revision alone."""

    def answer(seen: Seen) -> Reply:
        filename = seen.param("filename")
        return Reply(404, b"<html>404</html>", HTML) if filename and not filename.endswith(".1") else reply

    return answer


async def prices_from(source: str, body: bytes, market: Market, day: date) -> tuple[PriceBatch, int]:
    """The batch that a client makes of an answer, and the number of requests."""
    reply = Reply(body=body, content_type=CONTENT_TYPES[source])
    async with serving(once(reply)) as upstream, fetching(upstream.url, source) as fetcher:
        batch = await PRICE_SOURCES[source](fetcher).prices(market, *day_bounds(day))
    return batch, len(upstream.seen)


@dataclass(frozen=True, slots=True)
class WeatherClients:
    """Clients before an upstream that knows one answer."""

    aemet: Aemet
    openweather: OpenWeather
    upstream: Upstream


@asynccontextmanager
async def weather_from(
    body: bytes,
    status: int = 200,
    *,
    step: int = 2,
    now: datetime = datetime(2026, 11, 22, 12, 25, tzinfo=UTC),  # a minute to the next: longer than anybody waits
    municipality: str = "23055",
    site: tuple[float, float] = (38.15, -3.63),
) -> AsyncGenerator[WeatherClients]:
    """Clients before a server that gives one answer: for AEMET as its first or second step."""

    def reply(request: Seen) -> Reply:
        if step == 2 and request.path.startswith("/opendata/api/"):
            first = json.dumps(payload("aemet/envelope.json")).replace(
                "https://opendata.aemet.es", f"http://{request.headers['host']}"
            )
            return Reply(body=first.encode(), content_type=TEXT)
        return Reply(status, body, content_type="text/plain;charset=ISO-8859-15")

    clock = HandClock(now)
    async with (
        serving(reply) as upstream,
        fetching(upstream.url + "/opendata", "aemet", clock=clock) as first,
        fetching(upstream.url, "openweathermap", clock=clock) as second,
    ):
        aemet = Aemet(first, "k", stations=["5279X"], municipality=municipality, base_url=upstream.url + "/opendata", clock=clock)
        yield WeatherClients(aemet, OpenWeather(second, "k", latitude=site[0], longitude=site[1]), upstream)
