"""What planning is worth and how long it takes, on real prices.

`python -m bench.plan --from 2025-01-06 --to 2025-12-28 --market pvpc [--prices CSV] [--json FILE] [--parts weeks,flat,daily]`

`weeks`: every seven days from the first on, with known prices: times, gap, checker, saving against working as usual.
`flat`: the same weeks at one price: the saving must be 0 within the absolute gap, and the plan never dearer than as usual.
`daily`: re-planned every evening on forecasts as they were known, against perfect knowledge, by month.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
from os import getloadavg
from pathlib import Path
from statistics import median
from typing import Any

from bench.plan_daily import carried_out, forecasters, known_hours
from bench.plan_weeks import Prices, WeekScore, default_plant, flat, read_prices, solve_week, week_problem
from domain.savings import Saving, summed
from planning.costing import costed, total_eur
from planning.engine import SearchLimits
from planning.grid import grid_of

DATA = Path("../shared/data/prices/price_es_hourly.csv.gz")
LIMITS = SearchLimits(clock_s=300.0, cpu_s=15.0)
"""Fifteen seconds of one processor: on an idle machine the wall clock shows the same; a busy one does not change the result."""
PATIENT = SearchLimits(clock_s=600.0, cpu_s=60.0)
"""For what is not about time: flat prices and daily plans."""


def week_starts(first: date, last: date) -> list[date]:
    """First days of the whole weeks from a day on, within the days, both included."""
    return [first + timedelta(days=7 * n) for n in range(((last - first).days + 1) // 7)]


def score_week(prices: Prices, begin: date, *, at_one_price: bool) -> WeekScore:
    """One week, alone in its process."""
    problem = week_problem(default_plant(), begin, lambda hour: prices[hour])
    return solve_week(flat(problem) if at_one_price else problem, PATIENT if at_one_price else LIMITS)[1]


def percentile(values: Iterable[float], share: float) -> float:
    """The value that a share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def spread(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and the largest."""
    return {"p50": median(values), "p95": percentile(values, 0.95), "max": max(values)}


def summary(scores: Sequence[WeekScore]) -> dict[str, Any]:
    """What the issue of a benchmark is judged by."""
    savings = [s.saving_eur for s in scores if s.saving_eur is not None]
    percents = [s.saving_percent for s in scores if s.saving_percent is not None]
    gaps = [s.gap_percent if s.gap_percent is not None else 0.0 for s in scores]
    return {
        "weeks": len(scores),
        "checked": sum(s.checked for s in scores),
        "without_baseline": sum(s.baseline_eur is None for s in scores),
        "first_s": spread([s.first_s for s in scores]),
        "total_s": spread([s.total_s for s in scores]),
        "cpu_s": spread([s.cpu_s for s in scores]),
        "gap_percent": spread(gaps),
        "gap_eur": spread([s.gap_eur or 0.0 for s in scores]),
        "stopped_by_clock": sum(s.stopped_by == "clock" for s in scores),
        "saving_eur": {"min": min(savings), "median": median(savings), "max": max(savings), "sum": sum(savings)},
        "saving_percent": {"min": min(percents), "median": median(percents), "max": max(percents)},
    }


def daily_scores(path: Path, market: str, weeks: Sequence[date], prices: Prices, weekly: Sequence[WeekScore], jobs: int) -> Any:
    """Captured percent by forecaster and month; a week belongs to the month of its fourth day."""
    made = forecasters(path, market, weeks[0] - timedelta(days=1), weeks[-1] + timedelta(days=6))
    report: dict[str, Any] = {}
    for name, forecaster in made.items():
        tables = {begin: [forecaster(begin + timedelta(days=n)) for n in range(7)] for begin in weeks}
        work = [partial(_daily_cost, prices, begin, tables[begin]) for begin in weeks]
        costs = _mapped(work, jobs, name)
        report[name] = _by_month(weeks, weekly, costs)
    return report


def _daily_cost(prices: Prices, begin: date, forecasts: Sequence[Prices]) -> float:
    """Realised cost of a week's batches, re-planned daily."""
    plant = default_plant()
    done = carried_out(plant, begin, prices, lambda day: forecasts[(day - begin).days], PATIENT)
    real = week_problem(plant, begin, lambda hour: prices[hour])
    return total_eur(costed(real, grid_of(real), done))


def _by_month(weeks: Sequence[date], weekly: Sequence[WeekScore], costs: Sequence[float]) -> dict[str, Any]:
    months: dict[str, list[Saving]] = defaultdict(list)
    for begin, score, cost in zip(weeks, weekly, costs, strict=True):
        if score.baseline_eur is not None:
            base = score.base_cost_eur
            saving = Saving(0.0, 0.0, cost + base, score.baseline_eur + base, score.cost_eur + base)
            months[f"{begin + timedelta(days=3):%Y-%m}"].append(saving)
    whole = summed(saving for savings in months.values() for saving in savings)
    captured = {month: total.captured_percent for month, savings in months.items() if (total := summed(savings))}
    return {"captured_percent": captured, "year_captured_percent": whole.captured_percent if whole else None}


def _mapped(work: Sequence[Callable[[], Any]], jobs: int, title: str) -> list[Any]:
    """Results in order, from one or two processes."""
    if jobs == 1:
        return [_told(title, index, len(work), call()) for index, call in enumerate(work)]
    with ProcessPoolExecutor(jobs) as pool:
        futures = [pool.submit(call) for call in work]
        return [_told(title, index, len(work), future.result()) for index, future in enumerate(futures)]


def _told(title: str, index: int, count: int, result: Any) -> Any:
    print(f"{title}: {index + 1} of {count}: {result}", flush=True)
    return result


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """The parts that are asked for."""
    prices = read_prices(arguments.prices, arguments.market)
    weeks = [m for m in week_starts(arguments.first, arguments.last) if known_hours(prices, m, m + timedelta(days=6))]
    parts, jobs = arguments.parts.split(","), arguments.jobs
    report: dict[str, Any] = {"market": arguments.market, "load_before": getloadavg()[0]}
    weekly = _mapped([partial(score_week, prices, m, at_one_price=False) for m in weeks], jobs, "week")
    report["weeks"] = summary(weekly) | {"each": [asdict(score) for score in weekly]}
    if "flat" in parts:
        flats = _mapped([partial(score_week, prices, m, at_one_price=True) for m in weeks], jobs, "flat")
        report["flat"] = summary(flats)
    if "daily" in parts:
        report["daily"] = daily_scores(arguments.prices, arguments.market, weeks, prices, weekly, jobs)
    return report | {"load_after": getloadavg()[0]}


def main() -> None:
    """Parses, runs, prints, and keeps the figures if asked to."""
    parser = argparse.ArgumentParser(prog="bench plan", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--prices", type=Path, default=DATA)
    parser.add_argument("--market", choices=("pvpc", "spot"), default="pvpc")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--parts", default="weeks,flat,daily")
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=1)
    arguments = parser.parse_args()
    report = run(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    report["weeks"].pop("each")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
