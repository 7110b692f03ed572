"""Contracted power: the programme against every choice there is, the rules, and figures by hand."""

import math
import random
from itertools import combinations_with_replacement, product

import pytest

from domain.bill.contracted_power import Excess, MonthOfPeriod, PeriodCurve, by_highest, by_quarters, cheapest, cost_of

KINDS: tuple[Excess, ...] = (by_quarters, by_highest)


def instance(seed: int, periods: int, months: int = 3) -> list[PeriodCurve]:
    draw = random.Random(seed)
    return [
        PeriodCurve(
            draw.uniform(0.5, 25.0),
            tuple(
                MonthOfPeriod(tuple(draw.uniform(0, 9) for _ in range(draw.randint(0, 12))), draw.uniform(0.05, 4.0), 30)
                for _ in range(months)
            ),
        )
        for _ in range(periods)
    ]


def by_definition(curves: list[PeriodCurve], kind: Excess, kw: tuple[float, ...]) -> float:
    """The formulas of the Circular, quarter by quarter."""
    total = 0.0
    for curve, contracted in zip(curves, kw, strict=True):
        total += curve.eur_per_kw * contracted
        for month in curve.months:
            over = [max(0.0, quarter - contracted) for quarter in month.quarters_kw]
            if kind is by_quarters:
                total += month.excess_eur * math.sqrt(sum(one * one for one in over))
            else:
                total += month.excess_eur * month.days * max(over, default=0.0)
    return total


@pytest.mark.parametrize("seed", range(200))
def test_of_200_small_instances_no_choice_is_cheaper(seed: int) -> None:
    kind, grid = KINDS[seed % 2], [float(kw) for kw in range(10)]
    rising = seed % 3 != 0
    curves = instance(seed, periods=4 if rising else 3)
    every = combinations_with_replacement(grid, len(curves)) if rising else product(grid, repeat=len(curves))
    least = min(by_definition(curves, kind, kw) for kw in every)
    found = cheapest(curves, kind, grid, rising=rising)
    assert found.total_eur == pytest.approx(least, abs=1e-7)
    assert by_definition(curves, kind, found.kw) == pytest.approx(least, abs=1e-7)
    assert not rising or list(found.kw) == sorted(found.kw)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_period_costs_is_convex_in_its_power(kind: Excess) -> None:
    for seed in range(50):
        (curve,) = instance(seed, periods=1)
        costs = [cost_of([curve], kind, [kw / 4]).total_eur for kw in range(45)]
        assert all(a + c >= 2 * b - 1e-6 for a, b, c in zip(costs, costs[1:], costs[2:], strict=False))


def test_a_kilowatt_over_in_few_months_is_cheaper_than_a_kilowatt_all_year() -> None:
    """3.0TD, P1 of 2026: 20.376927 EUR a year against 3.325715 a month: worth it in up to 6 months."""
    for months, best in ((6, 100.0), (7, 101.0)):
        over = [MonthOfPeriod((101.0,), 3.325715, 30)] * months + [MonthOfPeriod((100.0,), 3.325715, 30)] * (12 - months)
        found = cheapest([PeriodCurve(20.376927, tuple(over))], by_quarters, [float(kw) for kw in range(99, 103)], rising=True)
        assert found.kw == (best,)


def test_a_period_that_is_held_keeps_its_power_and_the_others_stay_below() -> None:
    curves = instance(7, periods=3)
    found = cheapest(curves, by_quarters, [float(kw) for kw in range(10)], rising=True, bounds={2: (4.0, 4.0)})
    assert found.kw[2] == 4.0
    assert max(found.kw) == 4.0
    free = cheapest(curves, by_quarters, [float(kw) for kw in range(10)], rising=True)
    assert free.total_eur <= found.total_eur


def test_bounds_without_a_power_of_the_grid_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no power of 2\.5"):
        cheapest(instance(1, periods=1), by_quarters, [1.0], rising=True, bounds={0: (2.5, 2.5)})
