"""Questions bind every value and quote every name; answers that are not what they should be are errors, never empty rows."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.store.influx.query import (
    EARLIEST_NS,
    LATEST_NS,
    keys_of,
    quoted,
    rows_of,
    rows_question,
    stamps_of,
)
from domain.errors import StoreMissingError, StoreRefusedError, StoreUnavailableError
from domain.series import Rows, price_key

SPOT = price_key("spot", 15)
COLUMNS = ["time", "price_eur_kwh", "provider", "as_of"]


def answer(*series: object, **extra: object) -> bytes:
    return json.dumps({"results": [{"statement_id": 0, **({"series": list(series)} if series else {}), **extra}]}).encode()


def test_values_are_bound_and_not_part_of_the_text() -> None:
    question = rows_question(SPOT, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    assert "'" not in question.text
    assert not any(str(value) in question.text.replace("time", "") for value in question.params.values())
    assert question.params == {
        "tag0": "spot",
        "tag1": "spain",
        "tag2": "15",
        "tag3": "REE",
        "start": 1_767_225_600_000_000_000,
        "end": 1_767_312_000_000_000_000,
    }


def test_a_range_beyond_the_time_of_influxdb_is_held_within_it() -> None:
    question = rows_question(SPOT, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    assert (question.params["start"], question.params["end"]) == (EARLIEST_NS, LATEST_NS)


def test_a_name_cannot_leave_its_quotes() -> None:
    assert quoted('a"; DROP DATABASE x') == '"a\\"; DROP DATABASE x"'
    assert quoted('\\"') == '"\\\\\\""'
    assert quoted("a\nb") == '"a\\nb"'


SECOND = 10**9


def whole(series: dict[str, Any]) -> Rows:
    """What is read of one series of ours, of which nothing is left out."""
    rows, left_out = rows_of(answer({"tags": dict(SPOT.tags), **series}), SPOT)
    assert not left_out
    return rows


def test_whole_floats_come_back_as_floats_and_integers_as_integers() -> None:
    rows = whole({"columns": COLUMNS, "values": [[0, 2, "omie", 7], [900 * SECOND, None, "", None]]})
    assert list(rows.times) == [0, 900]
    assert {name: list(column) for name, column in rows.columns.items()} == {
        "price_eur_kwh": [2.0, None],
        "provider": ["omie", ""],
        "as_of": [7, None],
    }
    assert isinstance(rows.columns["price_eur_kwh"][0], float)


@given(st.lists(st.tuples(st.none() | st.floats(-9, 9), st.none() | st.text(st.sampled_from('],["}\\ab'))), max_size=6))
def test_any_texts_are_read_as_they_are_though_they_look_like_the_end_of_a_row(
    points: list[tuple[float | None, str | None]],
) -> None:
    values = [[time * SECOND, *point, None] for time, point in enumerate(points)]
    series = {"name": "energy_prices", "tags": dict(SPOT.tags), "columns": COLUMNS, "values": values}
    packed = json.dumps({"results": [{"statement_id": 0, "series": [series] if values else []}]}, separators=(",", ":")) + "\n"
    rows, left_out = rows_of(packed.encode(), SPOT)
    assert not left_out
    assert list(zip(rows.columns["price_eur_kwh"], rows.columns["provider"], strict=True)) == points


def test_a_text_that_looks_like_the_end_of_a_row_is_kept() -> None:
    tags = json.dumps(dict(SPOT.tags)).encode()
    values = b'[[0,1,"a],[b",2],[1000000000,1,"]]}]}]}",2]]'
    body = b'{"results":[{"statement_id":0,"series":[{"name":"m","tags":' + tags + b',"columns":[],"values":' + values + b"}]}]}\n"
    assert list(rows_of(body, SPOT)[0].columns["provider"]) == ["a],[b", "]]}]}]}"]


def test_no_series_is_no_rows_but_all_columns() -> None:
    rows, _ = rows_of(answer(), SPOT)
    assert (len(rows), set(rows.columns)) == (0, {"price_eur_kwh", "provider", "as_of"})


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"results":[]}', b'{"results":[{"series"', b"null"])
def test_an_answer_that_is_not_a_result_is_an_error(body: bytes) -> None:
    with pytest.raises(StoreUnavailableError, match="not a result"):
        rows_of(body, SPOT)


def test_an_answer_that_the_server_cut_short_is_an_error() -> None:
    with pytest.raises(StoreRefusedError, match="cut"):
        rows_of(answer({"columns": COLUMNS, "values": [[0, 2, "omie", 7]]}, partial=True), SPOT)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("database not found: x", StoreMissingError),
        ("query timeout reached", StoreUnavailableError),
        ("error parsing query: found FROM", StoreRefusedError),
    ],
)
def test_an_error_inside_an_answer_is_that_error(text: str, error: type[Exception]) -> None:
    for body in (answer(error=text), json.dumps({"error": text}).encode()):
        with pytest.raises(error):
            rows_of(body, SPOT)


def test_series_of_somebody_else_are_left_out() -> None:
    ours = {"tags": dict(SPOT.tags), "columns": COLUMNS, "values": [[0, 1, "omie", 1]]}
    foreign = [
        {**ours, "tags": dict(SPOT.tags) | {"market": "intraday"}},
        {**ours, "tags": {"host": "x"}},
        {key: value for key, value in ours.items() if key != "tags"},
        {**ours, "tags": dict(SPOT.tags) | {"host": "x"}},
    ]
    assert keys_of(answer(*foreign, ours), "energy_prices") == [SPOT]


def test_an_empty_tag_is_a_tag_that_is_not_there() -> None:
    """GROUP BY * names the tags of all series of a measurement, empty where a series lacks one."""
    ours = {"tags": dict(SPOT.tags) | {"host": ""}, "columns": COLUMNS, "values": [[0, 1, "omie", 1]]}
    assert keys_of(answer(ours), "energy_prices") == [SPOT]


def test_points_of_somebody_else_are_counted_and_never_read() -> None:
    ours = {"tags": dict(SPOT.tags) | {"host": ""}, "columns": COLUMNS, "values": [[0, 1, "omie", 1]]}
    theirs = {**ours, "tags": dict(SPOT.tags) | {"host": "telegraf"}, "values": [[0, 9, "x", 1], [900 * SECOND, 9, "x", 1]]}
    for series in ((ours, theirs), (theirs, ours)):
        rows, left_out = rows_of(answer(*series), SPOT)
        assert (list(rows.times), list(rows.columns["price_eur_kwh"])) == ([0], [1.0])
        assert list(left_out.values()) == [2]
        assert "host=telegraf" in next(iter(left_out))
    rows, left_out = rows_of(answer(theirs), SPOT)
    assert (len(rows), sum(left_out.values())) == (0, 2)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([SECOND // 2, 1, "omie", 1], "between two seconds"),
        ([SECOND + 1, 1, "omie", 1], "between two seconds"),
        ([SECOND, "dear", "omie", 1], "of another type"),
        ([SECOND, True, "omie", 1], "of another type"),
        ([SECOND, 1, 7, 1], "of another type"),
        ([SECOND, 1, "omie", 1.5], "of another type"),
    ],
)
def test_a_broken_row_loses_itself_and_nothing_else(row: list[object], reason: str) -> None:
    series = {"tags": dict(SPOT.tags), "columns": COLUMNS, "values": [[0, 0.1, "omie", 1], row, [900 * SECOND, 0.2, "omie", 1]]}
    rows, left_out = rows_of(answer(series), SPOT)
    assert (list(rows.times), list(rows.columns["price_eur_kwh"])) == ([0, 900], [0.1, 0.2])
    assert [(name.endswith(reason), count) for name, count in left_out.items()] == [(True, 1)]


def test_stamps_are_read_with_their_schema() -> None:
    stamp = {"tags": {"kind": "real"}, "columns": ["time", "schema"], "values": [[0, 1]]}
    assert stamps_of(answer(stamp)) == [("real", 1)]
    assert stamps_of(answer()) == []
