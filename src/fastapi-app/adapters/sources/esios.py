"""ESIOS, the market data service of Red Eléctrica, with a personal token: prices and day-ahead forecasts. See docs/sources.md."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from adapters.sources.http import Fetcher
from adapters.sources.published import Published, Span, batch_of, check_length, optional_instant, readings_of, stepped
from adapters.sources.responses import Answer, json_of
from domain.errors import NotPublishedError
from domain.prices.market import ForecastKind, MarketForecast, PowerSlot
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

    def __init__(self, fetcher: Fetcher, token: str) -> None:
        self._fetcher = fetcher
        self._headers = {
            "Accept": "application/json; application/vnd.esios-api-v1+json",
            "Content-Type": "application/json",
            "x-api-key": token,
        }

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """Published slots of a range."""
        indicator, geo = PRICES[market]
        span = Span(start, end)

        def read(answer: Answer) -> PriceBatch:
            return batch_of(market, "esios", parse_indicator(json_of(answer), geo), span, answer.received_at)

        return await self._get(indicator, geo, span, read)

    async def forecasts(self, start: datetime, end: datetime) -> tuple[MarketForecast, ...]:
        """Day-ahead forecasts that start in a range; a kind that is not out is left out. NotPublishedError when none is out."""
        span = Span(start, end)
        found = [await self._forecast(kind, span) for kind in FORECASTS]
        forecasts = tuple(forecast for forecast in found if forecast is not None)
        if not forecasts:
            raise NotPublishedError(self.name, f"no forecast yet for {span.first_day} .. {span.last_day}")
        return forecasts

    async def _forecast(self, kind: ForecastKind, span: Span) -> MarketForecast | None:
        def read(answer: Answer) -> MarketForecast | None:
            published = parse_indicator(json_of(answer), PENINSULA)
            slots = [PowerSlot(*slot) for slot in stepped(published.readings) if span.start <= slot[0] < span.end]
            return MarketForecast(kind, tuple(slots), answer.received_at, published.updated_at) if slots else None

        return await self._get(FORECASTS[kind], PENINSULA, span, read)

    async def _get(self, indicator: int, geo: int, span: Span, read: Callable[[Answer], T]) -> T:
        check_length(span, self.longest_chunk)
        params = {**span.params(), "geo_ids[]": str(geo)}
        return await self._fetcher.get(f"/indicators/{indicator}", read, params=params, headers=self._headers)


def parse_indicator(payload: Mapping[str, Any], geo_id: int) -> Published:
    """The values of one place, which are mixed with those of others instant by instant (Portugal comes first).

    Keyed by `datetime` with its offset: `datetime_utc` has been wrong in the repeated autumn hour.
    """
    indicator = payload["indicator"]
    values = [entry for entry in indicator["values"] if entry["geo_id"] == geo_id]
    return Published(readings_of(values), optional_instant(indicator.get("values_updated_at")))
