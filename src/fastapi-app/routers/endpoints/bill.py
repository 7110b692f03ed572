"""GET /bill; POST /bill/check; POST /consumption: the meter, and the bill that follows from it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from domain.bill.invoice.check import Asked
from domain.bill.invoice.lines import LineCode
from domain.errors import InvalidRequestError
from domain.intake.consumption import Metering, cups_of
from domain.timeline import local_day
from routers.answers.bill import BillOut, CheckOut, ConsumptionKeptOut
from routers.http.bodies import Body
from routers.http.deps import App, Words
from routers.http.description import CSV, refused
from routers.http.instants import InstantText, LocalDay, instant
from routers.http.strict_json import BodyRoute
from routers.http.tables import csv_answer, wants_csv
from routers.page.bill_sheet import bill_sheet
from routers.page.page import Page, choose_lang, csp, new_nonce

router = APIRouter(tags=["bill"], route_class=BodyRoute)
LONGEST = timedelta(days=366)
MOST_READINGS = 700
COLUMNS = (
    *("reading", "code", "period", "first", "last", "quantity", "unit", "unit_price_eur", "amount_eur", "norm", "standing"),
    "name",
)
Point = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Energy = Annotated[float, Field(ge=0, le=50_000, allow_inf_nan=False)]
Money = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]


class BillQuery(BaseModel):
    """Which days, when the bill falls due, whose."""

    model_config = ConfigDict(extra="forbid")

    first: LocalDay | None = Field(None, alias="from", description="First local day; that of the month when left out")
    last: LocalDay | None = Field(None, alias="to", description="Last local day, included; yesterday when left out")
    due: LocalDay | None = Field(None, description="The day on which it falls due: the taxes go by it; the last day when left out")
    supply_point: Point | None = Field(None, description="As POST /consumption answers; that of the newest curve when left out")
    format: Literal["json", "csv", "html"] | None = Field(None, description="html: a page to print, in the language of `lang`")
    lang: str | None = Field(None, max_length=40, description="es or en; of the page to print")


class AskedIn(Body):
    """A line of the retailer's bill; without a period it stands for all of them."""

    code: LineCode
    period: int | None = Field(None, ge=1, le=6)
    amount_eur: Money

    def plain(self) -> Asked:
        """With its amount as it was written."""
        return Asked(self.code, self.period, Decimal(str(self.amount_eur)))


class CheckIn(Body):
    """A retailer's bill, typed in."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [{"from": "2026-07-01", "to": "2026-07-31", "lines": [{"code": "power", "period": 1, "amount_eur": 51.92}]}]
        },
    )

    first: LocalDay = Field(alias="from")
    last: LocalDay = Field(alias="to")
    due: LocalDay | None = None
    supply_point: Point | None = None
    lines: list[AskedIn] = Field(min_length=1, max_length=100)
    total_eur: Money | None = None


class MeterReadingIn(Body):
    """A slot of the meter."""

    start: InstantText = Field(max_length=40, description="Start of the slot; ISO 8601")
    kwh_in: Energy
    kwh_out: Energy | None = None
    kvarh_q1: Energy | None = None
    kvarh_q2: Energy | None = None
    kvarh_q3: Energy | None = None
    kvarh_q4: Energy | None = None
    estimated: StrictBool = False


class ConsumptionIn(Body):
    """Slots of one supply point."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "cups": "ES0031000000000001AB0F",
                    "minutes": 15,
                    "readings": [{"start": "2026-11-04T00:15:00+01:00", "kwh_in": 10.325}],
                }
            ]
        },
    )

    cups: str = Field(max_length=200, description="The supply point; kept as a keyed hash of it")
    minutes: Literal[15, 60]
    readings: list[MeterReadingIn] = Field(min_length=1, max_length=MOST_READINGS)
    replace: StrictBool = Field(False, description="A correction: what differs from what is kept takes its place")


def metering(sent: ConsumptionIn, now: datetime) -> list[Metering]:
    """The slots in order; InvalidRequestError for one that is no slot, is told twice or has not ended."""
    found: dict[datetime, Metering] = {}
    for index, one in enumerate(sent.readings):
        start, name = instant("start", one.start), f"readings.{index}.start"
        if start.minute % sent.minutes or start.second or start.microsecond:
            raise InvalidRequestError("no slot begins then", name=name, value=one.start, valid=f"a multiple of {sent.minutes} min")
        if start in found or start + timedelta(minutes=sent.minutes) > now.astimezone(UTC):
            valid = "each slot once, after it has ended"
            raise InvalidRequestError("a slot twice, or one that has not ended", name=name, value=one.start, valid=valid)
        kvarh = tuple(None if q is None else Decimal(str(q)) for q in (one.kvarh_q1, one.kvarh_q2, one.kvarh_q3, one.kvarh_q4))
        out = None if one.kwh_out is None else Decimal(str(one.kwh_out))
        found[start] = Metering(start, sent.minutes, Decimal(str(one.kwh_in)), out, kvarh, one.estimated)
    return [found[start] for start in sorted(found)]


@router.post(
    "/consumption",
    response_model=ConsumptionKeptOut,
    responses=refused(409),
    summary="What a meter says, by quarter-hour or hour",
)
async def consumption(app: App, sent: ConsumptionIn) -> ConsumptionKeptOut:
    """Safe to send again: what is kept already is not written twice; what differs is counted, and stored with `replace`."""
    cups = cups_of(sent.cups, "cups", "cups")
    kept = await app.consumption.keep(cups, metering(sent, app.now()), correcting=sent.replace)
    return ConsumptionKeptOut(
        supply_point=kept.supply_point,
        written=kept.written,
        unchanged=kept.unchanged,
        differing=len(kept.differences),
        simulated=app.simulated,
    )


@router.get("/bill", response_model=BillOut, responses={200: CSV, **refused(404, 409)}, summary="What a range of days should cost")
async def bill(
    app: App,
    words: Words,
    request: Request,
    query: Annotated[BillQuery, Query()],
    accept: Annotated[str, Header()] = "",
    accept_language: Annotated[str, Header()] = "",
) -> Response:
    """Line by line, from the curve of the meter; the month so far when no days are told."""
    last = query.last or local_day(app.now()) - timedelta(days=1)
    days = checked_days(query.first or last.replace(day=1), last)
    point, made = await app.bills.bill(*days, query.due, query.supply_point)
    out = BillOut.of(point.name, made, app.plans.plant.price.told, words, simulated=app.simulated)
    if query.format == "html":
        page: Page = request.app.state.page
        nonce, lang = new_nonce(), choose_lang(page.wording.langs, query.lang, accept_language)
        site = app.plans.plant.site
        html = bill_sheet(page, out, site.name if site else "Chocolate Factory", lang=lang, nonce=nonce)
        return HTMLResponse(html, headers={"Content-Security-Policy": csp(nonce), "Cache-Control": "no-store"})
    if not wants_csv(query.format, accept):
        return out.sent()
    rows = [{"reading": "", **line.plain()} for line in out.lines]
    for reading in out.readings:
        rows += [{"reading": reading.condition or "general", **line.plain()} for line in reading.lines]
    return csv_answer([{**row, "name": row["name"][words.first]} for row in rows], COLUMNS)


@router.post("/bill/check", response_model=CheckOut, responses=refused(404, 409), summary="A retailer's bill beside ours")
async def check(app: App, words: Words, sent: CheckIn) -> CheckOut:
    """Every difference in words and euros, the worst first, with the slip that explains it where one does. Nothing is kept."""
    total = None if sent.total_eur is None else Decimal(str(sent.total_eur))
    asked = [line.plain() for line in sent.lines]
    made, found = await app.bills.check(checked_days(sent.first, sent.last), sent.due, sent.supply_point, asked, total)
    return CheckOut.of(made, found, words, simulated=app.simulated)


def checked_days(first: date, last: date) -> tuple[date, date]:
    """A range of days that a bill can have."""
    if not first <= last <= first + LONGEST or first.year < 2020 or last.year > 2100:
        valid = f"from not after to, at most {LONGEST.days} days, from 2020 on"
        raise InvalidRequestError(f"from={first} and to={last} are no range", name="from", value=first, valid=valid)
    return first, last
