"""Archive 70 of ESIOS: the PVPC, a day a file, public. See docs/sources.md."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from adapters.sources.http import Fetcher
from adapters.sources.products import Told
from adapters.sources.published import Span, batch_of_days, check_length
from adapters.sources.responses import Answer, json_of
from domain.errors import BadPayloadError, NotPublishedError
from domain.intake.cells import text_number
from domain.intake.prices import Asked, Floor, PriceCell, admit, no_tolls
from domain.intake.verdict import RefusedError, Tray
from domain.prices.slots import Market, PriceBatch, PriceSlot
from domain.timeline import day_bounds, day_slots

Row = Mapping[str, str]

PATH = "/archives/70/download_json"
FIRST_DAY = date(2021, 6, 1)
"""The first day of tariff 2.0TD; files of earlier days have other columns."""
PLAIN_DAY = 24
"""Hours. As many on a day of clock change are counted in another way, and nobody knows which one is left out or made up."""
TOTAL = "PCB"
"""Column of the price on the peninsula, the Canary and the Balearic Islands."""
LONGEST_CHUNK = timedelta(days=14)
"""Every day is a request of its own, once a second."""


class Archive70Source:
    """PVPC from archive 70."""

    name = "archive70"
    markets: frozenset[Market] = frozenset({"pvpc"})
    longest_chunk = LONGEST_CHUNK

    def __init__(self, fetcher: Fetcher, tolls: Floor = no_tolls) -> None:
        self._fetcher = fetcher
        self._tolls = tolls

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """Published slots of a range, day by day."""
        if market not in self.markets:
            raise ValueError(f"archive 70 has no {market}")
        span = Span(start, end)
        check_length(span, self.longest_chunk)
        return await batch_of_days(market, "archive70", span, self._fetcher.clock, self._day)

    async def _day(self, day: date, tray: Tray) -> Sequence[PriceSlot]:
        if day < FIRST_DAY:
            raise NotPublishedError(self.name, f"{day} is before the first day, {FIRST_DAY}")
        asked = Asked("pvpc", *day_bounds(day), self._fetcher.clock())

        def read(answer: Answer) -> list[PriceSlot]:
            return parse_prices(published_rows(json_of(answer), day), day, asked, tray, self._tolls)

        params, headers = {"locale": "es", "date": day.isoformat()}, {"Accept": "application/json"}
        return await self._fetcher.get(PATH, read, params=params, headers=headers, told=Told("pvpc", tray))


def published_rows(payload: Mapping[str, Any], day: date) -> Sequence[Row]:
    """The rows of a day. A message instead of rows says that it is not out yet."""
    if "No values" in str(payload.get("message")):
        raise NotPublishedError("archive70", f"{day}: {payload['message']}")
    rows: Sequence[Row] = [row for row in payload["PVPC"] if isinstance(row, Mapping)]
    return rows


def parse_prices(rows: Sequence[Row], day: date, asked: Asked, tray: Tray, tolls: Floor = no_tolls) -> list[PriceSlot]:
    """The PVPC of the hours of a day; NotPublishedError when it is zero in all of them."""
    aside = Tray()  # what other days left out says nothing of this one
    cells = [
        PriceCell(f"{day} {row['Hora']}", start, text_number(row.get(TOTAL), f"{day} {row['Hora']}", aside))
        for start, row in _timed(rows, day, aside)
    ]
    slots = admit(cells, asked, aside, tolls)
    tray.notes += aside.notes
    if not slots and set(aside.counts()) == {"unpublished"}:
        raise NotPublishedError("archive70", f"{day}: zero in all hours")
    if not slots:
        raise BadPayloadError("archive70", f"nothing of {day} holds in {len(rows)} rows")
    return slots


def _timed(rows: Sequence[Row], day: date, tray: Tray) -> list[tuple[datetime, Row]]:
    """Rows with their UTC start. `Hora` counts the hours of the day (00-01 ... 24-25), but a day of 23 leaves 02-03 out."""
    starts = dict(zip(_labels(len(day_slots(day))), day_slots(day), strict=True))
    hours = {label for row in rows if isinstance(label := row.get("Hora"), str)}
    if len(starts) != PLAIN_DAY and len(hours) == PLAIN_DAY:
        raise RefusedError("mixed_steps", str(day), f"{len(hours)} hours", f"the {len(starts)} hours of a day of clock change")
    timed = []
    for index, row in enumerate(rows, start=1):
        if row.get("Dia") != f"{day:%d/%m/%Y}":
            tray.leave_out("other_day", f"row {index}.Dia", row.get("Dia"), f"{day:%d/%m/%Y}")
        elif not isinstance(label := row.get("Hora"), str) or label not in starts:
            tray.leave_out("no_instant", f"row {index}.Hora", row.get("Hora"), f"an hour of a day of {len(starts)}")
        else:
            timed.append((starts[label], row))
    return timed


def _labels(hours: int) -> list[str]:
    ordinals = [hour for hour in range(24) if hour != 2] if hours == 23 else range(hours)
    return [f"{hour:02d}-{hour + 1:02d}" for hour in ordinals]
