"""REData, the public data service of Red Eléctrica: PVPC and spot, no key. Facts and quirks: docs/sources.md."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.sources.http import Fetcher
from adapters.sources.published import Published, Span, batch_of, check_length, optional_instant, readings_of
from adapters.sources.responses import AmbiguousError, Answer, json_of
from domain.errors import NotPublishedError
from domain.prices.slots import Market, PriceBatch

PATH = "/es/datos/mercados/precios-mercados-tiempo-real"
SERIES: dict[Market, str] = {"pvpc": "1001", "spot": "600"}
LONGEST_CHUNK = timedelta(days=26)
"""28 days a call are known to work, about a month fails. 26 days touch at most 28 local days, whatever the hour and the season."""


class RedataSource:
    """PVPC and spot from REData."""

    name = "redata"
    markets: frozenset[Market] = frozenset(SERIES)
    longest_chunk = LONGEST_CHUNK

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """Published slots of a range. Sends no geo parameter: with one, series disappear or the answer is a 400."""
        span = Span(start, end)
        check_length(span, self.longest_chunk)

        def read(answer: Answer) -> PriceBatch:
            return batch_of(market, "redata", parse_prices(payload_of(answer), market), span, answer.received_at)

        params = {**span.params(), "time_trunc": "hour"}
        return await self._fetcher.get(PATH, read, params=params, headers={"Accept": "application/json"})


def payload_of(answer: Answer) -> Mapping[str, Any]:
    """The JSON of an answer. A 400 with an `errors` list may mean "not published" as well as "not just now"."""
    if answer.status == 400 and b'"errors"' in answer.body:
        raise AmbiguousError(answer.source, "not available (HTTP 400): not published, or passing trouble")
    payload: Mapping[str, Any] = json_of(answer)
    return payload


def parse_prices(payload: Mapping[str, Any], market: Market) -> Published:
    """One series, told by its id: titles, order and presence of the others change. €/MWh, instants with their offset."""
    wanted = [series["attributes"] for series in payload["included"] if series["id"] == SERIES[market]]
    if not wanted:
        raise NotPublishedError("redata", f"series {SERIES[market]} ({market}) is not in the answer")
    return Published(readings_of(wanted[0]["values"]), optional_instant(wanted[0].get("last-update")))
