"""Every route of the application with a path that can be asked for, for tests that try each at each door."""

import re

from fastapi.routing import APIRoute

from routers import api_routers

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NOT_IN_ROUTERS = ("/", "/docs", "/redoc", "/openapi.json", "/metrics/", "/docs/oauth2-redirect", "/moon")
SAMPLES = {"model_name": "energy_optimization", "name": "energy_optimization", "job_id": "prices_pvpc"}


def routes() -> list[tuple[str, str]]:
    """(method, path with parameters) of every route, in the order of the documentation."""
    found = [
        (method, route.path)
        for router in api_routers()
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]
    return list(dict.fromkeys(found))


def paths() -> list[str]:
    """Each path once, parameters replaced by something plausible, with a few that are no route."""
    filled = [re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: SAMPLES.get(match[1], "7"), path) for _, path in routes()]
    return list(dict.fromkeys([*filled, *NOT_IN_ROUTERS]))
