"""GET /savings: the ledger by day, week, month or year; JSON or CSV."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import InvalidRequestError
from domain.timeline import local_day
from routers.answers.savings import SavingsOut
from routers.http.deps import App
from routers.http.description import CSV, refused
from routers.http.instants import LocalDay
from routers.http.tables import csv_answer, wants_csv
from services.savings.ledger import By
from services.savings.score import FIGURES

router = APIRouter(tags=["savings"])
USUAL: dict[By, timedelta] = {
    "day": timedelta(days=27),
    "week": timedelta(days=7 * 13),
    "month": timedelta(days=366),
    "year": timedelta(days=3660),
}
COLUMNS = ("span", "date", "last", "closed", *FIGURES, "as_of", "reason")


class SavingsQuery(BaseModel):
    """Which entries, and how."""

    model_config = ConfigDict(extra="forbid")

    by: By = "day"
    first: LocalDay | None = Field(
        None,
        alias="from",
        description="First local day; when left out 4 weeks, 13 weeks, a year or ten ago",
    )
    last: LocalDay | None = Field(None, alias="to", description="Last local day, included; today when left out")
    format: Literal["json", "csv"] | None = None


@router.get("/savings", summary="What was really saved", response_model=SavingsOut, responses={200: CSV, **refused(409)})
async def savings(app: App, query: Annotated[SavingsQuery, Query()], accept: Annotated[str, Header()] = "") -> Response:
    """Each entry compares the plan as carried out with working as usual and with perfect knowledge of the prices."""
    last = query.last or local_day(app.now(), app.plans.plant.tz)
    first = query.first or last - USUAL[query.by]
    if first > last or min(first, last).year < 2000 or last.year > 2100:
        raise InvalidRequestError(f"from={first} and to={last} are no range", name="from", value=first, valid="from not after to")
    entries = await app.ledger.entries(query.by, first, last)
    if wants_csv(query.format, accept):
        return csv_answer(entries, COLUMNS)
    basis = app.plans.plant.price.told
    head = {"by": query.by, "unit": "EUR", "source": "ledger", "price_basis": basis, "simulated": app.simulated}
    head["base_load_included"] = True
    return JSONResponse(head | {"entries": entries})
