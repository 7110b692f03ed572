"""The TCP connection behind an ASGI `send`: what it takes to break an answer as a network does."""

import socket
import struct
from asyncio import Transport

from starlette.types import Receive, Send


def transport_of(send: Send) -> Transport:
    """The connection under uvicorn's `send`. Raises where the server does not show it: a fault must never be make-believe."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("this server hides its connection: run the simulator under uvicorn")
    return transport  # type: ignore[no-any-return] # uvicorn's cycle objects are not typed for this


async def reset(send: Send, receive: Receive) -> None:
    """Send a TCP RST: nothing more leaves, and the peer sees ECONNRESET."""
    transport = transport_of(send)
    opened: socket.socket = transport.get_extra_info("socket")
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _gone(receive)


async def hang_up(send: Send, receive: Receive) -> None:
    """Close after what was sent so far, in the middle of an answer."""
    transport_of(send).close()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
