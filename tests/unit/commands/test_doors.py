"""What the comparison of all doors takes for a difference, and what not."""

from typing import Any

import pytest

from commands.doors.book import Book
from commands.doors.hours import _check_air_now
from commands.doors.plans import events_of
from commands.doors.reading import Doors

HOUR = "2026-09-11T00:00:00+00:00"
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
