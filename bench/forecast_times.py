"""What the service waits for: a full training with its record, gate and intervals, and one forecast with intervals."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from forecasting.data.grid import DAY_S
from forecasting.data.history import History, Tables, Task
from forecasting.gate.class_training import train_classes
from forecasting.gate.day_training import train_day
from forecasting.gate.training import train_week
from forecasting.issue.tomorrow import forecast_tomorrow
from forecasting.issue.week import forecast_week

FORECASTS = 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds on one core: elapsed, and of that really computed (they differ where others use the machine)."""

    training_s: float
    training_cpu_s: float
    classes_s: float | None
    """Training of the production classifier; None for D1, which has none."""
    forecast_s: float  # median
    forecast_cpu_s: float


def service_times(task: Task, data: History, tables: Tables, issue: int) -> Times:
    """Train and forecast as the service does when row ``issue`` is the last published day."""
    day = tables.hours.day - tables.first
    end = int(data.starts[np.searchsorted(day, issue + 1)])
    known = data.known_at(end, end + 15 * DAY_S)  # the tolls of the weeks that are looked at
    with threadpool_limits(1):
        forecast: Callable[[], object]
        if task == "D1":
            day_state, training = _timed(lambda: train_day(known))
            forecast = partial(forecast_tomorrow, known, day_state)
        else:
            week_state, training = _timed(lambda: train_week(known, task))
            forecast = partial(forecast_week, known, end - DAY_S, week_state)
        forecast()
        classes = None if task == "D1" else _timed(lambda: train_classes(known, task))[1][0]
        spent = np.median([_timed(forecast)[1] for _ in range(FORECASTS)], axis=0)
    return Times(training[0], training[1], classes, float(spent[0]), float(spent[1]))


def _timed(work: Callable[[], T]) -> tuple[T, tuple[float, float]]:
    begin, busy = time.perf_counter(), time.process_time()
    made = work()
    return made, (time.perf_counter() - begin, time.process_time() - busy)
