"""What a program starts ends with it, in whatever session it went, and nothing else does."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.runtime.offspring import descendants, nothing_stays

DAEMON = """
import os, signal, sys, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
for number in (1, 2, 15):
    signal.signal(number, signal.SIG_IGN)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(600)
"""
"""Leaves its parent and its session, as a daemon does, and hears no signal that it may not hear."""
BEARING = """
import os, sys, time
for number in range(200):
    if not os.fork():
        os.setsid()
        time.sleep(600)
        os._exit(0)
    open(sys.argv[1], "w").write("begun")
    time.sleep(0.005)
"""
"""Goes on starting processes of sessions of their own, 200 of them and no more."""


def started(code: str, told: Path) -> "subprocess.Popen[bytes]":
    """A program, once it has said that it runs."""
    process = subprocess.Popen([sys.executable, "-c", code, str(told)])
    while not (told.exists() and told.read_text()):
        time.sleep(0.01)
    return process


def runs(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_a_daemon_ends_with_the_block_and_what_was_there_before_goes_on(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with nothing_stays():
            started(DAEMON, tmp_path / "pid").wait()
            pid = int((tmp_path / "pid").read_text())
            assert runs(pid) and pid in descendants()
        assert not runs(pid)
        assert runs(other.pid) and other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_who_goes_on_starting_others_is_ended_with_all_of_them(tmp_path: Path) -> None:
    before = descendants()
    with nothing_stays():
        process = started(BEARING, tmp_path / "told")
        while len(descendants() - before) < 3:
            time.sleep(0.01)
        assert process.poll() is None, "it goes on while it is ended"
    process.wait()
    assert descendants() == before


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_it_ends_too_where_the_block_is_left_by_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), nothing_stays():
        started(DAEMON, tmp_path / "pid").wait()
        raise KeyError
    assert not runs(int((tmp_path / "pid").read_text()))
