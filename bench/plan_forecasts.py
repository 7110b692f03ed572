"""What was forecast on each day, as the service would have said it: the model that the gate had serve, or a baseline."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from bench.forecast_data import history
from bench.plan_kept import digest_of, kept_arrays
from bench.plan_weeks import Prices
from domain.timeline import utc_from_epoch
from forecasting.baselines import STRONGEST
from forecasting.grid import Floats, Ints, from_table
from forecasting.history import History, Tables, Task, tables_of
from forecasting.intervals import LEVELS, P50
from forecasting.models import week_models
from forecasting.record import rolling_forecasts
from forecasting.replay import replay, scored
from forecasting.scenarios import quantile_function
from forecasting.training import RECORD_ISSUES
from forecasting.week import PATHS

TASKS: Mapping[str, Task] = MappingProxyType({"pvpc": "W", "spot": "WS"})
REFIT_DAYS = 7
"""As `scripts/bench forecast`."""
NAMES = ("served", STRONGEST)
Centre = Literal["mean", "p50"]
"""What a plan takes for the price of an hour: the mean of the paths that could come (as the service does), or their median."""
MODULES = tuple(
    f"forecasting/{name}.py"
    for name in (
        *("baselines", "evaluation", "features", "gate", "grid", "history", "intervals", "lear", "models"),
        *("record", "replay", "scenarios", "structural", "training"),
    )
)


class Forecasts:
    """Forecasts of one market by name, each made on what was known at its issue and refitted in steps; kept on disk."""

    def __init__(self, prices: Path, market: str, first: date, last: date, centre: Centre) -> None:
        """`first` and `last` are the last published days of the first and the last issue."""
        past = history(TASKS[market], prices, None)
        self._starts, self._tables, self._centre = past.starts, tables_of(past), centre
        issues = np.arange(first.toordinal(), last.toordinal() + 1) - self._tables.first
        key = digest_of(MODULES, _bytes_of(past), f"{market} {first} {last} {REFIT_DAYS} {RECORD_ISSUES} {PATHS}".encode())
        made = kept_arrays(f"plan_forecasts/{key}", lambda: _made(self._tables, issues))
        self.served_by = [str(name) for name in made["served_by"]]
        self._made = {name: dict(zip(issues.tolist(), made[f"{name}_{centre}"], strict=True)) for name in NAMES}

    def known_on(self, name: str, day: date) -> Prices:
        """€/kWh by UTC hour of the seven days after a published day, tolls included."""
        tables = self._tables
        row = day.toordinal() - tables.first
        table = np.full(tables.toll.shape, np.nan)
        table[row + 1 : row + 8] = self._made[name][row] + tables.toll[row + 1 : row + 8]
        values = from_table(tables.hours, table, tables.first)
        there = np.flatnonzero(np.isfinite(values))
        return {utc_from_epoch(int(self._starts[i])): float(values[i]) for i in there}


def _bytes_of(past: History) -> bytes:
    columns = (past.starts, past.price, past.toll, past.spot)
    return b"-".join(b"" if column is None else np.ascontiguousarray(column).tobytes() for column in columns)


def _made(tables: Tables, wanted: Ints) -> dict[str, Floats]:
    """Both centres of both forecasters at the wanted issues; a record before them feeds intervals and gate."""
    published = int(np.flatnonzero(tables.published())[0])
    issues = np.arange(max(published + 180, int(wanted[0]) - RECORD_ISSUES), int(wanted[-1]) + 1)
    models = week_models(tables)
    points = rolling_forecasts(tables, issues, REFIT_DAYS)
    scores = {name: scored(tables, issues, points[name]) for name in (*models, STRONGEST)}
    serves = replay(scores, issues, models, STRONGEST).names
    asked = issues >= wanted[0]
    centres = {name: _centres(points[name], scores[name].offsets) for name in scores}
    made: dict[str, Floats] = {"served_by": np.array(serves)[asked]}
    for centre in ("mean", "p50"):
        chosen = [centres[name][centre][i] for i, name in enumerate(serves)]
        made |= {f"served_{centre}": np.array(chosen)[asked], f"{STRONGEST}_{centre}": centres[STRONGEST][centre][asked]}
    return made


def _centres(points: Floats, offsets: Floats) -> dict[str, Floats]:
    """(issues, 7, 24) each. The ranks of the paths are the middles of equal parts, so that their mean is a weighting of levels."""
    ranks = (np.arange(PATHS) + 0.5) / PATHS
    weights = quantile_function(np.eye(len(LEVELS)), np.repeat(ranks[:, None], len(LEVELS), axis=1)).mean(axis=0)
    return {"mean": points + offsets @ weights, "p50": points + offsets[..., P50]}
