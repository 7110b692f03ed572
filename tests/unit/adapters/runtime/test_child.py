"""Work in a child process: results, reports, errors by their type, deadlines, kills. Real processes."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest

from adapters.runtime.child import GRACE_S, ChildProcess, end_children
from domain.errors import ChildFailedError, ChildLateError, InvalidRequestError, NotKnownError
from forecasting.data.history import NotEnoughHistoryError
from ports import ChildSide


def double(value: int, child: ChildSide) -> dict[str, int]:
    child.report(0.5)
    return {"twice": 2 * value, "nice": os.nice(0), "pid": os.getpid()}


def raises(child: ChildSide) -> None:
    raise ZeroDivisionError("by hand")


def refuses(child: ChildSide) -> None:
    raise NotEnoughHistoryError("a model", 150, 12)


def refuses_what_cannot_be_sent(child: ChildSide) -> None:
    raise InvalidRequestError("no", name="at", value=lambda: None, valid="a number")


def sleeps(child: ChildSide) -> None:
    child.report(0.25)
    time.sleep(600)


def counts(child: ChildSide) -> int:
    number = 0
    while True:
        child.report(number)
        number += 1
        time.sleep(0.05)


def kills_itself(child: ChildSide) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_with_a_report(child: ChildSide) -> None:
    child.report(7)
    time.sleep(0.5)  # what is sent is on its way
    os._exit(3)


def time_left(child: ChildSide) -> float:
    return child.left_s()


def large(child: ChildSide) -> bytes:
    return b"x" * 5_000_000


def length(value: bytes, child: ChildSide) -> int:
    return len(value)


def gone(pid: int) -> bool:
    """Whether a process has ended; where process 1 buries nobody it stays as a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_the_result_comes_from_another_process_that_takes_what_is_left() -> None:
    child = ChildProcess()
    result = await child.run(double, 21, deadline_s=60)
    assert result["twice"] == 42
    assert result["pid"] != os.getpid()
    assert result["nice"] >= 10
    assert (child.pid, child.last_report) == (None, None)
    assert gone(result["pid"])


async def test_a_child_may_be_as_urgent_as_the_service() -> None:
    assert (await ChildProcess(niceness=0).run(double, 21, deadline_s=60))["nice"] == os.nice(0)


async def test_a_large_result_comes_whole() -> None:
    assert len(await ChildProcess().run(large, deadline_s=60)) == 5_000_000


async def test_what_nobody_expected_is_a_fault_with_the_traceback_of_the_child() -> None:
    with pytest.raises(ChildFailedError, match="ZeroDivisionError: by hand") as caught:
        await ChildProcess().run(raises, deadline_s=60)
    logged = "".join(traceback.format_exception(caught.value))
    assert 'raise ZeroDivisionError("by hand")' in logged
    assert "in raises" in logged


async def test_an_error_of_this_program_is_raised_as_it_was_with_its_fields() -> None:
    with pytest.raises(NotEnoughHistoryError, match="a model needs 150 days of history, has 12") as caught:
        await ChildProcess().run(refuses, deadline_s=60)
    assert (caught.value.what, caught.value.needs_days, caught.value.has_days) == ("a model", 150, 12)
    assert isinstance(caught.value, NotKnownError)
    assert "in refuses" in "".join(traceback.format_exception(caught.value))


async def test_an_error_that_holds_what_cannot_be_sent_is_told_in_words() -> None:
    with pytest.raises(ChildFailedError, match="InvalidRequestError: no"):
        await ChildProcess().run(refuses_what_cannot_be_sent, deadline_s=60)


async def test_a_child_that_is_killed_is_a_failure_and_no_silence() -> None:
    with pytest.raises(ChildFailedError, match="exit code -9") as caught:
        await ChildProcess().run(kills_itself, deadline_s=60)
    assert not isinstance(caught.value, ChildLateError)


async def test_a_child_that_dies_leaves_its_last_report_with_the_error() -> None:
    with pytest.raises(ChildFailedError, match="exit code 3") as caught:
        await ChildProcess().run(dies_with_a_report, deadline_s=60)
    assert caught.value.last_report == 7


async def test_a_report_is_seen_and_a_cancelled_run_leaves_nobody_behind() -> None:
    child = ChildProcess()
    run = asyncio.create_task(child.run(sleeps, deadline_s=60))
    while child.last_report != 0.25:
        assert not run.done()
        await asyncio.sleep(0.02)
    pid = child.pid
    assert pid is not None
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert gone(pid)
    assert child.pid is None


async def test_a_signal_to_the_whole_group_leaves_the_child_to_its_parent() -> None:
    child = ChildProcess()
    run = asyncio.create_task(child.run(sleeps, deadline_s=60))
    while child.last_report != 0.25:
        await asyncio.sleep(0.02)
    assert child.pid is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(child.pid, number)
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
    while child.last_report != 0.25:
        await asyncio.sleep(0.02)
    print(child.pid, flush=True)
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


def test_a_child_whose_parent_hears_no_more_ends_without_a_word() -> None:
    program = """
import multiprocessing, test_child
from adapters.runtime.child import _child
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, 0, None))
    process.start()
    theirs.close()
    ours.send((test_child.counts, (), 0.0))
    ours.recv()
    ours.close()
    process.join()
    print(process.exitcode)
"""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    ended = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": path}, capture_output=True, text=True, timeout=100)
    assert (ended.stdout.strip(), ended.stderr) == ("1", "")


async def test_a_spare_process_waits_for_the_next_work_and_another_one_after_it() -> None:
    child = ChildProcess(niceness=0, spare_for=double)
    none_yet = child.spare_pid
    assert none_yet is None
    await child.warm()
    first = child.spare_pid
    await child.warm()
    assert (child.spare_pid, first is None) == (first, False)
    assert (await child.run(double, 21, deadline_s=60))["pid"] == first
    second = child.spare_pid
    assert second is not None and second != first
    assert (await child.run(double, 21, deadline_s=60))["pid"] == second
    third = child.spare_pid
    end_children()
    assert third is not None
    while not gone(third):
        await asyncio.sleep(0.01)


async def test_the_next_spare_process_is_there_while_the_work_goes_on() -> None:
    child = ChildProcess(niceness=0, spare_for=double)
    run = asyncio.create_task(child.run(sleeps, deadline_s=60))
    while child.spare_pid is None:
        assert not run.done()
        await asyncio.sleep(0.02)
    spare = child.spare_pid
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (await child.run(double, 21, deadline_s=60))["pid"] == spare
    end_children()


async def test_a_spare_process_that_died_is_replaced_without_a_word() -> None:
    child = ChildProcess(niceness=0, spare_for=double)
    await child.warm()
    first = child.spare_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    while not gone(first):
        await asyncio.sleep(0.01)
    assert (await child.run(double, 21, deadline_s=60))["pid"] != first
    end_children()


async def test_work_larger_than_a_pipe_holds_reaches_the_child_and_one_that_dies_before_it_has_read_it_is_a_failure() -> None:
    child = ChildProcess(niceness=0)
    assert await child.run(length, b"x" * 5_000_000, deadline_s=60) == 5_000_000
    run = asyncio.create_task(child.run(length, b"x" * 50_000_000, deadline_s=60))
    while child.pid is None:
        await asyncio.sleep(0.001)
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(ChildFailedError, match="exit code -9"):
        await run


async def test_the_deadline_ends_it_with_its_last_report_and_the_next_work_runs() -> None:
    child = ChildProcess()
    run = asyncio.create_task(child.run(counts, deadline_s=1e9))
    while (child.last_report or 0) < 2:
        assert not run.done()
        await asyncio.sleep(0.02)
    run.cancel()
    with pytest.raises(ChildLateError, match="not done within 0 s") as caught:
        await child.run(sleeps, deadline_s=0.0)
    assert (caught.value.deadline_s, caught.value.last_report) == (0.0, None)
    assert (await child.run(double, 1, deadline_s=60))["twice"] == 2
    assert multiprocessing.active_children() == []


async def test_the_last_report_comes_with_the_deadline() -> None:
    """The deadline grows until the process has had time to begin, whatever the machine does."""
    for deadline_s in (2.0, 8.0, 32.0):
        with pytest.raises(ChildLateError) as caught:
            await ChildProcess(niceness=0).run(counts, deadline_s=deadline_s)
        if caught.value.last_report is not None:
            assert isinstance(caught.value.last_report, int) and caught.value.last_report >= 0
            return
    raise AssertionError("a process that does not begin in half a minute")


async def test_the_work_is_told_how_much_time_there_is_less_what_its_start_took() -> None:
    assert 0 < await ChildProcess().run(time_left, deadline_s=100) < 100 - GRACE_S


async def test_once_retired_no_process_waits_and_none_comes() -> None:
    child = ChildProcess(niceness=0, spare_for=double)
    await child.warm()
    waiting = child.spare_pid
    assert waiting is not None
    child.retire()
    await child.warm()
    assert (await child.run(double, 21, deadline_s=60))["pid"] != waiting
    assert child.spare_pid is None and gone(waiting)


async def test_one_that_is_made_while_it_is_retired_does_not_stay() -> None:
    child = ChildProcess(niceness=0, spare_for=double)
    warming = asyncio.create_task(child.warm())
    await asyncio.sleep(0)
    child.retire()
    await warming
    assert child.spare_pid is None
    assert multiprocessing.active_children() == []


def test_a_program_that_ends_with_a_child_left_ends() -> None:
    """In a process of its own: one that waits for its children for ever would take the tests with it."""
    program = """
import asyncio
from adapters.runtime.child import ChildProcess
from test_child import double
if __name__ == "__main__":
    child = ChildProcess(spare_for=double)
    asyncio.run(child.warm())
    print(child.spare_pid)
"""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    ended = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": path}, stdout=subprocess.PIPE, text=True, timeout=60)
    assert ended.returncode == 0
    end = time.monotonic() + 10
    while not gone(int(ended.stdout)):
        assert time.monotonic() < end, "the child goes on without its parent"
        time.sleep(0.05)
