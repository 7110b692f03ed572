"""The last door: no answer holds a secret of the settings, whatever an upstream or a library wrote into an error.

A value is masked in place with as many asterisks, so that lengths stay true. Only long values are looked for: a short one might be
part of an honest number.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHORTEST = 12
"""Bytes."""


class SecretsMiddleware:
    """Masks the given texts in the bodies and headers of answers. They are given in every form in which they may appear."""

    def __init__(self, app: ASGIApp, secrets: Iterable[str]) -> None:
        self._app = app
        encoded = {secret.encode() for secret in secrets}
        self._secrets = sorted((secret for secret in encoded if len(secret) >= SHORTEST), key=len, reverse=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def masked(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = self._mask(message.get("body", b""))
            elif message["type"] == "http.response.start":
                message["headers"] = [(name, self._mask(value)) for name, value in message["headers"]]
            await send(message)

        await self._app(scope, receive, masked if self._secrets else send)

    def _mask(self, content: bytes) -> bytes:
        for secret in self._secrets:
            if secret in content:
                content = content.replace(secret, b"*" * len(secret))
        return content
