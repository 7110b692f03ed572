"""One application after another over the same store and state: a changed plant is in force without a restart of the process."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from bootstrap.foundation import Foundation
from domain.plan.plant import Plant
from services.container import Services

LEAVE_S = 5.0
"""What a request that began before the change gets to end with the parts that it began with [s]."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A composed application: `begin` starts its schedule, `rest` ends it and waits for what it was doing."""

    services: Services
    begin: Callable[[], Awaitable[None]]
    rest: Callable[[], Awaitable[None]]


Compose = Callable[[Foundation, AsyncExitStack], Awaitable[Tenant]]
"""Makes an application that has not begun; the stack ends its parts."""


class House:
    """Keeps the application that is in force; `taken` hears of each new one."""

    def __init__(self, base: Foundation, compose: Compose, taken: Callable[[Services], None]) -> None:
        self._base = base
        self._compose = compose
        self._taken = taken
        self._stack = AsyncExitStack()
        self._tenant: Tenant | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def open(self) -> Services:
        """The first one, begun."""
        self._tenant = await self._compose(self._base, self._stack)
        await self._tenant.begin()
        return self._tenant.services

    async def renew(self, plant: Plant, text: str) -> None:
        """One with another plant in the place of the one before. Where it cannot be made, the one before goes on."""
        async with self._turn:
            base, stack = replace(self._base, plant=plant, plant_text=text), AsyncExitStack()
            try:
                tenant = await self._compose(base, stack)
            except BaseException:
                await stack.aclose()
                raise
            last, before = self._tenant, self._stack
            self._base, self._stack, self._tenant = base, stack, tenant
            if last is not None:
                await last.rest()  # no job runs twice at a time
            self._taken(tenant.services)
            await tenant.begin()
            leaving = asyncio.create_task(_left(before), name="plant-before")
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """End them all."""
        leaving = list(self._leaving)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        if self._tenant is not None:
            await self._tenant.rest()
        await self._stack.aclose()


async def _left(before: AsyncExitStack) -> None:
    try:
        await asyncio.sleep(LEAVE_S)
    finally:
        await before.aclose()
