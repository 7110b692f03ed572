"""When there is no plan: which limits clash, and the smallest relaxation of each that mends it, confirmed by a second solve."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from domain.plan.plan import Clash, Relief
from domain.plan.production import PlanProblem
from planning import messages
from planning.conflict.apply_relief import relieved
from planning.conflict.find_relief import UNITS, Guard, is_possible, machines_up, stretch
from planning.milp.engine import SecondsLeft, unhurried
from planning.milp.grid import grid_of
from planning.milp.relaxation import LIMITS, Limit, Relaxation

OnClash = Callable[[Clash], None]


def explain(problem: PlanProblem, *, left_s: SecondsLeft = unhurried, on_clash: OnClash | None = None) -> Clash:
    """The clash of a problem without a plan. `left_s` says how much time there is for its ten or so solves together.

    `on_clash` gets what is known on the way: before anything is, that all limits together clash.
    """
    guard = Guard(left_s)
    present = _present(problem)
    if on_clash is not None:
        on_clash(_clash(problem, tuple(present), [], minimal=False, together=False))
    stretchable = [limit for limit in UNITS if limit in present]
    if short := _base_load_short(problem):
        found = [_with_base_load(problem, relief) for relief in stretch(problem, frozenset({"power"}), guard) or ()]
        every = found or stretch(problem, frozenset(stretchable), guard)
        return _clash(problem, ("power",), every or [short], minimal=True, together=not found and bool(every))
    alone: dict[Limit, list[Relief] | None] = {}
    for limit in stretchable:
        alone[limit] = stretch(problem, frozenset({limit}), guard)
        if on_clash is not None and alone[limit]:
            known = _tried(relief for found in alone.values() for relief in found or ())
            on_clash(_clash(problem, tuple(present), known, minimal=False, together=False))
    machines = machines_up(problem, guard)
    limits, minimal = _minimal_set(problem, present, alone, guard)
    limits = ("outages", *limits) if machines else limits
    reliefs = [*machines, *_tried(relief for found in alone.values() for relief in found or ())]
    together = not reliefs
    if together:
        reliefs = _tried(stretch(problem, frozenset(stretchable), guard) or [])
    return _clash(problem, limits, reliefs, minimal=minimal, together=together and bool(reliefs))


def _tried(reliefs: Iterable[Relief]) -> list[Relief]:
    """A relief is told only when a plan was found with it, as it is said."""
    return [relief for relief in reliefs if relief.confirmed]


def _present(problem: PlanProblem) -> list[Limit]:
    """Limits that the problem has at all, in the order of `LIMITS`."""
    there: dict[Limit, bool] = {
        "prices": None in problem.prices,
        "freeze": problem.freeze_until is not None,
        "wishes": bool(problem.wishes),
        "ambient": any(None in kw for kw in problem.ambient_kw.values()),
        "stock": bool(problem.plant.max_stock_kg),
        "shelf_life": bool(problem.plant.shelf_life_hours),
    }
    return [limit for limit in LIMITS if there.get(limit, True)]


def _minimal_set(
    problem: PlanProblem, present: list[Limit], alone: dict[Limit, list[Relief] | None], guard: Guard
) -> tuple[tuple[str, ...], bool]:
    """Leaves limits out one by one; what may not be left out for the clash to remain, is in it.

    `alone` tells for the limits that were stretched whether a plan exists with that one left out: reliefs if so, nothing if
    it is proven that not, None if the clock came first.
    """
    left_out: set[Limit] = set()
    proven = True
    for limit in present:
        if alone.get(limit):
            continue
        possible: bool | None = False if not left_out and alone.get(limit) == [] else None
        if possible is None:
            possible = is_possible(problem, Relaxation(dropped=frozenset({*left_out, limit})), guard.share_s)
        proven &= possible is not None
        if possible is False:
            left_out.add(limit)
    clash = tuple(limit for limit in present if limit not in left_out)
    return clash or (("started", "machines") if problem.started else ("machines",)), proven


def _base_load_short(problem: PlanProblem) -> Relief | None:
    """What the contract lacks for the base load alone, by period."""
    grid = grid_of(problem)
    lacking: dict[str, float] = {}
    for slot, period in enumerate(problem.periods):
        short = float(grid.base_kw[slot] - grid.limit_kw[slot])
        if short > 1e-9:
            lacking[f"P{period}"] = max(short, lacking.get(f"P{period}", 0.0))
    if not lacking:
        return None
    relief = Relief("power", "kW", sum(lacking.values()), tuple(sorted(lacking.items())))
    still = grid_of(relieved(problem, [relief]))
    return replace(relief, confirmed=bool((still.base_kw <= still.limit_kw + 1e-9).all()))


def _with_base_load(problem: PlanProblem, relief: Relief) -> Relief:
    """The relief as a contract that holds the base load in every period, in those that the horizon does not have, too."""
    base_kw, more = problem.plant.base_kw(staffed=True), dict(relief.parts)
    for number, kw in enumerate(problem.plant.contracted_kw, start=1):
        name = f"P{number}"
        more[name] = max(more.get(name, 0.0), base_kw - kw)
    parts = tuple((name, kw) for name, kw in sorted(more.items()) if kw > 1e-9)
    total = sum(kw for _, kw in parts)
    return replace(relief, parts=parts, amount=total, least=total if relief.minimal else relief.least)


def _clash(problem: PlanProblem, limits: tuple[str, ...], reliefs: list[Relief], *, minimal: bool, together: bool) -> Clash:
    base_load_kw = _base_load_kw(problem, limits, reliefs)
    message = messages.clash(limits, reliefs, together=together, base_load_kw=base_load_kw)
    return Clash(limits, minimal, tuple(reliefs), together, message)


def _base_load_kw(problem: PlanProblem, limits: tuple[str, ...], reliefs: list[Relief]) -> float | None:
    """The base load [kW] where it alone is more than the contract."""
    if limits != ("power",) or not reliefs:
        return None
    grid = grid_of(problem)
    return float(grid.base_kw.max()) if (grid.base_kw > grid.limit_kw + 1e-9).any() else None
