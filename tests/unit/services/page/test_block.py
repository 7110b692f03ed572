"""A block that is late shows what was last, and what was made too late is not passed off as what is known now."""

import asyncio
from datetime import UTC, datetime

from services.operations.fence import Fence
from services.page.block import Block
from support.clock import ManualClock

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


async def test_what_came_too_late_is_not_shown_as_what_is_known_now() -> None:
    known, let = ["one"], asyncio.Event()

    async def make(_now: datetime) -> str:
        value = known[0]
        await let.wait()
        return value

    block, fence = Block("savings", make, lambda _: "nothing"), Fence(ManualClock(NOW))
    late = block.begin(NOW, fence)
    assert block.begin(NOW, fence) is late  # begun once, however many ask
    assert block.shown(NOW) == "nothing" and not block.was_made
    let.set()
    await late
    known[0] = "two"
    fresh = block.begin(NOW, fence)
    assert fresh is not late
    assert block.shown(NOW) == "one" and block.is_making  # the last one, and told as late
    await fresh
    assert block.shown(NOW) == "two" and not block.is_making
