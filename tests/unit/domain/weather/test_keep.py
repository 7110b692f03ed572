"""What of an answer is written over what the history holds."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.weather.hours import WeatherHour
from domain.weather.merge import over, to_write

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def said(as_of: datetime, temperature: float | None = None, humidity: float | None = None, start: datetime = NOON) -> WeatherHour:
    return WeatherHour(start, "AEMET", "forecast", as_of, temperature, humidity)


def test_what_is_new_is_written_and_what_is_known_is_not() -> None:
    known, new = said(NOON, 10.0, 60.0), said(NOON, 11.0, 61.0, NOON + HOUR)
    assert to_write([known], [known, new]) == [new]


def test_an_older_forecast_never_replaces_a_newer_one() -> None:
    assert to_write([said(NOON, 10.0)], [said(NOON - HOUR, 12.0)]) == []


def test_a_newer_one_does_even_when_it_says_the_same() -> None:
    newer = said(NOON + HOUR, 10.0)
    assert to_write([said(NOON, 10.0)], [newer]) == [newer]


def test_an_hour_without_values_is_not_written() -> None:
    assert to_write([], [said(NOON)]) == []


def test_a_value_that_stays_dates_the_row() -> None:
    """The newer forecast has no humidity: the old 60 % stay in the history, so the row is as old as they are."""
    (written,) = to_write([said(NOON, 10.0, 60.0)], [said(NOON + HOUR, 11.0)])
    assert (written.as_of, written.temperature, written.humidity) == (NOON, 11.0, None)


def test_a_value_that_comes_later_does_not_make_the_row_older() -> None:
    newer = said(NOON + HOUR, 11.0, 60.0)
    assert to_write([said(NOON, 10.0)], [newer]) == [newer]


maybe = st.none() | st.sampled_from([1.0, 2.0, 3.0])
statements = st.builds(said, st.integers(0, 5).map(lambda i: NOON + i * HOUR), maybe, maybe)


@given(st.lists(statements, max_size=6))
def test_writing_twice_changes_nothing_and_the_history_never_grows_younger_values_than_it_has(given: list[WeatherHour]) -> None:
    history: dict[datetime, WeatherHour] = {}
    for one in given:
        for hour in to_write(history.values(), [one]):
            before = history.get(hour.start)
            history[hour.start] = over(before, hour) if before else hour
            assert before is None or history[hour.start].as_of >= before.as_of
        assert to_write(history.values(), list(history.values())) == []
