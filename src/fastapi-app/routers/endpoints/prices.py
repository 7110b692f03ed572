"""GET /prices: the raw price series, JSON or CSV."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import InvalidRequestError, MalformedRequestError
from domain.prices.slots import Market
from domain.timeline import day_bounds, local_day
from routers.answers.prices import PricesOut, SlotOut, SlotRowOut
from routers.http.deps import App, Long
from routers.http.description import CSV, refused
from routers.http.instants import InstantText, LocalDay, instant, span
from routers.http.pieces import LONG
from routers.http.tables import csv_answer, wants_csv

router = APIRouter(tags=["prices"])
COLUMNS = ("start", "end", "price_eur_kwh", "period", "origin", "source", "as_of", "market", "simulated")
"""Of a table, which says by itself what it holds: the import goes by it (adapters/files/csv/layouts.py)."""
EXAMPLE = {
    "market": "spot",
    "unit": "EUR/kWh",
    "resolution_minutes": 60,
    "simulated": False,
    "slots": [
        {
            "start": "2025-10-25T22:00:00+00:00",
            "end": "2025-10-25T23:00:00+00:00",
            "price_eur_kwh": 0.10519,
            "origin": "published",
            "source": "omie",
            "as_of": "2025-10-25T11:45:00+00:00",
        }
    ],
}


class PriceQuery(BaseModel):
    """A range of one market: `date`, or `from` and `to`, or today."""

    model_config = ConfigDict(extra="forbid")

    day: LocalDay | None = Field(None, alias="date", description="A local day (Europe/Madrid)", examples=["2025-10-26"])
    start: InstantText | None = Field(None, alias="from", description="Start, included: ISO 8601, or a local day")
    end: InstantText | None = Field(None, alias="to", description="End, not included: ISO 8601, or a local day")
    market: Market = "pvpc"
    resolution: Literal["60", "15"] = Field("60", description="Minutes; a quarter-hour is never made up")
    at: InstantText | None = Field(None, description="As it was known then: ISO 8601, or a local day (its end)")
    format: Literal["json", "csv"] | None = None


@router.get(
    "/prices",
    summary="Published prices",
    response_model=PricesOut,
    responses={200: {"content": {"application/json": {"example": EXAMPLE}, **CSV["content"]}}, **refused(409)},
)
async def prices(app: App, long: Long, query: Annotated[PriceQuery, Query()], accept: Annotated[str, Header()] = "") -> Response:
    """Slots that start in the range, in order; what is not known is not there."""
    first, last = _range(query.day, query.start, query.end, app.now())
    seen_at = instant("at", query.at, end_of_day=True) if query.at is not None else None
    known = await app.energy.known(query.market, int(query.resolution), first, last, seen_at)
    minutes: Literal[15, 60] = 15 if query.resolution == "15" else 60
    frame = PricesOut(market=query.market, unit="EUR/kWh", resolution_minutes=minutes, simulated=app.simulated, slots=[])
    as_csv = wants_csv(query.format, accept)
    if as_csv:
        row = partial(SlotRowOut.of, query.market, market=query.market, simulated="true" if app.simulated else "false")
        return long.table(known, row, COLUMNS) if len(known) >= LONG else csv_answer([row(one).plain() for one in known], COLUMNS)
    slot = partial(SlotOut.of, query.market)
    if len(known) >= LONG:
        return long.document(frame, "slots", known, slot)
    return frame.model_copy(update={"slots": [slot(price) for price in known]}).sent()


def _range(day: date | None, start: str | None, end: str | None, now: datetime) -> tuple[datetime, datetime]:
    if day is not None and (start or end):
        raise InvalidRequestError("give either date, or from and to", name="date", value=day, valid="one of the two")
    return span(start, end) or day_bounds(_near(day or local_day(now)))


def _near(day: date) -> date:
    if not 2000 <= day.year <= 2100:
        raise MalformedRequestError(f"{day} is out of range", name="date", value=day, valid="a day from 2000 to 2100")
    return day
