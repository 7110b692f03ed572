"""Rows become line protocol; what it cannot carry is refused before anything is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.store.influx.lines import field_cells, lines_of, series_text
from domain.series import Rows, price_key, series_key

SPOT = price_key("spot", 15)
HEAD = "energy_prices,market=spot,region=spain,resolution=15,source=REE"


def test_a_point_is_one_line_with_its_tags_in_order_and_its_time_in_seconds() -> None:
    rows = Rows([900], {"price_eur_kwh": [-0.0125], "provider": ["omie"], "as_of": [1_700_000_000]})
    assert lines_of(SPOT, rows) == [f'{HEAD} price_eur_kwh=-0.0125,provider="omie",as_of=1700000000i 900']


def test_a_missing_value_is_left_out_and_a_point_without_values_is_no_point() -> None:
    rows = Rows([0, 900, 1800], {"price_eur_kwh": [0.1, None, None], "as_of": [None, 5, None]})
    assert lines_of(SPOT, rows) == [f"{HEAD} price_eur_kwh=0.1 0", f"{HEAD} as_of=5i 900"]


def test_rows_without_columns_are_no_points() -> None:
    assert lines_of(SPOT, Rows([0, 900], {})) == []


def test_a_whole_number_in_a_float_field_is_written_as_a_float() -> None:
    """`temperature=21` would be a float as well, but `21i` would lock the field to integers for ever."""
    key = series_key("weather_data", source="AEMET", kind="observed")
    assert lines_of(key, Rows([0], {"temperature": [21]})) == ["weather_data,kind=observed,source=AEMET temperature=21.0 0"]


@pytest.mark.parametrize(
    ("text", "written"),
    [('a"b', r'x="a\"b"'), ("a\\", r'x="a\\"'), ('\\"', r'x="\\\""'), ('" 0\nm y=1', 'x="\\" 0\nm y=1"'), ("", 'x=""')],
)
def test_quotes_and_backslashes_of_a_text_are_escaped(text: str, written: str) -> None:
    assert field_cells("x", "str", [text]) == [written]


@given(st.text(alphabet=st.sampled_from('a"\\ ,=\n')))
def test_a_text_has_no_quote_that_ends_it_early(text: str) -> None:
    (cell,) = field_cells("x", "str", [text])
    assert cell is not None
    inside = cell.removeprefix('x="').removesuffix('"')
    pairs_removed = inside.replace("\\\\", "").replace('\\"', "")
    assert '"' not in pairs_removed
    assert "\\" not in pairs_removed


def test_separators_in_names_and_tag_values_are_escaped() -> None:
    assert series_text("a b,c", {"k =": "v, w"}) == r"a\ b\,c,k\ \==v\,\ w"


@pytest.mark.parametrize("text", ["", "ends with \\", "two\nlines", "tab\t", "nul\0", "return\r"])
def test_a_name_or_tag_value_that_line_protocol_cannot_carry_is_refused(text: str) -> None:
    for measurement, tags in ((text, {}), ("m", {text: "v"}), ("m", {"k": text})):
        with pytest.raises(ValueError, match="cannot be a name"):
            series_text(measurement, tags)


@pytest.mark.parametrize("name", ["time", "_field", "_measurement"])
def test_a_name_of_influxdbs_own_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="own"):
        series_text("m", {name: "v"})
    with pytest.raises(ValueError, match="own"):
        field_cells(name, "float", [1.0])


def test_a_measurement_that_would_be_a_comment_is_refused() -> None:
    with pytest.raises(ValueError, match="comment"):
        series_text("#m", {})


def test_a_number_beyond_64_bits_is_refused() -> None:
    assert field_cells("x", "int", [2**63 - 1]) == ["x=9223372036854775807i"]
    with pytest.raises(ValueError, match="64 bits"):
        field_cells("x", "int", [2**63])


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        field_cells("x", "str", ["\ud800"])
