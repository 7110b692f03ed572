"""OMIE, the market operator: spot, a day a file, no key. See docs/sources.md."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from adapters.sources.http import Fetcher
from adapters.sources.published import Span, check_length, collect_days, cut, eur_per_kwh
from adapters.sources.responses import Answer, check_status
from domain.errors import NotPublishedError, SourceUnavailableError
from domain.prices.slots import Market, PriceBatch, PriceSlot
from domain.timeline import HOUR, QUARTER, day_bounds

PATH = "/es/file-download"
HEADER, TRAILER = "MARGINALPDBC;", "*"
REVISIONS = (1, 2, 3)
"""A file that had to be corrected comes again with the next number; more than three have not been seen."""
SPAIN = 5
"""Position of the Spanish price in a row, counted from 0; the one before is the Portuguese."""
LONGEST_CHUNK = timedelta(days=14)
"""Every day is two requests, once a second."""


class OmieSource:
    """Spot from the day files of OMIE."""

    name = "omie"
    markets: frozenset[Market] = frozenset({"spot"})
    longest_chunk = LONGEST_CHUNK

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """Published slots of a range, day by day."""
        if market not in self.markets:
            raise ValueError(f"OMIE has no {market}")
        span = Span(start, end)
        check_length(span, self.longest_chunk)
        slots = await collect_days(span.days, self._newest)
        return PriceBatch(market, cut(slots, span, market, "omie"), "omie", self._fetcher.clock())

    async def _newest(self, day: date) -> Sequence[PriceSlot]:
        return await self._fetcher.run(lambda: self._ask_newest(day))

    async def _ask_newest(self, day: date) -> Sequence[PriceSlot]:
        """The newest revision of a day. Numbers may start at 2; after one that exists, the first that is absent ends the search."""
        newest: Sequence[PriceSlot] | None = None
        for revision in REVISIONS:
            filename = f"marginalpdbc_{day:%Y%m%d}.{revision}"
            answer = await self._fetcher.ask(PATH, params={"parents": "marginalpdbc", "filename": filename})
            if not is_absent(answer, found=newest is not None):
                newest = parse_day(text_of_file(answer), day)
            elif newest is not None:
                break
        if newest is None:
            raise NotPublishedError(self.name, f"no file for {day}")
        return newest


def is_absent(answer: Answer, *, found: bool) -> bool:
    """Whether there is no such file: a 404, or, once an earlier revision is found, a page or nothing in place of the next."""
    return answer.status == 404 or (found and answer.status == 200 and (answer.is_html or not answer.body.strip()))


def text_of_file(answer: Answer) -> str:
    """The text of a day file; a page, nothing, or a file cut short is passing trouble."""
    check_status(answer)
    text = answer.text.strip()
    if not text or answer.is_html:
        raise SourceUnavailableError(answer.source, "a page or nothing instead of a file")
    if not text.endswith(TRAILER):
        raise SourceUnavailableError(answer.source, "a file that is cut short")
    return text


def parse_day(text: str, day: date) -> list[PriceSlot]:
    """Spanish prices: rows `year;month;day;period;Portugal;Spain;`, in €/MWh, periods counted from local midnight.

    Their number tells their length: 23, 24 or 25 hours, or four times as many quarters.
    """
    first, *lines, last = text.split()
    if (first, last) != (HEADER, TRAILER):
        raise ValueError(f"a file that starts with {first[:20]!r} and ends with {last[:20]!r}")
    rows = [line.split(";") for line in lines]
    if any(date(*map(int, row[:3])) != day for row in rows):
        raise ValueError(f"rows of another day than {day}")
    if [int(row[3]) for row in rows] != list(range(1, len(rows) + 1)):
        raise ValueError("periods that do not count from 1")
    step = _step(day, len(rows))
    start, _ = day_bounds(day)
    prices = [eur_per_kwh(float(row[SPAIN].replace(",", "."))) for row in rows]
    return [PriceSlot(start + i * step, start + (i + 1) * step, price) for i, price in enumerate(prices)]


def _step(day: date, periods: int) -> timedelta:
    start, end = day_bounds(day)
    for step in (HOUR, QUARTER):
        if periods == (end - start) // step:
            return step
    raise ValueError(f"{periods} periods in a day of {(end - start) // HOUR} hours")
