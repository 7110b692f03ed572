"""What the foreign services have in common on the wire."""

import re

from starlette.requests import Request
from starlette.responses import HTMLResponse

LIBRARY_AGENT = re.compile(r"python|curl|wget|go-http|java|aiohttp|okhttp|axios|node", re.IGNORECASE)
"""Beginnings of the agents that libraries send by themselves."""
FIREWALL_HTML = "<html><body>Request unsuccessful. Incapsula incident ID: 0-0</body></html>\n"


def firewall(request: Request) -> HTMLResponse | None:
    """The refusal of a request that does not say who it is; None for a descriptive agent."""
    agent = request.headers.get("user-agent", "")
    return HTMLResponse(FIREWALL_HTML, 403) if not agent or LIBRARY_AGENT.match(agent) else None
