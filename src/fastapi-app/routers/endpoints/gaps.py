"""GET /gaps/summary, /gaps/detect; the backfills: asked for, listed, tried again, cancelled."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from domain.prices.slots import Market
from routers.answers.gaps import BackfillOut, BackfillsOut, FoundGapsOut, GapsOut, StartedOut
from routers.http.bodies import Body
from routers.http.deps import App
from routers.http.description import refused
from routers.http.instants import LocalDay
from routers.http.strict_json import BodyRoute

router = APIRouter(prefix="/gaps", tags=["gaps"], route_class=BodyRoute)
Number = Annotated[int, Path(ge=1, le=2**53)]


class RangeRequest(Body):
    """Local days, both included."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"start": "2025-10-26", "end": "2025-10-26"}]})

    start: LocalDay
    end: LocalDay
    series: Literal["energy_prices"] = "energy_prices"
    market: Market | None = Field(None, description="Both markets when left out")


@router.get("/summary", response_model=GapsOut, summary="What each series lacks, and the ledger of its gaps")
async def summary(app: App) -> GapsOut:
    """Every series with what is expected, missing and newest."""
    return GapsOut.of(await app.gaps.summary(), simulated=app.simulated)


@router.get("/detect", response_model=FoundGapsOut, summary="Missing intervals over the last days")
async def detect(app: App, days_back: Annotated[int, Query(ge=0, le=3700)] = 30) -> FoundGapsOut:
    """Looks at the store as it is now; changes nothing."""
    return FoundGapsOut.of(await app.gaps.detect(days_back), simulated=app.simulated)


@router.post("/backfill", response_model=StartedOut, responses=refused(409), status_code=202, summary="Fill every open gap")
async def backfill(app: App) -> StartedOut:
    """Starts a job; `href` tells how it goes."""
    _ = app.schedule  # without a schedule nothing is worked off
    return _started(await app.backfill.ask_all())


@router.post(
    "/backfill/range", response_model=StartedOut, responses=refused(409), status_code=202, summary="Fill the gaps of some days"
)
async def backfill_range(app: App, wanted: RangeRequest) -> StartedOut:
    """Starts a job; `href` tells how it goes."""
    _ = app.schedule
    return _started(await app.backfill.ask_range(wanted.start, wanted.end, wanted.market))


@router.get("/backfill", response_model=BackfillsOut, response_model_exclude_unset=True, summary="The newest backfills")
async def backfills(app: App) -> BackfillsOut:
    """What waits, runs, was done, failed with its reason, or was cancelled."""
    return BackfillsOut(backfills=[BackfillOut.of(one) for one in await app.backfill.recent()])


@router.post(
    "/backfill/{number:int}/retry",
    response_model=StartedOut,
    responses=refused(404, 409),
    status_code=202,
    summary="Try a failed or cancelled backfill again",
)
async def retry(app: App, number: Number) -> StartedOut:
    """For when the cause that its outcomes name is removed."""
    _ = app.schedule
    await app.backfill.retry(number)
    return _started(number)


@router.delete(
    "/backfill/{number:int}",
    response_model=BackfillOut,
    response_model_exclude_unset=True,
    responses=refused(404, 409),
    summary="Cancel a backfill that waits or runs",
)
async def cancel(app: App, number: Number) -> BackfillOut:
    """What it has filled stays."""
    _ = app.schedule
    await app.backfill.cancel(number)
    return BackfillOut.of(await app.backfill.status(number))


@router.get(
    "/backfill/{number:int}",
    response_model=BackfillOut,
    response_model_exclude_unset=True,
    responses=refused(404),
    summary="Progress and outcome of a backfill",
)
async def backfill_status(app: App, number: Number) -> BackfillOut:
    """The outcome of each interval."""
    return BackfillOut.of(await app.backfill.status(number))


def _started(number: int) -> StartedOut:
    return StartedOut(id=number, href=f"/gaps/backfill/{number}")
