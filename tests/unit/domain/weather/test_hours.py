"""Values of the weather: limits, rows, the names of series."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.series import Rows, check_rows
from domain.timeline import epoch
from domain.weather.hours import (
    STEP_COLUMNS,
    Forecast,
    Step,
    WeatherHour,
    hours_from_rows,
    rows_from_hours,
    rows_from_steps,
    steps_from_rows,
    weather_key,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hour(start: datetime = NOON, as_of: datetime = NOON + HOUR, **values: float | None) -> WeatherHour:
    return WeatherHour(start, "AEMET", "observed", as_of, **values)


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("temperature", 288.44),
        ("temperature", -60.0),
        ("temperature", float("nan")),
        ("humidity", 0.0),
        ("humidity", 101.0),
        ("pressure", 1200.0),
        ("pressure", float("inf")),
    ],
)
def test_what_cannot_be_is_refused(quantity: str, value: float) -> None:
    with pytest.raises(ValueError, match=quantity):
        hour(NOON, NOON + HOUR, **{quantity: value})
    with pytest.raises(ValueError, match=quantity):
        Step(NOON, **{quantity: value})


def test_an_hour_begins_on_the_hour_in_utc() -> None:
    with pytest.raises(ValueError, match="start of an hour"):
        hour(NOON + timedelta(minutes=20), temperature=1.0)
    with pytest.raises(ValueError, match="start of an hour"):
        hour(NOON.astimezone(tz=ZoneInfo("Europe/Madrid")), temperature=1.0)


def test_hours_survive_the_way_to_the_history_and_back() -> None:
    hours = [hour(temperature=8.5, humidity=91.0), hour(NOON + HOUR, NOON + 2 * HOUR, pressure=1021.3)]
    rows = rows_from_hours(hours)
    check_rows(weather_key("AEMET", "observed"), rows)
    assert hours_from_rows(rows, "AEMET", "observed") == hours


def test_of_two_statements_about_one_hour_the_newer_is_written() -> None:
    older, newer = hour(as_of=NOON + HOUR, temperature=8.0), hour(as_of=NOON + 2 * HOUR, temperature=9.0)
    assert rows_from_hours([newer, older]) == rows_from_hours([older, newer]) == rows_from_hours([newer])


def test_an_impossible_stored_value_is_as_good_as_missing() -> None:
    rows = Rows([epoch(NOON)], {"temperature": [288.0], "humidity": [60.0], "pressure": [None], "as_of": [epoch(NOON)]})
    (found,) = hours_from_rows(rows, "AEMET", "observed")
    assert (found.temperature, found.humidity) == (None, 60.0)


def test_a_stored_row_without_values_is_no_hour() -> None:
    rows = Rows([epoch(NOON)], {"temperature": [None], "humidity": [None], "pressure": [None], "as_of": [epoch(NOON)]})
    assert hours_from_rows(rows, "AEMET", "observed") == []


def test_steps_survive_the_way_to_the_log_and_back() -> None:
    steps = [Step(NOON, temperature=8.5, humidity=80.0, wind_speed=3.2, clouds=40.0), Step(NOON + 3 * HOUR, temperature=7.0)]
    assert steps_from_rows(rows_from_steps(steps, STEP_COLUMNS)) == steps


def test_a_forecast_has_steps_in_order() -> None:
    with pytest.raises(ValueError, match="rise"):
        Forecast("AEMET", NOON, ())
    with pytest.raises(ValueError, match="rise"):
        Forecast("AEMET", NOON, (Step(NOON + HOUR), Step(NOON)))
