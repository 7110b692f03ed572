"""The page of a document, served over a real socket as the service serves it: the page, the document with its ETag, and outages."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from domain.plan.plant_config import load_plant
from ports.plant import PlantText
from routers.answers.plant import PlantOut
from routers.page.compare import with_compared
from routers.page.installed import WORKER_HEADERS, manifest
from routers.page.page import Offer, choose_lang, csp, load_page, new_nonce, render_page
from services.plant.service import PlantShown
from support import documents
from support.sayings import LABELS

PLANT = Path(__file__).parents[2] / "src" / "configs" / "factory.toml"
APP_DIR = Path(__file__).parents[2] / "src" / "fastapi-app"


@dataclass
class Served:
    """What is served now, and what was asked for."""

    document: documents.Json
    now: datetime = documents.NOW
    up: bool = True
    controls: bool = False
    token: str = ""
    url: str = ""
    asked: list[tuple[str, int]] = field(default_factory=list)
    days: dict[str, documents.Json] = field(default_factory=dict)
    """Days of prices to compare with."""
    sent: list[Any] = field(default_factory=list)

    def count(self, path: str, status: int) -> int:
        """How often a path was answered with a status."""
        return self.asked.count((path, status))


def page_app(served: Served) -> FastAPI:
    page = load_page(APP_DIR, LABELS)
    app = FastAPI()

    @app.middleware("http")
    async def noted(request: Request, call_next):  # type: ignore[no-untyped-def]
        response = await call_next(request) if served.up else Response(status_code=503)
        served.asked.append((request.url.path, response.status_code))
        return response

    @app.get("/dashboard")
    async def dashboard(request: Request, lang: str | None = None) -> HTMLResponse:
        nonce = new_nonce()
        chosen = choose_lang(page.wording.langs, lang, request.headers.get("accept-language"))
        offers: list[Offer] = ["files", "price_files", "controls"] if served.controls else ["files", "price_files"]
        other = served.days.get(request.query_params.get("with", ""))
        html = render_page(page, with_compared(served.document, other), lang=chosen, nonce=nonce, now=served.now, offers=offers)
        return HTMLResponse(html, headers={"Content-Security-Policy": csp(nonce)})

    @app.get("/dashboard/complete")
    async def complete(request: Request) -> Response:
        etag = f'W/"{served.document["revision"]}"'
        headers = {"ETag": etag, "X-Now": documents.iso(served.now)}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return JSONResponse(served.document, headers=headers)

    @app.get("/dashboard/worker.js")
    async def worker() -> Response:
        return Response(page.assets.worker, headers=WORKER_HEADERS, media_type="text/javascript")

    @app.get("/dashboard/manifest.webmanifest")
    async def web_manifest(lang: str) -> Response:
        return JSONResponse(manifest("Chocolates Linares", lang))

    @app.get("/dashboard/icon-{size}.png")
    async def icon(size: str) -> Response:
        return Response(page.assets.icons[size], media_type="image/png")

    _plan_routes(app, served)
    return app


def _plan_routes(app: FastAPI, served: Served) -> None:
    @app.get("/plan/wishes")
    async def wishes() -> Any:
        return {"wishes": [{"id": 7, **body, "start": f"{body['start']}+01:00"} for body in served.sent[-1:]]}

    @app.post("/plan/wishes")
    async def wish(request: Request) -> Response:
        if request.headers.get("x-api-token", "") != served.token:
            return JSONResponse({"detail": "send the token"}, 401)
        served.sent.append(await request.json())
        brief = {"state": "done", "objective_eur": 221.0, "clash": None}
        return JSONResponse({"wish": {"id": 7, "text": None}, "plan": brief}, 201)

    @app.get("/floor")
    async def floor() -> Any:
        return {"batches": [], "machines": [], "assumed": 0, "sequence": 0}

    @app.get("/floor/events")
    async def events() -> Any:
        return {"events": []}

    @app.get("/plant")
    async def plant() -> Any:
        described = load_plant(PLANT.read_text(encoding="utf-8"))
        file = PlantText("", "0" * 64, None, ["factory.toml.20261117T090000Z"])
        return PlantOut.of(PlantShown(described, file, in_force=True, fault=None, week=[]), simulated=False).plain()

    @app.delete("/plan/wishes/7")
    async def undo() -> Any:
        served.sent.clear()
        return {"removed": 7, "plan": {"state": "computing"}}


@contextmanager
def page_server(document: documents.Json) -> Iterator[Served]:
    """Serve a document on a free port of 127.0.0.1."""
    served = Served(document)
    server = uvicorn.Server(uvicorn.Config(page_app(served), host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    served.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join(timeout=10)
