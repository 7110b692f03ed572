"""The production class of an hour: what the price distribution implies, and a calibration of it where one has proved itself."""

import numpy as np

from domain.classes import CLASSES
from forecasting.data.grid import Floats, local_hours
from forecasting.issue.scores import doubted
from forecasting.issue.week import WeekForecast
from forecasting.models.states import ClassModel, JudgedClasses

FLOOR = 0.005
"""Smallest probability that is ever given: a share of 0 in 200 paths is not an impossibility."""


def floored(probabilities: Floats) -> Floats:
    """The same shares, none below FLOOR, summing to 1."""
    raised = np.maximum(probabilities, FLOOR)
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def class_inputs(week: WeekForecast) -> Floats:
    """(hours, inputs) all known at issue: log shares, score, day ahead, width of the band, local hour, weekend."""
    calendar = local_hours(week.starts)
    angle = 2 * np.pi * calendar.hour / 24
    level = np.maximum(np.abs(week.p50), 0.02)
    columns = [
        *np.log(floored(week.probabilities)).T,
        week.energy_score / 100,
        week.days_ahead / 7,
        np.clip((week.p90 - week.p10) / level, 0, 5),
        np.sin(angle),
        np.cos(angle),
        ((calendar.day - 1) % 7 >= 5).astype(np.float64),
    ]
    return np.stack(columns, axis=1)


def predict_classes(model: ClassModel, inputs: Floats) -> Floats:
    """(n, 4), also when a class never came in the sample."""
    logits = inputs @ model["coefficients"].T + model["intercepts"]
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = np.zeros((len(inputs), len(CLASSES)))
    probabilities[:, model["classes"]] = weights / weights.sum(axis=1, keepdims=True)
    return probabilities


def production_probabilities(week: WeekForecast, state: JudgedClasses | None) -> tuple[Floats, str]:
    """(hours, 4) and whose they are. A published hour, and every hour without a proven classifier, has what the prices imply."""
    if state is None or state["serves"] != "classifier":
        return week.probabilities, "implied"
    doubt = np.broadcast_to(week.costs.doubt, week.costs.weeks.shape)[week.first : week.first + len(week.starts)]
    calibrated = doubted(predict_classes(state["model"], np.nan_to_num(class_inputs(week))), doubt)
    forecast = np.isnan(week.published) & np.isfinite(week.probabilities).all(axis=1)
    return np.where(forecast[:, None], calibrated, week.probabilities), "classifier"
