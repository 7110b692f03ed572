"""The one entry of the service: the next hours, published where they are, else as a distribution, score and class."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.errors import NotKnownError
from forecasting.data.features import HORIZON_DAYS
from forecasting.data.grid import DAY_S, HOUR_S, Bools, Floats, Ints, hour_grid, local_hours, on_grid, rows_of
from forecasting.data.history import FUTURE_DAYS, History, NotEnoughHistoryError, Tables, start_of_last, tables_of
from forecasting.issue.days import Days, NearlyKnown, as_if_published, extrapolated, preceded_by, with_tomorrow, without_holes
from forecasting.issue.few_days import doubt
from forecasting.issue.intervals import ADAPT_DAYS, LEVELS, LONG_ISSUES, P10, P50, P90, Adapted, adaptation, plain_offsets, reach
from forecasting.issue.record import Record, baseline_record, extended, known_errors
from forecasting.issue.scenarios import draw_ranks, quantile_function
from forecasting.issue.scores import WeekCosts
from forecasting.models.baselines import BASELINES, best_with
from forecasting.models.states import TrainedWeek
from forecasting.models.week_models import predictor, week_models

HOURS = 168
PATHS = 200
READ_DAYS = 130
"""Days before the last price that the inputs read (twice the 42 days of the slow mean, a week before, and slack)."""
STALE_DAYS = 21
"""Days without a new price after which nothing is forecast any more."""

Cost = Callable[[Ints, Floats], Floats]
"""What a kWh costs in hours [s] at prices (..., hours) of the market; NaN where it is not known."""


def as_it_is(_: Ints, prices: Floats) -> Floats:
    """The cost where the price of the market is paid."""
    return prices


class StaleHistoryError(NotKnownError):
    """The last published price is too old to forecast from; ``last_day`` is its local day."""

    def __init__(self, last_day: date, stale_days: int) -> None:
        super().__init__(f"the last published day is {last_day}, {stale_days} days old; at most {STALE_DAYS} are allowed")
        self.last_day = last_day
        self.stale_days = stale_days


@dataclass(frozen=True, slots=True)
class WeekForecast:
    """The hours from the one that holds the issue on; all prices €/kWh, tolls included."""

    starts: Ints  # (hours,) [s, UTC]
    published: Floats  # (hours,) price, NaN where it is forecast
    quantiles: Floats  # (hours, levels) at LEVELS; a published price at every level
    energy_score: Floats  # (hours,) 0..100, by cost as the classes
    probabilities: Floats  # (hours, 4) of scores.CLASSES, as the price distribution implies them
    paths: Floats  # (paths, hours) whole weeks that could come, for the planner
    days_ahead: Ints  # (hours,) local days after the last published one; 0 and less where published
    model: str  # who served
    last_published: int  # ordinal of the last published local day
    reason: str  # why a baseline serves in place of a model, else empty
    costs: WeekCosts  # what scores and classes compare with: the whole local weeks, by what is paid
    first: int  # place of the first hour in ``costs``
    band: Adapted  # what the last days made of the band
    history_days: int  # how many days of published prices there were to learn from

    @property
    def p10(self) -> Floats:
        """(hours,) exceeded in nine of ten cases."""
        return self.quantiles[:, P10]

    @property
    def p50(self) -> Floats:
        """(hours,) the point forecast, or the published price."""
        return self.quantiles[:, P50]

    @property
    def p90(self) -> Floats:
        """(hours,) exceeded in one of ten cases."""
        return self.quantiles[:, P90]


def forecast_week(
    history: History,
    at: int,
    state: TrainedWeek | None = None,
    *,
    model: str | None = None,
    tomorrow: Floats | NearlyKnown | None = None,
    paths: int = PATHS,
    cost: Cost = as_it_is,
) -> WeekForecast:
    """Forecast from the hour that holds ``at`` [s]. Every finite price in ``history`` counts as published.

    ``history`` must hold the toll of every hour to the end of the local week of the last hour. Without ``state`` (or with
    too little history for it) the best baseline serves. ``model`` names another model or baseline than the state's choice.
    An issue in the past is answered as it would have been then, from the record in the state.
    ``tomorrow`` (24, levels) €/kWh less tolls replaces the first day after the last published one (task D1); where it is
    ``NearlyKnown`` the days after it are forecast as if its p50 were published.
    Scores and classes rank the hours by ``cost``; prices, quantiles and paths stay those of the market.
    Raises NotEnoughHistoryError without one published day, StaleHistoryError when the prices are too old.
    """
    first = at // HOUR_S * HOUR_S
    window = Window.of(first, HOURS)
    to_read, to_base = _days_to_read(history, state, window.last_day)
    recent = history.between(start_of_last(history, to_read), window.end).extended(window.end)
    tables = tables_of(recent, to_base)
    if tables.last < 0:
        raise NotEnoughHistoryError("a forecast", 1, 0)
    count = window.last_day - (tables.first + tables.last)
    stale = window.first_day - (tables.first + tables.last) - 1
    if stale > STALE_DAYS or count > FUTURE_DAYS:
        raise StaleHistoryError(date.fromordinal(tables.first + tables.last), stale)
    seed = first // DAY_S
    if isinstance(tomorrow, NearlyKnown):
        ahead = tables_of(as_if_published(recent, tables.first + tables.last + 1, tomorrow), to_base)
        later = _distribution(ahead, state, model, max(1, count - 1), paths, seed=seed, recorded=False)
        return _assembled(recent, tables, window, preceded_by(tomorrow, later), cost, history.days)
    days = _distribution(tables, state, model, max(1, count), paths, seed=seed)
    if tomorrow is not None:
        days = with_tomorrow(days, tomorrow)
    return _assembled(recent, tables, window, days, cost, history.days)


@dataclass(frozen=True, slots=True)
class Window:
    """The hours that a forecast looks at: those asked for, and around them what scores and classes compare with."""

    start: int  # [s] the Monday 00:00 of the first hour's local week, or three and a half days before it
    end: int  # [s] the end of the local week of the last hour
    first: int  # [s] first hour asked for
    hours: int
    first_day: int  # ordinals of local days
    last_day: int

    @classmethod
    def of(cls, first: int, hours: int) -> "Window":
        """The window around ``hours`` hours from ``first`` [s]."""
        ends = local_hours(np.array([first, first + (hours - 1) * HOUR_S], dtype=np.int64))
        monday = int(ends.day[0]) - (int(ends.day[0]) - 1) % 7
        sunday = int(ends.day[1]) + 6 - (int(ends.day[1]) - 1) % 7
        around = hour_grid(first - 8 * DAY_S, first + hours * HOUR_S + 8 * DAY_S)
        day = local_hours(around).day
        start = min(int(around[np.searchsorted(day, monday)]), first - HOURS // 2 * HOUR_S)
        return cls(start, int(around[np.searchsorted(day, sunday + 1)]), first, hours, int(ends.day[0]), sunday)


def _days_to_read(history: History, state: TrainedWeek | None, last_day: int) -> tuple[int, int]:
    """Days before the last price to read, and days to the end of the window (an ordinal) whose means are needed.

    Without a state the errors of the baseline are made on the spot; with one, the record has all but the newest.
    """
    known = history.starts[np.isfinite(history.price)]
    newest = int(local_hours(known[-1:]).day[0]) if known.size else last_day
    days = np.zeros(0, dtype=np.int64) if state is None else state["record"]["days"]
    unrecorded = LONG_ISSUES if state is None else max(0, newest - int(days[-1]))
    base_days = READ_DAYS + unrecorded
    return base_days + len(days), base_days + max(0, last_day - newest)


def _distribution(
    tables: Tables, state: TrainedWeek | None, model: str | None, count: int, paths: int, *, seed: int, recorded: bool = True
) -> Days:
    """The days after the last published one: the served forecast, its adapted offsets, the ranks of the paths.

    What is ``recorded`` for an issue is given again.
    """
    name, reason = _server(tables, state, model)
    predict = predictor(name, tables, state)
    today = tables.first + tables.last
    kept = None if state is None else Record.of_state(state["record"])
    before = kept.predicted(name, today) if kept is not None and recorded else None
    past = None if kept is None else kept.before(today)
    if past is None or not past.days.size:
        record = baseline_record(tables, name, predict, LONG_ISSUES)
    else:
        record = extended(past, tables, name, predict)
    errors = known_errors(record, name, tables, tables.last)
    issues = record.days - tables.first
    offsets = plain_offsets(errors, record.scales, float(tables.base.scale[tables.last]), tables.days)
    recent = slice(-ADAPT_DAYS - HORIZON_DAYS, None)
    reached = reach(errors[recent], record.edges[name][recent])
    adapted = adaptation(reached, issues[recent], tables.last)
    offsets = adapted.of(offsets)
    ranks = draw_ranks(errors / record.scales[:, None, None], paths, seed)
    point = predict(np.array([tables.last]))[0] if before is None else before
    return extrapolated(tables, Days(point, offsets, ranks, name, reason, adapted), count)


def _server(tables: Tables, state: TrainedWeek | None, model: str | None) -> tuple[str, str]:
    """Who serves, and why if it is not the state's own choice."""
    if model is not None and model in BASELINES:
        return model, f"{model} was asked for"
    if state is None:
        return _baseline(tables), "no trained model"
    name = model or str(state["serves"])
    if name in BASELINES:
        return name, f"the gate has {name} serve"
    if name not in week_models(tables):
        return _baseline(tables), f"{name} needs the spot price beside PVPC"
    return name, "" if model is None else f"{model} was asked for"


def _baseline(tables: Tables) -> str:
    name = best_with(tables.days)
    if name is None:
        raise NotEnoughHistoryError("a forecast", 1, tables.days)
    return name


def _assembled(history: History, tables: Tables, window: Window, days: Days, cost: Cost, history_days: int) -> WeekForecast:
    grid = hour_grid(window.start, window.end)
    calendar = local_hours(grid)
    published = on_grid(grid, history.starts, history.price)
    ahead = calendar.day - tables.first - tables.last
    asked = slice((window.first - window.start) // HOUR_S, (window.first - window.start) // HOUR_S + window.hours)
    wanted = np.zeros(grid.size, dtype=np.bool_)
    wanted[asked.start :] = True
    missing = np.flatnonzero(~np.isfinite(published) & wanted)
    toll = on_grid(grid, history.starts, history.toll)[missing]
    if not np.isfinite(toll).all():
        raise ValueError(f"the toll of {int((~np.isfinite(toll)).sum())} hours up to the end of the window is not given")
    spread = _hour_quantiles(tables, days, ahead[missing], calendar.hour[missing], calendar.day[missing]) + toll[:, None]
    quantiles = np.repeat(published[:, None], len(LEVELS), axis=1)
    quantiles[missing] = spread
    paths = np.repeat(published[None], len(days.ranks), axis=0)
    slot = np.clip(ahead[missing], 1, None) - 1
    paths[:, missing] = quantile_function(spread, days.ranks[:, slot, calendar.hour[missing]])
    weeks = (calendar.day - 1) // 7
    costs = WeekCosts(grid, cost(grid, paths), weeks, _doubts(weeks, np.isfinite(published), doubt(history_days, len(paths))))
    return WeekForecast(
        starts=grid[asked],
        published=published[asked],
        quantiles=quantiles[asked],
        energy_score=costs.scores(asked),
        probabilities=costs.probabilities()[asked],
        paths=paths[:, asked],
        days_ahead=ahead[asked],
        model=days.model,
        last_published=tables.first + tables.last,
        reason=days.reason,
        costs=costs,
        first=asked.start,
        band=days.adapted,
        history_days=history_days,
    )


def _doubts(weeks: Ints, published: Bools, doubts: tuple[float, float]) -> Floats:
    """(hours,) the doubt about each class: the least in a local week that is published throughout, the most of a forecast hour."""
    _, which = np.unique(weeks, return_inverse=True)
    open_share = 1 - (np.bincount(which, published) / np.bincount(which))[which]
    least, most = doubts
    found: Floats = least + (most - least) * np.where(published, open_share, 1.0)
    return found


def _hour_quantiles(tables: Tables, days: Days, ahead: Ints, hour: Ints, day: Ints) -> Floats:
    """(hours, levels) less tolls. An hour missing in a published day is forecast by its base with the first day's offsets."""
    slot = np.clip(ahead, 1, None) - 1
    point = np.where(ahead >= 1, days.point[slot, hour], _filled(tables, day, hour))
    quantiles: Floats = point[:, None] + days.offsets[slot, hour]
    return quantiles


def _filled(tables: Tables, day: Ints, hour: Ints) -> Floats:
    """What the days before tell of hours of published days that have no price; else as the forecast of the next one."""
    told = rows_of(tables.base.filled, day - tables.first)[np.arange(day.size), hour]
    return np.where(np.isfinite(told), told, without_holes(tables, np.full((1, 24), np.nan))[0, hour])
