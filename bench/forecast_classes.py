"""Does the production classifier beat the classes that the price forecast implies? `scripts/bench forecast_classes --prices CSV`.

PVPC weeks issued at 21:00 of every day from --from to --to, each as it would have been said then. The first 60 % of the
issues fit the classifier, the rest, which it never saw, judge it: log-loss and Brier score of the hours that were forecast.
"""

import argparse
import time
from datetime import date
from pathlib import Path

from bench.forecast_data import history
from domain.timeline import day_bounds, days_between, epoch
from forecasting.data.grid import HOUR_S
from forecasting.data.history import History
from forecasting.gate.classifier import sample_of, train_classifier
from forecasting.gate.training import train_week
from forecasting.issue.week import WeekForecast, forecast_week
from forecasting.models.states import TrainedWeek

ISSUE_HOUR = 21
MODEL = "blend"
"""Fixed beforehand, as it asks to serve first."""


def main() -> None:
    """Train once for the record, issue every day from it, fit and judge."""
    options = _options()
    whole = history("W", options.prices, None)
    last = date.fromordinal(options.last.toordinal() + 15)
    known = whole.known_at(epoch(day_bounds(last)[0]))
    issues = (options.last - options.first).days + 1
    begin = time.perf_counter()
    state = train_week(known, "W", longest_record=issues + 400)
    weeks = [_issued(whole, day, state) for day in days_between(options.first, options.last)]
    trained = train_classifier(sample_of(weeks, whole.starts, whole.price))
    print(f"{issues} issue days {options.first} .. {options.last}, prices by {MODEL}, {time.perf_counter() - begin:.0f} s")
    for name, scores in trained["metrics"].items():
        print(f"{name:12} log-loss {scores['log_loss']:.4f}  Brier {scores['brier']:.4f}")
    print(f"serves: {trained['serves']}: {trained['reason']}")


def _issued(whole: History, day: date, state: TrainedWeek) -> WeekForecast:
    """What was known at 21:00: prices to the end of the next day."""
    start, end = (epoch(bound) for bound in day_bounds(date.fromordinal(day.toordinal() + 1)))
    return forecast_week(whole.known_at(end), start - (24 - ISSUE_HOUR) * HOUR_S, state, model=MODEL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench forecast_classes")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2024, 1, 1))
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2025, 12, 10))
    parser.add_argument("--prices", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
