"""The score of a closed period: as carried out, as usual, and with perfect knowledge of prices, all on realised prices. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.errors import NotKnownError
from domain.plan.checker import check
from domain.plan.production import HOURS_PER_SLOT, Batch, Demand, PlanProblem, Wish
from domain.savings import Saving
from domain.shop_floor.execution import Carried
from domain.timeline import day_bounds
from planning.milp.engine import SearchLimits
from planning.milp.grid import Grid, grid_of
from planning.search.baseline import baseline
from planning.search.costing import costed, total_eur
from planning.search.solve import solve
from ports import ChildSide


@dataclass(frozen=True, slots=True)
class Period:
    """A period to score: the problem of its demand on realised prices, and the batches that were carried out for it."""

    problem: PlanProblem
    """Begins at or before the first day: some batches were made ahead. No wishes in it."""
    first: date
    last: date
    carried: tuple[Carried, ...]
    wishes: tuple[Wish, ...] = ()
    """Those that stood in the period."""


def demand_of(carried: Sequence[Carried], batch_kg: float) -> tuple[Demand, ...]:
    """What was made, as demand of the days that it was due: the same kilograms for everyone."""
    counts = Counter((item.batch.due, item.batch.quality) for item in carried if item.made and item.batch.due is not None)
    return tuple(Demand(day, quality, n * batch_kg) for (day, quality), n in sorted(counts.items()) if day is not None)


def score(period: Period, limits: SearchLimits, _child: ChildSide | None = None) -> Saving:
    """Actual, usual and perfect costs with the base load of the days. The perfect plan is at most as dear as what was done.

    NotKnownError where it cannot be compared, with the reason.
    """
    problem, grid = period.problem, grid_of(period.problem)
    usual = baseline(problem, grid)
    if usual is None or not check(problem, usual, pins=False).passed:
        raise NotKnownError("working as usual could not have made it: nothing to compare with")
    made = [item for item in period.carried if item.made]
    actual = [item.batch for item in made]
    planned = [item.planned or item.batch for item in made]
    base_eur, base_kwh = base_load(period, grid)
    perfect = _perfect_eur(problem, limits, starts=(tuple(actual), tuple(planned)))
    limited = _perfect_eur(replace(problem, wishes=period.wishes), limits) if period.wishes else perfect
    items = costed(problem, grid, actual)
    actual_eur, planned_eur = total_eur(items), total_eur(costed(problem, grid, planned))
    return Saving(
        kg=len(actual) * problem.plant.batch_kg,
        kwh=sum(item.kwh for item in items) + base_kwh,
        actual_eur=actual_eur + base_eur,
        baseline_eur=total_eur(costed(problem, grid, usual)) + base_eur,
        perfect_eur=perfect + base_eur,
        limits_eur=actual_eur - planned_eur + max(0.0, limited - perfect),
        production_days=len({item.batch.due for item in made}),
    )


def _perfect_eur(problem: PlanProblem, limits: SearchLimits, starts: Sequence[tuple[Batch, ...]] = ()) -> float:
    """Cost of the best plan [€]: the search's, or a plan at hand that keeps every limit and is cheaper than what it found."""
    plan = solve(problem, limits)
    known = [check(problem, batches) for batches in starts]
    costs = [verdict.cost_eur for verdict in known if verdict.passed] + ([plan.cost_eur] if plan.batches else [])
    if not costs:
        raise NotKnownError(f"no plan with perfect knowledge: {plan.status}")
    return min(costs)


def base_load(period: Period, grid: Grid) -> tuple[float, float]:
    """Cost [€] and energy [kWh] of the base load over the days of the period."""
    problem, tz = period.problem, period.problem.plant.tz
    first = problem.slot_of(day_bounds(period.first, tz)[0])
    last = problem.slot_of(day_bounds(period.last, tz)[1])
    kwh = grid.base_kw[first:last] * HOURS_PER_SLOT
    return float(kwh @ grid.price[first:last]), float(kwh.sum())


FIGURES = (
    "kg",
    "kwh",
    "plan_eur",
    "baseline_eur",
    "perfect_eur",
    "saving_eur",
    "saving_percent",
    "captured_percent",
    "forecast_error_eur",
    "limits_eur",
    "production_days",
)


def figures(saving: Saving) -> dict[str, Any]:
    """A saving as JSON, euros to a hundredth of a cent. `plan_eur` is the plan as carried out."""
    values = {
        "kg": saving.kg,
        "kwh": saving.kwh,
        "plan_eur": saving.actual_eur,
        "baseline_eur": saving.baseline_eur,
        "perfect_eur": saving.perfect_eur,
        "saving_eur": saving.saving_eur,
        "saving_percent": saving.saving_percent,
        "captured_percent": saving.captured_percent,
        "forecast_error_eur": saving.forecast_error_eur,
        "limits_eur": saving.limits_eur,
    }
    rounded = {name: None if value is None else round(value, 4) for name, value in values.items()}
    return rounded | {"production_days": saving.production_days}


def saving_of(entry: Mapping[str, Any]) -> Saving | None:
    """The saving of an entry; None for one without."""
    if entry["plan_eur"] is None:
        return None
    return Saving(
        kg=entry["kg"],
        kwh=entry["kwh"],
        actual_eur=entry["plan_eur"],
        baseline_eur=entry["baseline_eur"],
        perfect_eur=entry["perfect_eur"],
        limits_eur=entry["limits_eur"],
        production_days=entry["production_days"],
    )
