"""The ASGI application, and the server: one process, three listeners, one for each access level."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.middleware.gzip import GZipMiddleware

from bootstrap import build_clock, check_files, hidden_texts, read_version, request_id, running, set_up_logs
from domain.errors import StoreError
from ports import Clock
from routers.api import api_routers
from routers.http.access import AccessMiddleware, Doors
from routers.http.limits import LimitsMiddleware
from routers.http.logs import RequestLogMiddleware
from routers.http.problems import install
from routers.http.secrets import SecretsMiddleware
from routers.page.page import load_page
from settings import Settings, read_settings
from start import cut_off, die_of

APP_DIR = Path(__file__).resolve().parent
SMALLEST_GZIP_BYTES = 2048
GZIP_LEVEL = 4
"""Level 4 gives 96 % of what level 9 saves on the page's JSON, in a quarter of the time."""
GRACE_S = 1
"""What an open request gets once we are told to stop [s]; the whole service has to be gone within 5."""
LEVELS = 3


def create_app(settings: Settings, levels: Mapping[int, int], clock: Clock | None = None) -> FastAPI:
    """The application. `levels` maps each bound port to its access level; `clock` replaces the one that the settings describe."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with running(settings, clock or build_clock(settings)) as services:
            app.state.services = services
            yield

    app = FastAPI(
        title="Chocolate Factory",
        version=read_version(),
        description="Electricity prices, forecasts and production planning. Times are ISO 8601 with offset, money is EUR.",
        lifespan=lifespan,
        docs_url=None,  # both would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.page = load_page(APP_DIR)
    install(app)
    for router in api_routers():
        app.include_router(router)
    app.add_api_route("/", _to_the_page, include_in_schema=False)
    app.add_middleware(SecretsMiddleware, secrets=hidden_texts(settings))  # inside of gzip
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_GZIP_BYTES, compresslevel=GZIP_LEVEL)
    token = settings.api_token.get_secret_value() if settings.api_token else None
    hosts = frozenset(host.lower() for host in settings.allowed_hosts)
    app.add_middleware(AccessMiddleware, doors=Doors(levels, hosts, token))
    app.add_middleware(LimitsMiddleware)
    app.add_middleware(RequestLogMiddleware, current=request_id)
    return app


async def _to_the_page() -> RedirectResponse:
    return RedirectResponse("/dashboard", 307)


def listeners(host: str, port: int) -> list[socket.socket]:
    """Bound sockets of the three levels: PORT, PORT+1, PORT+2, or three free ones for port 0."""
    sockets = []
    for offset in range(LEVELS):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only where it says TCP
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port + offset if port else 0))
        sockets.append(listener)
    return sockets


class Server(uvicorn.Server):
    """A server that begins nothing once it is told to stop, and is certain to end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            cut_off(sig)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.services.halt()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    asyncio.run(check_files(settings))
    sockets = listeners(settings.host, settings.port)
    levels = {listener.getsockname()[1]: level for level, listener in enumerate(sockets, start=1)}
    for port, level in levels.items():
        print(f"level {level}: http://{settings.host}:{port}" + ("/dashboard" if level == 1 else ""), flush=True)  # noqa: T201 - told to the operator
    app = create_app(settings, levels)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the level is the listener, and nothing here uses the client's address
        timeout_graceful_shutdown=GRACE_S,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: die_of(number))  # before the server listens to them, and once it has ended
    Server(config, app).run(sockets=sockets)


def main() -> None:
    """Start with the settings of the environment; a fault that the operator can mend is one line."""
    try:
        settings = read_settings()
        set_up_logs(settings)
        serve(settings)
    except (ValueError, OSError, StoreError) as fault:
        sys.exit(f"cannot start: {fault}")


if __name__ == "__main__":
    main()
