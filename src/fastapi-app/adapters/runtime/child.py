"""Work in a child process: a deadline, reports, and nothing left behind when it is killed.

The child is spawned, so it shares no lock and no connection with the service. It does not hear the signals of a terminal or a
service manager: the service alone ends it, and it ends when the service is gone. A spare one, which has loaded what the work
needs, may wait for it: then the work begins at once.
"""

import asyncio
import atexit
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from domain.errors import ChildFailedError, ChildLateError, FactoryError
from ports import ChildSide

POLITENESS = 10
"""Niceness of a child that takes what the service leaves."""
LOOK_EVERY_S = 0.2
GRACE_S = 1.0
"""Time before the deadline by which the work should have answered, to hand the answer over [s]."""

Work = Callable[..., Any]
"""A function of a module: takes its arguments and a ChildSide; what it returns and raises is sent back by pickle."""


class ChildTracebackError(Exception):
    """The traceback of a child, as text: the cause of what is raised here, so that a log shows both."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


@dataclass(frozen=True, slots=True)
class _Child:
    """A process that does one piece of work, once it is told which."""

    process: Any
    line: Connection

    def end(self) -> None:
        """Nothing of it is left. The line closes with its last reader: a thread that still reads it would read whatever opens next
        under its number, for ever.
        """
        self.process.kill()
        self.process.join()


class ChildProcess:
    """ChildRunner by multiprocessing."""

    def __init__(self, niceness: int = POLITENESS, *, spare_for: Work | None = None) -> None:
        """With `spare_for` a process that has loaded that work waits for the next one, from `warm` or the first report on."""
        self._niceness = niceness
        self._spare_for = spare_for
        self._spare: _Child | None = None
        self._turn = asyncio.Lock()
        self._last_report: Any = None
        self._pid: int | None = None

    @property
    def last_report(self) -> Any:
        """What the work under way reported last."""
        return self._last_report

    @property
    def pid(self) -> int | None:
        """The process under way."""
        return self._pid

    @property
    def spare_pid(self) -> int | None:
        """The process that waits for work."""
        return None if self._spare is None else self._spare.process.pid

    async def warm(self) -> None:
        """Have a process wait for work, where one is wanted and none does. Safe to run twice."""
        async with self._turn:
            await self._warm()

    def retire(self) -> None:
        """From now on no process waits for work."""
        self._spare_for = None
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.end()  # to its end: one that is only on its way out would still be taken for one that waits

    async def run(self, work: Work, *arguments: Any, deadline_s: float) -> Any:
        """See ChildRunner."""
        async with self._turn:
            until = time.monotonic() + deadline_s
            child = await asyncio.to_thread(self._taken)
            self._pid = child.process.pid
            try:
                async with asyncio.timeout(deadline_s):
                    await asyncio.to_thread(_hand_over, child.line, (work, arguments, until - GRACE_S))
                    return await self._result(child.line, child.process)
            except TimeoutError as error:
                raise ChildLateError(deadline_s, self._last_report) from error
            finally:
                self._pid = self._last_report = None
                await asyncio.to_thread(child.end)
                await self._warm()

    def _wants_spare(self) -> bool:
        return self._spare_for is not None

    async def _warm(self) -> None:
        if self._spare is None and self._wants_spare():
            spare = await asyncio.to_thread(self._started)
            if self._wants_spare():
                self._spare = spare
            else:  # retired meanwhile
                await asyncio.to_thread(spare.end)

    def _taken(self) -> _Child:
        """The process that waits, or a new one where none does, or it died meanwhile."""
        spare, self._spare = self._spare, None
        if spare is None or spare.process.is_alive():
            return spare or self._started()
        spare.end()
        return self._started()

    def _started(self) -> _Child:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_child, args=(theirs, self._niceness, self._spare_for), daemon=True)
        _start_unheard(process)
        theirs.close()
        return _Child(process, ours)

    async def _result(self, ours: Connection, process: Any) -> Any:
        while True:
            if not await asyncio.to_thread(ours.poll, LOOK_EVERY_S):
                if not process.is_alive() and not ours.poll():
                    raise self._died(process)
                continue
            try:
                kind, value = await asyncio.to_thread(ours.recv)
            except (EOFError, ConnectionResetError):  # the latter where it had not read all that it was told
                await asyncio.to_thread(process.join)
                raise self._died(process) from None
            if kind == "report":
                self._last_report = value
                await self._warm()  # while this one goes on: it may be given up for another piece of work at any time
            elif kind == "result":
                return value
            else:
                self._raise(*value)

    def _died(self, process: Any) -> ChildFailedError:
        return ChildFailedError(f"the child ended with exit code {process.exitcode}", last_report=self._last_report)

    def _raise(self, cls: type[Exception] | None, state: tuple[tuple[Any, ...], dict[str, Any]], text: str, trace: str) -> None:
        """The child's own error where it is one of this program, else that the child failed; its traceback is the cause."""
        cause = ChildTracebackError(trace)
        if cls is None or not issubclass(cls, FactoryError):
            raise ChildFailedError(text, last_report=self._last_report) from cause
        error = cls.__new__(cls)  # an error with fields cannot be called with its text alone
        error.args, error.__dict__ = state
        raise error from cause


def end_children() -> None:
    """Kill what still runs of this process's children."""
    for child in multiprocessing.active_children():
        child.kill()


atexit.register(end_children)
"""Before multiprocessing's own, which asks them by TERM, that they do not hear, and waits for them for ever."""


def _start_unheard(process: Any) -> None:
    """Start a child that TERM and INT do not reach; they stay blocked in it from its first instruction on."""
    resource_tracker.ensure_running()  # started together with the first child, it would let the signals through again
    signals = {signal.SIGTERM, signal.SIGINT}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _end_with_parent() -> None:
    """In a child: end at once when the process that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()


def _end_after(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)


def _tell(line: Connection, message: tuple[str, Any]) -> None:
    """Send to the parent; one that is gone or waits no longer ends this process without a word."""
    try:
        line.send(message)
    except BrokenPipeError:
        os._exit(1)


def _hand_over(line: Connection, task: tuple[Work, tuple[Any, ...], float]) -> None:
    """Tell a child what to do; one that died hears nothing, which is seen where its answer is waited for."""
    with suppress(BrokenPipeError, ConnectionResetError):
        line.send(task)


def _child(line: Connection, niceness: int, _: Work | None) -> None:
    """Waits for its one piece of work. What it is likely to be comes with the start: to know it is to have loaded it."""
    _end_with_parent()
    os.nice(niceness)
    try:
        work, arguments, until = line.recv()
    except EOFError:
        os._exit(1)
    side = ChildSide(lambda value: _tell(line, ("report", value)), lambda: until - time.monotonic())
    try:
        _tell(line, ("result", work(*arguments, side)))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        text, trace = f"{type(error).__name__}: {error}", traceback.format_exc()
        try:
            _tell(line, ("error", (type(error), (error.args, dict(error.__dict__)), text, trace)))
        except Exception:  # noqa: BLE001 - it holds what cannot be sent: its words can
            _tell(line, ("error", (None, ((), {}), text, trace)))
    finally:
        line.close()
