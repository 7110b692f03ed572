"""How near tomorrow's PVPC comes that is worked out from tomorrow's spot, on real prices: every day of a period at 14:00.

`python -m bench.forecast_spot --from 2025-01-01 --to 2025-12-23 [--prices CSV]`
"""

import argparse
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from bench.forecast_data import history
from bench.plan import DATA
from bench.plan_forecasts import known_at_noon
from forecasting.data.grid import Floats, local_hours
from forecasting.data.history import History
from forecasting.gate.evaluation import coverage, mean_pinball
from forecasting.issue.from_spot import tomorrow_from_spot
from forecasting.issue.intervals import P50


@dataclass(frozen=True, slots=True)
class Day:
    """Hours of a day: what came and what had been said, €/MWh less tolls."""

    came: Floats
    said: Floats  # (hours, levels)


def days_of(past: History, first: date, last: date) -> dict[date, Day]:
    """By the day that was worked out; days without an answer are left out."""
    hours = local_hours(past.starts)
    found: dict[date, Day] = {}
    for n in range((last - first).days + 1):
        today = first + timedelta(days=n)
        tomorrow = today + timedelta(days=1)
        said = tomorrow_from_spot(known_at_noon(past, today))
        here = (hours.day == tomorrow.toordinal()) & np.isfinite(past.price)
        if said is not None and here.any():
            found[tomorrow] = Day(1000 * (past.price - past.toll)[here], 1000 * said.quantiles[hours.hour[here]])
    return found


def line(title: str, days: list[Day]) -> str:
    """A row of figures."""
    came, said = np.concatenate([day.came for day in days]), np.concatenate([day.said for day in days])
    error = np.abs(came - said[:, P50])
    inside80, inside90 = coverage(came, said, 0.1, 0.9), coverage(came, said, 0.05, 0.95)
    pinball = mean_pinball(came, said).mean()
    return f"| {title} | {error.mean():.2f} | {np.median(error):.2f} | {pinball:.3f} | {inside80:.3f} | {inside90:.3f} |"


def main() -> None:
    """Parses, works out, prints by month and in all."""
    parser = argparse.ArgumentParser(prog="bench forecast_spot", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="first day on which it is said")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--prices", type=Path, default=DATA)
    arguments = parser.parse_args()
    days = days_of(history("W", arguments.prices, None), arguments.first, arguments.last)
    months: dict[str, list[Day]] = defaultdict(list)
    for day, figures in days.items():
        months[f"{day:%Y-%m}"].append(figures)
    print(f"{len(days)} days, EUR/MWh\n| | MAE | median | pinball | cover 80 | cover 90 |\n| --- | --- | --- | --- | --- | --- |")
    print("\n".join(line(month, figures) for month, figures in months.items()))
    print(line("all", list(days.values())))


if __name__ == "__main__":
    main()
