"""Task D1 for the service: tomorrow's spot as quantiles before the auction."""

from dataclasses import dataclass

import numpy as np

from forecasting.data.grid import Floats, Ints
from forecasting.data.history import History, NotEnoughHistoryError, tables_of
from forecasting.issue.intervals import ADAPT_DAYS, adaptation, plain_offsets, reach
from forecasting.issue.record import Record, extended, known_errors
from forecasting.models.day_ahead import kernels_of, predict_day
from forecasting.models.states import TrainedDay

LAGS_DAYS = 7
"""Days before a target whose kernels its inputs may read, with slack."""


@dataclass(frozen=True, slots=True)
class Tomorrow:
    """The day after the last published one."""

    day: int  # ordinal
    quantiles: Floats  # (24, levels) €/kWh, for ``forecast_week(..., tomorrow=...)``
    model: str
    without_forecasts: int  # hours that had to be forecast from prices alone


def forecast_tomorrow(history: History, state: TrainedDay) -> Tomorrow:
    """Tomorrow's quantiles from all spot that is published and the D+1 forecasts of tomorrow, hour by hour where known."""
    tables = tables_of(history)
    if tables.last < 0:
        raise NotEnoughHistoryError("a forecast of tomorrow", 1, 0)
    past = Record.of_state(state["record"]).before(tables.first + tables.last)
    kernels = kernels_of(tables, int(past.days[-1]) - tables.first - LAGS_DAYS)
    name = str(state["serves"])

    def predict(issues: Ints) -> Floats:
        forecasts = predict_day(tables, kernels, issues, state)
        return forecasts.get(name, forecasts["prices"])

    record = extended(past, tables, name, predict)
    errors = known_errors(record, name, tables, tables.last)
    offsets = plain_offsets(errors, record.scales, float(tables.base.scale[tables.last]))
    recent = slice(-ADAPT_DAYS - 1, None)
    reached = reach(errors[recent], record.edges[name][recent])
    adapted = adaptation(reached, (record.days - tables.first)[recent], tables.last)
    point = predict(np.array([tables.last]))[0, 0]
    missing = 24 if kernels is None else int((~np.isfinite(kernels.mean[tables.last + 1])).sum())
    quantiles = point[:, None] + adapted.of(offsets)[0]
    return Tomorrow(tables.first + tables.last + 1, quantiles, name, missing)
