"""Which contracted powers would have cost least: against every choice, the rules of the tariffs, both kinds of meter."""

import math
import random
from collections.abc import Sequence
from datetime import date
from itertools import product

import pytest

from domain.bill.power_choices import study
from domain.bill.power_study import Choice, Curve, PowerStudy, Terms
from domain.bill.supply import MeterType
from domain.bill.tariff import load_tariffs
from domain.errors import NotKnownError
from support.plan_cases import ROOT

TARIFFS = load_tariffs((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
DAY = date(2026, 6, 1)
MONTHS = [(2025 + (4 + n) // 12, (4 + n) % 12 + 1) for n in range(12)]
DAYS = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


def curve(seed: int, periods: int, most: float, quarters: int = 20) -> Curve:
    """Summers that are calmer than winters."""
    draw = random.Random(seed)
    top = {month: most * (1.0 if month[1] in (11, 12, 1) else draw.uniform(0.4, 0.8)) for month in MONTHS}
    return {
        month: {number: [draw.uniform(0, top[month]) for _ in range(quarters)] for number in range(1, periods + 1)}
        for month in MONTHS
    }


def chosen(found: PowerStudy, name: str) -> Choice:
    return next(choice for choice in found.choices if choice.name == name)


@pytest.mark.parametrize("seed", range(5))
def test_no_powers_of_2_0td_are_cheaper(seed: int) -> None:
    """By the formula of the Circular for types 4 and 5: figure x highest x days, month by month."""
    of = curve(seed, 2, 9.0)
    found = study(TARIFFS, Terms("2.0TD", (9.9, 9.9), None, DAY), of)
    fixed = TARIFFS.power.at("2.0TD", DAY)
    above = TARIFFS.excess_power.at("2.0TD", DAY)

    def cost(number: int, kw: float) -> float:
        excess = sum(DAYS[month[1]] * max(0.0, max(of[month][number]) - kw) for month in MONTHS)
        return fixed[number - 1] * kw + above[number - 1] * excess

    grid = [n / 10 for n in range(1, 100)]
    least = min(cost(1, one) + cost(2, two) for one, two in product(grid, grid))
    free = chosen(found, "free")
    assert free.powers.total_eur == pytest.approx(least)
    assert free.saving_eur == pytest.approx(cost(1, 9.9) + cost(2, 9.9) - least)
    assert not free.goes_by_quarters
    for left_out, one in enumerate(found.without):
        rest = [month for index, month in enumerate(MONTHS) if index // 3 != left_out]

        def of_nine(number: int, kw: float, rest: list[tuple[int, int]] = rest) -> float:
            excess = sum(DAYS[month[1]] * max(0.0, max(of[month][number]) - kw) for month in rest)
            return 0.75 * fixed[number - 1] * kw + above[number - 1] * excess

        best = sum(min(of_nine(number, kw) for kw in grid) for number in (1, 2))
        assert sum(of_nine(number, kw) for number, kw in enumerate(one.powers.kw, start=1)) == pytest.approx(best)


def by_definition(of: Curve, tariff: str, kw: Sequence[float], *, quarters: bool) -> float:
    """The formulas of the Circular, and which of them holds for the power."""
    fixed = TARIFFS.power.at(tariff, DAY)
    above = (TARIFFS.excess_power_of_quarters if quarters else TARIFFS.excess_power).at(tariff, DAY)
    total = sum(price * one for price, one in zip(fixed, kw, strict=True))
    for month, index in product(MONTHS, range(len(kw))):
        over = [max(0.0, quarter - kw[index]) for quarter in of[month][index + 1]]
        beyond = math.sqrt(sum(one * one for one in over)) if quarters else DAYS[month[1]] * max(over)
        total += above[index] * beyond
    return total


def alike(quarters: list[float]) -> Curve:
    return {month: dict.fromkeys(range(1, 7), quarters) for month in MONTHS}


RARELY, MOSTLY = alike([40.0] * 50 + [60.0]), alike([60.0] * 50 + [40.0])
SELDOM = {month: {number: [40.0, 60.0 if month[1] in (12, 1, 2) else 40.0] for number in range(1, 7)} for month in MONTHS}
IN_WINTER = {month: dict.fromkeys(range(1, 7), [60.0 if month[1] in (12, 1, 2) else 55.0] * 500) for month in MONTHS}


@pytest.mark.parametrize("of", [RARELY, MOSTLY, SELDOM, IN_WINTER])
@pytest.mark.parametrize("meter_type", [None, 3, 5])
def test_powers_of_up_to_50_kw_pay_the_highest_and_others_by_quarter_hours(of: Curve, meter_type: MeterType | None) -> None:
    """But for a better meter of the owner's."""
    found = study(TARIFFS, Terms("3.0TD", (60.0,) * 6, meter_type, DAY), of)
    assert len(found.choices) == 4
    for choice in found.choices:
        assert choice.goes_by_quarters == (max(choice.powers.kw) > 50 or meter_type == 3)
        told = by_definition(of, "3.0TD", choice.powers.kw, quarters=choice.goes_by_quarters)
        assert choice.powers.total_eur == pytest.approx(told)
    assert chosen(found, "free").powers.total_eur <= found.present.total_eur


@pytest.mark.parametrize("tariff", ["3.0TD", "6.1TD"])
@pytest.mark.parametrize("seed", range(4))
def test_the_laws_of_a_study(tariff: str, seed: int) -> None:
    of = curve(seed, 6, 120.0, 60)
    today = (80.0, 85.0, 90.0, 95.0, 100.0, 117.0)
    found = study(TARIFFS, Terms(tariff, today, None, DAY), of)  # type: ignore[arg-type]
    free, held = chosen(found, "free"), chosen(found, "last_period_held")
    assert found.present.kw == today
    assert list(free.powers.kw) == sorted(free.powers.kw)
    assert held.powers.kw[-1] == 117.0
    assert held.saving_eur >= -1e-9
    assert free.saving_eur >= held.saving_eur - 1e-9
    for name, times in (("margin_5", 1.05), ("margin_10", 1.1)):
        assert chosen(found, name).powers.kw == tuple(float(math.ceil(kw * times)) for kw in free.powers.kw)
        assert chosen(found, name).powers.total_eur >= free.powers.total_eur - 1e-9
    assert [one.first for one in found.without] == [MONTHS[n] for n in (0, 3, 6, 9)]
    assert all(one.powers.total_eur >= free.powers.total_eur - 1e-9 for one in found.without)
    assert any(one.powers.kw != free.powers.kw for one in found.without)
    assert found.most_kw == tuple(max(max(of[month][number]) for month in MONTHS) for number in range(1, 7))
    for number, points in enumerate(found.points):
        assert all(
            point.fixed_eur == pytest.approx(point.kw * float(found.prices.values[number])) and point.excess_eur >= 0
            for point in points
        )
        assert [point.excess_eur for point in points] == sorted((point.excess_eur for point in points), reverse=True)


def test_a_supply_of_3_0td_keeps_more_than_15_kw() -> None:
    idle = {month: {number: [1.0] for number in range(1, 7)} for month in MONTHS}
    found = study(TARIFFS, Terms("3.0TD", (20.0,) * 6, None, DAY), idle)
    assert chosen(found, "free").powers.kw == (1.0, 1.0, 1.0, 1.0, 1.0, 16.0)


def test_a_powers_that_a_meter_cannot_have_is_no_choice() -> None:
    """With P6 held at 40 kW nothing above 50 kW may be contracted, and the kind of meter is that of so little."""
    of = curve(1, 6, 45.0, 30)
    found = study(TARIFFS, Terms("3.0TD", (40.0,) * 6, None, DAY), of)
    held = chosen(found, "last_period_held")
    assert held.powers.kw[-1] == 40.0
    assert not held.goes_by_quarters


def test_without_tolls_nothing_is_said() -> None:
    with pytest.raises(NotKnownError, match="on 2019-01-01"):
        study(TARIFFS, Terms("3.0TD", (20.0,) * 6, None, date(2019, 1, 1)), curve(1, 6, 5.0))
