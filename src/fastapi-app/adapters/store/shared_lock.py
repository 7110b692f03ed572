"""Many readers or one writer."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class SharedLock:
    """Readers share it, a writer has it alone; who waits is served in the order of coming, so nobody starves."""

    def __init__(self) -> None:
        self._gate = asyncio.Lock()
        self._idle = asyncio.Event()
        self._idle.set()
        self._readers = 0

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[None]:
        """Together with other readers, never beside a writer."""
        async with self._gate:
            self._readers += 1
            self._idle.clear()
        try:
            yield
        finally:
            self._readers -= 1
            if not self._readers:
                self._idle.set()

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[None]:
        """Alone."""
        async with self._gate:
            await self._idle.wait()
            yield
