"""The ASGI application, and the server: one process, three listeners, one for each access level."""

import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.middleware.gzip import GZipMiddleware

from bootstrap import (
    MoreJobs,
    ServiceManager,
    build_clock,
    check_configuration,
    check_files,
    held,
    hidden_texts,
    read_labels,
    read_version,
    request_id,
    running,
    set_up_logs,
    wait_for_the_time,
)
from domain.errors import StoreError
from ports import Clock
from routers.api import api_routers
from routers.http.access import AccessMiddleware, Doors
from routers.http.description import DescribedApp
from routers.http.guesses import Guesses
from routers.http.head import HeadMiddleware
from routers.http.limits import LimitsMiddleware
from routers.http.listening import BoundedProtocol
from routers.http.logs import RequestLogMiddleware, Served
from routers.http.pieces import LongAnswers
from routers.http.problems import install
from routers.http.secrets import SecretsMiddleware
from routers.page.document import Documents
from routers.page.page import load_page
from settings import Settings, read_settings, read_supervision
from start import cut_off, die_of

APP_DIR = Path(__file__).resolve().parent
SMALLEST_GZIP_BYTES = 2048
GZIP_LEVEL = 4
"""Level 4 gives 96 % of what level 9 saves on the page's JSON, in a quarter of the time."""
TURN_S = 0.0005
"""After so long a thread gives the interpreter to one that waits for it [s]. The loop waits for it after each call of the system;
with Python's own 5 ms it is late by many times that while threads beside it work (`scripts/bench lag`).
"""
GRACE_S = 1
"""What an open request gets once we are told to stop [s]; the whole service has to be gone within 5."""


def create_app(
    settings: Settings, levels: Mapping[int, int], clock: Clock | None = None, more_jobs: MoreJobs | None = None
) -> FastAPI:
    """The application. `levels` maps each bound port to its access level; `clock` replaces the one that the
    settings describe, `more_jobs` are added to the schedule.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        def serves(services: object) -> None:
            app.state.services = services

        async with running(settings, clock or build_clock(settings), more_jobs, serves) as services:
            serves(services)
            yield

    app = DescribedApp(
        title="Chocolate Factory",
        version=read_version(),
        description="Electricity prices, forecasts and production planning. Times are ISO 8601 with offset, money is EUR.",
        lifespan=lifespan,
        docs_url=None,  # both would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.page = load_page(APP_DIR, read_labels(settings))
    app.state.documents = Documents(app.state.page.wording, simulated=settings.simulated)
    app.state.long = LongAnswers()
    install(app)
    for router in api_routers():
        app.include_router(router)
    app.add_api_route("/", _to_the_page, include_in_schema=False)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(SecretsMiddleware, secrets=hidden_texts(settings))  # inside of gzip
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_GZIP_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(AccessMiddleware, doors=_doors(settings, levels), guesses=Guesses())
    app.add_middleware(LimitsMiddleware)
    app.state.served = Served()
    app.add_middleware(RequestLogMiddleware, current=request_id, served=app.state.served)
    return app


def _doors(settings: Settings, levels: Mapping[int, int]) -> Doors:
    token = settings.api_token.get_secret_value() if settings.api_token else None
    nginx = settings.nginx_secret.get_secret_value() if settings.nginx_secret else None
    ours = (*settings.allowed_hosts, *filter(None, [settings.tailscale_domain]))
    return Doors(levels, frozenset(host.lower() for host in ours), token, nginx)


async def _to_the_page() -> RedirectResponse:
    return RedirectResponse("/dashboard", 307)


def listeners(host: str, port: int, levels: Sequence[int]) -> list[socket.socket]:
    """Bound sockets: level 1 at PORT, 2 at PORT+1, 3 at PORT+2, or free ones for port 0. ValueError naming the setting at fault."""
    return [_bound(host, port + level - 1 if port else 0, level) for level in levels]


def _bound(host: str, port: int, level: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise ValueError(f"HOST: {host} is no address of this machine ({error.strerror})") from None
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only where it says TCP
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ValueError(f"PORT: {host}:{port} (level {level}) is in use by another program; choose another PORT") from None
        if error.errno == errno.EACCES:
            raise ValueError(f"PORT: {port} (level {level}) is for root alone; choose one from 1024 on") from None
        raise ValueError(f"HOST: {host} is no address of this machine ({error.strerror})") from None
    return listener


class Server(uvicorn.Server):
    """A server that begins nothing once it is told to stop, and is certain to end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, manager: ServiceManager) -> None:
        super().__init__(config)
        self._app = app
        self._manager = manager

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            cut_off(sig)
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what the libraries made stays: to look through it again and again stopped the loop for 80 ms each time
        self._manager.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._manager.stopping()
        self._app.state.services.halt()
        await super().shutdown(sockets)


def serve(settings: Settings, more_jobs: MoreJobs | None) -> None:
    """Serve until told to stop."""
    asyncio.run(check_files(settings))
    sockets = listeners(settings.host, settings.port, settings.listen_levels)
    levels = {listener.getsockname()[1]: level for level, listener in zip(settings.listen_levels, sockets, strict=True)}
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    for port, level in levels.items():
        say(f"level {level}: http://{host}:{port}" + ("/dashboard" if level == 1 else ""))
    if settings.is_open:
        say("ALLOW_OPEN: whoever reaches this address may change everything, without a token")
    app = create_app(settings, levels, more_jobs=more_jobs)
    supervision = read_supervision()
    manager = ServiceManager(supervision.address)

    async def alive() -> None:
        manager.alive()

    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        callback_notify=alive if supervision.alive_every_s else None,
        timeout_notify=supervision.alive_every_s or 0,  # type: ignore[arg-type] # seconds; a half is one as well
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the level is the listener, and nothing here uses the client's address
        timeout_graceful_shutdown=GRACE_S,
    )
    sys.setswitchinterval(TURN_S)
    Server(config, app, manager).run(sockets=sockets)


def say(line: str) -> None:
    """A line to the operator, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def hang_up(_number: int, _frame: FrameType | None) -> None:
    """The terminal went, or somebody meant that settings be read anew: an end like any other, which says why."""
    say("SIGHUP: the service ends; settings and files are read when it starts")
    signal.raise_signal(signal.SIGTERM)


def main(more_jobs: MoreJobs | None = None) -> None:
    """Start with the settings of the environment; a fault that the operator can mend is one line."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: die_of(number))  # before the server listens to them, and once it has ended
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, hang_up)
    try:
        settings = read_settings()
        check_configuration(settings)
        wait_for_the_time(settings, say)
        set_up_logs(settings)
        with held(settings.data_dir):
            serve(settings, more_jobs)
    except (ValueError, OSError, StoreError) as fault:
        sys.exit(f"cannot start: {' '.join(str(fault).split())}")  # one line, whatever the fault brings


if __name__ == "__main__":
    main()
