"""Tomorrow's spot at 11:30, before the auction, as the service says it: the day-ahead model, trained anew every four weeks."""

from datetime import date, timedelta

import numpy as np

from domain.timeline import day_bounds, epoch
from forecasting.data.grid import DAY_S, Floats, Ints, local_hours
from forecasting.data.history import History
from forecasting.gate.day_training import train_day
from forecasting.issue.tomorrow import forecast_tomorrow
from forecasting.models.states import TrainedDay

TRAIN_EVERY = 28
LEAST_DAYS = 30
"""Days with REE's forecasts before the first training."""
READ_DAYS = 900


def mornings(past: History, days: Ints, weights: Floats) -> Floats:
    """(days, 24) €/kWh: mean of tomorrow at 11:30 of each day (ordinals); NaN where REE's forecasts do not reach."""
    means = np.full((len(days), 24), np.nan)
    first = _first_forecast(past)
    state: TrainedDay | None = None
    trained = 0
    for i, ordinal in enumerate(days.tolist()):
        if first is None or ordinal < first + LEAST_DAYS:
            continue
        known = _known_in_the_morning(past, date.fromordinal(ordinal))
        if state is None or ordinal >= trained + TRAIN_EVERY:
            state, trained = train_day(known), ordinal
        said = forecast_tomorrow(known, state)
        if said.without_forecasts < len(said.quantiles):
            means[i] = said.quantiles @ weights
    return means


def _first_forecast(past: History) -> int | None:
    """Day (an ordinal) from which on REE's forecasts are there."""
    if past.demand_mw is None or not np.isfinite(past.demand_mw).any():
        return None
    return int(local_hours(past.starts[np.isfinite(past.demand_mw)][:1]).day[0])


def _known_in_the_morning(past: History, day: date) -> History:
    """The last years, with prices to the end of the day and REE's forecasts to the end of the next."""
    here, there = (epoch(day_bounds(day + timedelta(days=n))[1]) for n in (0, 1))
    return past.between(here - READ_DAYS * DAY_S, there + 10 * DAY_S).known_at(here, there)
