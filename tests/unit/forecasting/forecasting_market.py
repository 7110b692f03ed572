"""A made-up market for the forecasting tests: local days with a shape, a slow level and noise, all from one seed."""

from datetime import date

import numpy as np

from domain.timeline import day_bounds, epoch
from forecasting.data.grid import Floats, Ints, hour_grid, local_hours
from forecasting.data.history import History

SHAPE = 0.03 * np.cos((np.arange(24) - 20) * 2 * np.pi / 24) - 0.02 * np.exp(-0.5 * ((np.arange(24) - 13) / 2.5) ** 2)


def day_start(day: date) -> int:
    """Start of a local day [s]."""
    return epoch(day_bounds(day)[0])


def grid_of(first: date, last: date) -> Ints:
    """The hours of the local days from first to last, both included."""
    return hour_grid(day_start(first), epoch(day_bounds(last)[1]))


def market(first: date, last: date, *, seed: int = 1, noise: float = 0.01) -> Floats:
    """(hours,) €/kWh: 0.08, the shape of the day, a level with a memory of days, cheaper weekends, noise."""
    rng = np.random.default_rng(seed)
    calendar = local_hours(grid_of(first, last))
    days = int(calendar.day[-1] - calendar.day[0]) + 1
    level = np.zeros(days)
    for day in range(1, days):
        level[day] = 0.85 * level[day - 1] + 0.008 * rng.standard_normal()
    weekend = -0.015 * ((calendar.day - 1) % 7 >= 5)
    own = level[calendar.day - calendar.day[0]] + noise * rng.standard_normal(calendar.day.size)
    price: Floats = 0.08 + SHAPE[calendar.hour] + weekend + own
    return price


def spot_history(first: date, last: date, *, future_days: int = 0, seed: int = 1, noise: float = 0.01) -> History:
    """A spot history published from first to last, its grid running on ``future_days`` days."""
    end = date.fromordinal(last.toordinal() + future_days)
    grid = grid_of(first, end)
    price = np.where(grid < epoch(day_bounds(last)[1]), market(first, end, seed=seed, noise=noise), np.nan)
    return History(grid, price, np.zeros(grid.size))
