"""What failed when it was made last is made anew before its state is told, so that a mended part is not told to fail still."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial

from routers.page.document import Documents
from routers.page.page import Page, render_page
from services.container import Services
from services.page.dashboard import ANSWER_S

MADE_ALWAYS = "system."
"""/ready and /metrics make these parts for each answer."""
COUNTED: Mapping[str, Callable[[Services], Awaitable[object]]] = {
    "metrics.alerts": lambda app: app.advice.standing(),
    "metrics.models": lambda app: app.models.status(),
    "metrics.plans": lambda app: app.plans.calm(),
}


async def look_again(app: Services, shown: Documents, page: Page) -> None:
    """Only where something failed. What is not there in time stays as it was told last."""
    failed = {part.part for part in app.fence.failed if not part.part.startswith(MADE_ALWAYS)}
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWER_S):
            for name in COUNTED.keys() & failed:
                await app.fence.value(name, partial(COUNTED[name], app), None)
            if failed - COUNTED.keys():
                await _shown_again(app, shown, page, has_sections=any(name.startswith("page.") for name in failed))


async def _shown_again(app: Services, shown: Documents, page: Page, *, has_sections: bool) -> None:
    document = shown.of(await app.dashboard.document(), app.fence)
    for lang in page.wording.langs if has_sections else ():
        render_page(replace(page, faults=app.fence), document.content, lang=lang, nonce="", now=app.now())
