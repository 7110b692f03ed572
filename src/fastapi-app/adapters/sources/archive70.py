"""Archive 70 of ESIOS: the PVPC and its terms, a day a file, public. See docs/sources.md."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from adapters.sources.http import Fetcher
from adapters.sources.published import Span, check_length, collect_days, cut, eur_per_kwh, price_slots
from adapters.sources.responses import Answer, json_of
from domain.errors import NotPublishedError
from domain.prices.market import PvpcTerms
from domain.prices.slots import Market, PriceBatch, PriceSlot
from domain.timeline import HOUR, day_slots

T = TypeVar("T")
Row = Mapping[str, str]

PATH = "/archives/70/download_json"
FIRST_DAY = date(2021, 6, 1)
"""The first day of tariff 2.0TD; files of earlier days have other columns."""
TOTAL = "PCB"
"""Column of the price, and ending of the columns of its terms: peninsula, Canary and Balearic Islands."""
ANCILLARY = ("SAH", "FOM", "FOS", "INT", "EDSR")
"""Adjustment services, market operator, system operator, interruptible load, active demand response."""
LONGEST_CHUNK = timedelta(days=14)
"""Every day is a request of its own, once a second."""


class Archive70Source:
    """PVPC and its terms from archive 70."""

    name = "archive70"
    markets: frozenset[Market] = frozenset({"pvpc"})
    longest_chunk = LONGEST_CHUNK

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """Published slots of a range, day by day."""
        if market not in self.markets:
            raise ValueError(f"archive 70 has no {market}")
        span = Span(start, end)
        check_length(span, self.longest_chunk)
        slots = await collect_days(span.days, lambda day: self._get(day, parse_prices))
        return PriceBatch(market, cut(slots, span, market, "archive70"), "archive70", self._fetcher.clock())

    async def components(self, day: date) -> tuple[PvpcTerms, ...]:
        """What the PVPC of each hour of a local day is made of."""
        return await self._get(day, parse_terms)

    async def _get(self, day: date, parse: Callable[[Sequence[Row], date], T]) -> T:
        if day < FIRST_DAY:
            raise NotPublishedError(self.name, f"{day} is before the first day, {FIRST_DAY}")

        def read(answer: Answer) -> T:
            return parse(published_rows(json_of(answer), day), day)

        headers = {"Accept": "application/json"}
        return await self._fetcher.get(PATH, read, params={"locale": "es", "date": day.isoformat()}, headers=headers)


def published_rows(payload: Mapping[str, Any], day: date) -> Sequence[Row]:
    """The rows of a day. A message instead of rows, or zero in all hours, says that it is not out yet."""
    if "No values" in payload.get("message", ""):
        raise NotPublishedError("archive70", f"{day}: {payload['message']}")
    rows: Sequence[Row] = payload["PVPC"]
    if all(_number(row[TOTAL]) == 0 for row in rows):
        raise NotPublishedError("archive70", f"{day}: zero in all hours")
    return rows


def parse_prices(rows: Sequence[Row], day: date) -> list[PriceSlot]:
    """The PVPC of the hours of a day."""
    return price_slots("pvpc", ((start, _number(row[TOTAL])) for start, row in _timed(rows, day)))


def parse_terms(rows: Sequence[Row], day: date) -> tuple[PvpcTerms, ...]:
    """The terms of the hours of a day [€/kWh]."""
    return tuple(_terms(start, row) for start, row in _timed(rows, day))


def _terms(start: datetime, row: Row) -> PvpcTerms:
    def term(*names: str) -> float:
        return eur_per_kwh(sum(_number(row[name + TOTAL]) for name in names))

    return PvpcTerms(
        start=start,
        end=start + HOUR,
        total=term(""),
        energy=term("PMH"),
        ancillary=term(*ANCILLARY),
        capacity=term("PCAP"),
        tolls=term("TEU"),
        margin=term("CCV"),
    )


def _timed(rows: Sequence[Row], day: date) -> list[tuple[datetime, Row]]:
    """Rows with their UTC start. `Hora` counts the hours of the day (00-01 ... 24-25), but a day of 23 leaves 02-03 out."""
    starts = dict(zip(_labels(len(day_slots(day))), day_slots(day), strict=True))
    other = {row["Dia"] for row in rows} - {f"{day:%d/%m/%Y}"}
    if other or len({row["Hora"] for row in rows}) != len(rows):
        raise ValueError(f"the rows are not those of {day}, each once: days {sorted(other)}, {len(rows)} rows")
    return [(starts[row["Hora"]], row) for row in rows]


def _labels(hours: int) -> list[str]:
    ordinals = [hour for hour in range(24) if hour != 2] if hours == 23 else range(hours)
    return [f"{hour:02d}-{hour + 1:02d}" for hour in ordinals]


def _number(text: str) -> float:
    """A number with a decimal comma. No thousands separator is known, and none is guessed."""
    return float(text.replace(",", "."))
