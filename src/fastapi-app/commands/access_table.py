"""Prints docs/access.md: who may call which route through which door, from the routes and the table of `routers/http/access.py`."""

import sys

from fastapi.routing import APIRoute

from routers.api import api_routers
from routers.http.access import table

HEAD = """# Who may call what

Written by `scripts/access-table` from the routes and from `routers/http/access.py`; a test holds it against both.

The level is the listener that a request comes through, never a header: level 1 is PORT (this machine), level 2 is PORT+1 (Nginx;
a second column for those who signed in there with a password), level 3 is PORT+2 (the Tailscale sidecar). HEAD goes where GET
goes. Where `API_TOKEN` is set, as it has to be in production, requests marked *token* need it in the header `X-API-Token` at
every level. What is not in the table does not exist, or is refused in the same way.

| method | route | 1 this machine | 2 Nginx | 2 signed in | 3 tailnet | token |
| --- | --- | --- | --- | --- | --- | --- |
"""
COLUMNS = ("level_1", "level_2", "level_2_signed_in", "level_3", "token")


def routes() -> list[tuple[str, str]]:
    """(method, path) of every route, in the order of the documentation."""
    found = [
        (method, route.path)
        for router in api_routers()
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]
    return list(dict.fromkeys(found))


def document() -> str:
    """The whole page."""
    lines = []
    for row in table([*routes(), ("GET", "/openapi.json")]):
        marks = (("token" if name == "token" else "yes") if row[name] else "" for name in COLUMNS)
        lines.append(f"| {row['method']} | `{row['path']}` | {' | '.join(marks)} |\n")
    return HEAD + "".join(lines)


if __name__ == "__main__":
    sys.stdout.write(document())
