"""What every model had forecast at past issues, out of sample: the raw material of intervals, scenarios, scores and the gate.

It lives in a state as plain arrays; ``of_state`` and ``to_state`` translate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from forecasting.data.grid import Floats, Ints
from forecasting.data.history import Tables
from forecasting.issue.intervals import ADAPT_DAYS, LONG_ISSUES, band_edges, plain_offsets
from forecasting.models.states import RecordArrays
from forecasting.models.week_models import closed, fit_week, predict_baselines, predict_week, realised

Progress = Callable[[float], None]
"""Told the share that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class Record:
    """Forecasts of consecutive issue days; ``days`` are ordinals of the last published day at each."""

    days: Ints  # (issues,)
    scales: Floats  # (issues,)
    forecasts: Mapping[str, Floats]  # each (issues, 7, 24), €/kWh less tolls
    edges: Mapping[str, Floats]  # each (issues, 7, 4, 2), the plain p10 and p90 of the blocks

    @classmethod
    def of_state(cls, stored: RecordArrays) -> "Record":
        """From the plain arrays of a state."""
        return cls(stored["days"], stored["scales"], dict(stored["forecasts"]), dict(stored["edges"]))

    def before(self, day: int) -> "Record":
        """The issues before one whose last published day is ``day`` (an ordinal)."""
        part = slice(0, int(np.searchsorted(self.days, day)))
        cut = [{name: values[part] for name, values in kept.items()} for kept in (self.forecasts, self.edges)]
        return Record(self.days[part], self.scales[part], cut[0], cut[1])

    def predicted(self, name: str, day: int) -> Floats | None:
        """(7, 24) a model's forecast, out of sample, when ``day`` was the last published; None where that is not recorded."""
        at = np.flatnonzero(self.days == day)
        return self.forecasts[name][int(at[0])] if at.size else None

    def to_state(self) -> RecordArrays:
        """As plain arrays."""
        return {
            "days": self.days,
            "scales": self.scales,
            "forecasts": dict(self.forecasts),
            "edges": dict(self.edges),
        }


def rolling_forecasts(tables: Tables, issues: Ints, refit_days: int, progress: Progress = lambda _: None) -> dict[str, Floats]:
    """Forecasts (issues, 7, 24) of every model and baseline, each fitted on what was known at its issue, refitted in steps."""
    parts: list[dict[str, Floats]] = []
    for start in range(0, len(issues), refit_days):
        block = issues[start : start + refit_days]
        parts.append(predict_week(tables, block, fit_week(tables, int(block[0]))))
        progress((start + len(block)) / len(issues))
    models = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return models | predict_baselines(tables, issues)


def known_errors(record: Record, name: str, tables: Tables, last: int) -> Floats:
    """(issues, days, 24) price less forecast of a model, NaN where not closed at row ``last``."""
    issues = record.days - tables.first
    forecast = record.forecasts[name]
    done = closed(issues, last)[:, : forecast.shape[1], None]
    return np.where(done, realised(tables, issues)[:, : forecast.shape[1]] - forecast, np.nan)


def extended(record: Record, tables: Tables, name: str, predict: Callable[[Ints], Floats]) -> Record:
    """The record of one model carried on to the day before the last published one; ``predict`` forecasts given issue rows.

    What a model forecasts after it was trained is out of sample, so its intervals follow the market without a new training.
    """
    since = max(int(record.days[-1]) + 1, tables.first)  # the history may begin after the record ended
    issues = np.concatenate([record.days, np.arange(since, tables.first + tables.last)]) - tables.first
    new = issues[len(record.days) :]
    if not new.size:
        return record
    carried = Record(
        tables.first + issues,
        np.concatenate([record.scales, tables.base.scale[new]]),
        {name: np.concatenate([record.forecasts[name], predict(new)])},
        {name: record.edges[name]},
    )
    fresh = [_edges_at(carried, name, tables, len(record.days) + i, int(row)) for i, row in enumerate(new)]
    edges = {name: np.concatenate([record.edges[name], np.array(fresh)])}
    return Record(carried.days, carried.scales, carried.forecasts, edges)


def baseline_record(tables: Tables, name: str, predict: Callable[[Ints], Floats], longest: int) -> Record:
    """A record made on the spot, for a baseline without a state; only the newest bands are kept (others NaN)."""
    issues = np.arange(max(0, tables.last - longest), tables.last)
    issues = issues[np.isfinite(tables.base.values[issues]).any(axis=1)] if issues.size else issues
    issues = np.arange(issues[0], tables.last) if issues.size else issues
    forecasts = predict(issues) if issues.size else np.empty((0, 7, 24))
    edges = np.full((len(issues), 7, 4, 2), np.nan)
    record = Record(tables.first + issues, tables.base.scale[issues], {name: forecasts}, {name: edges})
    for i in range(max(0, len(issues) - ADAPT_DAYS - 7), len(issues)):
        edges[i] = _edges_at(record, name, tables, i, int(issues[i]))
    return record


def _edges_at(record: Record, name: str, tables: Tables, position: int, row: int) -> Floats:
    """(7, 4, 2) the plain band of the issue at a position, from what was closed by then."""
    past = slice(max(0, position - LONG_ISSUES - 7), position)
    part = Record(record.days[past], record.scales[past], {name: record.forecasts[name][past]}, {})
    errors = known_errors(part, name, tables, row)
    return band_edges(plain_offsets(errors, part.scales, float(tables.base.scale[row]), tables.days_at(row)))
