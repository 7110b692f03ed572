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
    assert week.saving_percent == pytest.approx(100 * 15 / 140)
    assert (week.perfect_eur, week.captured_percent) == (None, None)  # days share machines: what was possible is not summed


def test_nothing_to_save_has_no_captured_percent() -> None:
    assert Saving(0.0, 0.0, 30.0, 30.0, 29.995).captured_percent is None
    assert Saving(0.0, 0.0, -2.0, -1.0, -3.0).saving_percent is None
    assert summed([]) is None


def test_no_more_is_captured_than_was_possible_though_the_days_of_a_sum_are_rounded() -> None:
    week = Saving(kg=700.0, kwh=2000.0, actual_eur=200.0, baseline_eur=208.0, perfect_eur=200.0, compared_eur=8.0001)
    assert week.captured_percent == 100.0


def test_a_day_that_cannot_be_compared_is_in_the_cost_and_counted_and_in_no_saving() -> None:
    alone = Saving(kg=100.0, kwh=300.0, actual_eur=30.0, baseline_eur=None, perfect_eur=None)
    assert (alone.saving_eur, alone.saving_percent, alone.forecast_error_eur) == (None, None, None)
    week = summed([DAY, alone, alone])
    assert week is not None
    assert (week.actual_eur, week.saving_eur, week.baseline_eur, week.days_not_compared) == (155.0, 15.0, 110.0, 2)


def test_percentages_say_their_base() -> None:
    day = Saving(
        kg=1.0, kwh=100.0, actual_eur=95.0, baseline_eur=110.0, perfect_eur=None, base_eur=60.0, base_kwh=60.0, reported_kwh=10.0
    )
    assert day.saving_percent == pytest.approx(100 * 15 / 110)
    assert day.saving_percent_of_batches == pytest.approx(100 * 15 / 50)
    assert day.reported_share_kwh == pytest.approx(0.25)
