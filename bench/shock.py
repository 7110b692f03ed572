"""How long the band fails after a step: `scripts/bench shock --prices CSV`.

At each of four dates the price rises by 40 €/MWh, falls by 30, or doubles its distance from the day's mean, and stays so. Weeks are
issued daily at 21:00 from the first issue that knows a day of the step: how many until a week is covered at 80 %, how many of a
fortnight are not, and by how much prices lay above the median meanwhile. Without a step: coverage and width of the weeks of every
--step days of 2018 to 2025 by the baseline, and of every fourth of them in four of those years by the model.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from bench.forecast_data import history
from domain.timeline import day_bounds, epoch
from forecasting.data.grid import DAY_S, HOUR_S, Floats
from forecasting.data.history import History, Task
from forecasting.gate.training import train_week
from forecasting.issue.week import HOURS, WeekForecast, Window, forecast_week
from forecasting.models.baselines import STRONGEST
from forecasting.models.states import TrainedWeek

DATES = {
    "WS": (date(2019, 3, 12), date(2022, 10, 5), date(2024, 6, 14), date(2025, 9, 10)),
    "W": (date(2022, 10, 5), date(2023, 11, 21), date(2024, 6, 14), date(2025, 9, 10)),
}
MODELS = {"WS": "lear", "W": "blend"}
YEARS = {"WS": (2018, 2020, 2022, 2025), "W": (2023, 2024, 2025)}
FORTNIGHT = 14
COVERED = 0.8
READ_DAYS = 900

Step = Callable[[Floats, Floats], Floats]
"""What a step makes of prices and their daily means [€/kWh]."""
STEPS: Mapping[str, Step] = {
    "none": lambda price, _: price,
    "+40": lambda price, _: price + 0.040,
    "-30": lambda price, _: price - 0.030,
    "x2": lambda price, mean: mean + 2 * (price - mean),
}


@dataclass(frozen=True, slots=True)
class Week:
    """One issue against what came."""

    coverage: float
    bias: float  # price less median [€/MWh]
    width: float  # of the 80 % band [€/MWh]


def main() -> None:
    """Walk the steps with the baseline and a trained model, then the years without one."""
    options = _options()
    whole = history(options.task, options.prices, None)
    for name in (STRONGEST, MODELS[options.task]):
        for line in stepped(whole, options.task, name):
            print(line, flush=True)
    print(
        unshaken(whole, _every(2018 if options.task == "WS" else 2022, 2025, options.step), lambda _: None, STRONGEST), flush=True
    )
    if not options.baseline_only:
        print(_by_model(whole, options.task, 4 * options.step), flush=True)


def stepped(whole: History, task: Task, name: str) -> Iterator[str]:
    """A line for each step: all dates of it."""
    states = {day: _state(whole, task, name, day) for day in DATES[task]}
    for kind, step in STEPS.items():
        runs = [
            [_issued(_with(whole, day, step), day + timedelta(days=n), states[day], name) for n in days()] for day in DATES[task]
        ]
        until = [next((n for n, week in enumerate(run) if week.coverage >= COVERED), FORTNIGHT) for run in runs]
        mean = [float(np.mean([run[n].coverage for run in runs])) for n in days()]
        together = next((n for n, share in enumerate(mean) if share >= COVERED), FORTNIGHT)
        under = [sum(week.coverage < COVERED for week in run) for run in runs]
        bias = [np.mean([week.bias for week in run[: max(1, n)]]) for run, n in zip(runs, until, strict=True)]
        biases, shares = " ".join(f"{one:+.0f}" for one in bias), " ".join(f"{one:.2f}" for one in mean[:7])
        yield (
            f"{task} {name:14} {kind:5} days until covered {until}, all dates together {together}; of {FORTNIGHT} under {under};"
            f" bias meanwhile {biases}; coverage by day {shares}"
        )


def days() -> range:
    """Issue days, counted from the first that knows a day of the step."""
    return range(FORTNIGHT)


def _state(whole: History, task: Task, name: str, day: date) -> TrainedWeek | None:
    """What was trained before the step; nothing for a baseline."""
    if name == STRONGEST:
        return None
    known = whole.known_at(epoch(day_bounds(day)[0]))
    return train_week(known, task, longest_record=400)


def _with(whole: History, day: date, step: Step) -> History:
    start = epoch(day_bounds(day)[0])
    cut = whole.between(start - READ_DAYS * DAY_S, start + 40 * DAY_S)
    which = (cut.starts - cut.starts[0]) // DAY_S
    known = np.isfinite(cut.price)
    mean = (np.bincount(which, np.where(known, cut.price, 0)) / np.maximum(np.bincount(which, known), 1))[which]
    return replace(cut, price=np.where(cut.starts >= start, step(cut.price, mean), cut.price))


def _issued(known: History, newest: date, state: TrainedWeek | None, name: str) -> Week:
    """The week issued at 21:00 of the day before the newest one with prices."""
    end = epoch(day_bounds(newest)[1])
    at = epoch(day_bounds(newest - timedelta(days=1))[0]) + 21 * HOUR_S
    cut = known.between(end - READ_DAYS * DAY_S, Window.of(at, HOURS).end + DAY_S)
    return _judged(forecast_week(cut.known_at(end), at, state, model=name, paths=1), cut)


def _judged(week: WeekForecast, truth: History) -> Week:
    at = np.searchsorted(truth.starts, week.starts)
    came = truth.price[at]
    judged = np.isnan(week.published) & np.isfinite(came)
    inside = (came >= week.p10) & (came <= week.p90)
    return Week(
        float(inside[judged].mean()),
        1000 * float((came - week.p50)[judged].mean()),
        1000 * float((week.p90 - week.p10)[judged].mean()),
    )


def unshaken(whole: History, issues: list[date], state_of: Callable[[int], TrainedWeek | None], name: str) -> str:
    """Coverage and width of weeks without a step."""
    weeks = [_issued(whole, day, state_of(day.year), name) for day in issues]
    coverage, width = (float(np.mean([getattr(week, figure) for week in weeks])) for figure in ("coverage", "width"))
    of = f"{len(weeks)} issues {issues[0]} .. {issues[-1]}"
    return f"{name:14} without a step, {of}: coverage {coverage:.3f}, width {width:.2f} €/MWh"


def _by_model(whole: History, task: Task, step: int) -> str:
    """Each year from the record of a training at its end, out of sample."""
    states = {year: _state(whole, task, MODELS[task], date(year, 12, 20)) for year in YEARS[task]}
    issues = [day for year in YEARS[task] for day in _every(year, year, step)]
    return unshaken(whole, issues, lambda year: states[year], MODELS[task])


def _every(first: int, last: int, step: int) -> list[date]:
    start, end = date(first, 1, 5), date(last, 12, 10)
    return [start + timedelta(days=n) for n in range(0, (end - start).days, step)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench shock", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--task", choices=tuple(DATES), default="WS")
    parser.add_argument("--step", type=int, default=9, help="days between two issue days without a step (default 9)")
    parser.add_argument("--baseline-only", action="store_true", help="leave out the years by the model")
    parser.add_argument("--prices", type=Path, required=True, help="hourly prices (utc, omie_es, pvpc_pcb)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
