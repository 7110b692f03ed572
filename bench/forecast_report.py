"""Scores of a rolling-origin run: each model, each baseline, and what the gate would have served."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from bench.forecast_run import Rolled
from forecasting.data.grid import Bools, Floats, Ints
from forecasting.data.history import History, Tables, Task
from forecasting.gate.evaluation import (
    Comparison,
    calibration_slope,
    capture,
    coverage,
    diebold_mariano,
    kendall_tau,
    mean_pinball,
    per_issue,
)
from forecasting.gate.replay import ModelScore, replay, scored
from forecasting.models.baselines import BASELINES, STRONGEST
from forecasting.models.day_ahead import CHALLENGERS
from forecasting.models.week_models import week_models

EUR_MWH = 1000.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One model on the test issues. Arrays carry a 25th column for the repeated hour of the autumn day."""

    point: Floats  # (issues, days, 25) €/kWh, tolls included
    quantiles: Floats  # (issues, days, 25, levels)
    gained: Floats
    possible: Floats


@dataclass(frozen=True, slots=True)
class Report:
    """All that is shown and written."""

    task: Task
    days: tuple[date, ...]  # issue days
    last_issue: int  # row of the last published day at the last issue
    truth: Floats  # (issues, days, 25)
    judged: dict[str, Judged]
    figures: dict[str, dict[str, Any]]
    strongest: str
    served_by: tuple[str, ...]
    decisions: tuple[tuple[date, str, str], ...]
    comparison: Comparison
    without_forecasts: int | None  # hours of D1 whose D+1 forecasts were missing

    def as_json(self) -> dict[str, Any]:
        """The shape that other programs read; figures in €/MWh."""
        return {
            "task": self.task,
            "from": self.days[0].isoformat(),
            "to": self.days[-1].isoformat(),
            "issues": len(self.days),
            "strongest_baseline": self.strongest,
            "diebold_mariano": {"statistic": self.comparison.statistic, "p_value": self.comparison.p_value},
            "months": self.by_month(),
            "models": self.figures,
        }

    def by_month(self) -> dict[str, dict[str, float]]:
        """MAE of served and strongest baseline, and coverage, by month of the issue day."""
        months = np.array([f"{day:%Y-%m}" for day in self.days])
        return {month: self._month(months == month) for month in sorted(set(months.tolist()))}

    def _month(self, chosen: Bools) -> dict[str, float]:
        served, baseline = self.judged["served"], self.judged[self.strongest]
        truth = self.truth[chosen]
        return {
            "mae": mae(truth, served.point[chosen]),
            "mae_baseline": mae(truth, baseline.point[chosen]),
            "coverage_80": coverage(truth, served.quantiles[chosen], 0.1, 0.9),
            "coverage_90": coverage(truth, served.quantiles[chosen], 0.05, 0.95),
        }


def mae(truth: Floats, point: Floats) -> float:
    """Mean absolute error [€/MWh]."""
    return float(np.nanmean(np.abs(truth - point))) * EUR_MWH


def report(task: Task, data: History, tables: Tables, run: Rolled, start: int) -> Report:
    """Score a run; issues before row ``start`` only feed the intervals and the gate."""
    scores = {name: scored(tables, run.issues, forecast) for name, forecast in run.forecasts.items()}
    challengers = CHALLENGERS if task == "D1" else week_models(tables)
    challengers = tuple(name for name in challengers if name in scores)
    service = replay(scores, run.issues, challengers, "yesterday" if task == "D1" else STRONGEST)
    test = run.issues >= start
    wide = _Wide(data, tables, run.issues[test], next(iter(run.forecasts.values())).shape[1])
    judged = {name: wide.judged(forecast[test], _part(scores[name], test)) for name, forecast in run.forecasts.items()}
    names = tuple(np.array(service.names)[test].tolist())
    judged = {"served": _served(judged, names), **judged}
    strongest = min((name for name in BASELINES), key=lambda name: mae(wide.truth, judged[name].point))
    figures = {name: _figures(wide.truth, one, judged[strongest]) for name, one in judged.items()}
    for one in figures.values():
        one |= {"fit_s": run.fit_s, "predict_s": run.predict_s}
    losses = [per_issue(np.abs(wide.truth - judged[name].point)) for name in ("served", strongest)]
    shift = 0 if task == "D1" else 1
    return Report(
        task=task,
        days=tuple(date.fromordinal(tables.first + int(row) - shift) for row in run.issues[test]),
        last_issue=int(run.issues[-1]),
        truth=wide.truth,
        judged=judged,
        figures=figures,
        strongest=strongest,
        served_by=names,
        decisions=tuple(
            (date.fromordinal(tables.first + row) - timedelta(days=shift), name, why) for row, name, why in service.decisions
        ),
        comparison=diebold_mariano(losses[0], losses[1]),
        without_forecasts=_without(data, tables, run.issues[test]) if task == "D1" else None,
    )


def _part(score: ModelScore, chosen: Bools) -> ModelScore:
    return ModelScore(
        score.offsets[chosen], score.edges[chosen], score.pinball[chosen], score.gained[chosen], score.possible[chosen]
    )


class _Wide:
    """Tables with a 25th column: the second 02:00 of the autumn day, forecast as the first and scored on its own price."""

    def __init__(self, data: History, tables: Tables, issues: Ints, days: int) -> None:
        rows = issues[:, None] + np.arange(1, days + 1)
        again = np.full(len(tables.base.values), np.nan)
        repeated = tables.hours.repeated
        again[tables.hours.day[repeated] - tables.first] = (data.price - data.toll)[repeated]
        self.toll = self._widened(tables.toll[rows])
        value = np.concatenate([tables.base.values[rows], again[rows][..., None]], axis=2)
        self.truth: Floats = value + self.toll

    @staticmethod
    def _widened(table: Floats) -> Floats:
        return np.concatenate([table, table[:, :, 2:3]], axis=2)

    def judged(self, forecast: Floats, score: ModelScore) -> Judged:
        """A model with its tolls and its 25th column."""
        point = self._widened(forecast) + self.toll
        offsets = np.concatenate([score.offsets, score.offsets[:, :, 2:3]], axis=2)
        return Judged(point, point[..., None] + offsets, score.gained, score.possible)


def _served(judged: dict[str, Judged], names: tuple[str, ...]) -> Judged:
    """Each issue from the model that served it."""
    picked = [[getattr(judged[name], part)[i] for i, name in enumerate(names)] for part in Judged.__slots__]
    return Judged(*(np.array(values) for values in picked))


def _figures(truth: Floats, one: Judged, baseline: Judged) -> dict[str, Any]:
    error = truth - one.point
    flat = [series.reshape(len(series), -1) for series in (one.point, truth)]
    return {
        "mae": mae(truth, one.point),
        "mae_by_day_ahead": [mae(truth[:, k], one.point[:, k]) for k in range(truth.shape[1])],
        "rmae": mae(truth, one.point) / mae(truth, baseline.point),
        "rmse": float(np.sqrt(np.nanmean(error**2))) * EUR_MWH,
        "pinball": float(np.nanmean(mean_pinball(truth, one.quantiles))) * EUR_MWH,
        "coverage_80": coverage(truth, one.quantiles, 0.1, 0.9),
        "coverage_90": coverage(truth, one.quantiles, 0.05, 0.95),
        "calibration_slope": calibration_slope(truth, one.quantiles),
        "tau": float(np.nanmean([kendall_tau(*pair) for pair in zip(*flat, strict=True)])),
        "capture": capture(one.gained, one.possible),
    }


def _without(data: History, tables: Tables, issues: Ints) -> int | None:
    """Priced hours of the test days that have no D+1 forecasts; both hours of 02:00 in autumn count."""
    if data.demand_mw is None or data.wind_mw is None or data.solar_mw is None:
        return None
    load = data.demand_mw - data.wind_mw - data.solar_mw
    tested = np.isin(tables.hours.day - tables.first, issues + 1)
    return int((tested & ~np.isfinite(load) & np.isfinite(data.price)).sum())
