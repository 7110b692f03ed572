"""Local days on the hour grid: 23, 24 and 25 hours, missing hours, nothing averaged."""

from datetime import date

import numpy as np
import pytest

from forecasting.data.grid import Calendar, from_table, hour_grid, last_complete, local_hours, on_grid, to_table
from forecasting.data.history import History, tables_of
from unit.forecasting.forecasting_market import grid_of


def test_the_autumn_day_has_25_hours_and_marks_the_second_two_oclock() -> None:
    hours = local_hours(grid_of(date(2025, 10, 26), date(2025, 10, 26)))
    assert hours.hour.tolist() == [0, 1, 2, 2, *range(3, 24)]
    assert np.flatnonzero(hours.repeated).tolist() == [3]


def test_the_spring_day_has_23_hours_and_no_two_oclock() -> None:
    hours = local_hours(grid_of(date(2026, 3, 29), date(2026, 3, 29)))
    assert hours.hour.tolist() == [0, 1, *range(3, 24)]
    assert not hours.repeated.any()


def test_hours_that_are_not_consecutive_keep_their_calendar() -> None:
    grid = grid_of(date(2025, 10, 26), date(2025, 10, 26))
    assert local_hours(grid[[3]]).repeated.tolist() == [True]
    assert local_hours(grid[[2, 20]]).hour.tolist() == [2, 19]


def test_the_table_holds_the_first_two_oclock_and_never_the_mean_of_both() -> None:
    grid = grid_of(date(2025, 10, 26), date(2025, 10, 26))
    hours = local_hours(grid)
    prices = np.arange(25.0)
    table = to_table(hours, prices, int(hours.day[0]), 1)
    assert table[0, 2] == 2.0
    assert table[0, 3] == 4.0
    assert from_table(hours, table, int(hours.day[0])).tolist() == [0, 1, 2, 2, *range(4, 25)]


def test_the_spring_hour_stays_missing_in_the_table() -> None:
    grid = grid_of(date(2026, 3, 29), date(2026, 3, 29))
    hours = local_hours(grid)
    table = to_table(hours, np.ones(23), int(hours.day[0]), 1)
    assert np.flatnonzero(np.isnan(table[0])).tolist() == [2]
    assert last_complete(table) == 0


def test_a_fragment_of_a_day_is_not_a_published_day() -> None:
    table = np.full((3, 24), 1.0)
    table[2, 10:] = np.nan
    assert last_complete(table) == 1
    assert last_complete(np.full((3, 24), np.nan)) == -1


def test_values_are_placed_by_their_hour_and_others_stay_missing() -> None:
    grid = hour_grid(0, 4 * 3600)
    placed = on_grid(grid, [3600, 7200 + 900, 99 * 3600], [5.0, 6.0, 7.0])
    assert placed[1] == 5.0
    assert np.isnan(placed[[0, 2, 3]]).all()


def test_reading_outside_the_table_is_an_error() -> None:
    hours = local_hours(grid_of(date(2025, 1, 1), date(2025, 1, 2)))
    with pytest.raises(ValueError, match=r"rows 0\.\.1"):
        from_table(hours, np.zeros((1, 24)), int(hours.day[0]))


def test_good_friday_is_a_working_day_and_the_sixth_of_january_is_not() -> None:
    calendar = Calendar.of(date(2026, 1, 6).toordinal(), 120)
    assert calendar.off[0]
    assert calendar.holiday[0]
    assert not calendar.off[date(2026, 4, 3).toordinal() - date(2026, 1, 6).toordinal()]


def test_a_history_refuses_hours_that_are_not_consecutive_and_series_of_another_length() -> None:
    with pytest.raises(ValueError, match="consecutive"):
        History(np.array([0, 7200]), np.zeros(2), np.zeros(2))
    with pytest.raises(ValueError, match="toll has shape"):
        History(hour_grid(0, 7200), np.zeros(2), np.zeros(3))


def test_a_cut_history_knows_nothing_from_the_cut_on() -> None:
    grid = grid_of(date(2025, 1, 1), date(2025, 1, 3))
    series = np.ones(grid.size)
    history = History(grid, series, series * 0, series, series, series, series)
    known = history.known_at(int(grid[24]), int(grid[48]))
    assert np.isfinite(known.price).sum() == 24
    assert known.spot is not None
    assert np.isfinite(known.spot).sum() == 24
    assert known.demand_mw is not None
    assert np.isfinite(known.demand_mw).sum() == 48
    assert tables_of(known).last == 0
