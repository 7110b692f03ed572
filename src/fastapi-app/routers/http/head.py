"""HEAD goes where GET goes: answered as GET is, without the body, which the server leaves out."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadMiddleware:
    """Lets the routes see a GET. Outside of it everything knows what was asked: the log, and who may ask what."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
