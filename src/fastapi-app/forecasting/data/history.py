"""What a forecast starts from: the published series on an hour grid, cut at what was known when it is issued."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np

from domain.errors import NotKnownError
from forecasting.data.features import Base, base_of
from forecasting.data.grid import (
    DAY_S,
    HOUR_S,
    Bools,
    Calendar,
    Floats,
    Ints,
    LocalHours,
    last_complete,
    local_hours,
    to_table,
)

Task = Literal["W", "WS", "D1"]
"""W: PVPC, a week. WS: spot, a week. D1: spot of tomorrow, before the auction."""

FUTURE_DAYS = 35
"""Calendar rows kept after the last hour of a history."""


class NotEnoughHistoryError(NotKnownError):
    """Too few published days for what was asked; ``needs_days`` and ``has_days`` say how many."""

    def __init__(self, what: str, needs_days: int, has_days: int) -> None:
        super().__init__(f"{what} needs {needs_days} days of history, has {has_days}")
        self.what = what
        self.needs_days = needs_days
        self.has_days = has_days


@dataclass(frozen=True, slots=True)
class History:
    """Series on consecutive UTC hours. NaN is missing or not yet published; the grid may run into the future.

    ``toll`` is the part of the price that is known beforehand (tolls and charges of PVPC; zeros for spot) and must be
    given for the hours to be forecast too. ``spot`` serves the structural PVPC model; the three D+1 forecasts serve D1.
    """

    starts: Ints  # [s since 1970, UTC]
    price: Floats  # [€/kWh], the series to be forecast
    toll: Floats  # [€/kWh]
    spot: Floats | None = None  # [€/kWh]
    demand_mw: Floats | None = None
    wind_mw: Floats | None = None
    solar_mw: Floats | None = None

    def __post_init__(self) -> None:
        if self.starts.size == 0 or np.any(np.diff(self.starts) != HOUR_S) or self.starts[0] % HOUR_S:
            raise ValueError("starts must be consecutive hours, on the hour, and at least one")
        for field in fields(self)[1:]:
            series = getattr(self, field.name)
            if series is not None and series.shape != self.starts.shape:
                raise ValueError(f"{field.name} has shape {series.shape}, starts have {self.starts.shape}")

    @property
    def days(self) -> int:
        """How many days its published prices make, to the nearest; 1 for a fragment."""
        hours = np.count_nonzero(np.isfinite(self.price))
        return max(1, round(hours / 24)) if hours else 0

    def known_at(self, prices_until: int, forecasts_until: int | None = None, *, spot_until: int | None = None) -> "History":
        """The same grid with prices from ``prices_until`` on [s] missing, and so for the D+1 forecasts (default: all kept).

        The spot beside PVPC ends with the prices, or at ``spot_until``: it is published hours earlier.
        """

        def cut(series: Floats | None, until: int) -> Floats | None:
            return None if series is None else np.where(self.starts < until, series, np.nan)

        limit = int(self.starts[-1]) + HOUR_S if forecasts_until is None else forecasts_until
        return replace(
            self,
            price=np.where(self.starts < prices_until, self.price, np.nan),
            spot=cut(self.spot, prices_until if spot_until is None else spot_until),
            demand_mw=cut(self.demand_mw, limit),
            wind_mw=cut(self.wind_mw, limit),
            solar_mw=cut(self.solar_mw, limit),
        )

    def between(self, start: int, end: int) -> "History":
        """The part of the grid from ``start`` to before ``end`` [s]; at least one hour of it."""
        first = min(int(np.searchsorted(self.starts, start)), self.starts.size - 1)
        last = max(first + 1, int(np.searchsorted(self.starts, end)))
        return self._mapped(lambda series: series[first:last], self.starts[first:last])

    def extended(self, until: int) -> "History":
        """The grid run on to ``until`` [s] with everything missing there, the toll too."""
        hours = max(0, (until - int(self.starts[-1])) // HOUR_S - 1)
        starts = np.concatenate([self.starts, self.starts[-1] + HOUR_S * np.arange(1, hours + 1)])
        gap = np.full(hours, np.nan)
        return self._mapped(lambda series: np.concatenate([series, gap]), starts)

    def _mapped(self, change: Callable[[Floats], Floats], starts: Ints) -> "History":
        """The same series, each changed, on another grid."""

        def optional(series: Floats | None) -> Floats | None:
            return None if series is None else change(series)

        return History(
            starts,
            change(self.price),
            change(self.toll),
            optional(self.spot),
            optional(self.demand_mw),
            optional(self.wind_mw),
            optional(self.solar_mw),
        )


@dataclass(frozen=True, slots=True)
class Tables:
    """A history by local day and hour. ``base`` is of the price less its toll; rows run to FUTURE_DAYS after the grid."""

    calendar: Calendar
    hours: LocalHours
    base: Base
    spot: Base | None
    toll: Floats  # (days, 24)
    demand_mw: Floats | None  # (days, 24) D+1 forecasts, as the three of the history
    wind_mw: Floats | None
    solar_mw: Floats | None
    last: int
    """Row of the last published day, -1 where there is none."""

    @property
    def first(self) -> int:
        """Ordinal of row 0."""
        return self.calendar.first

    @property
    def days(self) -> int:
        """Days with at least one published price, up to the last."""
        return self.days_at(self.last)

    def days_at(self, row: int) -> int:
        """The same of the days up to a row."""
        return int(np.isfinite(self.base.values[: row + 1]).any(axis=1).sum())

    def published(self) -> Bools:
        """(rows,): whether a day counts as published."""
        done: Bools = np.isfinite(self.base.values).sum(axis=1) > 0
        return done


def tables_of(history: History, base_days: int | None = None) -> Tables:
    """The tables of a history; nothing in a row depends on a later row. ``base_days`` limits the means to the newest days."""
    hours = local_hours(history.starts)
    first = int(hours.day[0])
    days = int(hours.day[-1]) - first + 1 + FUTURE_DAYS
    calendar = Calendar.of(first, days)
    value = to_table(hours, history.price - history.toll, first, days)
    start = 0 if base_days is None else max(0, days - FUTURE_DAYS - base_days)

    def optional(series: Floats | None) -> Floats | None:
        return None if series is None else to_table(hours, series, first, days)

    spot = optional(history.spot)
    return Tables(
        calendar=calendar,
        hours=hours,
        base=base_of(value, calendar, start),
        spot=None if spot is None else base_of(spot, calendar, start),
        toll=to_table(hours, history.toll, first, days),
        demand_mw=optional(history.demand_mw),
        wind_mw=optional(history.wind_mw),
        solar_mw=optional(history.solar_mw),
        last=last_complete(value),
    )


def start_of_last(history: History, days: int) -> int:
    """An instant [s] ``days`` days before the last published price, for cutting a long history to what a forecast reads."""
    known = np.flatnonzero(np.isfinite(history.price))
    last = int(history.starts[known[-1]]) if known.size else int(history.starts[0])
    return last - days * DAY_S
