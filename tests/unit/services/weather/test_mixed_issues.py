"""Hours of a forecast whose steps come from several issues."""

from datetime import UTC, datetime, timedelta

from domain.series import EMPTY, Rows
from domain.timeline import epoch
from services.weather_service import hours_of_mixed

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD, NEW = NINE - 3 * HOUR, NINE + HOUR


def test_an_hour_drawn_between_two_issues_is_as_old_as_the_older() -> None:
    times = [epoch(NINE + i * 3 * HOUR) for i in range(3)]
    rows = Rows(times, {"temperature": [6.0, 9.0, 12.0], "issued_at": [epoch(OLD), epoch(NEW), epoch(NEW)]})
    hours = hours_of_mixed(rows, "OpenWeatherMap")
    assert [hour.temperature for hour in hours] == [6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0]
    assert [hour.as_of for hour in hours] == [OLD] * 3 + [NEW] * 4


def test_no_steps_are_no_hours() -> None:
    assert hours_of_mixed(EMPTY, "OpenWeatherMap") == []
