"""How true the classes are with little history: `scripts/bench calibration --prices CSV`.

Every --step days from --from to --to a week is issued at 21:00 with the prices of the last 1, 2, 5, 9, 20, 40 and 90 days alone,
without a trained model, as in the first weeks of an installation. Scored are the hours that were forecast and whose local week has
prices throughout: log-loss and Brier score of the classes, how often what was said with "high" confidence came true, coverage of
the 80 % band. `shares` is what knows nothing: each class as often as its definition makes it.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.calibration_chart import drawn
from bench.forecast_data import history
from domain.classes import CLASSES
from domain.timeline import day_bounds, epoch
from forecasting.data.grid import DAY_S, HOUR_S, Bools, Floats, Ints, local_hours
from forecasting.data.history import History
from forecasting.gate.classifier import brier, log_loss
from forecasting.issue.scores import confidence, labels, settled
from forecasting.issue.week import HOURS, Window, forecast_week

HISTORY_DAYS = (1, 2, 5, 9, 20, 40, 90)
SHARES = np.array([0.30, 0.35, 0.25, 0.10])
"""How often each class comes by its definition, of CLASSES."""
BINS = np.linspace(0, 1, 11)


@dataclass(frozen=True, slots=True)
class Said:
    """The forecast hours of all issues with one length of history."""

    probabilities: Floats  # (n, 4)
    label: Ints  # (n,)
    covered: Bools  # (n,) whether the price was in the 80 % band
    width: Floats  # (n,) of that band [€/kWh]


def main() -> None:
    """Issue, score, print; write the figures and the drawing if asked for."""
    options = _options()
    whole = history(options.task, options.prices, None)
    issues = [options.first + timedelta(days=n) for n in range(0, (options.last - options.first).days + 1, options.step)]
    week = (local_hours(whole.starts).day - 1) // 7
    came = np.where(settled(whole.price, week), labels(whole.price, week), -1)
    said = {days: said_with(whole, came, issues, days) for days in HISTORY_DAYS}
    figures = {str(days): scores(one) for days, one in said.items()}
    any_label = said[HISTORY_DAYS[0]].label
    shares = np.broadcast_to(SHARES, (any_label.size, len(CLASSES)))
    figures["shares"] = {"log_loss": float(log_loss(shares, any_label).mean()), "brier": float(brier(shares, any_label).mean())}
    print(f"task {options.task}, {len(issues)} issue days {issues[0]} .. {issues[-1]}, every {options.step} days")
    print(table(figures))
    if options.json:
        options.json.write_text(
            json.dumps({"task": options.task, "issues": len(issues), "days": figures}, indent=1) + "\n", "utf-8"
        )
    if options.svg:
        before = json.loads(options.before.read_text("utf-8"))["days"] if options.before else None
        options.svg.write_text(drawn(figures, before), "utf-8")


def said_with(whole: History, came: Ints, issues: Sequence[date], days: int) -> Said:
    """What is said on each issue day with so many days of history."""
    parts = [part for day in issues if (part := _issued(whole, came, day, days)) is not None]
    return Said(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _issued(whole: History, came: Ints, day: date, days: int) -> tuple[Floats, Ints, Bools, Floats] | None:
    end = epoch(day_bounds(day + timedelta(days=1))[1])
    start = epoch(day_bounds(day - timedelta(days=days - 2))[0])
    at = epoch(day_bounds(day)[0]) + 21 * HOUR_S
    grid = whole.between(start - 10 * DAY_S, Window.of(at, HOURS).end + DAY_S).known_at(end)
    spot = None if grid.spot is None else np.where(grid.starts >= start, grid.spot, np.nan)
    known = replace(grid, price=np.where(grid.starts >= start, grid.price, np.nan), spot=spot)
    if not np.isfinite(known.price).any():
        return None
    week = forecast_week(known, at)
    places = np.searchsorted(whole.starts, week.starts)
    inside = places < whole.starts.size
    places = np.minimum(places, whole.starts.size - 1)
    keep = np.isnan(week.published) & inside & (came[places] >= 0)
    truth = whole.price[places[keep]]
    low, high = week.p10[keep], week.p90[keep]
    return week.probabilities[keep], came[places[keep]], (truth >= low) & (truth <= high), high - low


def scores(said: Said) -> dict[str, Any]:
    """The figures of one length of history."""
    high = np.array([one == "high" for one in confidence(said.probabilities)])
    hit = said.probabilities.argmax(axis=1) == said.label
    return {
        "hours": int(said.label.size),
        "log_loss": float(log_loss(said.probabilities, said.label).mean()),
        "brier": float(brier(said.probabilities, said.label).mean()),
        "certain": int(((said.probabilities <= 0) | (said.probabilities >= 1)).any(axis=1).sum()),
        "high_share": float(high.mean()),
        "high_true": float(hit[high].mean()) if high.any() else None,
        "hit_rate": float(hit.mean()),
        "coverage_80": float(said.covered.mean()),
        "width_eur_mwh": 1000 * float(said.width.mean()),
        "reliability": reliability(said),
    }


def reliability(said: Said) -> list[dict[str, float]]:
    """By tenths of what was said of a class: how often it came."""
    p, came = said.probabilities.ravel(), (np.eye(len(CLASSES))[said.label] > 0).ravel()
    which = np.clip(np.digitize(p, BINS) - 1, 0, len(BINS) - 2)
    return [
        {"said": float(p[which == k].mean()), "came": float(came[which == k].mean()), "hours": int((which == k).sum())}
        for k in range(len(BINS) - 1)
        if (which == k).sum() >= 50
    ]


def table(figures: dict[str, dict[str, Any]]) -> str:
    """The figures as Markdown."""
    lines = ["| days | log-loss | Brier | hours certain | said high | high came true | cover 80 | width |", "| --- " * 8 + "|"]
    for days, one in figures.items():
        if days == "shares":
            lines.append(f"| shares | {one['log_loss']:.3f} | {one['brier']:.3f} | - | - | - | - | - |")
            continue
        true = "-" if one["high_true"] is None else f"{100 * one['high_true']:.0f} %"
        certain = f"{100 * one['certain'] / one['hours']:.0f} %"
        share, band = f"{100 * one['high_share']:.0f} %", f"{one['coverage_80']:.3f} | {one['width_eur_mwh']:.1f}"
        lines.append(f"| {days} | {one['log_loss']:.3f} | {one['brier']:.3f} | {certain} | {share} | {true} | {band} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench calibration", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--task", choices=("W", "WS"), default="WS")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2018, 1, 1))
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2025, 12, 10))
    parser.add_argument("--step", type=int, default=17, help="days between two issue days (default 17)")
    parser.add_argument("--prices", type=Path, required=True, help="hourly prices (utc, omie_es, pvpc_pcb)")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--svg", type=Path, help="draw them there")
    parser.add_argument("--before", type=Path, help="figures of an earlier version (--json), drawn beside")
    return parser.parse_args()


if __name__ == "__main__":
    main()
