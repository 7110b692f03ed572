"""Inputs of the week models, as pure functions of a table of local days; each says when it is known.

``values`` is always (days, 24), €/kWh, NaN where missing. An *issue* is the row of the last published day L; the target
of day ahead k (1..7) is row L + k. Every input uses rows <= L, or the calendar of the target, and nothing else.
"""

from dataclasses import dataclass, replace

import numpy as np

from forecasting.data.grid import Bools, Calendar, Floats, Ints, rows_of

HORIZON_DAYS = 7
BASE_HALF_LIFE_DAYS = 7.0
BASE_WINDOW_DAYS = 42
NEAR_DAYS = 2
SCALE_WINDOW_DAYS = 28
SCALE_FLOOR_EUR_KWH = 0.008
"""Smallest scale: calm weeks must not blow up the inputs."""

EVENING = slice(18, 24)
MIDDAY = slice(10, 17)
LATE = slice(21, 24)
ROWS_AT_ONCE = 128
"""Days averaged in one matrix product: small enough for a long history, large enough to be fast."""


def trailing_mean_by_type(values: Floats, off: Bools, half_life: float, window: int) -> Floats:
    """(days, 2, 24): weighted mean of the days of each type (0 working, 1 off) in the window that ends at each row.

    Known with the row's own prices. NaN where the window holds no such day; with few days they weigh what they are.
    """
    known = np.isfinite(values)
    typed = np.stack([~off, off], axis=1)[:, :, None]
    amount = (typed * np.where(known, values, 0.0)[:, None]).reshape(len(values), 48)
    presence = (typed & known[:, None]).reshape(len(values), 48).astype(np.float64)
    means = []
    for start in range(0, len(values), ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, len(values)))
        past = np.arange(max(0, start - window + 1), rows[-1] + 1)
        age = rows[:, None] - past
        weight = np.where((age >= 0) & (age < window), 0.5 ** (np.maximum(age, 0) / half_life), 0.0)
        total, share = weight @ amount[past], weight @ presence[past]
        means.append(np.where(share > 0, total / np.where(share > 0, share, 1.0), np.nan))
    mean: Floats = np.concatenate(means).reshape(len(values), 2, 24)
    return mean


def trailing_scale(values: Floats, window: int = SCALE_WINDOW_DAYS, floor: float = SCALE_FLOOR_EUR_KWH) -> Floats:
    """(days,): standard deviation over the hours of the window that ends at each row, at least ``floor``."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    count, total, square = (trailing_sum(part, window) for part in (known.sum(axis=1), filled.sum(axis=1), (filled**2).sum(axis=1)))
    safe = np.maximum(count, 1.0)
    deviation = np.sqrt(np.maximum(square / safe - (total / safe) ** 2, 0.0))
    scale: Floats = np.maximum(deviation, floor)
    return scale


def trailing_sum(series: Floats | Ints, window: int) -> Floats:
    """(days,): sum over the ``window`` rows that end at each row."""
    cumulative = np.concatenate([[0.0], np.cumsum(series, dtype=np.float64)])
    ends = np.arange(1, len(series) + 1)
    sums: Floats = cumulative[ends] - cumulative[np.maximum(ends - window, 0)]
    return sums


@dataclass(frozen=True, slots=True)
class Base:
    """What every input is measured against: typed weighted means and scale at each row, with the prices filled in."""

    values: Floats  # (days, 24), as published
    filled: Floats  # (days, 24), missing hours replaced by the mean of their own type known then: deviation 0
    mean: Floats  # (days, 2, 24), half-life 7 d, 42 d
    fast: Floats  # (days, 2, 24), half-life 3 d
    slow: Floats  # (days, 2, 24), half-life 28 d
    near: Floats  # (days, 2, 24), half-life 14 d, 84 d: the mean for targets so near that the last days tell the rest
    scale: Floats  # (days,)
    calendar: Calendar

    def at(self, ahead: int) -> "Base":
        """The base that targets ``ahead`` days after the last published one are measured against."""
        return replace(self, mean=self.near) if ahead <= NEAR_DAYS else self


def base_of(values: Floats, calendar: Calendar, start: int = 0) -> Base:
    """The base of a table whose last rows may be in the future (NaN): rows after L are never read for an issue at L.

    Means are made for rows from ``start`` on (NaN before): a single forecast needs no others.
    """
    off = calendar.off[: len(values)]
    mean, fast, slow, near = (
        _typed_means(values, off, start, half_life, window)
        for half_life, window in (
            (BASE_HALF_LIFE_DAYS, BASE_WINDOW_DAYS),
            (3.0, BASE_WINDOW_DAYS),
            (28.0, 2 * BASE_WINDOW_DAYS),
            (14.0, 2 * BASE_WINDOW_DAYS),
        )
    )
    own = mean[np.arange(len(values)), off.astype(np.int64)]
    filled = np.where(np.isfinite(values), values, own)
    return Base(values, filled, mean, fast, slow, near, trailing_scale(values), calendar)


def _typed_means(values: Floats, off: Bools, start: int, half_life: float, window: int) -> Floats:
    """(days, 2, 24) means from row ``start`` on; where a type has had no day yet the other type stands in."""
    first = max(0, start - window + 1)
    made = trailing_mean_by_type(values[first:], off[first:], half_life, window)[start - first :]
    before = np.full((start, 2, 24), np.nan)
    return np.concatenate([before, np.where(np.isfinite(made), made, made[:, ::-1])])


def scaled_target(base: Base, issues: Ints, ahead: int) -> Floats:
    """(issues, 24): (price - base) / scale of day L + ahead. Known only when that day is: for training and scoring."""
    base = base.at(ahead)
    rows = issues + ahead
    kind = base.calendar.off[rows].astype(np.int64)
    target: Floats = (base.values[rows] - base.mean[issues, kind]) / base.scale[issues, None]
    return target


def unscale(base: Base, issues: Ints, ahead: int, scaled: Floats) -> Floats:
    """(issues, 24): the inverse of ``scaled_target``."""
    base = base.at(ahead)
    kind = base.calendar.off[issues + ahead].astype(np.int64)
    price: Floats = base.mean[issues, kind] + scaled * base.scale[issues, None]
    return price


INPUT_NAMES = (
    "intercept",
    "level_last",
    "level_before",
    "evening_last",
    "midday_last",
    "late_last",
    "fast_mean",
    "slow_mean",
    "week_before_target",
    "other_type_mean",
    "level_7_less_28",
    "own_hour_last",
    "monday",
    "saturday",
    "sunday",
    "holiday",
    *(f"last_day_{hour:02d}" for hour in range(0, 24, 2)),
)
SHAPE_INPUTS = 12
"""The last so many of INPUT_NAMES: the last published day's deviation in two-hour means."""


def lear_inputs(base: Base, issues: Ints, ahead: int) -> Floats:
    """(issues, 24, inputs) in the order of INPUT_NAMES, in units of the scale. Known at L (and by the calendar).

    An input that is missing (an hour that has had no price for 42 days) is 0: it agrees with the base.
    """
    base = base.at(ahead)
    scale = base.scale[issues, None]
    rows = issues + ahead
    kind = base.calendar.off[rows].astype(np.int64)
    mean = base.mean[issues, kind]
    last, before = (own_deviation(base, issues, lag) for lag in (0, 1))
    daily = [last.mean(axis=1), before.mean(axis=1), *(last[:, part].mean(axis=1) for part in (EVENING, MIDDAY, LATE))]
    hourly = [
        (base.fast[issues, kind] - mean) / scale,
        (base.slow[issues, kind] - mean) / scale,
        (rows_of(base.filled, np.minimum(rows - 7, issues)) - mean) / scale,
        (base.mean[issues, 1 - kind] - mean) / scale,
    ]
    inputs = _stacked(len(issues), daily, hourly, _level_change(base, issues), last, _calendar_inputs(base, rows))
    return np.nan_to_num(inputs, nan=0.0)


def own_deviation(base: Base, issues: Ints, lag: int) -> Floats:
    """(issues, 24): day L - lag less the mean of its own type known at L, in units of the scale. Known at L."""
    rows = issues - lag
    kind = base.calendar.off[np.maximum(rows, 0)].astype(np.int64)
    deviation: Floats = (rows_of(base.filled, rows) - base.mean[issues, kind]) / base.scale[issues, None]
    return deviation


def _level_change(base: Base, issues: Ints) -> Floats:
    """(issues,): mean level of 7 days less that of 28, in units of the scale. Known at L."""
    level = np.nan_to_num(base.filled.mean(axis=1))
    known = np.isfinite(base.filled.mean(axis=1)).astype(np.float64)
    short, long = (trailing_sum(level, n) / np.maximum(trailing_sum(known, n), 1.0) for n in (7, 28))
    change: Floats = (short - long)[issues] / base.scale[issues]
    return change


def _calendar_inputs(base: Base, rows: Ints) -> Floats:
    """(issues, 4): Monday, Saturday, Sunday, holiday on a weekday, of the target day."""
    weekday = base.calendar.weekday[rows]
    flags = [weekday == 0, weekday == 5, weekday == 6, base.calendar.holiday[rows]]
    return np.stack(flags, axis=1).astype(np.float64)


def _stacked(count: int, daily: list[Floats], hourly: list[Floats], change: Floats, last: Floats, flags: Floats) -> Floats:
    spread = [np.broadcast_to(column[:, None], (count, 24)) for column in [np.ones(count), *daily]]
    tail = [np.broadcast_to(change[:, None], (count, 24)), last]
    whole_day = np.concatenate([flags, last.reshape(count, SHAPE_INPUTS, -1).mean(axis=2)], axis=1)
    calendar = [np.broadcast_to(whole_day[:, i : i + 1], (count, 24)) for i in range(whole_day.shape[1])]
    inputs: Floats = np.stack([*spread, *hourly, *tail, *calendar], axis=2)
    return inputs
