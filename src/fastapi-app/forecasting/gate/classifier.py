"""A calibration of the classes that the price distribution implies, which must prove itself.

The baseline is the share of the price paths in which the hour falls into each class of its local week. The challenger is a
multinomial logistic regression on those shares and on what the calendar and the horizon add. Labels are made afterwards
from realised prices. It serves only if it beats the baseline in log-loss and in Brier score on later weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.classes import CLASSES
from forecasting.data.grid import Floats, Ints, local_hours
from forecasting.data.history import NotEnoughHistoryError
from forecasting.gate.evaluation import Comparison, diebold_mariano
from forecasting.gate.support import needed, small_sample
from forecasting.issue.classes import class_inputs, floored, predict_classes
from forecasting.issue.scores import labels, settled
from forecasting.issue.week import WeekForecast
from forecasting.models.states import ClassModel, JudgedClasses, Metrics

NEEDS_ISSUES = 120
FITTED_SHARE = 0.6
"""The first part of the issues is fitted, the later part is never seen and judges."""
STRENGTH = 1.0


@dataclass(frozen=True, slots=True)
class ClassSample:
    """The forecast hours of past issues: inputs, what the prices implied, and what came."""

    inputs: Floats  # (n, inputs)
    implied: Floats  # (n, 4)
    label: Ints  # (n,)
    issue: Ints  # (n,) number of the issue, ascending


def sample_of(weeks: Sequence[WeekForecast], starts: Ints, prices: Floats) -> ClassSample:
    """The forecast hours of past weeks whose local week is published throughout; prices (hours,) at starts [s], all-in."""
    day = local_hours(starts).day
    group = (day - 1) // 7
    came = np.where(settled(prices, group), labels(prices, group), -1)
    parts = [_part_of(week, number, starts, came) for number, week in enumerate(weeks)]
    return ClassSample(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _part_of(week: WeekForecast, number: int, starts: Ints, came: Ints) -> tuple[Floats, Floats, Ints, Ints]:
    at = np.searchsorted(starts, week.starts)
    inside = at < starts.size
    label = np.where(inside, came[np.minimum(at, starts.size - 1)], -1)
    keep = np.isnan(week.published) & (label >= 0)
    return class_inputs(week)[keep], week.probabilities[keep], label[keep], np.full(int(keep.sum()), number)


def log_loss(probabilities: Floats, label: Ints) -> Floats:
    """(n,) minus the log of the probability given to what came."""
    loss: Floats = -np.log(floored(probabilities)[np.arange(label.size), label])
    return loss


def brier(probabilities: Floats, label: Ints) -> Floats:
    """(n,) sum over the classes of the squared difference to what came; 0 is perfect, 2 the worst."""
    score: Floats = ((floored(probabilities) - np.eye(len(CLASSES))[label]) ** 2).sum(axis=1)
    return score


def train_classifier(sample: ClassSample, champion: str | None = None) -> JudgedClasses:
    """State: ``model`` (fitted on all; arrays), ``serves`` (classifier or implied), ``reason``, ``metrics`` on the unseen part.
    ``champion``: which of the two serves."""
    numbers, issue = np.unique(sample.issue, return_inverse=True)
    issues = len(numbers)
    if issues < NEEDS_ISSUES:
        raise NotEnoughHistoryError("the production classifier", NEEDS_ISSUES, issues)
    split = int(issues * FITTED_SHARE)
    early, late = issue < split - 7, issue >= split
    trial = fit_classes(sample.inputs[early], sample.label[early])
    judged = {"classifier": predict_classes(trial, sample.inputs[late]), "implied": sample.implied[late]}
    losses = {name: [_daily(f(p, sample.label[late]), issue[late]) for f in (log_loss, brier)] for name, p in judged.items()}
    found = [diebold_mariano(losses["classifier"][i], losses["implied"][i]) for i in (0, 1)]
    serves, reason = _ruling(found, champion)
    metrics: Metrics = {name: {"log_loss": float(pair[0].mean()), "brier": float(pair[1].mean())} for name, pair in losses.items()}
    demotes = champion == "classifier" and serves == "implied"
    return {
        "model": fit_classes(sample.inputs, sample.label),
        "serves": serves,
        "reason": reason,
        "metrics": metrics,
        "demotes": demotes,
    }


def fit_classes(inputs: Floats, label: Ints) -> ClassModel:
    """``coefficients`` (classes that came, inputs), ``intercepts`` and ``classes``: a forecast needs nothing but these."""
    from sklearn.linear_model import LogisticRegression  # where a training runs, not where the service does
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        fitted = LogisticRegression(C=STRENGTH, solver="newton-cholesky").fit(inputs, label)
    coefficients, intercepts = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:  # scikit-learn keeps the second class alone, against the first at zero
        coefficients, intercepts = (np.concatenate([np.zeros_like(each), each]) for each in (coefficients, intercepts))
    return {"coefficients": coefficients, "intercepts": intercepts, "classes": fitted.classes_}


def _daily(loss: Floats, issue: Ints) -> Floats:
    first = int(issue.min())
    count = np.bincount(issue - first)
    daily: Floats = np.bincount(issue - first, loss)[count > 0] / count[count > 0]
    return daily


def _ruling(found: Sequence[Comparison], champion: str | None = None) -> tuple[str, str]:
    """A classifier is let serve when it is better in both scores, and goes when it is worse in one, each with support."""
    p_values = [small_sample(one) for one in found]
    values = ", ".join(f"{name} p = {one:.3f}" for name, one in zip(("log-loss", "Brier"), p_values, strict=True))
    if all(one < needed() for one in p_values):
        return "classifier", f"better than the classes implied by the price forecast: {values}"
    if champion == "classifier":
        if not any(one > 1 - needed() for one in p_values):
            return "classifier", f"not worse than the classes implied by the price forecast: {values}"
        return "implied", f"the classifier fell behind the classes implied by the price forecast: {values}: demoted"
    return "implied", f"does not beat the classes implied by the price forecast in both scores: {values}"
