"""The score of a closed period: as carried out, as usual, and with perfect knowledge of prices, all on realised prices. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from domain.plan.checker import check
from domain.plan.production import HOURS_PER_SLOT, Batch, Demand, PlanProblem, Wish
from domain.savings import Saving
from domain.shop_floor.energy import Used, used
from domain.shop_floor.execution import Execution, as_planned, is_of
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
    carried: tuple[Execution, ...]
    wishes: tuple[Wish, ...] = ()
    """Those that stood in the period."""


MOST_GAP_PERCENT = 1.0
"""What was possible is not told where the search proved less: it would depend on how busy the machine was."""


def demand_of(carried: Sequence[Execution], batch_kg: float) -> tuple[Demand, ...]:
    """What was made, as demand of the days that it was due: the same kilograms for everyone."""
    counts = Counter((item.batch.due, item.batch.quality) for item in carried if item.made and item.batch.due is not None)
    return tuple(Demand(day, quality, n * batch_kg) for (day, quality), n in sorted(counts.items()) if day is not None)


def score(period: Period, limits: SearchLimits, _child: ChildSide | None = None) -> Saving:
    """Actual, usual and possible costs with the base load of the days; what cannot be compared is None."""
    problem, grid = period.problem, grid_of(period.problem)
    made = [item for item in period.carried if item.made]
    base_eur, base_kwh = base_load(period, grid)
    actual, spoiled = (_used(problem, items) for items in (made, [item for item in period.carried if not item.made]))
    reported = _used(problem, period.carried, said=True)
    published_eur = _published_eur(problem, grid, made)
    found = Saving(
        kg=sum(problem.plant.batch_kg if item.kg is None else item.kg for item in made),
        kwh=actual.kwh + spoiled.kwh + base_kwh,
        actual_eur=actual.eur + spoiled.eur + base_eur,
        baseline_eur=None if made else base_eur + spoiled.eur + actual.eur,
        perfect_eur=None,
        limits_eur=actual.eur + spoiled.eur - published_eur,
        production_days=len({item.batch.due for item in made}),
        base_eur=base_eur,
        base_kwh=base_kwh,
        reported_kwh=reported.kwh,
        spoiled_eur=spoiled.eur,
        spoiled_kwh=spoiled.kwh,
    )
    return _compared(period, grid, found, limits) if made and not others(period) else found


def others(period: Period) -> tuple[Execution, ...]:
    """What was made by another plant than that of the period: what the usual way and the best plan cost there is another thing."""
    return tuple(item for item in period.carried if item.made and not is_of(period.problem.plant, item))


def unknown_stage(period: Period) -> str | None:
    """A stage whose power nobody kept: an older version planned it, and the plant of the period has none of that name."""
    names = {stage.name for stage in period.problem.plant.stages}
    works = [work for item in period.carried for work in item.stages()]
    return next((work.stage for work in works if work.kw is None and work.stage not in names), None)


def _published_eur(problem: PlanProblem, grid: Grid, made: Sequence[Execution]) -> float:
    """What was made, as the plans had it [€]."""
    batches = [item.planned or item.batch for item in made]
    if all(is_of(problem.plant, item) for item in made):
        return total_eur(costed(problem, grid, batches))
    return _used(
        problem,
        [replace(item, batch=batch, worked=as_planned(batch, item.recipe)) for item, batch in zip(made, batches, strict=True)],
    ).eur


def _compared(period: Period, grid: Grid, found: Saving, limits: SearchLimits) -> Saving:
    """With what working as usual would have cost, and the best that was possible: what was carried out was, also where stages
    were shorter than the plant's or a batch was late.
    """
    problem = period.problem
    usual = baseline(problem, grid)
    if usual is None or not check(problem, usual, pins=False).passed:
        return found
    made = [item for item in period.carried if item.made]
    starts = tuple(item.batch for item in made), tuple(item.planned or item.batch for item in made), usual
    perfect, gap = _possible(problem, limits, starts)
    limited = perfect
    if period.wishes and perfect is not None:
        limited, _ = _possible(replace(problem, wishes=period.wishes), limits, ())
    wished = 0.0 if limited is None or perfect is None else max(0.0, limited - perfect)
    told = perfect is not None and gap is not None and gap <= MOST_GAP_PERCENT
    priced = costed(problem, grid, usual)
    return replace(
        found,
        usual=priced,
        baseline_eur=total_eur(priced) + found.base_eur,
        perfect_eur=min(perfect + found.base_eur, found.actual_eur) if told and perfect is not None else None,
        limits_eur=found.limits_eur + wished,
        gap_percent=gap,
    )


def _used(problem: PlanProblem, items: Sequence[Execution], *, said: bool = False) -> Used:
    """What batches used; with `said` the stages that were reported alone."""

    def price(at: datetime) -> float:
        slot = problem.slot_of(at)
        return (problem.prices[slot] if 0 <= slot < problem.slots else None) or 0.0

    def extra_kw(stage: str, at: datetime) -> float:
        kw, slot = problem.ambient_kw.get(stage), problem.slot_of(at)
        return (kw[slot] if kw is not None and 0 <= slot < problem.slots else None) or 0.0

    runs = [run for item in items for run in item.stages() if run.is_said or not said]
    return used(problem.plant, runs, price, extra_kw)


def _possible(problem: PlanProblem, limits: SearchLimits, starts: Sequence[tuple[Batch, ...]]) -> tuple[float | None, float | None]:
    """Cost of the best plan that is known [€], and the gap to what is proven [%]: the search's, or a plan at hand that keeps every
    limit and is cheaper than what it found.
    """
    plan = solve(problem, limits)
    known = [check(problem, batches) for batches in starts]
    costs = [verdict.cost_eur for verdict in known if verdict.passed]
    costs += [plan.cost_eur] if plan.batches and not plan.late else []
    if not costs or plan.bound_eur is None:
        return (min(costs) if costs else None), None
    best = min(costs)
    gap = max(0.0, best - plan.bound_eur)
    return best, 0.0 if gap <= limits.abs_gap_eur + 1e-9 else 100 * gap / max(abs(best), 1e-9)


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
    "saving_percent_with_base_load",
    "saving_percent_of_batches",
    "base_load_eur",
    "base_load_kwh",
    "reported_share_kwh",
    "spoiled_eur",
    "spoiled_kwh",
    "possible_gap_percent",
    "days_not_compared",
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
        "saving_percent_with_base_load": saving.saving_percent,
        "saving_percent_of_batches": saving.saving_percent_of_batches,
        "base_load_eur": saving.base_eur,
        "base_load_kwh": saving.base_kwh,
        "reported_share_kwh": saving.reported_share_kwh,
        "spoiled_eur": saving.spoiled_eur,
        "spoiled_kwh": saving.spoiled_kwh,
        "possible_gap_percent": saving.gap_percent,
    }
    rounded = {name: None if value is None else round(value, 4) + 0.0 for name, value in values.items()}  # no -0.0
    counts = {"production_days": saving.production_days, "days_not_compared": saving.days_not_compared}
    return {name: (rounded | counts)[name] for name in FIGURES}


def saving_of(entry: Mapping[str, Any]) -> Saving | None:
    """The saving of an entry; None where it has none, or was kept by a version that said less."""
    if entry["plan_eur"] is None or "base_load_eur" not in entry:
        return None
    share = entry["reported_share_kwh"]
    return Saving(
        kg=entry["kg"],
        kwh=entry["kwh"],
        actual_eur=entry["plan_eur"],
        baseline_eur=entry["baseline_eur"],
        perfect_eur=entry["perfect_eur"],
        limits_eur=entry["limits_eur"],
        production_days=entry["production_days"],
        base_eur=entry["base_load_eur"],
        base_kwh=entry["base_load_kwh"],
        reported_kwh=0.0 if share is None else share * (entry["kwh"] - entry["base_load_kwh"]),
        spoiled_eur=entry["spoiled_eur"],
        spoiled_kwh=entry["spoiled_kwh"],
        gap_percent=entry["possible_gap_percent"],
        compared_eur=entry["saving_eur"],
        days_not_compared=entry["days_not_compared"],
    )
