"""One cell: what is a number, what a price can be, what the air can be; and what is told of one that is left out."""

import math

import pytest

from domain.intake.cells import air, number, price_eur_mwh, text_number
from domain.intake.verdict import Tray
from domain.notes import Note

EMPTY = ["", "  ", "-", "--", "---", "NaN", "null", "None", "n/a"]


def left_out(tray: Tray) -> list[tuple[str, str, str, str]]:
    assert {note.verdict for note in tray.notes} <= {"left_out"}
    return [(note.code, note.place, note.value, note.valid) for note in tray.notes]


@pytest.mark.parametrize("value", [0, 0.0, -12.5, 171.48, 999_999_999_999_999, -999_999_999_999_999])
def test_a_json_number_is_taken_as_it_is(value: float) -> None:
    tray = Tray()
    taken = number(value, "row 1", tray)
    assert (taken, type(taken), tray.notes) == (value, float, [])


def test_an_absent_number_is_empty_and_shown_as_what_stands_there() -> None:
    tray = Tray()
    assert [number(value, "row 1", tray) for value in [None, *EMPTY]] == [None] * 10
    assert left_out(tray) == [("empty", "row 1", " ".join(str(value or "").split()), "a number") for value in [None, *EMPTY]]


@pytest.mark.parametrize("value", ["12.3", "Ip", True, False, [], {}, 1e15, -1e15, math.inf, -math.inf, math.nan, 10**400])
def test_what_is_no_json_number_of_ordinary_size_is_left_out(value: object) -> None:
    tray = Tray()
    assert number(value, "row 1", tray) is None
    assert [(note.code, note.place, note.valid) for note in tray.notes] == [("not_a_number", "row 1", "a number")]


@pytest.mark.parametrize(
    ("text", "value"), [("171,48", 171.48), (" 12.5 ", 12.5), ("-0", 0.0), ("+3", 3.0), ("999999999", 999999999.0)]
)
def test_a_number_as_text_has_a_point_or_a_comma(text: str, value: float) -> None:
    tray = Tray()
    assert (text_number(text, "row 1", tray), tray.notes) == (value, [])


@pytest.mark.parametrize(
    "value", ["1.234,5", "1,234.5", "1 234", "1e3", "inf", "12 €", "0x10", "١٢", ".5", "5.", "9" * 10, 12.5, True, []]
)
def test_thousands_marks_exponents_and_other_types_are_no_number_as_text(value: object) -> None:
    tray = Tray()
    assert text_number(value, "row 1", tray) is None
    assert [(note.code, note.place, note.valid) for note in tray.notes] == [("not_a_number", "row 1", "a number as text")]


def test_an_empty_text_is_told_unless_its_format_writes_none_so() -> None:
    tray = Tray()
    assert [text_number(value, "row 1", tray) for value in [None, *EMPTY]] == [None] * 10
    assert left_out(tray) == [("empty", "row 1", " ".join(str(value or "").split()), "a number") for value in [None, *EMPTY]]
    quiet = Tray()
    assert [text_number(value, "row 1", quiet, quiet_empty=True) for value in [None, *EMPTY]] == [None] * 10
    assert quiet.notes == []


def test_a_price_lies_within_the_limits_of_the_market_both_included() -> None:
    tray = Tray()
    assert [price_eur_mwh(value, "row 1", tray) for value in (-500.0, 0.0, 5000.0, None)] == [-500.0, 0.0, 5000.0, None]
    assert tray.notes == []
    assert [price_eur_mwh(value, "row 1", tray) for value in (-500.01, 5000.01)] == [None, None]
    valid = "-500 to 5000 €/MWh"
    assert left_out(tray) == [("impossible", "row 1", "-500.01", valid), ("impossible", "row 1", "5000.01", valid)]


def test_a_price_is_in_whole_cents() -> None:
    tray = Tray()
    assert [price_eur_mwh(value, "row 1", tray) for value in (12.34, 0.01, -0.07, 1234.56)] == [12.34, 0.01, -0.07, 1234.56]
    assert tray.notes == []
    assert price_eur_mwh(0.0457, "row 1", tray) is None
    assert price_eur_mwh(12.341, "row 2", tray) is None
    assert [(note.code, note.place, note.value) for note in tray.notes] == [
        ("not_tick", "row 1", "0.0457"),
        ("not_tick", "row 2", "12.341"),
    ]
    assert tray.notes[0].valid == "€/MWh in steps of 0.01; another unit?"


@pytest.mark.parametrize(
    ("quantity", "low", "high"),
    [
        ("temperature", -40.0, 55.0),
        ("humidity", 1.0, 100.0),
        ("pressure", 930.0, 1070.0),
        ("wind_speed", 0.0, 75.0),
        ("clouds", 0.0, 100.0),
    ],
)
def test_the_air_of_spain_has_limits_both_included(quantity: str, low: float, high: float) -> None:
    tray = Tray()
    assert [air(quantity, value, "row 1", tray) for value in (low, high, None)] == [low, high, None]
    assert tray.notes == []
    assert [air(quantity, value, "row 1", tray) for value in (low - 0.1, high + 0.1)] == [None, None]
    assert tray.notes == [
        Note("left_out", "impossible", "row 1", f"{value}", f"{low:g} to {high:g}") for value in (low - 0.1, high + 0.1)
    ]
