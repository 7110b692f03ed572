"""What was expected at each look, as the service would have said it: the model that the gate had serve, or a baseline.

At midnight the prices of the day are published and the week after them is forecast. At 11:30 REE has forecast tomorrow's demand,
wind and sun: a plant on the spot has tomorrow from them (where they are recorded). At 14:00 the auction is over: it knows tomorrow;
a plant on PVPC has tomorrow from its spot (`forecasting.issue.from_spot`) and the days after on top of it. A baseline, which reads
nothing but its own series, has news only when that is published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from bench.forecast_data import history
from bench.plan_daily import Look
from bench.plan_kept import digest_of, kept_arrays
from bench.plan_morning import mornings
from bench.plan_weeks import Followed, Prices
from domain.timeline import MADRID, day_bounds, epoch, local_instant, utc_from_epoch
from forecasting.data.grid import DAY_S, Floats, Ints, from_table
from forecasting.data.history import History, Tables, Task, tables_of
from forecasting.gate.replay import replay, scored
from forecasting.gate.training import RECORD_ISSUES
from forecasting.issue.days import as_if_published
from forecasting.issue.from_spot import READ_DAYS, tomorrow_from_spot
from forecasting.issue.intervals import LEVELS
from forecasting.issue.record import rolling_forecasts
from forecasting.issue.scenarios import quantile_function
from forecasting.issue.week import PATHS
from forecasting.models.baselines import STRONGEST
from forecasting.models.week_models import fit_week, predict_week, week_models

TASKS: Mapping[str, Task] = MappingProxyType({"pvpc": "W", "spot": "WS"})
REFIT_DAYS = 7
"""As `scripts/bench forecast`."""
NAMES = ("served", STRONGEST)
MORNING, AFTERNOON = time(11, 30), time(14)
"""Madrid times at which REE's forecasts of tomorrow, and the prices of the auction, are in."""
Planned = Literal["evening", "news"]
"""Once a day, when tomorrow's own prices are out, or also when REE has forecast tomorrow and when the auction is over."""
MODULES = ("forecasting", "domain/timeline.py", "bench/plan_forecasts.py", "bench/plan_morning.py")


@dataclass(frozen=True, slots=True)
class Files:
    """CSV files of hourly prices, and of REE's forecasts of tomorrow where there are any."""

    prices: Path
    d1: Path | None


class Forecasts:
    """Looks of one market by name of the forecaster, each on what was known then; models refitted in steps; kept on disk."""

    def __init__(self, files: Files, followed: Followed, first: date, last: date, planned: Planned) -> None:
        """`first` and `last` are the first and the last day that is planned."""
        market = followed.market
        past = history(TASKS[market], files.prices, None)
        morning = None if market == "pvpc" or files.d1 is None else history("D1", files.prices, files.d1)
        self._market, self._paid, self._planned = market, followed.paid, planned
        self._starts, self._tables = past.starts, tables_of(past)
        issues = np.arange(first.toordinal(), last.toordinal() + 2) - self._tables.first
        key = digest_of(
            MODULES, _bytes_of(past), f"{market} {first} {last} {REFIT_DAYS} {RECORD_ISSUES} {PATHS}".encode(), _bytes_of(morning)
        )
        made = kept_arrays(f"plan_forecasts/{key}", lambda: _made(past, morning, self._tables, issues))
        self.served_by = [str(name) for name in made.pop("served_by")]
        self._mornings = {int(ordinal) for ordinal in made.pop("mornings", np.zeros(0))}
        """Days (ordinals) with a look in the morning."""
        self._means = {name: dict(zip(issues.tolist(), means, strict=True)) for name, means in made.items()}

    def looks(self, name: str, day: date, real: Prices) -> Sequence[Look]:
        """The looks of a day. `real` are the prices as they came: a look is shown those that were published."""
        here, there = day_bounds(day)[1], day_bounds(day + timedelta(days=1))[1]
        looks = [Look(day_bounds(day)[0], self._expected(name, day, here, real))]
        if self._planned == "evening":
            return looks
        morning, afternoon = (local_instant(day, clock, MADRID) for clock in (MORNING, AFTERNOON))
        if name == "served" and day.toordinal() in self._mornings:
            looks.append(Look(morning, self._expected("served_morning", day, here, real)))
        if self._market == "spot":
            looks.append(Look(afternoon, self._expected(name, day + timedelta(days=1), there, real)))
        elif name == "served":
            looks.append(Look(afternoon, self._expected("served_noon", day, here, real)))
        return looks

    def _expected(self, means: str, day: date, until: datetime, real: Prices) -> Prices:
        """€/kWh by UTC hour, as paid: as they came until an instant, then the means of an issue on the day, tolls included."""
        tables = self._tables
        row = day.toordinal() - tables.first
        table = np.full(tables.toll.shape, np.nan)
        table[row + 1 : row + 8] = self._means[means][row] + tables.toll[row + 1 : row + 8]
        values = from_table(tables.hours, table, tables.first)
        there = np.flatnonzero(np.isfinite(values))
        told = ((utc_from_epoch(int(self._starts[i])), float(values[i])) for i in there)
        forecast = {hour: self._paid(hour, price) for hour, price in told}
        return forecast | {hour: price for hour, price in real.items() if hour < until}


def _bytes_of(past: History | None) -> bytes:
    if past is None:
        return b""
    columns = (past.starts, past.price, past.toll, past.spot, past.demand_mw, past.wind_mw, past.solar_mw)
    return b"-".join(b"" if column is None else np.ascontiguousarray(column).tobytes() for column in columns)


def _made(past: History, morning: History | None, tables: Tables, wanted: Ints) -> dict[str, Floats]:
    """Means of the paths of both forecasters at the wanted issues; a record before them feeds intervals and gate."""
    published = int(np.flatnonzero(tables.published())[0])
    issues = np.arange(max(published + 180, int(wanted[0]) - RECORD_ISSUES), int(wanted[-1]) + 1)
    models = week_models(tables)
    points = rolling_forecasts(tables, issues, REFIT_DAYS)
    scores = {name: scored(tables, issues, points[name]) for name in (*models, STRONGEST)}
    serves = replay(scores, issues, models, STRONGEST).names
    weights = _weights()
    spread = {name: score.offsets @ weights for name, score in scores.items()}
    means = {name: points[name] + spread[name] for name in scores}
    asked = np.flatnonzero(issues >= wanted[0])
    served = [serves[i] for i in asked]
    made: dict[str, Floats] = {"served_by": np.array(served), STRONGEST: means[STRONGEST][asked]}
    made["served"] = np.array([means[serves[i]][i] for i in asked])
    if past.spot is not None:
        ahead = _on_the_spot(past, tables, wanted, served)
        ahead[:, 1:] += np.array([spread[serves[i]][i] for i in asked])[:, :-1]
        made["served_noon"] = np.where(np.isfinite(ahead).all(axis=(1, 2), keepdims=True), ahead, made["served"])
    if morning is not None:
        tomorrow = mornings(morning, tables.first + wanted, weights)
        told = np.isfinite(tomorrow).all(axis=1)
        made["mornings"] = (tables.first + wanted)[told].astype(np.float64)
        made["served_morning"] = np.concatenate([tomorrow[:, None], made["served"][:, 1:]], axis=1)
    return made


def _weights() -> Floats:
    """Of the levels in the mean of the paths, whose ranks are the middles of equal parts."""
    ranks = (np.arange(PATHS) + 0.5) / PATHS
    weights: Floats = quantile_function(np.eye(len(LEVELS)), np.repeat(ranks[:, None], len(LEVELS), axis=1)).mean(axis=0)
    return weights


def _on_the_spot(past: History, tables: Tables, issues: Ints, served: Sequence[str]) -> Floats:
    """(issues, 7, 24) less tolls at 14:00: the mean of tomorrow from its spot, and the points of the six days after it.

    NaN where the spot does not tell, or where a baseline serves: then nothing is new.
    """
    ahead, weights = np.full((len(issues), 7, 24), np.nan), _weights()
    for start in range(0, len(issues), REFIT_DAYS):
        state = fit_week(tables, int(issues[start]))
        for i in range(start, min(start + REFIT_DAYS, len(issues))):
            known = known_at_noon(past, date.fromordinal(tables.first + int(issues[i])))
            tomorrow = None if served[i] == STRONGEST else tomorrow_from_spot(known)
            if tomorrow is None:
                continue
            led = tables_of(as_if_published(known, tables.first + int(issues[i]) + 1, tomorrow))
            point = predict_week(led, np.array([led.last]), state)[served[i]][0]
            ahead[i] = np.concatenate([(tomorrow.quantiles @ weights)[None], point[:6]])
    return ahead


def known_at_noon(past: History, day: date) -> History:
    """The weeks before with PVPC to the end of the day, the spot a day further, and the days to be forecast."""
    here, there = (epoch(day_bounds(day + timedelta(days=n))[1]) for n in (0, 1))
    return past.between(here - (READ_DAYS + 30) * DAY_S, there + 10 * DAY_S).known_at(here, spot_until=there)
