"""When a table is asked for, and what it looks like."""

import pytest

from routers.http.tables import csv_answer, wants_csv


@pytest.mark.parametrize(
    ("format_", "accept", "wanted"),
    [
        ("csv", "application/json", True),
        ("json", "text/csv", False),
        (None, "text/html, text/csv;q=0.9", True),
        (None, "*/*", False),
        (None, "", False),
    ],
)
def test_the_parameter_goes_before_the_header(format_: str | None, accept: str, *, wanted: bool) -> None:
    assert wants_csv(format_, accept) == wanted


def test_a_table_has_its_columns_alone_and_what_a_row_lacks_is_empty() -> None:
    answer = csv_answer([{"b": 1, "a": "x, y", "c": 3}, {"a": None}], ("a", "b"))
    assert bytes(answer.body).decode() == 'a,b\n"x, y",1\n,\n'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


def test_nought_has_no_sign() -> None:
    answer = csv_answer([{"a": -0.0, "b": 0, "c": -0.5, "d": False}], ("a", "b", "c", "d"))
    assert bytes(answer.body).decode() == "a,b,c,d\n0.0,0,-0.5,False\n"
