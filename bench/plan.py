"""What planning is worth and how long it takes, on real prices.

`python -m bench.plan --from 2025-01-06 --to 2025-12-28 --market contract [--prices CSV] [--d1 CSV] [--json FILE]
[--parts weeks,quarters,flat,same,daily] [--planned evening|news]`

`--market`: `contract` is what the default plant pays (indexed: the spot through the terms of its hour, from 2024 on, where the
tables begin); `spot` and `pvpc` are the prices of the market as they stand.
`weeks`: every seven days from the first on, with known prices: times, gap, checker, saving against working as usual.
`quarters`: the same on quarter-hour prices of the spot.
`flat`: the same weeks at one price: the saving must be 0 within the absolute gap, and the plan never dearer than as usual.
`same`: the first week asked ten times, each in a process of its own: one answer, bit for bit.
`daily`: re-planned on forecasts as they were known, every evening or also when the auction is over, against perfect knowledge, by
month; a run that is broken off goes on where it was.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
from os import getloadavg
from pathlib import Path
from statistics import median
from typing import Any, get_args

from bench.plan_captured import captured
from bench.plan_forecasts import Files
from bench.plan_quarters import read_quarters, score_quarters, whole_weeks
from bench.plan_same import answers
from bench.plan_weeks import (
    Price,
    Prices,
    WeekScore,
    default_plant,
    flat,
    followed,
    known_hours,
    read_prices,
    solve_week,
    week_problem,
)
from planning.milp.engine import SearchLimits

DATA = Path("../shared/data/prices/price_es_hourly.csv.gz")
D1 = Path("../shared/data/forecasts_d1/esios_d1_demand_wind_solar.csv.gz")
QUARTERS = Path("../shared/data/prices/omie_es_15min.csv.gz")


def after_cpu(seconds: float) -> Callable[[], bool]:
    """Whether this process has worked so long since now, which a busy machine does not shorten."""
    until = time.process_time() + seconds
    return lambda: time.process_time() > until


LIMITS = SearchLimits(clock_s=300.0, stop=partial(after_cpu, 15.0))
"""Fifteen seconds of one processor: on an idle machine the wall clock shows the same; a busy one does not change the result."""
PATIENT = SearchLimits(clock_s=600.0, stop=partial(after_cpu, 60.0))
"""For what is not about time: flat prices."""


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
    by = followed(arguments.market)
    prices = by.of(read_prices(arguments.prices, by.market))
    weeks = [m for m in week_starts(arguments.first, arguments.last) if known_hours(prices, m, m + timedelta(days=6))]
    parts, jobs = arguments.parts.split(","), arguments.jobs
    report: dict[str, Any] = {"market": arguments.market, "load_before": getloadavg()[0]}
    if "weeks" in parts:
        weekly = _mapped([partial(score_week, prices, m, at_one_price=False) for m in weeks], jobs, "week")
        report["weeks"] = summary(weekly) | {"each": [asdict(score) for score in weekly]}
    if "quarters" in parts:
        quarters = read_quarters(arguments.quarters)
        whole = whole_weeks(quarters, week_starts(arguments.first, arguments.last))
        fine = _mapped([partial(score_quarters, quarters, m, LIMITS) for m in whole], jobs, "quarters")
        report["quarters"] = summary(fine)
    if "flat" in parts:
        report["flat"] = summary(_mapped([partial(score_week, prices, m, at_one_price=True) for m in weeks], jobs, "flat"))
    if "same" in parts:
        report["same"] = answers(prices, weeks[0])
    if "daily" in parts:
        d1 = arguments.d1 if arguments.d1.exists() else None
        report["daily"] = captured(Files(arguments.prices, d1), by, weeks, prices, arguments.planned)
    return report | {"load_after": getloadavg()[0]}


def main() -> None:
    """Parses, runs, prints, and keeps the figures if asked to."""
    parser = argparse.ArgumentParser(prog="bench plan", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--prices", type=Path, default=DATA)
    parser.add_argument(
        "--d1", type=Path, default=D1, help="D+1 forecasts (utc, demand_fc, wind_fc, solar_fc), for news of the spot"
    )
    parser.add_argument("--quarters", type=Path, default=QUARTERS, help="quarter-hour spot prices (utc, omie_es)")
    parser.add_argument("--market", choices=get_args(Price), default="contract")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--parts", default="weeks,flat,same,daily")
    parser.add_argument(
        "--planned", choices=("evening", "news"), default="news", help="when the rest of the week is planned (daily)"
    )
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=1)
    arguments = parser.parse_args()
    report = run(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    report.get("weeks", {}).pop("each", None)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
