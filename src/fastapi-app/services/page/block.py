"""One block of the page: made anew for each document, and shown as it was last while a new one is not there in time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Generic, TypeVar

from domain.errors import StoreUnavailableError
from services.operations.fence import Fence

logger = logging.getLogger("application")
T = TypeVar("T")


class Block(Generic[T]):
    """`place` is where it stands in the document (`plan`, `current.weather`, ...), `empty` what stands there where it never was and
    where it fails, `is_of` whether one that was made a while ago is still that of an instant,
    `is_waited_for` whether a document waits longer for its first.
    """

    def __init__(
        self,
        place: str,
        make: Callable[[datetime], Awaitable[T]],
        empty: Callable[[datetime], T],
        is_of: Callable[[T, datetime], bool] = lambda _value, _now: True,
        *,
        is_waited_for: bool = True,
    ) -> None:
        self.place = place
        self.make = make
        self.empty = empty
        self._is_of = is_of
        self.is_waited_for = is_waited_for
        self._last: tuple[T] | None = None
        self._making: asyncio.Task[T] | None = None

    @property
    def is_making(self) -> bool:
        """Whether one is being made, or came too late to be shown."""
        return self._making is not None

    @property
    def was_made(self) -> bool:
        """Whether there is a last one."""
        return self._last is not None

    def begin(self, now: datetime, fence: Fence) -> asyncio.Task[T]:
        """Make it, unless it is being made: what takes longer than an answer may is not begun anew with each of them. One that came
        too late for its own answer is the last one from then on, and not what is known now.
        """
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._fenced(now, fence), name=f"block:{self.place}")
        return self._making

    def shown(self, now: datetime) -> T:
        """The new one where it is there, else the last one, else the empty one."""
        if self._making is not None and self._making.done():
            value = self._making.result()
            self._making = None
        else:
            value = self._last_or_empty(now)
        return value if self._is_of(value, now) else self.empty(now)

    async def stop(self) -> None:
        """End what is still being made."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)

    async def _fenced(self, now: datetime, fence: Fence) -> T:
        return await fence.value(self.place, lambda: self._made(now), self.empty(now))

    async def _made(self, now: datetime) -> T:
        """A new one; while the store is away the last one, which says its age."""
        try:
            value = await self.make(now)
        except StoreUnavailableError as away:
            logger.warning("block_kept place=%s error=%s", self.place, away)
            return self._last_or_empty(now)
        self._last = (value,)
        return value

    def _last_or_empty(self, now: datetime) -> T:
        return self.empty(now) if self._last is None else self._last[0]


def nothing(_now: datetime) -> None:
    """What stands where nothing is known."""


def none_at_all(_now: datetime) -> tuple[()]:
    """What stands where a list is, and there is nothing to tell."""
    return ()
