"""Starts a part of the program by its module: `python -m start backup --to FOLDER`.

TERM and INT end it from its first moment on, while libraries are still being read too: what it has open is closed as after Ctrl-C,
no traceback is shown, and it ends as a process ends that a signal killed. What does not let itself be ended is cut off.
"""

import os
import runpy
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

LAST_S = 3.5
"""What is still closing then is cut off [s]: SQLite and the spool survive that, and whoever stopped us waits no longer than 5 s."""

told: list[int] = []


def die_of(number: int) -> NoReturn:
    """End as one who was killed by a signal ends; as process 1, whom no signal kills, with the status that says the same."""
    sys.stdout.flush()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    os._exit(128 + number)


def stop(number: int, _frame: FrameType | None) -> None:
    """A signal: as Ctrl-C, with an end that is certain."""
    told.append(number)
    cut_off(number)
    raise KeyboardInterrupt


def cut_off(number: int) -> None:
    """End the process in any case, soon."""
    timer = threading.Timer(LAST_S, os._exit, (128 + number,))
    timer.daemon = True
    timer.start()


def main() -> None:
    """Run the module that the first argument names."""
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    try:
        runpy.run_module(module, run_name="__main__")
    except BaseException:
        if not told:
            raise
    if told:
        die_of(told[0])


if __name__ == "__main__":
    main()
