"""Task D1 for the service: train it, and give tomorrow's spot as quantiles before the auction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.data.grid import Floats, Ints
from forecasting.data.history import History, NotEnoughHistoryError, Tables, tables_of
from forecasting.data.record import Progress, Record, extended, known_errors
from forecasting.gate.replay import replay, scored
from forecasting.issue.intervals import ADAPT_DAYS, adaptation, plain_offsets, reach
from forecasting.models.day_ahead import CHALLENGERS, Kernels, fit_day, kernels_of, predict_day
from forecasting.models.week_models import NEEDS_DAYS, State

RECORD_ISSUES = 240
REFIT_DAYS = 56
LAGS_DAYS = 7
"""Days before a target whose kernels its inputs may read, with slack."""
BASELINE = "yesterday"
"""The strongest baseline of D1."""


@dataclass(frozen=True, slots=True)
class Tomorrow:
    """The day after the last published one."""

    day: int  # ordinal
    quantiles: Floats  # (24, levels) €/kWh, for ``forecast_week(..., tomorrow=...)``
    model: str
    without_forecasts: int  # hours that had to be forecast from prices alone


def train_day(history: History, *, progress: Progress = lambda _: None, longest_record: int = RECORD_ISSUES) -> State:
    """Fit D1 on a spot history (with the D+1 forecasts where there are any), with its record and who serves by the gate."""
    tables = tables_of(history)
    kernels = kernels_of(tables)
    issues = _issues(tables, longest_record)
    forecasts = _rolling(tables, kernels, issues, progress)
    scores = {name: scored(tables, issues, forecast) for name, forecast in forecasts.items()}
    challengers = [name for name in CHALLENGERS if name in scores]
    service = replay(scores, issues, challengers, BASELINE)
    record = Record(tables.first + issues, tables.base.scale[issues], forecasts, {name: one.edges for name, one in scores.items()})
    return fit_day(tables, kernels, tables.last) | {
        "task": "D1",
        "serves": service.names[-1],
        "decisions": [(tables.first + row, name, why) for row, name, why in service.decisions],
        "record": record.to_state(),
    }


def _issues(tables: Tables, longest: int) -> Ints:
    rows = np.flatnonzero(tables.published())
    has = int(tables.last - rows[0] + 1) if rows.size else 0
    if has < NEEDS_DAYS + REFIT_DAYS:
        raise NotEnoughHistoryError("a trained day-ahead model", NEEDS_DAYS + REFIT_DAYS, has)
    return np.arange(max(int(rows[0]) + NEEDS_DAYS, tables.last - longest), tables.last)


def _rolling(tables: Tables, kernels: Kernels | None, issues: Ints, progress: Progress) -> dict[str, Floats]:
    parts = []
    for start in range(0, len(issues), REFIT_DAYS):
        block = issues[start : start + REFIT_DAYS]
        parts.append(predict_day(tables, kernels, block, fit_day(tables, kernels, int(block[0]))))
        progress((start + len(block)) / len(issues))
    names = set.intersection(*(set(part) for part in parts))
    return {name: np.concatenate([part[name] for part in parts]) for name in sorted(names)}


def forecast_tomorrow(history: History, state: Mapping[str, Any]) -> Tomorrow:
    """Tomorrow's quantiles from all spot that is published and the D+1 forecasts of tomorrow, hour by hour where known."""
    tables = tables_of(history)
    if tables.last < 0:
        raise NotEnoughHistoryError("a forecast of tomorrow", 1, 0)
    past = Record.of_state(state).before(tables.first + tables.last)
    kernels = kernels_of(tables, int(past.days[-1]) - tables.first - LAGS_DAYS)
    name = str(state["serves"])

    def say(issues: Ints) -> Floats:
        said = predict_day(tables, kernels, issues, state)
        return said.get(name, said["prices"])

    record = extended(past, tables, name, say)
    errors = known_errors(record, name, tables, tables.last)
    offsets = plain_offsets(errors, record.scales, float(tables.base.scale[tables.last]))
    recent = slice(-ADAPT_DAYS - 1, None)
    reached = reach(errors[recent], record.edges[name][recent])
    factor = adaptation(reached, (record.days - tables.first)[recent], tables.last)
    point = say(np.array([tables.last]))[0, 0]
    missing = 24 if kernels is None else int((~np.isfinite(kernels.mean[tables.last + 1])).sum())
    quantiles = point[:, None] + (offsets * factor)[0]
    return Tomorrow(tables.first + tables.last + 1, quantiles, name, missing)
