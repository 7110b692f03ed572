"""Runs a command with all that it starts, as one: told to stop, or left by its parent, nothing of it goes on.

`attached.py COMMAND...`. The command gets a session of its own. After TERM, INT or HUP to this process all of it gets TERM, what is
still there after 4 s KILL, and then this process dies of the signal that it got, as a shell expects. Otherwise it ends as the
command did. Standard library only: it runs before there is a virtual environment.
"""
# ruff: noqa: E402 - Ctrl-C while the rest is being read ends this process too, without a traceback

import _signal  # what `signal` rests on; `signal` itself takes milliseconds to read

_signal.signal(_signal.SIGINT, _signal.SIG_DFL)

import contextlib
import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import NoReturn

LAST_S = 4.0
"""From TERM to KILL [s]."""
LOOK_EVERY_S = 0.05
PR_SET_CHILD_SUBREAPER = 36
"""prctl(2)."""
OURS = "ATTACHED"
"""Tells the command that it runs in here: the process id of this process, which only a direct child has as its parent."""

told: list[int] = []


def hear(number: int, _frame: FrameType | None) -> None:
    """Remember the first signal."""
    told.append(number)


def die_of(number: int) -> NoReturn:
    """End as one who was killed by a signal ends; as process 1, whom no signal kills, with the status that says the same."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    os._exit(128 + number)


def is_there(group: int) -> bool:
    """Whether anything of a process group still runs."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # something of it runs as somebody else
        return True
    return True


def send(group: int, number: int) -> None:
    """A signal to all of a group that is still there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def adopt() -> None:
    """On Linux, what loses its parent from now on becomes a child of this process, which can then see it go."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def bury() -> None:
    """Take the status of every child that has ended: until then it counts as there."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def end(group: int, number: int) -> NoReturn:
    """End all of the command, then this process."""
    adopt()
    started, steps = time.monotonic(), [(0.0, signal.SIGTERM), (LAST_S, signal.SIGKILL)]
    while is_there(group):
        if steps and time.monotonic() >= started + steps[0][0]:
            send(group, steps.pop(0)[1])
        elif not steps and time.monotonic() > started + LAST_S + 0.5:
            break  # what KILL does not end waits for a disk, and goes when that answers
        time.sleep(LOOK_EVERY_S)
        bury()
    die_of(number)


def main(command: list[str]) -> NoReturn:
    """Start, wait, pass on."""
    signal.signal(signal.SIGTERM, hear)
    signal.signal(signal.SIGINT, hear)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, hear)
    environment = {**os.environ, OURS: str(os.getpid())}
    try:
        child = subprocess.Popen(command, env=environment, start_new_session=True)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")
    while not told:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = child.wait(LOOK_EVERY_S)
            if told:
                break
            if code < 0:
                die_of(-code)
            sys.exit(code)
    end(child.pid, told[0])


if __name__ == "__main__":
    main(sys.argv[1:])
