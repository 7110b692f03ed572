"""GET /health, /ready, /version; POST /spool/retry."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from routers.answers.operations import HealthOut, ReadyOut, RetriedOut, VersionOut
from routers.http.deps import App, Shown
from routers.page.again import look_again

router = APIRouter(tags=["health"])


@router.get("/health", response_model=HealthOut, summary="The process is alive")
async def health() -> dict[str, str]:
    """200 while the event loop turns."""
    return {"status": "ok"}


@router.get(
    "/ready",
    summary="The service can do its work",
    response_model=ReadyOut,
    responses={503: {"description": "It cannot; `reasons` says why", "model": ReadyOut}},
)
async def ready(app: App, shown: Shown, request: Request) -> JSONResponse:
    """200 or 503, with the state of each part either way. A part that failed when it was made last is made anew before."""
    await look_again(app, shown, request.app.state.page)
    readiness = await app.health.ready()
    state = ReadyOut.of(readiness, app.fence, simulated=app.simulated).plain()
    return JSONResponse(state, 200 if readiness.is_ready else 503, {"Cache-Control": "no-store"})


@router.get("/version", response_model=VersionOut, summary="The version that runs")
async def version(app: App) -> dict[str, Any]:
    """Version as in the changelog, and which build of it."""
    return {"name": "chocolate-factory", "version": app.version, **asdict(app.build), "simulated": app.simulated}


@router.post("/spool/retry", response_model=RetriedOut, summary="Offer the store again what it refused")
async def retry(app: App) -> dict[str, int]:
    """How many writes wait again; they are replayed in their old order. For when the cause that `/ready` names is removed."""
    return {"retried": await app.health.store.retry_refused()}
