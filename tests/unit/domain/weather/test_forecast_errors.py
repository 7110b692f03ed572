"""How wrong forecasts were."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.weather.forecast_errors import ErrorSum, add, tally, tally_from_json, tally_json
from domain.weather.hours import Kind, WeatherHour
from domain.weather.merge import merge

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def said(kind: Kind, as_of: datetime, temperature: float, humidity: float | None = None) -> WeatherHour:
    return WeatherHour(NOON, "AEMET", kind, as_of, temperature, humidity)


SEEN = {hour.start: hour for hour in merge([said("observed", NOON + HOUR, 10.0, 60.0)])}


def test_errors_are_kept_by_day_ahead() -> None:
    found = tally([said("forecast", NOON - 3 * HOUR, 12.0), said("forecast", NOON - 30 * HOUR, 7.0)], SEEN)
    assert found["temperature"] == {1: ErrorSum(1, 2.0, 2.0), 2: ErrorSum(1, -3.0, 3.0)}
    assert found["humidity"] == {}


def test_a_forecast_made_after_the_hour_began_is_none() -> None:
    assert tally([said("forecast", NOON + HOUR / 4, 10.0)], SEEN)["temperature"] == {}


def test_a_forecast_is_not_judged_by_another_forecast() -> None:
    seen = {hour.start: hour for hour in merge([said("forecast", NOON - HOUR, 10.0)])}
    assert tally([said("forecast", NOON - 3 * HOUR, 12.0)], seen)["temperature"] == {}


def test_days_add_up_and_survive_storage() -> None:
    one = tally([said("forecast", NOON - 3 * HOUR, 12.0, 50.0)], SEEN)
    two = tally([said("forecast", NOON - 3 * HOUR, 9.0, 90.0)], SEEN)
    total = add([one, two])
    assert total["temperature"][1] == ErrorSum(2, 1.0, 3.0)
    assert total["humidity"][1].bias == pytest.approx(10.0)
    assert total["humidity"][1].mean_absolute == pytest.approx(20.0)
    assert tally_from_json(tally_json(total)) == total


def test_without_a_pair_there_is_no_error() -> None:
    assert (ErrorSum().bias, ErrorSum().mean_absolute) == (None, None)
