"""ESIOS, the market data service of Red Eléctrica, with a personal token: prices and day-ahead forecasts. See docs/sources.md."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from adapters.sources.http import Fetcher
from adapters.sources.products import Told
from adapters.sources.published import Published, Span, batch_of, cells_of, check_length
from adapters.sources.responses import Answer, json_of
from domain.errors import NotPublishedError
from domain.intake.instants import stamp
from domain.intake.market import admit_power
from domain.intake.prices import Floor, no_tolls
from domain.intake.verdict import RefusedError, Tray
from domain.prices.market import ForecastKind, MarketForecast
from domain.prices.slots import Market, PriceBatch

T = TypeVar("T")

SPAIN, PENINSULA = 3, 8741
"""`geo_id`: the market zone, and the mainland system."""
PRICES: dict[Market, tuple[int, int]] = {"pvpc": (1001, PENINSULA), "spot": (600, SPAIN)}
FORECASTS: dict[ForecastKind, int] = {"demand": 1775, "wind": 1777, "solar": 1779}
"""Indicators of fixed vintage [MW]. (460, 541 and 542 are overwritten with later forecasts: they would leak the future.)"""
LONGEST_CHUNK = timedelta(days=31)
"""Longer hourly ranges have run into time-outs."""


class EsiosSource:
    """PVPC, spot and forecasts from ESIOS indicators."""

    name = "esios"
    markets: frozenset[Market] = frozenset(PRICES)
    longest_chunk = LONGEST_CHUNK

    def __init__(self, fetcher: Fetcher, token: str, tolls: Floor = no_tolls) -> None:
        self._fetcher = fetcher
        self._tolls = tolls
        self._headers = {
            "Accept": "application/json; application/vnd.esios-api-v1+json",
            "Content-Type": "application/json",
            "x-api-key": token,
        }

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """Published slots of a range."""
        indicator, geo = PRICES[market]
        span = Span(start, end)
        told = Told(str(indicator))

        def read(answer: Answer) -> PriceBatch:
            published = parse_indicator(json_of(answer), indicator, geo, told.tray)
            return batch_of(market, "esios", published, span, answer.received_at, self._tolls)

        return await self._get(indicator, geo, span, read, told)

    async def forecasts(self, start: datetime, end: datetime) -> tuple[MarketForecast, ...]:
        """Day-ahead forecasts that start in a range; a kind that is not out is left out. NotPublishedError when none is out."""
        span = Span(start, end)
        found = [await self._forecast(kind, span) for kind in FORECASTS]
        forecasts = tuple(forecast for forecast in found if forecast is not None)
        if not forecasts:
            raise NotPublishedError(self.name, f"no forecast yet for {span.first_day} .. {span.last_day}")
        return forecasts

    async def _forecast(self, kind: ForecastKind, span: Span) -> MarketForecast | None:
        indicator = FORECASTS[kind]
        told = Told(str(indicator))

        def read(answer: Answer) -> MarketForecast | None:
            published = parse_indicator(json_of(answer), indicator, PENINSULA, told.tray)
            days = span.asked("spot", answer.received_at)
            slots = admit_power(kind, published.cells, (days.start, days.end), told.tray)
            within = tuple(slot for slot in slots if span.start <= slot.start < span.end)
            return MarketForecast(kind, within, answer.received_at, published.updated_at) if within else None

        return await self._get(indicator, PENINSULA, span, read, told)

    async def _get(self, indicator: int, geo: int, span: Span, read: Callable[[Answer], T], told: Told) -> T:
        check_length(span, self.longest_chunk)
        params = {**span.params(), "geo_ids[]": str(geo)}
        return await self._fetcher.get(f"/indicators/{indicator}", read, params=params, headers=self._headers, told=told)


def parse_indicator(payload: Mapping[str, Any], number: int, geo_id: int, tray: Tray) -> Published:
    """The values of one place, which are mixed with those of others instant by instant (Portugal comes first).

    Keyed by `datetime` with its offset: `datetime_utc` has been wrong in the repeated autumn hour. An answer about another
    indicator is refused.
    """
    indicator = payload["indicator"]
    if str(indicator.get("id", number)) != str(number):
        raise RefusedError("other_place", "indicator.id", indicator["id"], str(number))
    values = [entry for entry in indicator["values"] if isinstance(entry, dict) and str(entry.get("geo_id")) == str(geo_id)]
    return Published(
        cells_of(values, str(number), tray), tray, stamp(indicator.get("values_updated_at"), f"{number}.values_updated_at", tray)
    )
