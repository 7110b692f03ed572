"""Savings add up over periods, and stay silent where a percentage would mean nothing."""

import pytest

from domain.savings import Saving, summed

DAY = Saving(kg=300.0, kwh=900.0, actual_eur=95.0, baseline_eur=110.0, perfect_eur=90.0, limits_eur=2.0)


def test_a_day_by_hand() -> None:
    assert DAY.saving_eur == 15.0
    assert DAY.saving_percent == pytest.approx(100 * 15 / 110)
    assert DAY.captured_percent == pytest.approx(75.0)
    assert (DAY.missed_eur, DAY.forecast_error_eur, DAY.limits_eur) == (5.0, 3.0, 2.0)


def test_two_days_are_one_period_and_not_a_mean_of_percentages() -> None:
    flat = Saving(kg=100.0, kwh=300.0, actual_eur=30.0, baseline_eur=30.0, perfect_eur=30.0)
    week = summed([DAY, flat])
    assert week is not None
    assert (week.kg, week.saving_eur, week.production_days) == (400.0, 15.0, 2)
    assert week.captured_percent == pytest.approx(75.0)


def test_nothing_to_save_has_no_captured_percent() -> None:
    assert Saving(0.0, 0.0, 30.0, 30.0, 29.995).captured_percent is None
    assert Saving(0.0, 0.0, -2.0, -1.0, -3.0).saving_percent is None
    assert summed([]) is None
