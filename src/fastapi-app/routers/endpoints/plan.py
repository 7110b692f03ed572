"""POST /optimize/production; GET /optimize/production/current (JSON, .csv, .ics, .html) and /optimize/production/{id}."""

import json
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import ConfigDict, Field

from domain.errors import InvalidRequestError
from domain.timeline import local_day
from routers.answers.plan import ComputingOut, PlanOut
from routers.endpoints.plan_forms import WishIn
from routers.http.bodies import Body, Name, OrderKilograms
from routers.http.deps import App, Words
from routers.http.description import CalendarResponse, CsvResponse, refused
from routers.http.instants import InstantText, LocalDay, instant
from routers.http.strict_json import BodyRoute
from routers.page.page import Page, choose_lang, csp, new_nonce
from routers.page.plan_formats import as_csv, as_ics
from routers.page.shift_sheet import sheet
from services.container import Services
from services.plan.given import given_of
from services.plan.service import Answer
from wording.wording import Wording

router = APIRouter(prefix="/optimize/production", tags=["plan"], route_class=BodyRoute)
PlanId = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of everything that the plan was made from")]

NearDay = Annotated[LocalDay, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
Language = Annotated[str | None, Query(description="es or en")]
Accepted = Annotated[str, Header()]


class DemandIn(Body):
    """Mass of a quality due by the end of a local day."""

    date: NearDay
    quality: Name
    kg: OrderKilograms


class MoveIn(Body):
    """A batch of the plan in force at another time."""

    batch_id: str = Field(min_length=1, max_length=120)
    start: InstantText = Field(max_length=40, description="ISO 8601, on a quarter of an hour; without offset it is Madrid time")


class QuestionIn(Body):
    """What to plan otherwise than it is set. With anything given the answer is kept, but not put in force."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {},
                {"horizon_hours": 72, "demand": [{"date": "2026-11-20", "quality": "standard", "kg": 300}]},
                {"move": {"batch_id": "20261120-standard-1", "start": "2026-11-20T10:00:00+01:00"}},
            ]
        },
    )

    horizon_hours: int | None = Field(None, ge=1, le=168, strict=True, description="From now; all that is known when left out")
    demand: list[DemandIn] | None = Field(None, max_length=200, description="Replaces the plant's demand")
    wishes: list[WishIn] = Field(default=[], max_length=50, description="Beside those that stand")
    move: MoveIn | None = Field(None, description="What it would cost, the rest planned anew; asked alone")


@router.post(
    "",
    summary="A plan: the one in force, renewed if anything changed, or the answer to a question",
    response_model=PlanOut,
    responses={
        202: {"description": "It takes longer than 2 s; `href` has it when it is done", "model": ComputingOut},
        **refused(404, 409),
    },
)
async def optimise(app: App, words: Words, asked: QuestionIn | None = None) -> Response:
    """Infeasible is an answer too: it names the limits that clash, and the smallest relief."""
    asked = asked or QuestionIn.model_validate({})
    if asked.move is not None:
        return await _about_move(app, words, asked, asked.move)
    given = given_of(
        app.plans.plant,
        app.now(),
        horizon_hours=asked.horizon_hours,
        demand=None if asked.demand is None else [(item.date, item.quality, item.kg) for item in asked.demand],
        wishes=[wish.plain() for wish in asked.wishes],
    )
    return answered(await app.plans.ask(given), words)


@router.get("/current", response_model=PlanOut, responses=refused(409), summary="The plan in force")
async def current(app: App, words: Words) -> Response:
    """The same answer each time, byte for byte."""
    return answered(await app.plans.current(), words)


@router.get("/current.csv", response_class=CsvResponse, responses=refused(409), summary="The plan in force: one row a stage")
async def current_csv(app: App) -> Response:
    """For a spreadsheet."""
    return CsvResponse(as_csv(await _plan(app)))


@router.get(
    "/current.ics",
    response_class=CalendarResponse,
    responses=refused(409),
    summary="The plan in force as a calendar to subscribe to",
)
async def current_ics(app: App, words: Words, lang: Language = None, accept_language: Accepted = "") -> Response:
    """One event a batch."""
    f = words.locale(choose_lang(words.langs, lang, accept_language))
    headers = {"Cache-Control": "no-cache", "Content-Disposition": 'inline; filename="plan.ics"'}
    return Response(as_ics(await _plan(app), f), headers=headers, media_type="text/calendar; charset=utf-8")


@router.get(
    "/current.html",
    response_class=HTMLResponse,
    responses=refused(409),
    summary="The shift sheet: what begins when, one page to print",
)
async def current_sheet(
    app: App,
    request: Request,
    day: Annotated[NearDay | None, Query(alias="date", description="A local day; today when left out")] = None,
    lang: Language = None,
    accept_language: Accepted = "",
) -> HTMLResponse:
    """Of one local day, by shift."""
    page: Page = request.app.state.page
    plan, plant, nonce = await _plan(app), app.plans.plant, new_nonce()
    chosen = choose_lang(page.wording.langs, lang, accept_language)
    shown = day or local_day(app.now(), plant.tz)
    html = sheet(page, plan, plant, shown, lang=chosen, nonce=nonce, simulated=app.simulated)
    return HTMLResponse(html, headers={"Content-Security-Policy": csp(nonce), "Cache-Control": "no-store"})


@router.get(
    "/{plan_id}",
    summary="A plan by its id",
    response_model=PlanOut,
    responses={202: {"description": "It is being computed", "model": ComputingOut}, **refused(404, 409)},
)
async def plan(app: App, words: Words, plan_id: PlanId) -> Response:
    """The same answer each time, byte for byte."""
    return answered(await app.plans.find(plan_id), words)


async def _about_move(app: Services, words: Wording, asked: QuestionIn, move: MoveIn) -> Response:
    """`wishes` of the answer has the move with what it costs; `clash` says why it cannot be."""
    others = sorted(asked.model_fields_set - {"move"})
    if others:
        raise InvalidRequestError(
            "a move is asked alone", name="move", value=f"beside {', '.join(others)}", valid="move, nothing else"
        )
    return answered(await app.plans.ask_move(move.batch_id, instant("move.start", move.start)), words)


async def _plan(app: Services) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((await app.plans.current()).document or "null")
    return plan


def answered(answer: Answer, words: Wording) -> Response:
    """The plan with its sentences, or where it will be."""
    if answer.document is not None:
        return JSONResponse(words.filled(json.loads(answer.document)))
    href = f"/optimize/production/{answer.id}"
    body = {"state": "computing", "plan_id": answer.id, "href": href}
    return JSONResponse(body, 202, {"Location": href, "Retry-After": "2"})
