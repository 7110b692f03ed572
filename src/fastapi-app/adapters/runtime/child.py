"""Work in a child process: a deadline, progress, and nothing left behind when it is killed.

The child is spawned, so it shares no lock and no connection with the service; it runs at low priority, so that no request waits.
It does not hear the signals of a terminal or a service manager: the service alone ends it, and it ends when the service is gone.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from domain.errors import FactoryError

logger = logging.getLogger("ml_training")
POLITENESS = 10
"""Niceness of the child: it takes what the service leaves."""
LOOK_EVERY_S = 0.2

Progress = Callable[[float], None]
Work = Callable[..., Any]
"""A function of a module: takes its arguments and `progress=`; what it returns and raises is sent back by pickle."""


class ChildFailedError(FactoryError):
    """The child raised, was killed, or did not end in time."""


@dataclass(slots=True)
class ChildStatus:
    """What runs, and how far it is (0..1)."""

    running: bool = False
    progress: float = 0.0
    pid: int | None = None


class ChildProcess:
    """Runs one piece of work at a time."""

    def __init__(self) -> None:
        self.status = ChildStatus()
        self._turn = asyncio.Lock()

    async def run(self, work: Work, *arguments: Any, deadline_s: float) -> Any:
        """The result of the work. ChildFailedError when it fails, is killed, or takes longer; the child is gone when this ends."""
        async with self._turn:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_child, args=(theirs, work, arguments), daemon=True)
            await asyncio.to_thread(start_unheard, process)
            theirs.close()
            self.status = ChildStatus(True, 0.0, process.pid)
            try:
                return await asyncio.wait_for(self._result(ours, process), deadline_s)
            except TimeoutError as error:
                raise ChildFailedError(f"not done within {deadline_s:.0f} s") from error
            finally:
                self.status = ChildStatus()
                process.kill()
                await asyncio.to_thread(process.join)
                ours.close()

    async def _result(self, ours: Connection, process: Any) -> Any:
        while True:
            if not await asyncio.to_thread(ours.poll, LOOK_EVERY_S):
                if not process.is_alive() and not ours.poll():
                    raise ChildFailedError(f"the child ended with exit code {process.exitcode}")
                continue
            try:
                kind, value = await asyncio.to_thread(ours.recv)
            except EOFError as error:
                raise ChildFailedError("the child ended without a result") from error
            if kind == "progress":
                self.status.progress = value
            elif kind == "result":
                return value
            else:
                raise ChildFailedError(value)


def start_unheard(process: Any) -> None:
    """Start a child that TERM and INT do not reach; they stay blocked in it from its first instruction on."""
    signals = {signal.SIGTERM, signal.SIGINT}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def end_with_parent() -> None:
    """In a child: end at once when the process that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()


def _end_after(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)


def end_children() -> None:
    """Kill what still runs of this process's children."""
    for child in multiprocessing.active_children():
        child.kill()


def _child(theirs: Connection, work: Work, arguments: tuple[Any, ...]) -> None:
    end_with_parent()
    os.nice(POLITENESS)
    try:
        result = work(*arguments, progress=lambda share: theirs.send(("progress", share)))
        theirs.send(("result", result))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        theirs.send(("error", f"{type(error).__name__}: {error}"))
    finally:
        theirs.close()
