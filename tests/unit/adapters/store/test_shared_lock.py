"""Many readers or one writer, in order of coming."""

import asyncio
from contextlib import AbstractAsyncContextManager

from adapters.store.shared_lock import SharedLock


class Scene:
    """Who is in, told as `+name` and `-name`; each waits inside for its own `leave`."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._leaves: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def enter(self, name: str, turn: AbstractAsyncContextManager[None]) -> None:
        self._leaves[name] = asyncio.Event()
        self._tasks.append(asyncio.create_task(self.stay(name, turn)))
        await self._settle()

    async def leave(self, *names: str) -> None:
        for name in names:
            self._leaves[name].set()
        await self._settle()

    async def stay(self, name: str, turn: AbstractAsyncContextManager[None]) -> None:
        async with turn:
            self.told.append(f"+{name}")
            await self._leaves[name].wait()
            self.told.append(f"-{name}")

    async def _settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


async def test_readers_share_and_a_writer_waits_for_all_of_them() -> None:
    lock, scene = SharedLock(), Scene()
    await scene.enter("r1", lock.reading())
    await scene.enter("r2", lock.reading())
    await scene.enter("w", lock.writing())
    await scene.leave("r1")
    assert scene.told == ["+r1", "+r2", "-r1"]
    await scene.leave("r2")
    assert scene.told[-2:] == ["-r2", "+w"]
    await scene.leave("w")


async def test_a_reader_that_comes_after_a_waiting_writer_is_served_after_it() -> None:
    lock, scene = SharedLock(), Scene()
    await scene.enter("r1", lock.reading())
    await scene.enter("w", lock.writing())
    await scene.enter("r2", lock.reading())
    await scene.leave("r1")
    assert scene.told == ["+r1", "-r1", "+w"]
    await scene.leave("w")
    assert scene.told[-2:] == ["-w", "+r2"]
    await scene.leave("r2")


async def test_of_two_writers_one_waits() -> None:
    lock, scene = SharedLock(), Scene()
    await scene.enter("w1", lock.writing())
    await scene.enter("w2", lock.writing())
    await scene.leave("w1")
    await scene.leave("w2")
    assert scene.told == ["+w1", "-w1", "+w2", "-w2"]


async def test_a_writer_that_gives_up_waiting_holds_nobody_up() -> None:
    lock, scene = SharedLock(), Scene()
    await scene.enter("r1", lock.reading())
    waiting = asyncio.create_task(scene.stay("w", lock.writing()))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await scene.enter("r2", lock.reading())
    assert scene.told == ["+r1", "+r2"]
    await scene.leave("r1", "r2")
