"""Every route of the application with a path that can be asked for, for tests that try each at each door."""

import re

from commands.access_table import routes

__all__ = ["METHODS", "paths", "routes"]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NOT_IN_ROUTERS = ("/", "/docs", "/redoc", "/openapi.json", "/metrics/", "/docs/oauth2-redirect", "/moon")
SAMPLES = {"model_name": "energy_optimization", "name": "energy_optimization", "job_id": "prices_pvpc"}


def paths() -> list[str]:
    """Each path once, parameters replaced by something plausible, with a few that are no route."""
    filled = [re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: SAMPLES.get(match[1], "7"), path) for _, path in routes()]
    return list(dict.fromkeys([*filled, *NOT_IN_ROUTERS]))
