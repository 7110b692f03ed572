"""Tomorrow's PVPC from tomorrow's spot: how near it comes, what it leads to, and when there is none."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from domain.timeline import day_bounds, epoch
from forecasting.data.grid import HOUR_S, Floats, Ints, local_hours
from forecasting.data.history import History
from forecasting.issue.days import NearlyKnown
from forecasting.issue.from_spot import READ_DAYS, tomorrow_from_spot
from forecasting.issue.intervals import LEVELS, P10, P50, P90
from forecasting.issue.week import forecast_week
from unit.forecasting.forecasting_market import day_start, grid_of, market

FIRST, END = date(2022, 12, 1), date(2023, 11, 30)
"""Before the futures basket: PVPC follows the spot alone."""
TODAY = date(2023, 9, 6)
TERMS = 0.012 + 0.006 * np.sin(np.arange(24) * 2 * np.pi / 24)
"""What PVPC adds to the spot in each hour of the day [€/kWh]."""


@pytest.fixture(scope="module")
def whole() -> History:
    """PVPC = 1.1 x spot + the terms of the hour + a noise of 2 €/MWh, tolls of 30 €/MWh; nothing is missing."""
    grid = grid_of(FIRST, END)
    spot = market(FIRST, END, seed=4)
    noise = 0.002 * np.random.default_rng(5).standard_normal(grid.size)
    toll = np.full(grid.size, 0.03)
    return History(grid, 1.1 * spot + TERMS[local_hours(grid).hour] + noise + toll, toll, spot=spot)


def at_noon(history: History, today: date, *, spot_days: int = 1) -> History:
    """PVPC published through today, the spot a day further."""
    here, there = (epoch(day_bounds(date.fromordinal(today.toordinal() + days))[1]) for days in (0, spot_days))
    return history.known_at(here, spot_until=there)


def quantiles_of(history: History) -> Floats:
    said = tomorrow_from_spot(history)
    assert said is not None
    return said.quantiles


def truth(history: History, today: date) -> tuple[Ints, Floats]:
    """Hours of the clock and price less tolls of the day after."""
    hours = local_hours(history.starts)
    tomorrow = hours.day == today.toordinal() + 1
    return hours.hour[tomorrow], (history.price - history.toll)[tomorrow]


def test_it_is_as_near_as_what_the_spot_leaves_open(whole: History) -> None:
    errors, inside = [], []
    for ordinal in range(TODAY.toordinal(), TODAY.toordinal() + 60, 3):
        today = date.fromordinal(ordinal)
        hour, price = truth(whole, today)
        said = quantiles_of(at_noon(whole, today))[hour]
        errors.append(np.abs(price - said[:, P50]))
        inside.append((said[:, P10] <= price) & (price <= said[:, P90]))
    assert np.mean(errors[:10]) < 0.0025
    assert 0.7 < np.mean(np.concatenate(inside)) < 0.9


@pytest.mark.parametrize("today", [date(2023, 3, 25), date(2023, 10, 28)])
def test_days_of_23_and_25_hours_are_forecast_whole(whole: History, today: date) -> None:
    hour, price = truth(whole, today)
    said = quantiles_of(at_noon(whole, today))
    assert said.shape == (24, len(LEVELS))
    assert len(price) in (23, 25)
    assert np.abs(price - said[hour][:, P50]).mean() < 0.005


def test_later_prices_change_nothing(whole: History) -> None:
    bent = replace(whole, price=np.where(whole.starts >= day_start(TODAY) + 24 * HOUR_S, 9.9, whole.price))
    np.testing.assert_array_equal(quantiles_of(at_noon(bent, TODAY)), quantiles_of(at_noon(whole, TODAY)))


def test_without_the_spot_of_tomorrow_there_is_none(whole: History) -> None:
    known = at_noon(whole, TODAY)
    assert tomorrow_from_spot(at_noon(whole, TODAY, spot_days=0)) is None
    assert tomorrow_from_spot(replace(known, spot=None)) is None
    assert tomorrow_from_spot(replace(known, price=np.full(known.starts.size, np.nan))) is None


@pytest.mark.parametrize("days", [1, 20, 55])
def test_a_short_history_gives_none(whole: History, days: int) -> None:
    today = date.fromordinal(FIRST.toordinal() + days)
    assert tomorrow_from_spot(at_noon(whole, today)) is None


def test_it_reads_no_more_than_it_says(whole: History) -> None:
    known = at_noon(whole, TODAY)
    start = day_start(date.fromordinal(TODAY.toordinal() - READ_DAYS))
    np.testing.assert_array_equal(quantiles_of(known.between(start, int(known.starts[-1]) + 1)), quantiles_of(known))


def test_the_week_is_led_by_it_and_goes_on_as_if_it_were_published(whole: History) -> None:
    known, noon = at_noon(whole, TODAY), day_start(TODAY) + 14 * HOUR_S
    said = tomorrow_from_spot(known)
    assert isinstance(said, NearlyKnown)
    led, plain = forecast_week(known, noon, tomorrow=said), forecast_week(known, noon)
    hour = local_hours(led.starts)
    tomorrow, later = hour.day == TODAY.toordinal() + 1, hour.day > TODAY.toordinal() + 1
    np.testing.assert_allclose(led.quantiles[tomorrow], said.quantiles[hour.hour[tomorrow]] + 0.03)
    assert np.isnan(led.published[tomorrow]).all()
    assert (led.last_published, led.days_ahead.tolist()) == (plain.last_published, plain.days_ahead.tolist())
    open_ = local_hours(known.starts).day == TODAY.toordinal() + 1
    price = np.where(open_, said.quantiles[local_hours(known.starts).hour, P50] + 0.03, known.price)
    published = forecast_week(replace(known, price=price), noon)
    np.testing.assert_allclose(led.p50[later], published.p50[later])
    np.testing.assert_allclose(led.quantiles[later], published.quantiles[later])
    assert np.abs(led.p50[later] - plain.p50[later]).max() > 0.001


def test_the_paths_of_the_week_agree_with_its_bands(whole: History) -> None:
    known = at_noon(whole, TODAY)
    led = forecast_week(known, day_start(TODAY) + 14 * HOUR_S, tomorrow=tomorrow_from_spot(known))
    ahead = led.days_ahead >= 1
    np.testing.assert_allclose(np.median(led.paths[:, ahead], axis=0), led.p50[ahead], atol=0.002)
