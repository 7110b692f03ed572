"""Training of the production classifier on the weeks that a model fitted before them would have said, and on what came."""

from datetime import UTC, date, datetime, time

from domain.timeline import MADRID
from forecasting.data.history import History, NotEnoughHistoryError, Tables, Task, tables_of
from forecasting.gate.classifier import sample_of, train_classifier
from forecasting.gate.training import NEEDS_RECORD_ISSUES, train_week
from forecasting.issue.record import Progress, Record, extended
from forecasting.issue.week import Cost, WeekForecast, as_it_is, forecast_week
from forecasting.models.states import TrainedClasses, TrainedWeek
from forecasting.models.week_models import NEEDS_DAYS, predictor

ISSUES = 180
"""Issue days that are lived through again."""
PATHS = 100
ISSUED = time(21, 0)
"""Madrid time of an issue: tomorrow's prices are out."""


def train_classes(
    history: History,
    task: Task,
    cost: Cost = as_it_is,
    *,
    champion: str | None = None,
    progress: Progress = lambda _: None,
) -> TrainedClasses:
    """State of the classifier. The week model behind it is fitted on what was known before the first issue; ``cost`` as there.
    ``champion``: who says the class.

    NotEnoughHistoryError says what is needed.
    """
    tables = tables_of(history)
    last = tables.first + tables.last - 1
    first = last - ISSUES
    needs = ISSUES + NEEDS_DAYS + NEEDS_RECORD_ISSUES + 2
    if tables.days < needs:
        raise NotEnoughHistoryError("the production classifier", needs, tables.days)
    before = train_week(history.known_at(midnight_after(first)), task, progress=lambda share: progress(0.5 * share))
    before["record"] = carried_on(before, tables).to_state()
    weeks: list[WeekForecast] = []
    for day in range(first, last):
        known = history.known_at(midnight_after(day + 1))
        weeks.append(forecast_week(known, evening(day), before, paths=PATHS, cost=cost))
        progress(0.5 + 0.45 * (day - first) / ISSUES)
    state = train_classifier(sample_of(weeks, history.starts, cost(history.starts, history.price)), champion)
    return {
        "model": state["model"],
        "serves": state["serves"],
        "reason": state["reason"],
        "metrics": state["metrics"],
        "demotes": state["demotes"],
        "trained_from": first,
        "trained_through": last,
    }


def carried_on(state: TrainedWeek, tables: Tables) -> Record:
    """The record of the serving model up to the day before the last published one, by the coefficients of the state: made once,
    where each of many past issues would else make its own part of it."""
    name = str(state["serves"])
    return extended(Record.of_state(state["record"]), tables, name, predictor(name, tables, state))


def evening(day: int) -> int:
    """[s] when the week after a local day is issued."""
    return int(datetime.combine(date.fromordinal(day), ISSUED, MADRID).astimezone(UTC).timestamp())


def midnight_after(day: int) -> int:
    """[s] the end of a local day."""
    return int(datetime.combine(date.fromordinal(day + 1), time.min, MADRID).astimezone(UTC).timestamp())
