"""GET /dashboard (the page) and GET /dashboard/complete (everything that it shows)."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import HTMLResponse, Response

from domain.errors import InvalidRequestError, MalformedRequestError
from domain.timeline import local_day
from routers.answers.page import CompleteOut
from routers.answers.prices import PriceDayOut
from routers.http.access import is_open
from routers.http.deps import App, Shown
from routers.http.description import refused
from routers.http.etag import matches, weak
from routers.http.instants import InstantText, instant
from routers.http.problems import status_of
from routers.page.compare import with_compared
from routers.page.page import Offer, Page, PageClock, choose_lang, csp, new_nonce, render_bad_date, render_page

router = APIRouter(tags=["dashboard"])
At = Annotated[
    InstantText | None,
    Query(
        description="Show it as it was known then: ISO 8601, or a local day (its end)",
        examples=["2025-10-26"],
    ),
]

With = Annotated[
    InstantText | None,
    Query(
        alias="with", description="A local day whose prices stand beside those of the day that is shown", examples=["2025-10-19"]
    ),
]


@router.get("/dashboard", response_class=HTMLResponse, summary="The page", responses=refused(409))
async def dashboard(
    app: App,
    shown: Shown,
    request: Request,
    at: At = None,
    beside: With = None,
    lang: Annotated[str | None, Query(description="es or en")] = None,
    accept_language: Annotated[str, Header()] = "",
) -> HTMLResponse:
    """One response with its CSS, JavaScript and data; first paint needs no further request."""
    page: Page = request.app.state.page
    lang = choose_lang(page.wording.langs, lang, accept_language)
    try:
        past, other = _past(app, at), _day_beside(app, beside)
    except (MalformedRequestError, InvalidRequestError) as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        nonce = new_nonce()
        told = render_bad_date(page, error, lang=lang, nonce=nonce, now=app.now())
        return HTMLResponse(told, status_of(error), headers=_headers(nonce))
    open_to_it = offers(request)
    document = shown.of(await app.dashboard.document(past), app.fence, with_bill="bill" in open_to_it)
    beside_it = None if other is None else await app.dashboard.prices_of(other, past)
    nonce = new_nonce()
    html = render_page(
        replace(page, faults=app.fence),
        with_compared(document.content, None if beside_it is None else PriceDayOut.of(beside_it).plain()),
        lang=lang,
        nonce=nonce,
        now=past or app.now(),
        clock=PageClock(app.clock_rate, local_day(app.now())),
        offers=open_to_it,
    )
    return HTMLResponse(html, headers=_headers(nonce))


def _headers(nonce: str) -> dict[str, str]:
    return {"Content-Security-Policy": csp(nonce), "Cache-Control": "no-store", "Vary": "Accept, Accept-Language"}


@router.get(
    "/dashboard/complete",
    summary="Everything that the page shows",
    response_model=CompleteOut,
    responses={304: {"description": "Nothing changed"}, **refused(409)},
)
async def complete(
    app: App, shown: Shown, request: Request, at: At = None, if_none_match: Annotated[str, Header()] = ""
) -> Response:
    """The document; its ETag changes only when the content does. `bill` and `power` are null where `GET /bill` is closed."""
    document = shown.of(await app.dashboard.document(_past(app, at)), app.fence, with_bill="bill" in offers(request))
    etag = weak(document.revision)
    headers = {"ETag": etag, "Cache-Control": "no-cache", "X-Now": app.now().isoformat()}
    if matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(document.sent, headers=headers, media_type="application/json")


def offers(request: Request) -> list[Offer]:
    """What is open to this reader: what changes things at level 1, and at level 2 when signed in; files that the level serves."""
    state = request.scope.get("state", {})
    level, user = state.get("level", 0), bool(state.get("user"))
    addresses: dict[Offer, tuple[str, str]] = {
        "controls": ("POST", "/plan/wishes"),
        "files": ("GET", "/optimize/production/current.html"),
        "price_files": ("GET", "/prices"),
        "bill": ("GET", "/bill"),
    }
    return [offer for offer, asked in addresses.items() if is_open(level, *asked, signed_in=user)]


def _day_beside(app: App, day: str | None) -> date | None:
    """A day to compare with: not one that has not begun."""
    if day is None:
        return None
    found, today = local_day(instant("with", day)), local_day(app.now())
    if found > today:
        raise InvalidRequestError(f"with={day} has not been yet", name="with", value=day, valid=f"not after {today}")
    return found


def _past(app: App, at: str | None) -> datetime | None:
    if at is None:
        return None
    moment = instant("at", at, end_of_day=True)
    now = app.now()
    if moment > now:
        raise InvalidRequestError(f"at={at} has not been yet", name="at", value=at, valid=f"not after {now.isoformat()}")
    return moment
