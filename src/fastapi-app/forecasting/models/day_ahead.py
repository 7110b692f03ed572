"""Task D1: tomorrow's spot before the auction, from residual-load kernels, boosting and least absolute deviations on their
residual; from prices alone where tomorrow's D+1 forecasts are missing.

Everything is known at 11:15 of day D = the row of the last published spot: spot through D, forecasts through D + 1.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.data.features import trailing_scale
from forecasting.data.grid import Floats, Ints
from forecasting.data.history import Tables
from forecasting.models.baselines import BASELINES
from forecasting.models.boosting import Boost, fit_trees, predict_trees
from forecasting.models.lear import EPSILON, lad
from forecasting.models.price_only import fit_prices, predict_prices
from forecasting.models.residual_load import KERNELS, kernel_forecasts
from forecasting.models.states import DayModel, Trees
from forecasting.models.week_models import training_issues

CHALLENGERS = ("mix", "kernel", "prices")
"""Order in which they ask to serve."""
NEEDS_RESIDUAL_DAYS = 21
"""Days with kernel forecasts and prices below which nothing is learnt from their residual: the kernels serve alone."""
LONGEST_RESIDUAL_DAYS = 730
BOOST = Boost(rounds=300, learning_rate=0.03, leaves=15, rows_in_leaf=30, l2=5.0, features=0.6, seeds=(1, 2, 3))
LAD_RIDGE = 0.1
"""All chosen on August and September 2025, before the first test day."""

DAY_INPUTS = (
    "load_less_yesterday",
    "daily_load_less_yesterday",
    "solar_less_yesterday",
    "wind_less_yesterday",
    "demand_less_yesterday",
    "price_yesterday",
    "kernel_error_yesterday",
    "daily_kernel_error_yesterday",
    "kernel_error_before",
    "kernel_shape",
    "late_price_yesterday",
    "off_day",
)
"""Inputs of both learners on the residual."""
BOOST_INPUTS = (
    "kernel_spread",
    "memory_difference",
    "load_less_daily",
    "load_before",
    "load_after",
    "lowest_load",
    "highest_load",
    "load_above_lowest",
    "price_week_before",
    "hour",
    "weekday",
    "kernel_level",
    "solar_share",
    "wind_share",
    "load",
)
"""Inputs of the boosting alone."""


@dataclass(frozen=True, slots=True)
class Kernels:
    """Kernel forecasts of every day that has them, each from the days before it; row t is the target day."""

    mean: Floats  # (days, 24) €/kWh, NaN where the kernels do not speak
    inputs: Floats  # (days, 24, DAY_INPUTS + BOOST_INPUTS)
    scale: Floats  # (days,), known the day before


def kernels_of(tables: Tables, start: int = 0) -> Kernels | None:
    """Kernels of the target rows from ``start`` on and what the learners see; None without the three D+1 forecasts."""
    if tables.demand_mw is None or tables.wind_mw is None or tables.solar_mw is None:
        return None
    spot, load = tables.base.values, tables.demand_mw - tables.wind_mw - tables.solar_mw
    each = np.full((len(KERNELS), *spot.shape), np.nan)
    targets = np.flatnonzero(np.isfinite(load).any(axis=1))
    for target in targets[targets >= start]:
        each[:, target] = kernel_forecasts(spot, load, tables.calendar.off, int(target))
    mean = each.mean(axis=0)
    scale = np.concatenate([[np.nan], trailing_scale(spot)[:-1]])
    inputs = _inputs(tables, load, each, mean, scale[:, None])
    return Kernels(mean, inputs, scale)


def _inputs(tables: Tables, load: Floats, each: Floats, kernel: Floats, scale: Floats) -> Floats:
    """(days, 24, inputs) of each target day, in units of the scale or GW."""
    assert tables.demand_mw is not None and tables.wind_mw is not None and tables.solar_mw is not None  # noqa: S101
    demand, wind, solar = tables.demand_mw / 1000, tables.wind_mw / 1000, tables.solar_mw / 1000
    spot, load = tables.base.values, load / 1000
    daily, lowest, highest = _by_day(load)
    error = (spot - kernel) / scale
    columns = [
        *(series - _before(series) for series in (load, daily, solar, wind, demand)),
        (_before(spot) - kernel) / scale,
        _before(error),
        _before(_by_day(error)[0]),
        _before(error, 2),
        (kernel - _by_day(kernel)[0]) / scale,
        (_before(spot)[:, -1:] - kernel) / scale,
        tables.calendar.off[:, None],
        each.std(axis=0) / scale,
        (each[4:].mean(axis=0) - each[:4].mean(axis=0)) / scale,
        load - daily,
        np.roll(load, 1, axis=1) - load,
        np.roll(load, -1, axis=1) - load,
        lowest - daily,
        highest - daily,
        load - lowest,
        (_before(spot, 7) - kernel) / scale,
        np.arange(24.0)[None],
        tables.calendar.weekday[:, None],
        kernel,
        solar / demand,
        wind / demand,
        load,
    ]
    return np.stack([np.broadcast_to(column, spot.shape) for column in columns], axis=2).astype(np.float64)


def _by_day(series: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, lowest and highest of the known hours of each day, each (days, 1); the spring day has 23."""
    known = np.isfinite(series)
    count = known.sum(axis=1, keepdims=True)
    total = np.where(known, series, 0.0).sum(axis=1, keepdims=True)
    lowest = np.where(known, series, np.inf).min(axis=1, keepdims=True)
    highest = np.where(known, series, -np.inf).max(axis=1, keepdims=True)
    empty = count == 0
    mean = np.where(empty, np.nan, total / np.maximum(count, 1))
    return mean, np.where(empty, np.nan, lowest), np.where(empty, np.nan, highest)


def _before(series: Floats, days: int = 1) -> Floats:
    """The series of ``days`` rows before."""
    return np.concatenate([np.full((days, series.shape[1]), np.nan), series[:-days]])


def fit_day(tables: Tables, kernels: Kernels | None, last: int) -> DayModel:
    """Everything learnt from rows up to ``last``."""
    issues = training_issues(tables, last)
    issues = np.arange(issues[0], last)  # the target is one day ahead, not seven
    state: DayModel = {"prices": fit_prices(tables.base, issues), "trained_through": tables.first + last}
    if kernels is None:
        return state
    residual = (tables.base.values - kernels.mean) / kernels.scale[:, None]
    rows = np.flatnonzero(np.isfinite(residual).any(axis=1))
    rows = rows[(rows <= last) & (rows > last - LONGEST_RESIDUAL_DAYS)]
    if len(rows) >= NEEDS_RESIDUAL_DAYS:
        state["boost"] = _fit_boost(kernels, residual, rows)
        state["lad"], state["lad_centre"], state["lad_spread"] = _fit_lad(kernels, residual, rows)
    return state


def _fit_boost(kernels: Kernels, residual: Floats, rows: Ints) -> Trees:
    known = np.isfinite(residual[rows])
    return fit_trees(kernels.inputs[rows][known], residual[rows][known], BOOST)


def _fit_lad(kernels: Kernels, residual: Floats, rows: Ints) -> tuple[Floats, Floats, Floats]:
    inputs = kernels.inputs[rows][:, :, : len(DAY_INPUTS)]
    centre = np.nanmean(inputs, axis=(0, 1))
    spread = np.maximum(np.nanstd(inputs, axis=(0, 1)), EPSILON)
    design = _design(inputs, centre, spread)
    ridge = np.full(design.shape[2], LAD_RIDGE)
    ridge[0] = 0.0
    coefficients = lad(design.transpose(1, 0, 2), residual[rows].T, ridge)
    return coefficients, centre, spread


def _design(inputs: Floats, centre: Floats, spread: Floats) -> Floats:
    """Standardised inputs with an intercept first; missing is the mean, beyond five deviations is five."""
    scaled = np.clip(np.nan_to_num((inputs - centre) / spread), -5.0, 5.0)
    return np.concatenate([np.ones((*scaled.shape[:2], 1)), scaled], axis=2)


def predict_day(tables: Tables, kernels: Kernels | None, issues: Ints, state: DayModel) -> dict[str, Floats]:
    """Forecasts (issues, 1, 24) €/kWh of the day after each issue row; hours without D+1 forecasts come from prices alone."""
    prices = predict_prices(tables.base, issues, state["prices"])
    named = {name: baseline(tables.base, issues)[:, 0] for name, baseline in BASELINES.items()} | {"prices": prices}
    if kernels is not None:
        named |= _with_forecasts(kernels, issues + 1, state)
    return {name: np.where(np.isfinite(values), values, prices)[:, None] for name, values in named.items()}


def _with_forecasts(kernels: Kernels, rows: Ints, state: DayModel) -> dict[str, Floats]:
    kernel, scale = kernels.mean[rows], kernels.scale[rows, None]
    if "boost" not in state:
        return {"kernel": kernel, "mix": kernel}
    flat = kernels.inputs[rows].reshape(-1, kernels.inputs.shape[2])
    boost = kernel + predict_trees(state["boost"], flat).reshape(kernel.shape) * scale
    design = _design(kernels.inputs[rows][:, :, : len(DAY_INPUTS)], state["lad_centre"], state["lad_spread"])
    linear = kernel + np.einsum("nhp,hp->nh", design, state["lad"]) * scale
    return {"kernel": kernel, "boost": boost, "lad": linear, "mix": (kernel + boost + linear) / 3}
