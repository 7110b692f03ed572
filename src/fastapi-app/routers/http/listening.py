"""What a listener takes before there is a request: so many headers, so long, in so much time, from so many at once.

A connection whose request is not whole is worth nothing yet: it is closed when it is late, or when others need its place.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEADERS = 100
MOST_HEAD_BYTES = 40_000
"""Nginx passes four lines of 8 kB at most, and a few of its own; a browser sends one or two kilobytes."""
REQUEST_WITHIN_S = 15.0
"""From the first moment of a connection, or the first byte after an answer, until the request is whole, its body included."""
MOST_UNFINISHED = 256
"""Connections without a whole request, of all listeners; the oldest makes room. Nginx keeps 16, a browser 6."""
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class HeadTooLargeError(ValueError):
    """More headers, or longer ones, than any honest request has."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's, with bounds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.began = self.loop.time()
        self._late: asyncio.TimerHandle | None = None
        self._head_open, self._head_came, self._head_bytes, self._too_large = True, 0, 0, False
        self._messages = 0

    @property
    def unfinished(self) -> bool:
        """Whether there is no whole request that waits for its answer."""
        return self._late is not None or self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self._begin()
        if len(self.connections) > MOST_UNFINISHED:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._late is None and self.unfinished:
            self._begin()
        before = self._messages
        super().data_received(data)
        if self._head_open and self._messages == before and not self.transport.is_closing():
            self._head_came += len(data)
            if self._head_came > MOST_HEAD_BYTES:
                self._refuse()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._grow(len(name) + len(value))

    def on_headers_complete(self) -> None:
        self._head_open = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._end()
        self._head_open, self._head_came = True, 0
        self._messages += 1
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What the parser gave up on: bad, or too large."""
        if self._too_large:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _grow(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEAD_BYTES or len(self.headers) > MOST_HEADERS:
            self._too_large = True
            raise HeadTooLargeError

    def _refuse(self) -> None:
        self.transport.write(TOO_LARGE)
        self.transport.close()

    def _make_room(self) -> None:
        waiting = [one for one in self.connections if isinstance(one, BoundedProtocol) and one.unfinished]
        if len(waiting) > MOST_UNFINISHED:
            min(waiting, key=lambda one: one.began)._drop()

    def _begin(self) -> None:
        self.began = self.loop.time()
        self._late = self.loop.call_later(REQUEST_WITHIN_S, self._drop)

    def _end(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _drop(self) -> None:
        """Without an answer: there was no question."""
        self._end()
        self.transport.abort()
