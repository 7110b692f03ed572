"""HiGHS, run so that equal programmes give equal answers: one thread, a fixed seed, a stop by gap or nodes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from domain.plan.plan import StoppedBy
from planning.milp.grid import Floats
from planning.milp.programme import Program

Options = Mapping[str, bool | int | float]
PROBING = 1 << 15
"""HiGHS's presolve rule that tries both values of each binary column."""
MOST_PROBED = 5_000
"""Whole-number columns beyond which nothing is probed: it takes longer than all the rest of the search, and gives no bound."""
SecondsLeft = Callable[[], float]
"""How much time there is, by whatever clock the caller has [s]; negative when it is over."""


def unhurried() -> float:
    """As if there were always a minute."""
    return 60.0


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """When the search ends. Part of the plan's identity, but for the clock, which only guards."""

    rel_gap: float = 1e-3
    abs_gap_eur: float = 0.01
    """No proof finer than a cent: nearly equal plans would take minutes."""
    nodes: int = 2_000
    clock_s: float = 15.0
    """Guard by the solver's own wall clock, which keeps deadlines."""
    stop: Callable[[], Callable[[], bool]] | None = None
    """Begun with each search; what it gives is asked now and then whether to end. From outside: nothing here reads a clock."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the search found. `values` are the columns, None without a solution; `proven_infeasible` is a proof, not a time-out."""

    values: Floats | None
    objective: float
    bound: float
    stopped_by: StoppedBy
    proven_infeasible: bool


Incumbent = Callable[[Floats, float], None]
"""Takes the columns of a better solution, and the bound so far."""


def minimise(
    program: Program, limits: SearchLimits, starts: Sequence[dict[int, float]] = (), on_incumbent: Incumbent | None = None
) -> Outcome:
    """The best columns within the limits. `starts` gives values of some columns each; HiGHS completes the rest."""
    if program.impossible:
        return Outcome(None, np.inf, np.inf, "gap", True)
    if not program.cost:
        return Outcome(np.zeros(0), program.offset, program.offset, "gap", False)
    highs = _solver(options_of(limits, sum(program.integer)))
    highs.passModel(program.highs_lp())
    for start in starts:
        columns = np.array(sorted(start), dtype=np.int32)
        highs.setSolution(len(columns), columns, np.array([start[int(column)] for column in columns], dtype=float))
    errors: list[Exception] = []
    if on_incumbent is not None:
        highs.cbMipImprovingSolution += lambda event: _report(event, on_incumbent, errors)
    if limits.stop is not None:
        ended = limits.stop()
        highs.cbMipInterrupt += lambda event: event.interrupt(ended())
    highs.run()
    if errors:
        raise errors[0]
    return _outcome(highs)


def options_of(limits: SearchLimits, whole: int) -> Options:
    """The options of HiGHS for a programme with so many whole-number columns."""
    options: Options = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 1,
        "mip_rel_gap": limits.rel_gap,
        "mip_abs_gap": limits.abs_gap_eur,
        "mip_max_nodes": limits.nodes,
        "time_limit": limits.clock_s,
    }
    return options if whole <= MOST_PROBED else {**options, "presolve_rule_off": PROBING}


def _solver(options: Options) -> Any:
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call] # highspy publishes no types
    for name, value in options.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"HiGHS does not take {name} = {value}")
    return highs


def _report(event: Any, on_incumbent: Incumbent, errors: list[Exception]) -> None:
    """Hands a solution on. An error must not pass through the solver's frames: it is kept, and raised after the search."""
    out = event.data_out
    try:
        on_incumbent(np.array(out.mip_solution, dtype=float), float(out.mip_dual_bound))
    except Exception as error:  # noqa: BLE001 # raised again by the caller
        errors.append(error)


def _outcome(highs: Any) -> Outcome:
    status, info = highs.getModelStatus(), highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    infeasible = status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
    stopped: StoppedBy = "gap"
    if status in (highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt):
        stopped = "clock"
    elif status == highspy.HighsModelStatus.kSolutionLimit:
        stopped = "nodes"
    values = np.array(highs.getSolution().col_value, dtype=float) if found else None
    bound = float(info.mip_dual_bound) if found or not infeasible else np.inf
    return Outcome(values, float(info.objective_function_value), bound, stopped, infeasible and not found)
