"""From three-hour steps to hours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.weather.hours import Forecast, Step
from domain.weather.humidity import dew_point_c
from domain.weather.steps import hourly_steps, hours_of

NINE = datetime(2026, 7, 27, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_two_hours_are_drawn_between_steps_of_three() -> None:
    steps = [
        Step(NINE, temperature=16.0, humidity=60.0, pressure=1015.0),
        Step(NINE + 3 * HOUR, temperature=22.0, humidity=40.0, pressure=1012.0),
    ]
    drawn = hourly_steps(steps)
    assert [step.temperature for step in drawn] == [16.0, 18.0, 20.0, 22.0]
    assert [step.pressure for step in drawn] == [1015.0, 1014.0, 1013.0, 1012.0]
    dew_points = [dew_point_c(step.temperature or 0, step.humidity or 0) for step in drawn]
    assert dew_points[1] - dew_points[0] == pytest.approx(dew_points[3] - dew_points[2])


def test_nothing_is_drawn_over_a_longer_gap_nor_before_nor_after() -> None:
    steps = [Step(NINE, temperature=16.0), Step(NINE + 6 * HOUR, temperature=22.0)]
    assert [step.start for step in hourly_steps(steps)] == [NINE, NINE + 6 * HOUR]


def test_a_quantity_that_one_neighbour_lacks_stays_missing() -> None:
    steps = [Step(NINE, temperature=16.0, humidity=50.0), Step(NINE + 3 * HOUR, temperature=22.0)]
    middle = hourly_steps(steps)[1]
    assert (middle.temperature, middle.humidity, middle.pressure) == (18.0, None, None)


def test_between_two_steps_of_the_driest_air_it_is_no_drier() -> None:
    steps = [Step(NINE, temperature=0.0, humidity=1.0), Step(NINE + 2 * HOUR, temperature=1.0, humidity=1.0)]
    assert hourly_steps(steps)[1].humidity == 1.0


def test_hourly_steps_stay_as_they_are() -> None:
    steps = [Step(NINE + i * HOUR, temperature=float(i)) for i in range(5)]
    assert hourly_steps(steps) == steps


def test_every_hour_carries_the_age_of_its_forecast() -> None:
    forecast = Forecast("OpenWeatherMap", NINE - HOUR, (Step(NINE, temperature=16.0), Step(NINE + 3 * HOUR, temperature=22.0)))
    assert {(hour.as_of, hour.source, hour.kind) for hour in hours_of(forecast)} == {(NINE - HOUR, "OpenWeatherMap", "forecast")}


air = st.tuples(st.floats(-30, 50), st.floats(1, 100), st.floats(950, 1050))


@given(st.lists(st.tuples(st.integers(0, 60), air), min_size=1, max_size=20, unique_by=lambda entry: entry[0]))
def test_drawing_keeps_every_step_invents_nothing_outside_and_stays_between_its_neighbours(
    entries: list[tuple[int, tuple[float, float, float]]],
) -> None:
    steps = [Step(NINE + at * HOUR, *values) for at, values in sorted(entries)]
    drawn = hourly_steps(steps)
    assert set(steps) <= set(drawn)
    for step in drawn:
        before = max((s for s in steps if s.start <= step.start), key=lambda s: s.start)
        after = min((s for s in steps if s.start >= step.start), key=lambda s: s.start)
        assert after.start - before.start <= 3 * HOUR
        assert step.humidity is not None
        assert 1 <= step.humidity <= 100
        for name in ("temperature", "pressure"):
            low, high = sorted((getattr(before, name), getattr(after, name)))
            assert low - 1e-9 <= getattr(step, name) <= high + 1e-9
