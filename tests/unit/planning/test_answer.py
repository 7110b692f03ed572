"""The child process: answers, reports, errors, deadlines."""

import contextlib
import os
import time
from collections.abc import Callable
from functools import partial

import pytest

from planning.answer import ChildFailedError, in_child


def count(to: int, pause_s: float, report: Callable[[int], None]) -> int:
    for number in range(to):
        report(number)
        time.sleep(pause_s)
    return to


def fail(report: Callable[[int], None]) -> int:
    raise ZeroDivisionError("by hand")


def die(report: Callable[[int], None]) -> int:
    report(7)
    os._exit(3)


def die_at_once(report: Callable[[int], None]) -> int:
    os._exit(3)


def test_the_answer_comes_back() -> None:
    assert in_child(partial(count, 3, 0.0), 30.0) == 3


def test_at_the_deadline_the_last_report_stands_in() -> None:
    """Work of half a day ends with what it has told; the deadline grows until the process has had time to begin."""
    for deadline_s in (2.0, 8.0, 32.0):
        with contextlib.suppress(ChildFailedError):
            assert in_child(partial(count, 10**6, 0.05), deadline_s) in range(10**6)
            return
    raise AssertionError("a process that does not begin in half a minute")


def test_an_error_is_raised_here() -> None:
    with pytest.raises(ChildFailedError, match="ZeroDivisionError: by hand"):
        in_child(fail, 30.0)


def test_a_child_that_dies_leaves_its_last_report_or_an_error() -> None:
    assert in_child(die, 30.0) == 7
    with pytest.raises(ChildFailedError, match="ended without an answer"):
        in_child(die_at_once, 30.0)


def test_nothing_by_the_deadline_is_an_error() -> None:
    with pytest.raises(ChildFailedError, match="before any plan"):
        in_child(partial(count, 0, 0.0), 0.0)
