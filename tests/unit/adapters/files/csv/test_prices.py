"""Prices from CSV: what is understood, what is refused whole, and which lines are refused."""

import codecs
import gzip
import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files.csv import prices
from adapters.files.csv.layouts import KNOWN_EXPORTS, Layout, PriceColumn
from adapters.files.csv.prices import PriceFile, observed_lengths
from commands.import_history import arguments, layouts
from domain.errors import InvalidRequestError
from domain.timeline import HOUR, MADRID, QUARTER, day_slots, epoch

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
parse_prices = partial(prices.parse_prices, now=NOW)
HISTORY = """\
utc,local,omie_es,omie_src,pvpc_pcb,pvpc_src,tariff_regime
2025-10-25 22:00:00+00:00,2025-10-26T00:00:00+02:00,105.19,omie_file,176.44,x,2.0TD
2025-10-25 23:00:00+00:00,2025-10-26T01:00:00+02:00,-0.5,omie_file,,,2.0TD
2025-10-26 00:00:00+00:00,2025-10-26T02:00:00+02:00,0.00,omie_file,80,x,2.0TD
"""
QUARTERS = "utc,omie_es,omie_pt\n2025-09-30 22:00:00+00:00,105.1,105.1\n2025-09-30 22:15:00+00:00,104.24,104.24\n"
ESIOS = """\
id;name;geoid;geoname;value;datetime
1001;PVPC T. 2.0TD;8741;Península;149.47;2024-03-09T00:00:00+01:00
1001;PVPC T. 2.0TD;8742;Canarias;149.48;2024-03-09T00:00:00+01:00
1001;PVPC T. 2.0TD;8741;Península;147.06;2024-03-09T01:00:00+01:00
600;Precio mercado SPOT Diario;3;España;64.69;2024-03-09T00:00:00+01:00
600;Precio mercado SPOT Diario;1;Portugal;64.7;2024-03-09T00:00:00+01:00
600;Precio mercado SPOT Diario;3;España;60.00;2024-03-09T01:00:00+01:00
"""
OWN = Layout("named", "when", (PriceColumn("price", "spot"),), unit="EUR/kWh")


def own(*lines: str, delimiter: str = ",", layout: Layout = OWN) -> PriceFile:
    """A file of one's own columns."""
    return parse_prices("\n".join([f"when{delimiter}price", *lines]).encode(), [layout])


def reasons(parsed: PriceFile) -> list[tuple[int, str]]:
    return [(reject.line, reject.reason) for reject in parsed.rejects]


def values(parsed: PriceFile) -> list[float]:
    return [slot.eur_per_kwh for slot in parsed.slots["spot"]]


def test_the_hourly_history_gives_both_markets_in_eur_per_kwh() -> None:
    parsed = parse_prices(HISTORY.encode())
    assert parsed.rows == 3
    assert values(parsed) == [0.10519, -0.0005, 0.0]
    assert [slot.eur_per_kwh for slot in parsed.slots["pvpc"]] == [0.17644, 0.08]
    assert parsed.slots["spot"][0].start == datetime(2025, 10, 25, 22, tzinfo=UTC)
    assert {slot.resolution for slot in parsed.slots["spot"]} == {HOUR}
    assert (parsed.empty, parsed.rejects) == ({"spot": 0, "pvpc": 1}, ())


OURS = """\
start,end,price_eur_kwh,period,origin,source,as_of,market,simulated
2026-06-01T22:00:00+00:00,2026-06-01T23:00:00+00:00,0.11489,P3,published,redata,2026-06-01T18:20:00+00:00,pvpc,false
2026-06-01T23:00:00+00:00,2026-06-02T00:00:00+00:00,0.10902,P3,published,redata,2026-06-01T18:20:00+00:00,pvpc,false
"""


def test_a_file_of_ours_says_its_market_itself_and_options_do_not_count() -> None:
    said = arguments(["x.csv", "--time", "start", "--column", "price_eur_kwh=spot", "--unit", "EUR/kWh"])
    for known in (KNOWN_EXPORTS, layouts(said)):
        parsed = parse_prices(OURS.encode(), known)
        assert [slot.eur_per_kwh for slot in parsed.slots["pvpc"]] == [0.11489, 0.10902] and not parsed.slots["spot"]


def test_a_file_of_a_simulated_world_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="none of its 2 rows is of a series that is known here") as refused:
        parse_prices(OURS.replace("false", "true").encode())
    assert "simulated false" in refused.value.valid


def test_quarter_hours_are_seen_from_their_distance() -> None:
    parsed = parse_prices(QUARTERS.encode())
    assert {slot.resolution for slot in parsed.slots["spot"]} == {QUARTER}
    assert values(parsed) == [0.1051, 0.10424]


def test_an_export_of_esios_is_read_for_the_peninsula_and_for_spain() -> None:
    parsed = parse_prices(ESIOS.encode())
    assert [slot.eur_per_kwh for slot in parsed.slots["pvpc"]] == [0.14947, 0.14706]
    assert values(parsed) == [0.06469, 0.06]
    assert (parsed.rows, parsed.elsewhere) == (6, 2)
    assert parsed.slots["pvpc"][0].start == datetime(2024, 3, 8, 23, tzinfo=UTC)


def test_an_export_of_esios_with_nothing_of_ours_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="none of its 6 rows") as refusal:
        parse_prices(ESIOS.replace("1001;", "1293;").replace("600;", "10211;").encode())
    assert refusal.value.valid == "id 1001, geoid 8741 or id 600, geoid 3"


def test_pvpc_and_its_terms() -> None:
    text = "utc,PCB,PMHPCB\n2021-05-31 22:00:00+00:00,116.33,104.0\n2021-05-31 23:00:00+00:00,115.95,103.18\n"
    parsed = parse_prices(text.encode())
    assert [slot.eur_per_kwh for slot in parsed.slots["pvpc"]] == [0.11633, 0.11595]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ESIOS.encode(), id="utf-8"),
        pytest.param(codecs.BOM_UTF8 + ESIOS.encode(), id="utf-8 with a mark"),
        pytest.param(ESIOS.encode("utf-16"), id="utf-16 with a mark"),
        pytest.param(codecs.BOM_UTF16_BE + ESIOS.encode("utf-16-be"), id="utf-16-be with a mark"),
        pytest.param(ESIOS.encode("utf-16-le"), id="utf-16-le without a mark"),
        pytest.param(ESIOS.encode("utf-16-be"), id="utf-16-be without a mark"),
        pytest.param(ESIOS.encode("latin-1"), id="latin-1"),
        pytest.param(ESIOS.replace("\n", "\r\n").encode(), id="lines of Windows"),
        pytest.param(ESIOS.replace("\n", "\r").encode(), id="lines of old Macintoshes"),
        pytest.param(gzip.compress(ESIOS.encode("utf-16")), id="gzip of utf-16"),
        pytest.param(ESIOS.replace(";", "\t").encode(), id="tabs"),
        pytest.param(ESIOS.replace(";", ",").encode(), id="commas"),
        pytest.param(re.sub(r";(\d+)\.(\d+);", r";\1,\2;", ESIOS).encode(), id="decimal commas"),
        pytest.param(("\n\n" + ESIOS + "\n;;;;;\n").encode(), id="empty lines"),
    ],
)
def test_the_same_file_in_other_clothes_gives_the_same_prices(content: bytes) -> None:
    parsed = parse_prices(content)
    assert [slot.eur_per_kwh for slot in parsed.slots["pvpc"]] == [0.14947, 0.14706]
    assert values(parsed) == [0.06469, 0.06]
    assert parsed.rejects == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"!\r \n\x1c", "not text"),
        (b"", "an empty file"),
        (b" \n\n", "an empty file"),
        (b"PK\x03\x04rest", "ZIP archive or a spreadsheet"),
        (b"\x1f\x8b\x08\x00cut", "damaged or cut gzip"),
        (gzip.compress(HISTORY.encode())[:-20], "damaged or cut gzip"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not text: control character"),
        (codecs.BOM_UTF16_LE + b"a", "not UTF-16 as its first bytes say"),
        (codecs.BOM_UTF8 + b"a\xff", "not UTF-8-SIG as its first bytes say"),
        (b"<html><body>403</body></html>", "its columns are <html>"),
        (b"date,price\n2025-01-01,1\n", "its columns are date, price"),
        (HISTORY.replace("omie_es", "OMIE").replace("pvpc_pcb", "PVPC").encode(), "its columns are utc, local, OMIE"),
        (b"utc,omie_es,omie_es\n", "'omie_es' is there twice"),
        (b'utc,omie_es\n"2025-01-01 00:00:00+00:00,1\n', "is not CSV"),
        (b"utc,omie_es\n2025-01-01 00:00:00+00:00,1\n", "length of its slots cannot be seen"),
        (
            b"utc,omie_es\n2025-01-01 00:00:00+00:00,1\n2025-01-01 01:00:00+00:00,abc\n",
            "line 3: .*'abc' is not a number; the length",
        ),
        (b"utc;omie_es\n2025-01-01 00:00:00+00:00;1.5\n2025-01-01 01:00:00+00:00;1,5\n", "decimal points and decimal commas"),
    ],
)
def test_what_is_not_such_a_file_is_refused_with_its_reason(content: bytes, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        parse_prices(content)


def test_the_refusal_of_unknown_columns_says_which_are_known() -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        parse_prices(b"fecha;precio\n")
    assert "export of ESIOS (datetime, geoid, id, value)" in refusal.value.valid
    assert "spot (omie_es, utc)" in refusal.value.valid


def test_bad_lines_are_told_by_number_and_reason() -> None:
    parsed = own(
        "2025-01-01T00:00Z,0.1",
        "2025-01-01T01:00Z,n/a",
        "01/01/2025 02:00,0.1",
        "2025-02-30T00:00Z,0.1",
        "2025-01-01T03:00:00,0.1",
        "2025-01-01T04:07Z,0.1",
        "2025-01-01T05:00Z",
        "2025-01-01T06:00Z,0.1,0.2",
        "2025-01-01T00:00Z,0.7",
        "2025-01-01T07:00Z,105.1",
        '2025-01-01T08:00Z,"0,105"',
        "2025-01-01T09:00Z,nan",
        "2025-01-01T10:00Z,1e400",
        "2025-01-01T11:00Z,0.2",
    )
    assert reasons(parsed) == [
        (2, "another value for the same time is in line 10"),
        (3, "price: 'n/a' is not a number"),
        (4, "'01/01/2025 02:00' is not an ISO 8601 time"),
        (5, "'2025-02-30T00:00Z' is not an ISO 8601 time"),
        (6, "'2025-01-01T03:00:00' has no offset from UTC"),
        (7, "'2025-01-01T04:07Z' is not the start of a quarter-hour"),
        (8, "1 cells where the header has 2"),
        (9, "3 cells where the header has 2"),
        (10, "another value for the same time is in line 2"),
        (11, "105.1 €/kWh at 2025-01-01 07:00:00+00:00 is outside the harmonised market limits (unit EUR/kWh?)"),
        (12, "price: '0,105' is not a number"),
        (13, "price: 'nan' is not a number"),
        (14, "inf €/kWh at 2025-01-01 10:00:00+00:00 is outside the harmonised market limits (unit EUR/kWh?)"),
    ]
    assert values(parsed) == [0.2]
    assert parsed.rows == 14


def test_an_empty_cell_is_empty_and_not_bad() -> None:
    parsed = own("2025-01-01T00:00Z,0.1", "2025-01-01T01:00Z,", "2025-01-01T02:00Z,  ", "2025-01-01T03:00Z,0.3")
    assert (parsed.empty, parsed.rejects, values(parsed)) == ({"spot": 2}, (), [0.1, 0.3])


def test_the_line_of_a_bad_row_counts_empty_lines() -> None:
    parsed = own("2025-01-01T00:00Z,0.1", "", "2025-01-01T01:00Z,0.1", "", "", "2025-01-01T02:00Z,x")
    assert reasons(parsed) == [(7, "price: 'x' is not a number")]


def test_a_unit_is_applied_as_it_was_named() -> None:
    layout = Layout("named", "when", (PriceColumn("price", "pvpc"),), unit="EUR/MWh")
    parsed = own("2025-01-01T00:00Z;105,1", "2025-01-01T01:00Z;-2", delimiter=";", layout=layout)
    assert [slot.eur_per_kwh for slot in parsed.slots["pvpc"]] == [0.1051, -0.002]


def test_times_without_an_offset_are_read_in_the_zone_that_was_named() -> None:
    utc = own("2025-07-01 10:00,0.1", "2025-07-01 11:00,0.1", layout=Layout("n", "when", OWN.prices, "EUR/kWh", UTC))
    assert utc.slots["spot"][0].start == datetime(2025, 7, 1, 10, tzinfo=UTC)
    madrid = Layout("n", "when", OWN.prices, "EUR/kWh", ZoneInfo("Europe/Madrid"))
    summer = own("2025-07-01 10:00,0.1", "2025-07-01T12:00+03:00,0.1", layout=madrid)
    assert [slot.start for slot in summer.slots["spot"]] == [datetime(2025, 7, 1, hour, tzinfo=UTC) for hour in (8, 9)]


def test_the_hours_of_a_clock_change_cannot_be_told_without_an_offset() -> None:
    madrid = Layout("n", "when", OWN.prices, "EUR/kWh", MADRID)
    lines = [f"2025-10-26 {hour:02}:00,0.1" for hour in (0, 1, 2, 2, 3, 4)] + ["2025-03-30 02:00,0.1"]
    parsed = own(*lines, layout=madrid)
    assert [line for line, _ in reasons(parsed)] == [4, 5, 8]
    assert reasons(parsed)[0][1] == (
        "'2025-10-26 02:00' happens twice or never on a day of clock change: it needs an offset from UTC"
    )


def test_the_day_of_25_hours_with_offsets_is_whole() -> None:
    lines = [f"{start.astimezone(MADRID).isoformat()},0.1" for start in day_slots(date(2025, 10, 26))]
    parsed = own(*lines)
    assert len(parsed.slots["spot"]) == 25
    assert parsed.rejects == ()


def test_rows_in_any_order_come_out_in_order() -> None:
    parsed = own("2025-01-01T02:00Z,0.3", "2025-01-01T00:00Z,0.1", "2025-01-01T01:00Z,0.2")
    assert values(parsed) == [0.1, 0.2, 0.3]


def lengths(*minutes: int) -> list[int]:
    """Observed lengths [min] of slots that begin so many minutes after midnight."""
    return [seconds // 60 for seconds in observed_lengths([minute * 60 for minute in minutes])]


def test_lengths_follow_the_neighbours() -> None:
    assert lengths(0, 60, 120) == [60, 60, 60]
    assert lengths(0, 15, 30) == [15, 15, 15]
    assert lengths(0, 45, 60) == [15, 15, 15]
    assert lengths(15, 75) == [15, 15]
    assert lengths(0, 60, 300, 600, 660) == [60, 60, 60, 60, 60]
    assert lengths(0, 300, 360) == [60, 60, 60]
    assert lengths() == []


def test_the_market_goes_over_from_hours_to_quarters_at_the_first_of_them() -> None:
    assert lengths(0, 60, 120, 135, 150) == [60, 60, 15, 15, 15]


def test_a_file_of_quarters_may_end_with_the_first_of_the_next_day() -> None:
    assert lengths(0, 15, 30, 45, 60) == [15] * 5


@pytest.mark.parametrize("minutes", [(0,), (0, 300), (0, 15, 30, 45, 60, 120, 180)])
def test_a_length_that_cannot_be_seen_is_refused(minutes: tuple[int, ...]) -> None:
    with pytest.raises(InvalidRequestError):
        lengths(*minutes)


slot_runs = st.tuples(st.integers(0, 20_000), st.integers(0, 60), st.integers(0, 60)).filter(lambda run: run[1] + run[2] > 1)


@given(slot_runs, st.data())
def test_any_hours_then_quarters_are_told_apart(run: tuple[int, int, int], data: st.DataObject) -> None:
    first_hour, hours, quarters = run
    starts = [(first_hour + place) * 3600 for place in range(hours)]
    starts += [(first_hour + hours) * 3600 + place * 900 for place in range(quarters)]
    expected = [3600] * hours + [900] * quarters
    if quarters == 1:
        starts, expected = starts[:-1], expected[:-1]
    if len(starts) > 1:
        assert observed_lengths(starts) == expected


finite_prices = st.floats(-0.5, 4).map(lambda price: round(price, 5))


@given(st.lists(finite_prices, min_size=2, max_size=40), st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_what_is_written_is_what_is_read(prices: list[float], delimiter: str, encoding: str) -> None:
    first = datetime(2025, 10, 25, 20, tzinfo=UTC)
    starts = [first + place * HOUR for place in range(len(prices))]
    mark = "," if delimiter == ";" else "."
    texts = [f"{price:.5f}".replace(".", mark) for price in prices]
    lines = [f"{start.isoformat()}{delimiter}{text}" for start, text in zip(starts, texts, strict=True)]
    text = "\r\n".join([f"when{delimiter}price", *lines])
    parsed = parse_prices(text.encode(encoding), [OWN])
    assert values(parsed) == prices
    assert [slot.start for slot in parsed.slots["spot"]] == starts


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_read_and_never_break(content: bytes) -> None:
    for prefix in (b"", b"when,price\n", b"\x1f\x8b\x08\x00", b"utc,omie_es\n2025-01-01T00:00Z,"):
        try:
            parsed = parse_prices(prefix + content, [OWN, Layout("x", "utc", (PriceColumn("omie_es", "spot"),))])
        except InvalidRequestError:
            continue
        assert parsed.rows >= len(parsed.slots["spot"])


def test_epochs_of_slots_are_those_of_their_starts() -> None:
    parsed = own("2025-01-01T00:00Z,0.1", "2025-01-01T01:00Z,0.1")
    assert [epoch(slot.start) for slot in parsed.slots["spot"]] == [1735689600, 1735693200]
    assert parsed.slots["spot"][0].end - parsed.slots["spot"][0].start == timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("9999-12-31T23:00:00-05:00", "is not of a year of 1990 to 2099"),
        ("0001-01-01T00:00:00+01:00", "is not of a year of 1990 to 2099"),
        ("1704-01-09T00:00:00+01:00", "is not of a year of 1990 to 2099"),
        ("1997-12-31T00:00:00+01:00", "is before the spot market"),
        ("2026-11-29T00:00:00+01:00", "is later than anything that is published now"),
        ("2099-01-01T00:00:00+01:00", "is later than anything that is published now"),
    ],
)
def test_a_time_outside_the_market_is_told_by_line_and_the_others_stay(start: str, reason: str) -> None:
    parsed = own("2024-01-09T00:00+01:00,0.1", "2024-01-09T01:00+01:00,0.2", f"{start},0.3")
    assert [line for line, _ in reasons(parsed)] == [4]
    assert reason in reasons(parsed)[0][1]
    assert values(parsed) == [0.1, 0.2]


def test_zeros_of_pvpc_are_left_out_and_are_nobodys_mistake() -> None:
    layout = Layout("named", "when", (PriceColumn("price", "pvpc"),), unit="EUR/MWh")
    parsed = own("2024-01-09T00:00Z,0", "2024-01-09T01:00Z,0.00", "2024-01-09T02:00Z,95.5", layout=layout)
    assert [(one.line, one.reason) for one in parsed.left_out] == [
        (2, "a pvpc of 0 €/kWh is not published yet: tolls alone are more"),
        (3, "a pvpc of 0 €/kWh is not published yet: tolls alone are more"),
    ]
    assert ([slot.eur_per_kwh for slot in parsed.slots["pvpc"]], parsed.rejects) == ([0.0955], ())


def test_the_same_value_twice_is_once_and_is_told() -> None:
    parsed = own("2024-01-09T00:00Z,0.1", "2024-01-09T01:00Z,0.2", "2024-01-09T00:00Z,0.1")
    assert (values(parsed), parsed.repeated, parsed.rejects) == ([0.1, 0.2], 1, ())


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_day_that_begins_an_hour_from_its_midnight_is_refused_with_its_line(hours: int) -> None:
    lines = [f"{(start + hours * HOUR).astimezone(MADRID).isoformat()},0.1" for start in day_slots(date(2024, 1, 9))]
    with pytest.raises(InvalidRequestError, match="line 2: its spot runs from"):
        own(*lines)


def test_a_day_of_utc_is_not_shifted() -> None:
    lines = [f"2024-01-09T{hour:02}:00Z,0.1" for hour in range(24)]
    assert len(own(*lines).slots["spot"]) == 24


def test_hours_and_quarters_in_one_day_are_refused_and_so_are_quarters_of_pvpc() -> None:
    hours = [f"2026-03-28T{hour:02}:00+01:00,0.1" for hour in range(12)]
    quarters = [f"2026-03-28T{hour:02}:{minute:02}+01:00,0.1" for hour in range(12, 24) for minute in (0, 15, 30, 45)]
    with pytest.raises(InvalidRequestError, match="hours and quarter-hours in one day, 2026-03-28"):
        own(*hours, *quarters)
    with pytest.raises(InvalidRequestError, match="quarter-hours of PVPC"):
        own(*quarters, layout=Layout("n", "when", (PriceColumn("price", "pvpc"),), unit="EUR/kWh"))


def test_hours_of_a_day_that_is_published_in_quarters_are_counted() -> None:
    parsed = own("2026-03-28T00:00Z,0.1", "2026-03-28T01:00Z,0.2", "2025-09-30T00:00Z,0.3", "2025-09-30T01:00Z,0.3")
    assert parsed.hours_of_quarters == 2


def madrid(price: str = "60.37", **changes: str) -> list[str]:
    """A day of an export, by the hour in Madrid's time; some hours (`h5`) have another price."""
    return [
        f"{start.astimezone(MADRID).isoformat()},{changes.get(f'h{hour}', price)}"
        for hour, start in enumerate(day_slots(date(2025, 5, 14)))
    ]


PVPC = Layout("named", "when", (PriceColumn("price", "pvpc"),))
SPOT = Layout("named", "when", (PriceColumn("price", "spot"),))


@pytest.mark.parametrize(
    ("price", "layout"), [("0.06037", SPOT), ("0.06037", PVPC), ("6.037", SPOT), ("6.037", PVPC), ("60370", SPOT), ("60370", PVPC)]
)
def test_a_column_in_another_unit_is_refused(price: str, layout: Layout) -> None:
    with pytest.raises(InvalidRequestError, match=f"24 of 24 values of .* cannot be prices in EUR/MWh, such as {price}"):
        own(*madrid(price), layout=layout)


def test_half_of_a_column_may_be_odd_and_is_told_line_by_line_and_more_than_half_is_another_unit() -> None:
    odd = {f"h{hour}": "0.00037" for hour in range(12)}
    assert [line for line, _ in reasons(own(*madrid(**odd), layout=SPOT))] == list(range(2, 14))
    assert reasons(own(*madrid(**odd), layout=SPOT))[0][1].endswith(
        "is finer than the means of prices in cents a MWh (unit EUR/MWh?)"
    )
    with pytest.raises(InvalidRequestError, match="13 of 24 values of spot"):
        own(*madrid(**odd, h12="0.00037"), layout=SPOT)


def test_the_mean_of_two_hours_or_of_four_quarters_is_a_price() -> None:
    assert reasons(own(*madrid(h5="41.975"), layout=SPOT)) == []
    means = [f"{start.isoformat()},{40 + hour}.0025" for hour, start in enumerate(day_slots(date(2026, 3, 14)))]
    assert reasons(own(*means, layout=SPOT)) == []


@pytest.mark.parametrize("offset", ["+00:00", "-05:00"])
def test_lines_of_another_zone_than_the_others_are_told(offset: str) -> None:
    rows = madrid()
    mixed = [*rows[:12], *(row.replace("+02:00", offset) for row in rows[12:])]
    parsed = own(*mixed, layout=SPOT)
    assert reasons(parsed) == [(line, "its offset from UTC is not that of Madrid, as others are") for line in range(14, 26)]
    assert [slot.start for slot in parsed.slots["spot"]] == day_slots(date(2025, 5, 14))[:12]


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Europe/Lisbon"), ZoneInfo("Europe/Madrid")])
@pytest.mark.parametrize("day", [date(2025, 5, 14), date(2025, 3, 30), date(2024, 10, 27)])
def test_a_file_in_one_zone_is_taken_whatever_the_zone(zone: ZoneInfo, day: date) -> None:
    rows = [f"{start.astimezone(zone).isoformat()},60.37" for start in day_slots(day)]
    parsed = own(*rows, layout=SPOT)
    assert ([slot.start for slot in parsed.slots["spot"]], reasons(parsed)) == (day_slots(day), [])


def test_half_hours_are_refused() -> None:
    rows = [f"{start.isoformat()},60.37" for start in day_slots(date(2025, 11, 14), 2 * QUARTER)]
    with pytest.raises(InvalidRequestError, match="half-hours, from 2025-11-13 on"):
        own(*rows, layout=SPOT)


def test_a_pvpc_below_its_tolls_and_the_lowest_spot_is_left_out() -> None:
    content = "\n".join(["when,price", *madrid(h5="-450.00", h6="-402.00")]).encode()
    parsed = prices.parse_prices(content, [PVPC], now=datetime(2026, 11, 27, tzinfo=UTC), tolls=lambda _start: 97.55)
    assert [line.line for line in parsed.left_out] == [7]
    assert "less than its tolls and the lowest spot together" in parsed.left_out[0].reason
    assert len(parsed.slots["pvpc"]) == 23


@pytest.mark.parametrize("price", ["٦٠", "1.234,56", "0x40", "6_0.37", "−5.00", "Infinity"])
def test_what_python_alone_calls_a_number_is_none(price: str) -> None:
    assert [line for line, _ in reasons(own(*madrid(h5=f'"{price}"'), layout=SPOT))] == [7]
