"""Training of a week model: fit on everything, a record of what it would have said, and who serves by the gate.

The result is one dict of plain arrays, numbers and strings: what a model file holds.
"""

import numpy as np

from forecasting.data.grid import Floats, Ints
from forecasting.data.history import History, NotEnoughHistoryError, Tables, Task, tables_of
from forecasting.gate.evaluation import capture, per_issue
from forecasting.gate.replay import ModelScore, replay, scored
from forecasting.issue.record import Progress, Record, rolling_forecasts
from forecasting.models.baselines import STRONGEST
from forecasting.models.states import TrainedWeek
from forecasting.models.week_models import NEEDS_DAYS, fit_week, realised, week_models

RECORD_ISSUES = 540
"""Issue days kept in the record: a year for the long window of the intervals, half a year for the gate."""
RECORD_REFIT_DAYS = 28
NEEDS_RECORD_ISSUES = 60
"""Issue days below which no record can be made, so that a model must wait: nothing would be known of its errors."""
METRIC_ISSUES = 182


def train_week(
    history: History,
    task: Task,
    *,
    champion: str | None = None,
    progress: Progress = lambda _: None,
    longest_record: int = RECORD_ISSUES,
) -> TrainedWeek:
    """Fit the models of a week task on all that is published; NotEnoughHistoryError says what is needed. ``champion``: the model
    that serves.

    Keys: ``task``, ``serves`` (the model that the gate chose), ``demotes`` (whether the champion has to go), ``decisions``,
    ``metrics`` by name over the last METRIC_ISSUES issues, ``trained_from`` and ``trained_through`` (ordinals of days), ``record``,
    and the coefficients.
    """
    tables = tables_of(history)
    issues = record_issues(tables, longest_record)
    forecasts = rolling_forecasts(tables, issues, RECORD_REFIT_DAYS, lambda share: progress(0.7 * share))
    scores = {name: scored(tables, issues, forecast) for name, forecast in forecasts.items()}
    edges = {name: score.edges for name, score in scores.items()}
    record = Record(tables.first + issues, tables.base.scale[issues], forecasts, edges)
    service = replay(scores, issues, week_models(tables), STRONGEST, champion)
    progress(0.95)
    state: TrainedWeek = {
        **fit_week(tables, tables.last),
        "task": task,
        "serves": service.names[-1],
        "demotes": service.demotes,
        "decisions": [(tables.first + row, name, why) for row, name, why in service.decisions],
        "metrics": {name: _metrics(tables, issues, forecasts[name], scores[name]) for name in forecasts},
        "record": record.to_state(),
    }
    progress(1.0)
    return state


def record_issues(tables: Tables, longest: int = RECORD_ISSUES) -> Ints:
    """Rows of the past issues that a model can be tried on: each with enough history before it, up to the day before now."""
    rows = np.flatnonzero(tables.published())
    has = int(tables.last - rows[0] + 1) if rows.size else 0
    if has < NEEDS_DAYS + NEEDS_RECORD_ISSUES:
        raise NotEnoughHistoryError("a trained model", NEEDS_DAYS + NEEDS_RECORD_ISSUES, has)
    first = max(int(rows[0]) + NEEDS_DAYS - 1, tables.last - longest)
    return np.arange(first, tables.last)


def _metrics(tables: Tables, issues: Ints, forecast: Floats, score: ModelScore) -> dict[str, float | list[float | None]]:
    """Record in figures, €/kWh: over the last METRIC_ISSUES issues, only hours that are published."""
    recent = slice(-METRIC_ISSUES, None)
    error = np.abs(realised(tables, issues[recent]) - forecast[recent])
    by_day = [float(np.nanmean(error[:, k])) if np.isfinite(error[:, k]).any() else None for k in range(error.shape[1])]
    return {
        "mae": float(np.nanmean(error)),
        "mae_by_day_ahead": by_day,
        "pinball": float(np.nanmean(per_issue(score.pinball[recent]))),
        "capture": capture(score.gained[recent], score.possible[recent]),
        "issues": int(np.isfinite(per_issue(error)).sum()),
    }
