"""Work of a child process done in this one: for long benchmarks, in which starting thousands of processes would cost more than
the work itself.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from ports import ChildSide


class Here:
    """ChildRunner in a thread of this process: it cannot be killed, so a deadline is only told to the work."""

    def __init__(self) -> None:
        self.last_report: Any = None
        self._turn = asyncio.Lock()

    async def run(self, work: Callable[..., Any], *arguments: Any, deadline_s: float) -> Any:
        """What the work gives."""
        async with self._turn:
            until = time.monotonic() + deadline_s
            side = ChildSide(self._reported, lambda: until - time.monotonic())
            try:
                return await asyncio.to_thread(work, *arguments, side)
            finally:
                self.last_report = None

    def _reported(self, report: Any) -> None:
        self.last_report = report
