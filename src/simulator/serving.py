"""Serving the simulator with uvicorn on a socket that is already open, so that its address is known before the first request."""

import socket

import uvicorn
from starlette.types import ASGIApp


def listen(host: str, port: int) -> socket.socket:
    """An open listening socket; port 0 takes a free one.

    The protocol is named because asyncio switches Nagle's algorithm off only for sockets that say TCP: without it every second
    answer on a kept connection waits 40 ms for a delayed acknowledgement.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(128)
    return listening


def address_of(listening: socket.socket) -> str:
    """http://HOST:PORT of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"


def server(app: ASGIApp) -> uvicorn.Server:
    """A server for the app; run it with ``serve(sockets=[...])``."""
    quiet = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", loop="asyncio", timeout_graceful_shutdown=1)
    return uvicorn.Server(quiet)
