"""REData, the public data service of Red Eléctrica: PVPC and spot, no key. Facts and quirks: docs/sources.md."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.sources.http import Fetcher
from adapters.sources.products import Told
from adapters.sources.published import Published, Span, batch_of, cells_of, check_length
from adapters.sources.responses import AmbiguousError, Answer, json_of
from domain.errors import NotPublishedError
from domain.intake.instants import stamp
from domain.intake.prices import Floor, no_tolls
from domain.intake.verdict import Tray
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

    def __init__(self, fetcher: Fetcher, tolls: Floor = no_tolls) -> None:
        self._fetcher = fetcher
        self._tolls = tolls

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """Published slots of a range. Sends no geo parameter: with one, series disappear or the answer is a 400."""
        span = Span(start, end)
        check_length(span, self.longest_chunk)
        told = Told(market)

        def read(answer: Answer) -> PriceBatch:
            published = parse_prices(payload_of(answer), market, told.tray)
            return batch_of(market, "redata", published, span, answer.received_at, self._tolls)

        params = {**span.params(), "time_trunc": "hour"}
        return await self._fetcher.get(PATH, read, params=params, headers={"Accept": "application/json"}, told=told)


def payload_of(answer: Answer) -> Mapping[str, Any]:
    """The JSON of an answer. A 400 with an `errors` list may mean "not published" as well as "not just now"."""
    if answer.status == 400 and b'"errors"' in answer.body:
        raise AmbiguousError(answer.source, "not available (HTTP 400): not published, or passing trouble")
    payload: Mapping[str, Any] = json_of(answer)
    return payload


def parse_prices(payload: Mapping[str, Any], market: Market, tray: Tray) -> Published:
    """One series, told by its id: titles, order and presence of the others change. €/MWh, instants with their offset."""
    name = SERIES[market]
    wanted = [series["attributes"] for series in payload["included"] if str(series.get("id")) == name]
    if not wanted:
        raise NotPublishedError("redata", f"series {name} ({market}) is not in the answer")
    if len(wanted) > 1:
        tray.remark("twice", f"series {name}", f"{len(wanted)} times", "once")
    cells = [cell for one in wanted for cell in cells_of(one["values"], name, tray)]
    return Published(tuple(cells), tray, stamp(wanted[0].get("last-update"), f"{name}.last-update", tray))
