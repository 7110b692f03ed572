"""The description of the interface is made once, and not in the loop."""

import asyncio
import threading
from typing import Any

import httpx2

from routers.http.description import DescribedApp


class Watched(DescribedApp):
    """One that notes which thread makes it."""

    makers: list[threading.Thread]

    def openapi(self) -> dict[str, Any]:
        self.makers.append(threading.current_thread())
        return {"openapi": "3.1.0", "paths": {}}


async def test_it_is_made_once_beside_the_loop() -> None:
    app = Watched()
    app.makers = []
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://here") as client:
        answers = await asyncio.gather(*(client.get("/openapi.json") for _ in range(3)))
    assert [(answer.status_code, answer.json()["openapi"]) for answer in answers] == [(200, "3.1.0")] * 3
    assert len(app.makers) == 1 and app.makers[0] is not threading.current_thread()
