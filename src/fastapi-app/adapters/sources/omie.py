"""OMIE, the market operator: spot, a day a file, no key. See docs/sources.md."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from adapters.sources.http import Fetcher
from adapters.sources.products import Told
from adapters.sources.published import Span, batch_of_days, check_length
from adapters.sources.responses import Answer, check_status
from domain.errors import BadPayloadError, NoDataError, NotPublishedError, SourceError, SourceUnavailableError
from domain.intake.cells import text_number
from domain.intake.prices import Asked, PriceCell, admit
from domain.intake.verdict import RefusedError, Tray
from domain.prices.expected import expected_minutes
from domain.prices.slots import Market, PriceBatch, PriceSlot
from domain.timeline import day_bounds, day_slots

PATH = "/es/file-download"
HEADER, TRAILER = "MARGINALPDBC;", "*"
REVISIONS = (1, 2, 3)
"""A file that had to be corrected comes again with the next number; more than three have not been seen."""
SPAIN = 5
"""Position of the Spanish price in a row, counted from 0; the one before is the Portuguese."""
CELLS = 7
"""Cells of a row, split at its semicolons: the last is empty."""
_KEY = re.compile(r"\s*(\d{1,4})\s*;\s*(\d{1,4})\s*;\s*(\d{1,4})\s*;\s*(\d{1,4})\s*", re.ASCII)
LATER_TRIES = 2
"""How often a revision after one that is there is asked for: the good one is not given up for it."""
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
        return await batch_of_days(market, "omie", span, self._fetcher.clock, self._newest)

    async def _newest(self, day: date, tray: Tray) -> Sequence[PriceSlot]:
        return await self._fetcher.run(lambda: self._ask_newest(day, tray), Told("spot", tray))

    async def _ask_newest(self, day: date, tray: Tray) -> Sequence[PriceSlot]:
        """The newest revision of a day. Numbers may start at 2; after one that exists, the first that is absent ends the search."""
        newest: Sequence[PriceSlot] | None = None
        for revision in REVISIONS:
            if newest is None:
                newest = await self._ask(day, revision, tray)
                continue
            later = await self._ask_later(day, revision, tray)
            if later is None:
                break
            newest = later
        if newest is None:
            raise NotPublishedError(self.name, f"no file for {day}")
        return newest

    async def _ask_later(self, day: date, revision: int, tray: Tray) -> Sequence[PriceSlot] | None:
        """A revision after one that is there. Trouble with it leaves the good one in place until it is asked for again."""
        for tries_left in reversed(range(LATER_TRIES)):
            try:
                return await self._ask(day, revision, tray, found=True)
            except (SourceError, ValueError, LookupError) as error:
                if not tries_left or not isinstance(error, SourceUnavailableError):
                    tray.remark("row_not_read", f"marginalpdbc_{day:%Y%m%d}.{revision}", str(error), "a later revision of the file")
                    break
        return None

    async def _ask(self, day: date, revision: int, tray: Tray, *, found: bool = False) -> Sequence[PriceSlot] | None:
        filename = f"marginalpdbc_{day:%Y%m%d}.{revision}"
        answer = await self._fetcher.ask(PATH, params={"parents": "marginalpdbc", "filename": filename})
        if is_absent(answer, found=found):
            return None
        aside = Tray()
        slots = parse_day(text_of_file(answer), day, answer.received_at, aside)
        if not slots:
            raise BadPayloadError(self.name, f"nothing of {filename} holds, such as {aside.notes[-1] if aside.notes else 'no row'}")
        tray.notes += aside.notes
        return slots


def is_absent(answer: Answer, *, found: bool) -> bool:
    """Whether there is no such file: a 404, or, once an earlier revision is found, a page or nothing in place of the next."""
    return answer.status == 404 or (found and answer.status == 200 and (answer.is_html or not answer.body.strip()))


def text_of_file(answer: Answer) -> str:
    """The text of a day file; a page, nothing, or a file cut short is passing trouble."""
    check_status(answer)
    text = answer.text.strip()
    if not text or answer.is_html:
        raise NoDataError(answer.source, "HTML" if text else "0 B")
    if not text.endswith(TRAILER):
        raise NoDataError(answer.source, f"{len(answer.body)} B, without {TRAILER} at the end")
    return text


def parse_day(text: str, day: date, now: datetime, tray: Tray) -> list[PriceSlot]:
    """Spanish prices: rows `year;month;day;period;Portugal;Spain;`, in €/MWh, periods counted from local midnight.

    How long a period is follows from the day of delivery: hours until 2025-09-30, quarters since. A file that does not reach the
    end of its day by that count is in other periods, and refused.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise RefusedError("row_not_read", "file", "", f"{HEADER} ... {TRAILER}")
    if (lines[0], lines[-1]) != (HEADER, TRAILER):
        raise RefusedError("row_not_read", "file", f"{lines[0][:20]} ... {lines[-1][:20]}", f"{HEADER} ... {TRAILER}")
    starts = day_slots(day, timedelta(minutes=expected_minutes("spot", day)))
    rows = [(f"{day} row {number}", line.split(";")) for number, line in enumerate(lines[1:-1], start=1)]
    periods = [(place, row, _period(row, day, len(starts), place, tray)) for place, row in rows]
    reached = max((period for _, _, period in periods if period), default=0)
    if not _counts_so(len(rows), reached, len(starts), plain=len(starts) % 24 == 0):
        raise RefusedError("mixed_steps", "file", f"{len(rows)} rows, the last period is {reached}", f"{len(starts)} periods")
    cells = [PriceCell(place, starts[period - 1], text_number(row[SPAIN], place, tray)) for place, row, period in periods if period]
    return admit(cells, Asked("spot", *day_bounds(day), now), tray)


def _counts_so(rows: int, reached: int, periods: int, *, plain: bool) -> bool:
    """Whether a file is counted in these periods. A row may be lacking or repeated on a plain day; on a day of clock change one
    that is lacking may as well be the hour that another count leaves out.
    """
    if not plain:
        return rows == reached == periods
    return 0.75 * periods < rows < 1.25 * periods and reached > 0.75 * periods


def _period(row: Sequence[str], day: date, periods: int, place: str, tray: Tray) -> int | None:
    """The period of a row of a day, from 1; None where it is left out."""
    if len(row) != CELLS or row[-1]:  # what follows the last semicolon, or a row that ends before it, was cut
        tray.leave_out("row_not_read", place, ";".join(row), "year;month;day;period;Portugal;Spain;")
        return None
    written = ";".join(row[:4])
    found = _KEY.fullmatch(written)
    if found is None:
        tray.leave_out("no_instant", place, written, "year;month;day;period")
        return None
    year, month, of_month, period = map(int, found.groups())
    if (year, month, of_month) != (day.year, day.month, day.day):
        tray.leave_out("other_day", place, f"{year}-{month}-{of_month}", str(day))
        return None
    if not 1 <= period <= periods:
        tray.leave_out("no_instant", place, period, f"a period of 1 to {periods}")
        return None
    return period
