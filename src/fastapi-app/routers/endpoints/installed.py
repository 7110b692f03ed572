"""What makes an app of the page: its manifest, its icons, and the worker that keeps the last page for when the network is away."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response

from routers.http.deps import App
from routers.page.installed import WORKER_HEADERS, manifest
from routers.page.page import Page, choose_lang

router = APIRouter(include_in_schema=False)
A_DAY = {"Cache-Control": "max-age=86400"}


@router.get("/dashboard/manifest.webmanifest")
async def web_manifest(
    request: Request, app: App, lang: Annotated[str | None, Query()] = None, accept_language: Annotated[str, Header()] = ""
) -> Response:
    """How the page is called, looks and opens where it is installed."""
    page: Page = request.app.state.page
    named = manifest(
        app.plans.plant.site.name if app.plans.plant.site else None, choose_lang(page.wording.langs, lang, accept_language)
    )
    return JSONResponse(named, headers={"Cache-Control": "no-cache"}, media_type="application/manifest+json")


@router.get("/dashboard/worker.js")
async def worker(request: Request) -> Response:
    """The worker; it may look after the page, which is not in its folder."""
    page: Page = request.app.state.page
    return Response(page.assets.worker, headers=WORKER_HEADERS, media_type="text/javascript")


@router.get("/dashboard/icon-{size}.png")
async def icon(request: Request, size: Literal["192", "512"]) -> Response:
    """The icon of the app."""
    page: Page = request.app.state.page
    return Response(page.assets.icons[size], headers=A_DAY, media_type="image/png")
