"""What the comparison of all doors takes for a difference, and what not."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from commands.doors.book import Book
from commands.doors.hours import _check_air_now
from commands.doors.plans import events_of
from commands.doors.reading import Doors
from domain.weather.hours import WeatherHour, rows_from_hours, weather_key
from routers.answers.weather import CurrentWeatherOut, HourOut
from support.clock import ManualClock
from support.weather_world import weather_world

HOUR = "2026-09-11T00:00:00+00:00"
AT = datetime.fromisoformat(HOUR)
AEMET = {"source": "AEMET", "kind": "observed", "temperature_c": 20.0, "humidity_percent": 60.0, "pressure_hpa": 1016.0}


def told_now(reading: dict[str, Any]) -> list[str]:
    doors, book = Doors(), Book()
    doors.complete = {"current": {"weather": {**reading, "as_of": HOUR, "start": HOUR}}}
    _check_air_now(book, doors, {HOUR: {**AEMET, "as_of": HOUR, "start": HOUR}})
    return book.differences


@pytest.mark.parametrize(("source", "found"), [("AEMET", 1), ("OpenWeatherMap", 0)])
def test_the_air_of_now_is_compared_with_the_hour_of_the_same_source(source: str, found: int) -> None:
    assert len(told_now({**AEMET, "source": source, "pressure_hpa": 1015.0})) == found
    assert told_now({**AEMET, "source": source}) == []


def test_a_quantity_from_another_reading_is_not_compared_with_that_of_the_hour() -> None:
    other = {"pressure_hpa": {"source": "OpenWeatherMap", "kind": "observed", "origin": "observed", "as_of": HOUR}}
    assert told_now({**AEMET, "pressure_hpa": 1015.0, "other_origins": other}) == []
    assert len(told_now({**AEMET, "pressure_hpa": 1015.0, "temperature_c": 19.0, "other_origins": other})) == 1


FORECAST = WeatherHour(AT, "OpenWeatherMap", "forecast", AT, temperature=19.0, humidity=70.0, pressure=1016.0)
NEXT = replace(FORECAST, start=AT + timedelta(hours=1), pressure=1016.3)


async def told_by_both(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What both doors say an hour after a reading of the station that lacks the pressure: each hour has that of its forecast."""
    reading = WeatherHour(AT, "AEMET", "observed", AT, temperature=20.0, humidity=60.0)
    async with weather_world(folder, ManualClock(AT)) as world:
        await world.store.write(weather_key("AEMET", "observed"), rows_from_hours([reading]))
        await world.store.write(weather_key("OpenWeatherMap", "forecast"), rows_from_hours([FORECAST, NEXT]))
        now = await world.weather.current(AT + timedelta(minutes=70))
        hours = await world.weather.hours(AT, AT + timedelta(hours=2))
    assert now is not None
    told = [HourOut.hour(hour).plain() for hour in hours]
    return CurrentWeatherOut.now(now).plain(), {hour["start"]: hour for hour in told}


async def test_a_forecast_of_now_is_that_of_this_hour(tmp_path: Path) -> None:
    """A forecast has one age for all of its hours: the age alone does not tell which hour a value is about."""
    now, known = await told_by_both(tmp_path)
    assert (now["as_of"], now["pressure_hpa"]) == (HOUR, 1016.3)
    assert [hour["pressure_hpa"] for hour in known.values()] == [1016.0, 1016.3]
    doors = Doors(complete={"current": {"weather": now}})
    for pressure, found in ((1016.3, 0), (1016.0, 1)):
        book = Book()
        now["pressure_hpa"] = pressure
        _check_air_now(book, doors, known)
        assert (book.compared, len(book.differences)) == (5, found)


def test_the_events_of_a_calendar_are_read_as_they_are_meant() -> None:
    """Folded at an octet's place, commas and semicolons of a quality's name escaped."""
    lines = (
        "BEGIN:VEVENT",
        r"UID:20260914-b\, c\; d-1@choc",
        " olate",
        "DTSTART:20260914T040000Z",
        r"SUMMARY:a\nb\\c",
        "END:VEVENT",
        "",
    )
    (event,) = events_of("\r\n".join(lines))
    assert event == {"UID": "20260914-b, c; d-1@chocolate", "DTSTART": "20260914T040000Z", "SUMMARY": "a\nb\\c"}
