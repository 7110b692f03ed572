"""What is sent twice under one key is done once, and answered twice."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from domain.canonical import digest
from domain.errors import KeyTakenError
from ports import Clock, SentLog


class Once:
    """Does what is sent under a key if it was not done; whoever sends the same at the same time waits for the answer."""

    def __init__(self, log: SentLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._turns: dict[str, asyncio.Lock] = {}

    async def answer(self, key: str | None, what: object, work: Callable[[], Awaitable[object]]) -> object:
        """The answer of `work`, or the one that was given before. KeyTakenError where something else was sent under the key."""
        if key is None:
            return await work()
        async with self._turns.setdefault(key, asyncio.Lock()):
            try:
                return await self._once(key, digest(what), work)
            finally:
                self._turns.pop(key, None)

    async def _once(self, key: str, mark: str, work: Callable[[], Awaitable[object]]) -> object:
        known = await self._log.note(key, mark, self._clock())
        if known.digest != mark:
            raise KeyTakenError(key)
        if known.answer is not None:
            return json.loads(known.answer)
        answer = await work()
        await self._log.keep_answer(key, json.dumps(answer, ensure_ascii=False, allow_nan=False))
        return answer
