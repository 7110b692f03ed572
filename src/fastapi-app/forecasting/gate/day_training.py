"""Training of the day-ahead model (task D1), with its record and who serves by the gate."""

import numpy as np

from forecasting.data.grid import Floats, Ints
from forecasting.data.history import History, NotEnoughHistoryError, Tables, tables_of
from forecasting.gate.replay import replay, scored
from forecasting.issue.record import Progress, Record
from forecasting.models.day_ahead import CHALLENGERS, Kernels, fit_day, kernels_of, predict_day
from forecasting.models.states import TrainedDay
from forecasting.models.week_models import NEEDS_DAYS

RECORD_ISSUES = 240
REFIT_DAYS = 56
BASELINE = "yesterday"
"""The strongest baseline of D1."""


def train_day(
    history: History,
    *,
    champion: str | None = None,
    progress: Progress = lambda _: None,
    longest_record: int = RECORD_ISSUES,
) -> TrainedDay:
    """Fit D1 on a spot history (with the D+1 forecasts where there are any), with its record and who serves by the gate.
    ``champion``: the model that serves."""
    tables = tables_of(history)
    kernels = kernels_of(tables)
    issues = _issues(tables, longest_record)
    forecasts = _rolling(tables, kernels, issues, progress)
    scores = {name: scored(tables, issues, forecast) for name, forecast in forecasts.items()}
    challengers = [name for name in CHALLENGERS if name in scores]
    service = replay(scores, issues, challengers, BASELINE, champion)
    record = Record(tables.first + issues, tables.base.scale[issues], forecasts, {name: one.edges for name, one in scores.items()})
    return {
        **fit_day(tables, kernels, tables.last),  # type: ignore[typeddict-item] # it has none of the keys not named here
        "task": "D1",
        "serves": service.names[-1],
        "demotes": service.demotes,
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
