"""Whatever a program starts ends with it, in whatever session: orphans become children of this process, where Linux lets them."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROC = Path("/proc")
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37
"""Of linux/prctl.h."""
END_S = 10.0
"""Who begets faster than he is killed is given up after that."""
LOOK_EVERY_S = 0.01


@contextmanager
def nothing_stays() -> Iterator[None]:
    """At the end of the block nothing runs that was begun in it. TimeoutError naming what cannot be ended. One block at a time,
    and this process starts nothing else meanwhile.
    """
    if sys.platform != "linux":
        yield
        return
    was = _adopts()
    _adopt(True)
    before = descendants()
    try:
        yield
    finally:
        _end_all_but(before)
        _adopt(was)


def descendants() -> frozenset[int]:
    """The processes that this one or one of its own started, and those that lost their parent among them."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found, asked = set[int](), [os.getpid()]
    while asked:
        new = children.get(asked.pop(), [])
        found.update(new)
        asked += new
    return frozenset(found)


def _parents() -> Iterator[tuple[int, int]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                words = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                yield int(folder.name), int(words[1])


def _end_all_but(before: frozenset[int]) -> None:
    until = time.monotonic() + END_S
    while left := descendants() - before:
        if time.monotonic() > until:
            raise TimeoutError(f"what was started does not end: processes {', '.join(map(str, sorted(left)))}")
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with suppress(ChildProcessError):  # its parent, killed as well, is still on its way out
                os.waitpid(pid, os.WNOHANG)
        time.sleep(LOOK_EVERY_S)


def _adopt(wanted: bool) -> None:
    _prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(wanted))


def _adopts() -> bool:
    answer = ctypes.c_int()
    _prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(answer))
    return bool(answer.value)


def _prctl(option: int, argument: object) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, argument, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
