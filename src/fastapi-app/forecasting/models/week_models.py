"""The week models of tasks W and WS: what each needs, how it is fitted, what it gives.

A fitted state is a dict of plain arrays and numbers, nothing of ours, so that it can be pickled and loaded elsewhere.
"""

from collections.abc import Callable

import numpy as np

from forecasting.data.features import HORIZON_DAYS, INPUT_NAMES
from forecasting.data.grid import Bools, Floats, Ints, rows_of
from forecasting.data.history import NotEnoughHistoryError, Tables
from forecasting.models.baselines import BASELINES
from forecasting.models.lear import WINDOWS_DAYS, fit_lear, predict_lear
from forecasting.models.states import WeekModel
from forecasting.models.structural import predict_structural

WARM_UP_DAYS = 60
"""Rows at the start of a history that are inputs only: the bases need them."""
NEEDS_DAYS = 150
"""Published days below which no model is fitted: 60 to warm up, and three months to learn from."""
CHAMPIONS_FIRST = ("blend", "lear", "structural")
"""Order in which the models ask to serve."""


def week_models(tables: Tables) -> tuple[str, ...]:
    """Names of the models that these tables can feed: without a spot price beside it, PVPC has no structure."""
    return CHAMPIONS_FIRST if tables.spot is not None else ("lear",)


def training_issues(tables: Tables, last: int, longest: int = max(WINDOWS_DAYS)) -> Ints:
    """Issue rows whose seven targets are all at or before row ``last``, oldest first; at most ``longest``."""
    published = _first_published(tables)
    first = max(published + WARM_UP_DAYS, last - HORIZON_DAYS - longest + 1)
    has = max(0, last - published + 1)
    if has < NEEDS_DAYS:
        raise NotEnoughHistoryError("the week model", NEEDS_DAYS, has)
    return np.arange(first, last - HORIZON_DAYS + 1)


def _first_published(tables: Tables) -> int:
    rows = np.flatnonzero(tables.published())
    if not rows.size:
        raise NotEnoughHistoryError("the week model", NEEDS_DAYS, 0)
    return int(rows[0])


def fit_week(tables: Tables, last: int) -> WeekModel:
    """Everything learnt from rows up to ``last``: coefficients (7, 24, inputs) of the price and, for PVPC, of the spot."""
    issues = training_issues(tables, last)
    state: WeekModel = {
        "inputs": list(INPUT_NAMES),
        "trained_through": tables.first + last,
        "trained_from": tables.first + int(issues[0]),
        "lear": fit_lear(tables.base, issues),
    }
    if tables.spot is not None:
        state["lear_spot"] = fit_lear(tables.spot, _spot_issues(tables, last))
    return state


def _spot_issues(tables: Tables, last: int) -> Ints:
    """The spot has a longer history than the tariff: it learns from all of it that the windows reach."""
    assert tables.spot is not None  # noqa: S101 -- the caller's condition, for the type checker
    rows = np.flatnonzero(np.isfinite(tables.spot.values).any(axis=1))
    if not rows.size or last - rows[0] + 1 < NEEDS_DAYS:
        raise NotEnoughHistoryError("the spot model", NEEDS_DAYS, 0 if not rows.size else int(last - rows[0] + 1))
    first = max(int(rows[0]) + WARM_UP_DAYS, last - HORIZON_DAYS - max(WINDOWS_DAYS) + 1)
    return np.arange(first, last - HORIZON_DAYS + 1)


def predict_week(tables: Tables, issues: Ints, state: WeekModel) -> dict[str, Floats]:
    """Forecasts (issues, 7, 24) €/kWh less tolls of every model that the state holds. ``issues`` need not be fitted rows."""
    if list(state["inputs"]) != list(INPUT_NAMES):
        raise ValueError("the state was fitted with other inputs than this version has")
    lear = predict_lear(tables.base, issues, state["lear"])
    forecasts = {"lear": lear}
    if tables.spot is not None and "lear_spot" in state:
        spot = predict_lear(tables.spot, issues, state["lear_spot"])
        structural = predict_structural(tables.base, tables.spot, issues, spot)
        structural = np.where(np.isfinite(structural), structural, lear)
        forecasts |= {"structural": structural, "blend": (lear + structural) / 2}
    return forecasts


def predict_baselines(tables: Tables, issues: Ints) -> dict[str, Floats]:
    """Forecasts (issues, 7, 24) €/kWh less tolls of every baseline."""
    return {name: baseline(tables.base, issues) for name, baseline in BASELINES.items()}


def predictor(name: str, tables: Tables, state: WeekModel | None) -> Callable[[Ints], Floats]:
    """What forecasts (issues, 7, 24) at issue rows under a name: a baseline, or a model, which needs a state that holds it."""
    if name in BASELINES:
        return lambda issues: BASELINES[name](tables.base, issues)
    if state is None:
        raise ValueError(f"{name} needs a trained state")
    return lambda issues: predict_week(tables, issues, state)[name]


def realised(tables: Tables, issues: Ints) -> Floats:
    """(issues, 7, 24) €/kWh less tolls: what came, NaN where it is not published (yet), or lies outside the history.

    An issue may be older than the history (a store that was lost or begins later): its row is negative, and no row of it counts.
    """
    rows = issues[:, None] + np.arange(1, HORIZON_DAYS + 1)
    return rows_of(tables.base.values, rows)


def closed(issues: Ints, last: int) -> Bools:
    """(issues, 7): whether the day ahead k of each issue is at or before row ``last``: what an issue at ``last`` may know."""
    done: Bools = issues[:, None] + np.arange(1, HORIZON_DAYS + 1) <= last
    return done
