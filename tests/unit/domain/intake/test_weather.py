"""The law of readings and forecasts of the air."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake.verdict import RefusedError, Tray
from domain.intake.weather import AirCell, Reading, admit_forecast, admit_readings, consecutive, near
from domain.notes import Note
from domain.timeline import HOUR

NOW = datetime(2026, 3, 27, 21, 30, tzinfo=UTC)
NEWEST = datetime(2026, 3, 27, 21, tzinfo=UTC)


def reading(
    hours_ago: int,
    temperature: float | None = 12.5,
    station: str = "5279X",
    *,
    low: float | None = None,
    high: float | None = None,
) -> Reading:
    at = NEWEST - hours_ago * HOUR
    return Reading(f"{station} {at.isoformat()}", station, at, {"temperature": temperature, "humidity": 60.0}, (low, high))


DAY = [reading(hours, 10.0 + hours / 10) for hours in range(24)]


@given(order=st.permutations(DAY))
def test_a_day_of_readings_is_taken_in_any_order_and_twice_is_once(order: list[Reading]) -> None:
    tray = Tray()
    kept = admit_readings(order + order, "5279X", NOW, tray)
    assert [one.read_at for one in kept] == sorted(one.read_at for one in DAY)
    assert (tray.counts(), tray.counts("remark")) == ({}, {"twice": 24})


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_an_answer_that_runs_into_the_future_is_refused_whole(hours: int) -> None:
    with pytest.raises(RefusedError, match="shifted"):
        admit_readings([reading(i - hours) for i in range(24)], "5279X", NOW, Tray())


def test_one_reading_of_the_future_among_others_loses_itself() -> None:
    tray = Tray()
    kept = admit_readings([reading(-6), *DAY[1:10], *DAY[11:]], "5279X", NOW, tray)
    assert (len(kept), tray.counts()) == (22, {"future": 1})


def test_a_minute_of_clock_error_is_allowed() -> None:
    assert len(admit_readings(DAY, "5279X", NEWEST - timedelta(minutes=1), Tray())) == 24
    with pytest.raises(RefusedError):
        admit_readings(DAY, "5279X", NEWEST - timedelta(minutes=1, seconds=1), Tray())


def test_rows_of_another_station_are_left_out_and_an_answer_of_another_station_is_refused() -> None:
    tray = Tray()
    assert len(admit_readings([*DAY, reading(3, 40.0, "C649I")], "5279X", NOW, tray)) == 24
    assert tray.counts() == {"other_place": 1}
    with pytest.raises(RefusedError, match="other_place"):
        admit_readings([reading(3, 40.0, "C649I")], "5279X", NOW, Tray())


def test_of_two_readings_of_one_hour_neither_is_taken() -> None:
    tray = Tray()
    kept = admit_readings([*DAY, reading(4, -5.0)], "5279X", NOW, tray)
    assert NEWEST - 4 * HOUR not in {one.read_at for one in kept}
    assert (len(kept), tray.counts()) == (23, {"two_values": 2})


def test_a_row_from_before_the_day_of_the_answer_is_left_out() -> None:
    tray = Tray()
    assert len(admit_readings([*DAY, reading(24)], "5279X", NOW, tray)) == 24
    assert tray.counts() == {"too_old": 1}


def test_a_temperature_outside_the_extremes_of_its_hour_is_left_out_and_the_rest_of_the_row_stays() -> None:
    tray = Tray()
    (kept,) = admit_readings([reading(0, 50.2, low=9.8, high=10.4)], "5279X", NOW, tray)
    assert (kept.values["temperature"], kept.values["humidity"], tray.counts()) == (None, 60.0, {"witness_disagrees": 1})
    (kept,) = admit_readings([reading(0, 10.8, low=9.8, high=10.4)], "5279X", NOW, Tray())
    assert kept.values["temperature"] == 10.8


@pytest.mark.parametrize(("minutes", "taken"), [(23 * 60 + 59, True), (24 * 60, False), (48 * 60, False)])
def test_an_answer_whose_newest_reading_is_a_day_old_was_shifted(minutes: int, taken: bool) -> None:
    now = NEWEST + timedelta(minutes=minutes)
    if taken:
        assert len(admit_readings(DAY, "5279X", now, Tray())) == 24
        return
    assert refusal(DAY, now) == (
        f"the newest reading: too_old: {NEWEST.isoformat()} (valid: after {(now - 24 * HOUR).isoformat()}: shifted by a day?)"
    )


def test_an_answer_of_which_no_value_holds_is_refused_and_a_station_without_sensors_is_silent() -> None:
    impossible = [replace(reading(hours, None), values={"temperature": None, "humidity": 0.4}) for hours in (0, 1)]
    assert refusal(impossible) == "each value of 2 readings: impossible: 0.4 (valid: 1 to 100)"
    told_before = Tray()
    told_before.leave_out("not_a_number", "ta", "Ip", "a number", count=9)
    told_before.leave_out("not_a_number", "ta", "Ip", "a number")
    with pytest.raises(RefusedError, match=r"^each value of 1 readings: impossible: 0\.4 \(valid: 1 to 100\)$"):
        admit_readings(impossible[:1], "5279X", NOW, told_before)
    silent = [replace(reading(hours), values={"temperature": None, "humidity": None}) for hours in (0, 1)]
    assert len(admit_readings(silent, "5279X", NOW, Tray())) == 2
    assert len(admit_readings([*impossible, reading(2)], "5279X", NOW, Tray())) == 3


def test_a_forecast_without_any_temperature_is_refused_and_one_of_humidity_alone_is_taken() -> None:
    with pytest.raises(RefusedError, match=r"^temperature: empty: 2 cells \(valid: a number in one of them\)$"):
        admit_forecast([cell(0, None), cell(1, None), cell(0, 55.0, "humidity")], Tray())
    assert admit_forecast([cell(0, 55.0, "humidity")], Tray()) == {NEWEST: {"humidity": 55.0}}
    assert list(admit_forecast([cell(0, None), cell(1, 9.0)], Tray())) == [NEWEST + HOUR]


def test_a_station_in_kelvin_is_refused_whole() -> None:
    with pytest.raises(RefusedError, match="°C"):
        admit_readings([reading(i, 283.0) for i in range(3)], "5279X", NOW, Tray())


def cell(hours: int, value: float | None, quantity: str = "temperature") -> AirCell:
    return AirCell(f"{quantity} {hours}", NEWEST + hours * HOUR, quantity, value)


def test_one_impossible_cell_of_a_forecast_loses_itself() -> None:
    tray = Tray()
    kept = admit_forecast([cell(0, 10.0), cell(1, 284.0), cell(2, 11.0), cell(1, 55.0, "humidity"), cell(3, None)], tray)
    assert kept == {NEWEST: {"temperature": 10.0}, NEWEST + HOUR: {"humidity": 55.0}, NEWEST + 2 * HOUR: {"temperature": 11.0}}
    assert [note.code for note in tray.notes] == ["impossible"]


def test_two_values_for_an_hour_of_a_forecast_are_neither() -> None:
    tray = Tray()
    assert admit_forecast([cell(0, 10.0), cell(0, 12.0), cell(1, 9.0), cell(1, 9.0)], tray) == {NEWEST + HOUR: {"temperature": 9.0}}
    assert (tray.counts(), tray.counts("remark")) == ({"two_values": 2}, {"twice": 1})


def test_the_days_of_a_forecast_follow_one_another() -> None:
    first = date(2026, 3, 27)
    days = [first + timedelta(days=i) for i in range(3)]
    assert consecutive(days, first, Tray()) == set(days)
    tray = Tray()
    assert consecutive([days[0], days[1], first + timedelta(days=4)], first, tray) == set(days[:2])
    assert tray.counts() == {"other_day": 1}
    assert consecutive([first + timedelta(days=9)], first, Tray()) == set()


def test_a_place_is_near_within_a_tenth_of_a_degree_and_one_that_does_not_say_is_believed() -> None:
    assert near((38.1511, -3.6295), (38.151107, -3.629453))
    assert near((None, None), (38.151107, -3.629453))
    assert not near((40.4, -3.7), (38.151107, -3.629453))


def refusal(readings: list[Reading], now: datetime = NOW) -> str:
    with pytest.raises(RefusedError) as refused:
        admit_readings(readings, "5279X", now, Tray())
    return str(refused.value)


def test_each_verdict_on_a_reading_names_its_row_its_value_and_what_would_be_valid() -> None:
    tray = Tray()
    other, future, again, old = reading(3, 40.0, "C649I"), reading(-6), reading(4, -5.0), reading(25, 1.0)
    admit_readings([other, future, again, old, reading(2, 10.2), *DAY[1:10], *DAY[11:]], "5279X", NOW, tray)
    assert tray.notes == [
        Note("left_out", "other_place", other.place, "C649I", "5279X"),
        Note("left_out", "future", future.place, future.read_at.isoformat(), f"{NOW.isoformat()} or earlier"),
        Note("left_out", "too_old", old.place, old.read_at.isoformat(), "after 2026-03-26T20:00:00+00:00"),
        Note("left_out", "two_values", again.place, "-5.0 and 10.4", f"one reading at {again.read_at.isoformat()}", 2),
        Note("remark", "twice", DAY[2].place, DAY[2].read_at.isoformat(), "each instant once"),
    ]


def test_each_refusal_of_readings_says_why() -> None:
    assert refusal([reading(3, 40.0, "C649I")]) == "idema: other_place: C649I (valid: 5279X)"
    assert refusal([reading(i - 6) for i in range(24)]) == (
        "6 readings of the future: shifted: 2026-03-28T03:00:00+00:00 (valid: 2026-03-27T21:30:00+00:00 or earlier)"
    )
    assert refusal([reading(0, 280.0), reading(1, 281.0), reading(2, 12.0)]).startswith("temperature: impossible: 2")
    assert refusal([reading(0, 280.0), reading(1, 281.0), reading(2, 12.0)]).endswith("(valid: °C: 2 of 3 cannot be)")


def test_no_readings_are_none_and_without_a_station_all_are_taken() -> None:
    assert admit_readings([], "5279X", NOW, Tray()) == []
    assert len(admit_readings([reading(0), reading(1, 9.0, "C649I")], None, NOW, Tray())) == 2


def test_a_single_reading_of_the_future_is_left_out_and_the_rest_stays_where_there_is_a_gap_before_it() -> None:
    tray = Tray()
    assert admit_readings([reading(-1)], "5279X", NOW, tray) == []
    assert tray.counts() == {"future": 1}
    assert len(admit_readings([reading(-1), reading(1), reading(2)], "5279X", NOW, Tray())) == 2
    assert len(admit_readings([reading(-1), reading(0), reading(2)], "5279X", NOW, Tray())) == 2
    assert "shifted" in refusal([reading(-1), reading(0), reading(1)])
    assert "shifted" in refusal([reading(-1), reading(0)])


def test_a_reading_of_the_future_that_stands_there_twice_is_two() -> None:
    assert "2 readings of the future" in refusal([reading(-6), reading(-6), reading(3)])


def test_one_of_the_future_after_rows_that_are_repeated_is_left_out() -> None:
    tray = Tray()
    assert len(admit_readings([reading(-1), reading(0), reading(0)], "5279X", NOW, tray)) == 1
    assert tray.counts() == {"future": 1}


def test_of_many_values_of_an_hour_the_first_four_are_told() -> None:
    tray = Tray()
    same = [replace(reading(0, float(i)), place=f"row {i}") for i in range(1, 6)]
    assert admit_readings([*same, *(replace(reading(1), place=place) for place in "abc")], "5279X", NOW, tray) != []
    assert tray.notes == [
        Note("remark", "twice", "c", (NEWEST - HOUR).isoformat(), "each instant once"),
        Note("left_out", "two_values", "row 5", "1.0 and 2.0 and 3.0 and 4.0", f"one reading at {NEWEST.isoformat()}", 5),
    ]


def test_of_two_readings_one_of_which_has_no_temperature_neither_is_taken() -> None:
    tray = Tray()
    assert admit_readings([reading(0), reading(0, None)], "5279X", NOW, tray) == []
    assert tray.notes[0].value == "12.5 and None"


@pytest.mark.parametrize(("temperature", "kept"), [(9.3, True), (9.2, False), (10.9, True), (11.0, False)])
def test_rounding_may_take_a_temperature_half_a_degree_beyond_the_extremes(temperature: float, kept: bool) -> None:
    tray = Tray()
    (one,) = admit_readings([reading(0, temperature, low=9.8, high=10.4)], "5279X", NOW, tray)
    assert (one.values["temperature"] is not None) is kept
    if not kept:
        place = f"{one.place} temperature"
        assert tray.notes == [
            Note("left_out", "witness_disagrees", place, f"{temperature}", "9.8 to 10.4, the extremes of its hour")
        ]


def test_half_a_degree_itself_is_within() -> None:
    for temperature, low, high in ((9.5, 10.0, None), (10.5, None, 10.0)):
        assert (
            admit_readings([reading(0, temperature, low=low, high=high)], "5279X", NOW, Tray())[0].values["temperature"]
            == temperature
        )
    for temperature, low, high in ((9.25, 10.0, None), (10.75, None, 10.0)):
        (admitted,) = admit_readings([reading(0, temperature, low=low, high=high)], "5279X", NOW, Tray())
        assert admitted.values["temperature"] is None


def test_an_answer_of_which_half_is_possible_is_not_in_another_unit() -> None:
    tray = Tray()
    kept = admit_readings([reading(0, 280.0), reading(1, 12.0)], "5279X", NOW, tray)
    assert [one.values["temperature"] for one in kept] == [12.0, None]
    assert [(note.code, note.place, note.valid) for note in tray.notes] == [
        ("impossible", f"{reading(0).place} temperature", "-40 to 55")
    ]


def test_a_forecast_in_another_unit_throughout_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"^temperature: impossible: 285\.0 \(valid: °C: 2 of 2 cannot be\)$"):
        admit_forecast([cell(0, 284.0), cell(1, 285.0), cell(0, 55.0, "humidity")], Tray())
    with pytest.raises(RefusedError, match=r"^humidity: impossible: 0\.6 \(valid: %: 2 of 2 cannot be\)$"):
        admit_forecast([cell(0, 12.0), cell(0, 0.5, "humidity"), cell(1, 0.6, "humidity")], Tray())
    assert admit_forecast([cell(0, 980.0, "pressure"), cell(0, 9.0)], Tray()) == {NEWEST: {"pressure": 980.0, "temperature": 9.0}}


def test_a_forecast_is_in_order_of_time_and_what_is_doubled_is_told_with_its_place() -> None:
    tray = Tray()
    cells = [cell(2, 8.0), cell(0, 10.0), AirCell("again", NEWEST, "temperature", 12.0), cell(1, 9.0)]
    twice = [AirCell(place, NEWEST + HOUR, "temperature", 9.0) for place in ("u", "v")]
    twice += [AirCell(place, NEWEST + 2 * HOUR, "temperature", value) for place, value in (("y", 8.0), ("zzz", None))]
    kept = admit_forecast([*cells, *twice, cell(3, 7.0)], tray)
    assert list(kept) == [NEWEST + HOUR, NEWEST + 3 * HOUR]
    assert tray.notes == [
        Note("left_out", "two_values", "temperature 0", "12.0 and 10.0", "one value", 2),
        Note("remark", "twice", "v", "9.0", "each instant once"),
        Note("left_out", "two_values", "zzz", "8.0 and None", "one value", 3),
    ]


def told_of_days(*ahead: int) -> tuple[list[int], list[tuple[str, str, str]]]:
    """Which days ahead of the first are good, and what is told of the others."""
    first, tray = date(2026, 3, 27), Tray()
    good = consecutive([first + timedelta(days=days) for days in ahead], first, tray)
    return sorted((day - first).days for day in good), [(note.place, note.value, note.valid) for note in tray.notes]


def test_a_forecast_begins_on_its_day_or_the_next_and_goes_on_day_by_day() -> None:
    assert told_of_days(0, 1, 2) == ([0, 1, 2], [])
    assert told_of_days(2, 1, 0) == ([0, 1, 2], [])
    assert told_of_days(1, 2) == ([1, 2], [])
    assert told_of_days(-1, 0, 1) == ([-1, 0, 1], [])
    assert told_of_days(-2, 0, 1) == ([-2, 0, 1], [])  # days that are over may be lacking
    follow = "2026-03-28: days follow one another"
    assert told_of_days(0, 2, 3) == ([0], [("day 2026-03-29", "2026-03-29", follow), ("day 2026-03-30", "2026-03-30", follow)])
    assert told_of_days(2) == ([], [("day 2026-03-29", "2026-03-29", "2026-03-27 or the day after")])


def test_a_place_must_be_near_in_both_directions() -> None:
    assert near((38.0, -3.5), (38.0625, -3.5625))
    assert not near((38.0, -3.5), (38.0, -3.75))
    assert not near((38.25, None), (38.0, -3.5))
    assert near((0.1, -0.1), (0.0, 0.0))
    assert near(("38.9", None), (38.0, -3.5))  # what is no number says nothing
