"""An upstream that lets everything through and says what reached it: what a proxy forbids or replaces shows by itself."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send


@dataclass
class Echo:
    """Where it listens, and the client connections that it saw."""

    port: int = 0
    connections: set[tuple[str, int]] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.connections.add(tuple(scope["client"]))
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"]]
        body = {"method": scope["method"], "path": scope["path"], "query": scope["query_string"].decode(), "headers": headers}
        await JSONResponse(body)(scope, receive, send)


@contextmanager
def running_echo() -> Iterator[Echo]:
    """The upstream on a free port until the block ends."""
    echo = Echo()
    server = uvicorn.Server(
        uvicorn.Config(echo, host="127.0.0.1", port=0, log_level="warning", lifespan="off", proxy_headers=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    echo.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield echo
    finally:
        server.should_exit = True
        thread.join(10)
