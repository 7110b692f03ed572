"""What an answer means: encodings, statuses, waiting times, and no input that trips the readers in an unforeseen way."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources import archive70
from adapters.sources.esios import parse_indicator
from adapters.sources.omie import parse_day
from adapters.sources.redata import parse_prices
from adapters.sources.responses import LONGEST_RETRY_AFTER_S, Answer, check_status, json_of, loads_any, retry_after_s, text_of
from domain.errors import SourceError, SourceRejectedError
from domain.intake.prices import Asked, admit
from domain.intake.verdict import Tray
from domain.timeline import day_bounds

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    """An answer; header names with _ for -."""
    return Answer("redata", status, {name.replace("_", "-"): value for name, value in headers.items()}, body, NOW)


def test_both_encodings_and_the_mark_are_read() -> None:
    for body in ("Peñíscola €".encode(), "Peñíscola €".encode("iso-8859-15"), b"\xef\xbb\xbf" + "Peñíscola €".encode()):
        assert text_of(body) == "Peñíscola €"
    assert loads_any('"límite"'.encode("iso-8859-15")) == "límite"


@given(st.binary())
def test_any_bytes_are_some_text(body: bytes) -> None:
    text_of(body)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("1.5", 1.5),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0),
        ("86400", LONGEST_RETRY_AFTER_S),
        ("soon", 60),
        ("", 60),
        ("-5", 60),
        ("²", 60),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(given: str, seconds: float) -> None:
    assert retry_after_s(answer(429, retry_after=given)) == seconds


@given(st.text())
def test_any_retry_after_is_a_wait_of_an_hour_at_most(text: str) -> None:
    assert 0 <= retry_after_s(answer(429, retry_after=text)) <= LONGEST_RETRY_AFTER_S


@given(st.integers(100, 599))
def test_every_status_but_2xx_is_an_error_of_the_tree(status: int) -> None:
    if 200 <= status < 300:
        check_status(answer(status))
    else:
        with pytest.raises(SourceError):
            check_status(answer(status))


def test_a_redirect_is_not_followed_but_shown_to_a_person() -> None:
    with pytest.raises(SourceRejectedError, match="HTTP 302"):
        json_of(answer(302, location="https://elsewhere.example/?appid=SECRET"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
NAMES = ("included", "indicator", "PVPC", "message", "values", "attributes", "id", "datetime", "value", "Hora")
KNOWN = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON))
NESTED = KNOWN.map(lambda inner: {"included": [{"id": "1001", "attributes": inner}], "indicator": inner, "PVPC": [inner]})
BODIES = st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode())
ZIPS = st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail)
FORESEEN = (SourceError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What the fetcher turns into a BadPayloadError, and what it lets pass."""


@given(
    JSON | KNOWN | KNOWN.map(lambda inner: {"included": [{"id": "1001", "attributes": inner}], "indicator": inner, "PVPC": [inner]})
)
def test_no_json_trips_a_parser_in_an_unforeseen_way(payload: object) -> None:
    day = date(2026, 5, 10)
    tray = Tray()
    readers: tuple[Callable[[], object], ...] = (
        lambda: admit(parse_prices(payload, "pvpc", tray).cells, Asked("pvpc", *day_bounds(day), NOW), tray),  # type: ignore[arg-type]
        lambda: admit(parse_indicator(payload, 600, 3, tray).cells, Asked("spot", *day_bounds(day), NOW), tray),  # type: ignore[arg-type]
        lambda: archive70.parse_prices(
            archive70.published_rows(payload, day),  # type: ignore[arg-type]
            day,
            Asked("pvpc", *day_bounds(day), NOW),
            tray,
        ),
    )
    for read in readers:
        try:
            read()
        except FORESEEN:
            continue


@given(st.text(alphabet="MARGINLPDBC;0123456789.*\r\n", max_size=200))
def test_no_text_trips_the_file_parser_in_an_unforeseen_way(text: str) -> None:
    with pytest.raises(FORESEEN):
        parse_day(text, date(2026, 5, 10), NOW, Tray())


@given(BODIES | ZIPS)
def test_any_body_is_json_or_an_error_of_the_tree(body: bytes) -> None:
    try:
        json_of(answer(200, body))
    except SourceError:
        return


def test_a_name_with_two_values_and_a_number_of_thousands_of_digits_cost_their_cell_alone() -> None:
    body = (
        b'{"values": [{"value": 60.37, "value": 99.9, "datetime": "x"}, {"value": 7, "value": 7}, {"value": ' + b"9" * 5000 + b"}]}"
    )
    assert json_of(answer(body=body)) == {"values": [{"datetime": "x"}, {"value": 7}, {"value": float("inf")}]}
