"""Work in a child process: results, progress, errors, deadlines, kills. Real processes."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.runtime.child import ChildFailedError, ChildProcess

Progress = Callable[[float], None]


def double(value: int, progress: Progress) -> dict[str, int]:
    progress(0.5)
    return {"twice": 2 * value, "nice": os.nice(0), "pid": os.getpid()}


def raises(progress: Progress) -> None:
    raise ValueError("no such column")


def sleeps(progress: Progress) -> None:
    progress(0.25)
    time.sleep(600)


def dies(progress: Progress) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def large(progress: Progress) -> bytes:
    return b"x" * 5_000_000


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_the_result_comes_from_another_process_that_takes_what_is_left() -> None:
    child = ChildProcess()
    result = await child.run(double, 21, deadline_s=60)
    assert result["twice"] == 42
    assert result["pid"] != os.getpid()
    assert result["nice"] >= 10
    assert not child.status.running
    assert gone(result["pid"])


async def test_a_large_result_comes_whole() -> None:
    assert len(await ChildProcess().run(large, deadline_s=60)) == 5_000_000


async def test_an_error_is_told_with_its_name() -> None:
    with pytest.raises(ChildFailedError, match="ValueError: no such column"):
        await ChildProcess().run(raises, deadline_s=60)


async def test_a_child_that_is_killed_is_a_failure_and_no_silence() -> None:
    with pytest.raises(ChildFailedError, match=r"exit code -9|without a result"):
        await ChildProcess().run(dies, deadline_s=60)


async def test_progress_is_seen_and_a_cancelled_run_leaves_nobody_behind() -> None:
    child = ChildProcess()
    run = asyncio.create_task(child.run(sleeps, deadline_s=60))
    while child.status.progress != 0.25:
        assert not run.done()
        await asyncio.sleep(0.02)
    pid = child.status.pid
    assert pid is not None
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert gone(pid)
    assert not child.status.running


async def test_a_signal_to_the_whole_group_leaves_the_child_to_its_parent() -> None:
    child = ChildProcess()
    run = asyncio.create_task(child.run(sleeps, deadline_s=60))
    while child.status.progress != 0.25:
        await asyncio.sleep(0.02)
    assert child.status.pid is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(child.status.pid, number)
    await asyncio.sleep(0.5)
    assert not run.done()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


def test_a_child_does_not_outlive_its_parent() -> None:
    program = """
import asyncio, os, sys
from adapters.runtime.child import ChildProcess
from test_child import sleeps
async def main():
    child = ChildProcess()
    run = asyncio.create_task(child.run(sleeps, deadline_s=60))
    while child.status.progress != 0.25:
        await asyncio.sleep(0.02)
    print(child.status.pid, flush=True)
    os._exit(9)
if __name__ == "__main__":
    asyncio.run(main())
"""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    ended = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": path}, stdout=subprocess.PIPE, text=True, timeout=60)
    end = time.monotonic() + 10
    while not gone(int(ended.stdout)):
        assert time.monotonic() < end, "the child goes on without its parent"
        time.sleep(0.05)


async def test_the_deadline_ends_it_and_the_next_work_runs() -> None:
    child = ChildProcess()
    with pytest.raises(ChildFailedError, match="not done within"):
        await child.run(sleeps, deadline_s=0.5)
    assert (await child.run(double, 1, deadline_s=60))["twice"] == 2
