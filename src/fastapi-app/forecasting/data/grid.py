"""The hour grid: consecutive UTC hours, and the table of local days by wall-clock hour that the models learn on.

A local day has 23, 24 or 25 hours. The table has 24 columns: in spring 02:00 stays missing, in autumn the first 02:00
stands in it. Nothing is averaged; the second 02:00 is a slot of its own on the hour grid, forecast and scored there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from domain.timeline import MADRID, is_off_day

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HOUR_S = 3600
DAY_S = 86400
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
COMPLETE_HOURS = 20
"""A day counts as published when at least this many of its 24 table hours have a price; fewer is a fragment."""


def utc_offsets(starts: Ints) -> Ints:
    """Madrid's offset from UTC [s] at each instant; the zone is asked twice a UTC day, hourly only on days of change."""
    days, which = np.unique(starts // DAY_S, return_inverse=True)
    edges = np.array([_offset(int(day) * DAY_S) for day in [*days, days[-1] + 1]], dtype=np.int64)
    follows = np.append(days[1:] == days[:-1] + 1, True)
    ends = np.array([edges[i + 1] if follows[i] else _offset((int(day) + 1) * DAY_S) for i, day in enumerate(days)], dtype=np.int64)
    offsets = edges[:-1][which]
    for position in np.flatnonzero((edges[:-1] != ends)[which]):
        offsets[position] = _offset(int(starts[position]))
    return offsets


def _offset(seconds: int) -> int:
    offset = datetime.fromtimestamp(seconds, UTC).astimezone(MADRID).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


@dataclass(frozen=True, slots=True)
class LocalHours:
    """Local calendar of instants: day as proleptic ordinal, wall-clock hour 0..23, and whether it is the repeated hour."""

    day: Ints
    hour: Ints
    repeated: Bools


def local_hours(starts: Ints) -> LocalHours:
    """Calendar of hour starts [s, UTC]; ``repeated`` marks the second of two equal wall-clock hours."""
    if not starts.size:
        return LocalHours(starts, starts, np.zeros(0, dtype=np.bool_))
    offsets = utc_offsets(starts)
    local = starts + offsets
    repeated = _offsets_an_hour_before(starts, offsets) == offsets + HOUR_S
    return LocalHours(local // DAY_S + EPOCH_ORDINAL, local % DAY_S // HOUR_S, repeated)


def _offsets_an_hour_before(starts: Ints, offsets: Ints) -> Ints:
    """Read from the neighbour where the hours are consecutive, asked for otherwise."""
    before = np.concatenate([offsets[:1], offsets[:-1]])
    asked = np.append(True, np.diff(starts) != HOUR_S)
    before[asked] = utc_offsets(starts[asked] - HOUR_S)
    return before


@dataclass(frozen=True, slots=True)
class Calendar:
    """Consecutive local days: ``first`` is the ordinal of row 0; off = weekend or fixed national holiday."""

    first: int
    off: Bools
    weekday: Ints

    @classmethod
    def of(cls, first: int, days: int) -> "Calendar":
        """The calendar of ``days`` days from ordinal ``first`` on."""
        dates = [date.fromordinal(first + i) for i in range(days)]
        off = np.array([is_off_day(day) for day in dates], dtype=np.bool_)
        return cls(first, off, np.array([day.weekday() for day in dates], dtype=np.int64))

    @property
    def holiday(self) -> Bools:
        """Off days that are not Saturday or Sunday."""
        return self.off & (self.weekday < 5)


def to_table(hours: LocalHours, values: Floats, first: int, days: int) -> Floats:
    """Values on the hour grid -> (days, 24) from ordinal ``first``; missing hours stay NaN."""
    table = np.full((days, 24), np.nan)
    row = hours.day - first
    keep = (row >= 0) & (row < days) & ~hours.repeated
    table[row[keep], hours.hour[keep]] = values[keep]
    return table


def from_table(hours: LocalHours, table: Floats, first: int) -> Floats:
    """(days, 24[, extra]) -> values at the given hours; the repeated hour reads the same column as the first."""
    row = hours.day - first
    if row.size and (row.min() < 0 or row.max() >= len(table)):
        raise ValueError(f"hours span rows {row.min()}..{row.max()}, the table has {len(table)}")
    values: Floats = table[row, hours.hour]
    return values


def rows_of(table: Floats, rows: Ints) -> Floats:
    """Rows of a table, of any shape of ``rows``; NaN for those that it does not have: a negative row is never one from its end."""
    there = (rows >= 0) & (rows < len(table))
    found = table[np.where(there, rows, 0)]
    found[~there] = np.nan
    taken: Floats = found
    return taken


def last_complete(table: Floats) -> int:
    """Row of the last day with at least COMPLETE_HOURS prices; -1 where there is none."""
    rows = np.flatnonzero(np.isfinite(table).sum(axis=1) >= COMPLETE_HOURS)
    return int(rows[-1]) if rows.size else -1


def hour_grid(first: int, last: int) -> Ints:
    """Starts [s] of the hours in ``[first, last)``, both on the hour."""
    return np.arange(first, last, HOUR_S, dtype=np.int64)


def on_grid(grid: Ints, starts: Sequence[int] | Ints, values: Sequence[float] | Floats) -> Floats:
    """Scattered values onto consecutive hours; hours without a value are NaN, values off the grid are left out."""
    placed = np.full(grid.size, np.nan)
    at = (np.asarray(starts, dtype=np.int64) - grid[0]) // HOUR_S
    keep = (at >= 0) & (at < grid.size) & (np.asarray(starts, dtype=np.int64) % HOUR_S == 0)
    placed[at[keep]] = np.asarray(values, dtype=np.float64)[keep]
    return placed
