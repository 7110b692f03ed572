"""POST /floor/events, /floor/confirmed; GET /floor, GET /floor/events (JSON, CSV)."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from routers.endpoints.floor_forms import ConfirmedIn, ConfirmedOut, EventIn, EventOut, EventsOut, FloorOut, RecordedOut
from routers.endpoints.orders import orders_out
from routers.http.deps import App
from routers.http.description import CSV, refused
from routers.http.instants import instant
from routers.http.strict_json import BodyRoute
from routers.http.tables import csv_answer, wants_csv
from services.plan.service import as_late

router = APIRouter(prefix="/floor", tags=["shop floor"], route_class=BodyRoute)
SHOWN_BACK = timedelta(hours=24)
"""What ended longer ago is not shown on the floor; the log has it for ever."""


@router.post(
    "/events",
    status_code=201,
    summary="Something that happened on the floor",
    response_model=EventOut,
    responses={
        200: {"description": "Said before under this id: the same answer", "model": EventOut},
        **refused(404, 409),
    },
)
async def tell(app: App, said: EventIn) -> Response:
    """Never refused for what is not yet known. What follows from it moves by itself; undo is a correction."""
    event, at_said = said.event(app.plans.plant, app.now().isoformat())
    answer, is_new = await app.desk.take(event, at_said=at_said)
    return JSONResponse(EventOut.of(answer).model_dump(), 201 if is_new else 200)


@router.post(
    "/confirmed",
    status_code=201,
    summary="At the end of a shift: what nobody reported ran as planned, but for some batches",
    response_model=ConfirmedOut,
    responses={
        200: {"description": "Said before under this id: the same answer", "model": ConfirmedOut},
        **refused(404, 409),
    },
)
async def confirm(app: App, said: ConfirmedIn) -> Response:
    """One event: taken back as one by a correction. What is named later counts for more."""
    until = None if said.until is None else instant("until", said.until)
    answer, taken, is_new = await app.desk.confirm(said.id, until, said.but)
    return JSONResponse(ConfirmedOut.told(answer, taken).model_dump(), 201 if is_new else 200)


@router.get("", summary="The floor now: machines, batches, stock, promises", response_model=FloorOut)
async def floor(app: App) -> FloorOut:
    """What was said counts; what nobody said is assumed by the plan's times, and marked so."""
    now = app.now()
    state = await app.floor.state(now)
    kilograms = await app.floor.kilograms(now, now + timedelta(days=7))
    shown = [
        batch for batch in state.batches if not batch.is_over or (batch.ends_at is not None and batch.ends_at > now - SHOWN_BACK)
    ]
    return FloorOut.of(
        state,
        sorted(shown, key=lambda batch: (batch.start, batch.id)),
        orders_out(kilograms, now),
        dict(kilograms.stock),
        await app.floor.asked(now),
        [as_late(item) for item in await app.plans.late_now()],
        simulated=app.simulated,
    )


class LogQuery(BaseModel):
    """Which part of the log, and how."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=2**53, description="Events after this one")
    limit: int = Field(10_000, ge=1, le=100_000)
    format: Literal["json", "csv"] | None = None


@router.get(
    "/events",
    summary="The log of the floor",
    response_model=EventsOut,
    responses={200: CSV},
)
async def log(app: App, query: Annotated[LogQuery, Query()], accept: Annotated[str, Header()] = "") -> Response:
    """In the order in which the events were taken; nothing is ever changed in it."""
    events = [RecordedOut.of_event(item) for item in (await app.floor.events(query.after))[: query.limit]]
    if wants_csv(query.format, accept):
        return csv_answer((event.row() for event in events), RecordedOut.model_fields)
    told = EventsOut(as_of=app.now().isoformat(), simulated=app.simulated, events=events)
    return JSONResponse(told.model_dump())
