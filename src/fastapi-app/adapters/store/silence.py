"""A store that says nothing: told from one that is slow, so that nobody waits for what will not come."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from domain.errors import StoreUnavailableError

T = TypeVar("T")
AFTER_S = 2.0
"""Seconds without an answer after which a store is asked whether it lives; a long read of a cold one takes longer, and may."""
PROBE_S = 2.0
"""Seconds that it has to say so."""


async def unless_silent(work: Coroutine[Any, Any, T], ping: Callable[[], Awaitable[None]]) -> T:
    """What some work on a store gives; StoreUnavailableError, and the work given up, as soon as the store says nothing at all."""
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({task}, timeout=AFTER_S))[0]:
            try:
                async with asyncio.timeout(PROBE_S):
                    await ping()
            except (StoreUnavailableError, TimeoutError) as error:
                if not task.done():
                    raise StoreUnavailableError(f"the store says nothing for {AFTER_S + PROBE_S:g} s") from error
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=PROBE_S)
            if task.done() and not task.cancelled():
                task.exception()  # nobody asks for it any more
