"""A clock that a test sets."""

import asyncio
from datetime import datetime, timedelta


class ManualClock:
    """Stands still until it is moved; sleepers wake when their instant has come."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._moved = asyncio.Event()

    def __call__(self) -> datetime:
        return self.now

    async def sleep_until(self, instant: datetime) -> None:
        while self.now < instant:
            await self._moved.wait()

    async def move(self, by: timedelta) -> None:
        """Move on, and let everything that was waiting run."""
        self.now += by
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        for _ in range(20):
            await asyncio.sleep(0)
