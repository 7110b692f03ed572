"""The contracted powers that cost least over months of a curve. Exact, over a grid of whole steps.

What a period costs, `price x kW + sum over months of its excess`, depends on its own power alone and is convex in it: the price
is linear, and a month's excess is a norm (types 1 to 3) or a maximum (4 and 5) of parts that are convex and fall with the power.
Only the order of the periods ties them. The dynamic programme over the grid is exact with or without convexity: `best(p, i)` is the
least cost of the periods up to p of which p has at most the i-th power, the lesser of `best(p, i - 1)` and
`best(p - 1, i) + cost(p, i)`.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

Bounds = Mapping[int, tuple[float, float]]
"""Index of a period -> the least and the most power that it may have [kW]."""


ANY = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class MonthOfPeriod:
    """The quarter-hours of a period in a month [kW], and what a kW above costs in it."""

    quarters_kw: tuple[float, ...]
    excess_eur: float
    """EUR/kW of the month (types 1 to 3), or EUR/kW and day (types 4 and 5)."""
    days: int


@dataclass(frozen=True, slots=True)
class PeriodCurve:
    """A power period: what a contracted kW costs over all of the months, and the months."""

    eur_per_kw: float
    months: tuple[MonthOfPeriod, ...]


@dataclass(frozen=True, slots=True)
class Powers:
    """Contracted power by period [kW], and what it costs over the months [EUR]."""

    kw: tuple[float, ...]
    fixed_eur: float
    excess_eur: float

    @property
    def total_eur(self) -> float:
        """Both."""
        return self.fixed_eur + self.excess_eur


Excess = Callable[[MonthOfPeriod], Callable[[float], float]]
"""A month of a period -> contracted power -> what its excess costs."""


def by_quarters(month: MonthOfPeriod) -> Callable[[float], float]:
    """Types 1 to 3: the root of the sum of squares above, from sums over the sorted quarters."""
    ordered = sorted(month.quarters_kw)
    sums = [0.0, *accumulate(ordered)]
    squares = [0.0, *accumulate(kw * kw for kw in ordered)]

    def cost(contracted: float) -> float:
        first = bisect_right(ordered, contracted)
        count = len(ordered) - first
        if not count:
            return 0.0
        above = squares[-1] - squares[first] - 2 * contracted * (sums[-1] - sums[first]) + count * contracted * contracted
        return month.excess_eur * math.sqrt(max(0.0, above))

    return cost


def by_highest(month: MonthOfPeriod) -> Callable[[float], float]:
    """Types 4 and 5: the highest quarter-hour, each day of the month."""
    most = max(month.quarters_kw, default=0.0)
    return lambda contracted: month.excess_eur * month.days * max(0.0, most - contracted)


def cost_of(curves: Sequence[PeriodCurve], excess: Excess, kw: Sequence[float]) -> Powers:
    """What some powers cost."""
    fixed = sum(curve.eur_per_kw * one for curve, one in zip(curves, kw, strict=True))
    beyond = sum(excess(month)(one) for curve, one in zip(curves, kw, strict=True) for month in curve.months)
    return Powers(tuple(kw), fixed, beyond)


def cheapest(
    curves: Sequence[PeriodCurve], excess: Excess, grid: Sequence[float], *, rising: bool, bounds: Bounds | None = None
) -> Powers:
    """The powers on a rising grid that cost least; ValueError where the bounds leave a period no power of the grid."""
    if not grid:
        raise ValueError("a grid of powers is empty")
    table = [_column(curve, excess, grid, (bounds or {}).get(index, ANY)) for index, curve in enumerate(curves)]
    chosen = _rising(table) if rising else [min(range(len(grid)), key=column.__getitem__) for column in table]
    return cost_of(curves, excess, [grid[index] for index in chosen])


def _column(curve: PeriodCurve, excess: Excess, grid: Sequence[float], bounds: tuple[float, float]) -> list[float]:
    least, most = bounds
    if not any(least <= kw <= most for kw in grid):
        raise ValueError(f"no power of {least:g} to {most:g} kW is on the grid")
    months = [excess(month) for month in curve.months]
    return [curve.eur_per_kw * kw + sum(month(kw) for month in months) if least <= kw <= most else math.inf for kw in grid]


def _rising(table: Sequence[Sequence[float]]) -> list[int]:
    """The indices of least cost that do not fall, by dynamic programme: what is the least up to each index, and where."""
    before = [0.0] * len(table[0])
    choices: list[list[int]] = []
    for column in table:
        least, at = math.inf, 0
        best, where = [], []
        for index, cost in enumerate(column):
            if before[index] + cost < least:
                least, at = before[index] + cost, index
            best.append(least)
            where.append(at)
        before = best
        choices.append(where)
    index, chosen = len(before) - 1, []
    for where in reversed(choices):
        index = where[index]
        chosen.append(index)
    return chosen[::-1]
