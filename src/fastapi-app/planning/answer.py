"""The whole answer to a problem: a plan, or the clash; in this process or in a child with a deadline."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from domain.plan.plan import Plan
from domain.plan.production import PlanProblem
from planning.conflict.conflict import explain
from planning.milp.engine import SearchLimits
from planning.search.solve import NO_LIMITS, OnPlan, solve

T = TypeVar("T")
GRACE_S = 1.0
"""Time that the search leaves before the deadline, to hand its answer over [s]."""


class ChildFailedError(Exception):
    """The child process ended without an answer, or with an error, which the text holds."""


def answer(
    problem: PlanProblem,
    limits: SearchLimits = NO_LIMITS,
    on_plan: OnPlan | None = None,
    *,
    clash_s: float = 60.0,
    within_s: float = inf,
) -> Plan:
    """The plan; where there is none, the clash, for which `clash_s` is the guard [s]; `within_s` holds for both together.

    `on_plan` gets what is known of the clash on the way, too: it is never an answer without a word on why.
    """
    until_s = time.monotonic() + within_s
    plan = solve(problem, limits, on_plan)
    if plan.status != "infeasible":
        return plan
    on_clash = None if on_plan is None else lambda clash: on_plan(replace(plan, clash=clash))
    return replace(plan, clash=explain(problem, clock_s=min(clash_s, until_s - time.monotonic()), on_clash=on_clash))


def solve_in_child(problem: PlanProblem, deadline_s: float, limits: SearchLimits = NO_LIMITS) -> Plan:
    """`answer` in a child process that is ended at the deadline: then the best plan so far is returned.

    Blocks the calling thread: from a coroutine, call it in an executor. Raises ChildFailedError where there is nothing to return.
    """
    left_s = max(0.5, deadline_s - GRACE_S)
    guarded = replace(limits, clock_s=min(limits.clock_s, left_s))
    plan: Plan = in_child(partial(_answer, problem, guarded, left_s), deadline_s)
    return plan


def _answer(problem: PlanProblem, limits: SearchLimits, left_s: float, on_plan: OnPlan) -> Plan:
    """The plan or the clash, in what is left before the deadline."""
    return answer(problem, limits, on_plan, within_s=left_s)


def in_child(work: Callable[[Callable[[T], None]], T], deadline_s: float) -> T:
    """Runs `work(report)` in a fresh process; the last report stands in for the answer when the deadline comes first.

    `work` must be picklable: a function of a module, or a `partial` of one.
    """
    until = time.monotonic() + deadline_s
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(theirs, work), daemon=True)
    unheard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})  # only we end it
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, unheard)
    theirs.close()
    try:
        result: T = _receive(ours, until)
        return result
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def _serve(pipe: Connection, work: Callable[[Callable[[Any], None]], Any]) -> None:
    """The child: reports, then the answer or the error. It ends when the process that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()
    try:
        result = work(lambda value: pipe.send(("report", value)))
    except Exception as error:  # noqa: BLE001 # whatever went wrong is the parent's to raise
        pipe.send(("error", f"{type(error).__name__}: {error}"))
    else:
        pipe.send(("answer", result))


def _end_after(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)


def _receive(pipe: Connection, until: float) -> Any:
    """The answer, or at the deadline (or when the child dies) the last report."""
    reports: list[Any] = []
    failure = "the deadline came before any plan"
    while pipe.poll(max(0.0, until - time.monotonic())):
        try:
            kind, value = pipe.recv()
        except EOFError:
            failure = "the process ended without an answer"
            break
        if kind == "answer":
            return value
        if kind == "error":
            raise ChildFailedError(value)
        reports[:] = [value]
    if not reports:
        raise ChildFailedError(failure)
    return reports[0]
