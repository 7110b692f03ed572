"""The law of readings and forecasts of the air."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake.verdict import RefusedError, Tray
from domain.intake.weather import AirCell, Reading, admit_forecast, admit_readings, consecutive, near
from domain.timeline import HOUR

NOW = datetime(2026, 3, 27, 21, 30, tzinfo=UTC)
NEWEST = datetime(2026, 3, 27, 21, tzinfo=UTC)


def reading(hours_ago: int, temperature: float | None = 12.5, station: str = "5279X", **extremes: float) -> Reading:
    at = NEWEST - hours_ago * HOUR
    span = (extremes.get("low"), extremes.get("high"))
    return Reading(f"{station} {at.isoformat()}", station, at, {"temperature": temperature, "humidity": 60.0}, span)


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


def test_a_station_in_kelvin_is_refused_whole() -> None:
    with pytest.raises(RefusedError, match="°C"):
        admit_readings([reading(i, 283.0) for i in range(3)], "5279X", NOW, Tray())


def cell(hours: int, value: float | None, quantity: str = "temperature") -> AirCell:
    return AirCell(f"{quantity} {hours}", NEWEST + hours * HOUR, quantity, value)


def test_one_impossible_cell_of_a_forecast_loses_itself() -> None:
    tray = Tray()
    kept = admit_forecast([cell(0, 10.0), cell(1, 284.0), cell(2, 11.0), cell(1, 55.0, "humidity"), cell(3, None)], tray)
    assert kept == {NEWEST: {"temperature": 10.0}, NEWEST + HOUR: {"humidity": 55.0}, NEWEST + 2 * HOUR: {"temperature": 11.0}}
    assert tray.counts() == {"impossible": 1}


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
