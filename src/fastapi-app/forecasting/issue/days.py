"""The distribution of the days after the last published one, and how a better forecast of tomorrow leads it."""

from dataclasses import dataclass, replace

import numpy as np

from forecasting.data.features import HORIZON_DAYS
from forecasting.data.grid import Floats, local_hours
from forecasting.data.history import History, Tables
from forecasting.issue.intervals import P50, Adapted


@dataclass(frozen=True, slots=True)
class NearlyKnown:
    """Tomorrow so near the truth that the days after it may build on its p50: (24, levels) €/kWh less tolls."""

    quantiles: Floats


@dataclass(frozen=True, slots=True)
class Days:
    """Distribution of the days after the last published one: point and offsets by day ahead, and ranks of the paths."""

    point: Floats  # (days, 24), less tolls
    offsets: Floats  # (days, 24, levels)
    ranks: Floats  # (paths, days, 24)
    model: str
    reason: str
    adapted: Adapted


def without_holes(tables: Tables, point: Floats) -> Floats:
    """A forecast (days, 24) of the days after the last published one, whole: an hour that nothing tells yet has what the mean of
    its type of day has, or lies between its neighbours (after a single day, or one of 23 hours)."""
    kind = tables.calendar.off[tables.last + 1 : tables.last + 1 + len(point)].astype(np.int64)
    told = np.where(np.isfinite(point), point, tables.base.mean[tables.last, kind]).ravel()
    known = np.flatnonzero(np.isfinite(told))
    whole: Floats = np.interp(np.arange(told.size), known, told[known]).reshape(point.shape)
    return whole


def extrapolated(tables: Tables, days: Days, count: int) -> Days:
    """Days beyond the seventh: the day-type mean, offsets of the seventh growing with the root of time, its dependence again."""
    if count <= HORIZON_DAYS:
        return replace(days, point=without_holes(tables, days.point))
    ahead = np.arange(HORIZON_DAYS + 1, count + 1)
    kind = tables.calendar.off[tables.last + ahead].astype(np.int64)
    growth = np.sqrt(ahead / HORIZON_DAYS)[:, None, None]
    return replace(
        days,
        point=without_holes(tables, np.concatenate([days.point, tables.base.mean[tables.last, kind]])),
        offsets=np.concatenate([days.offsets, days.offsets[-1] * growth]),
        ranks=np.concatenate([days.ranks, days.ranks[:, (ahead - 1) % HORIZON_DAYS]], axis=1),
    )


def with_tomorrow(days: Days, tomorrow: Floats) -> Days:
    """The days with another forecast of the first of them, (24, levels) €/kWh less tolls."""
    point, offsets = days.point.copy(), days.offsets.copy()
    point[0] = tomorrow[:, P50]
    offsets[0] = tomorrow - tomorrow[:, P50 : P50 + 1]
    return replace(days, point=point, offsets=offsets)


def as_if_published(history: History, day: int, tomorrow: NearlyKnown) -> History:
    """The history with the p50 of a day (an ordinal) as its price, where there is none."""
    hours = local_hours(history.starts)
    open_ = (hours.day == day) & ~np.isfinite(history.price)
    price = np.where(open_, tomorrow.quantiles[hours.hour, P50] + history.toll, history.price)
    return replace(history, price=price)


def preceded_by(tomorrow: NearlyKnown, later: Days) -> Days:
    """The days after tomorrow behind tomorrow, whose paths rank as those of the day after it."""
    first = tomorrow.quantiles[:, P50 : P50 + 1]
    return replace(
        later,
        point=np.concatenate([first.T, later.point]),
        offsets=np.concatenate([(tomorrow.quantiles - first)[None], later.offsets]),
        ranks=np.concatenate([later.ranks[:, :1], later.ranks], axis=1),
    )
