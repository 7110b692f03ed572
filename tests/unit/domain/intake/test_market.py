"""Day-ahead forecasts of demand, wind and sun: hours of power that may be kept."""

from datetime import date, timedelta

import pytest

from domain.intake.market import admit_power
from domain.intake.prices import PriceCell
from domain.intake.verdict import Tray
from domain.prices.market import ForecastKind, PowerSlot
from domain.timeline import HOUR, QUARTER, day_bounds, day_slots

DAY = date(2026, 3, 28)
SPAN = day_bounds(DAY)


def cells(power_mw: float) -> list[PriceCell]:
    return [PriceCell(f"row {i}", start, power_mw) for i, start in enumerate(day_slots(DAY), start=1)]


def with_first(value: float | None) -> list[PriceCell]:
    """A day of 25 GW whose first hour is something else."""
    return [PriceCell("row 1", SPAN[0], value), *cells(25_000.0)[1:]]


def test_a_day_of_hours_is_taken_in_any_order() -> None:
    tray = Tray()
    slots = admit_power("demand", reversed(cells(25_000.0)), SPAN, tray)
    assert slots == [PowerSlot(start, start + HOUR, 25_000.0) for start in day_slots(DAY)]
    assert tray.notes == []


@pytest.mark.parametrize(
    ("kind", "low", "high"), [("demand", 5_000.0, 70_000.0), ("wind", 0.0, 60_000.0), ("solar", 0.0, 80_000.0)]
)
def test_power_has_limits_both_included(kind: ForecastKind, low: float, high: float) -> None:
    tray = Tray()
    for value in (low, high):
        assert admit_power(kind, with_first(value), SPAN, tray)[0].mw == value
    assert tray.notes == []
    for value in (low - 0.5, high + 0.5):
        assert admit_power(kind, with_first(value), SPAN, tray)[0].start == SPAN[0] + HOUR
    told = [(note.code, note.place, note.value, note.valid) for note in tray.notes]
    assert told == [("impossible", "row 1", f"{value}", f"{low:g} to {high:g} MW") for value in (low - 0.5, high + 0.5)]


def test_a_demand_of_zero_is_not_out_yet_and_no_sun_at_night_is_a_forecast() -> None:
    tray = Tray()
    assert len(admit_power("demand", with_first(0.0), SPAN, tray)) == 23
    assert tray.counts() == {"unpublished": 1}
    assert len(admit_power("solar", with_first(0.0), SPAN, Tray())) == 24


def test_a_cell_without_value_costs_its_hour_alone() -> None:
    tray = Tray()
    assert len(admit_power("wind", with_first(None), SPAN, tray)) == 23
    assert tray.notes == []  # its reader has told it


def test_rows_off_the_grid_or_of_another_day_are_left_out_and_told() -> None:
    tray = Tray()
    odd = PriceCell("odd", SPAN[0] + timedelta(minutes=7), 25_000.0)
    before, after = PriceCell("before", SPAN[0] - HOUR, 25_000.0), PriceCell("after", SPAN[1], 25_000.0)
    assert len(admit_power("demand", [after, odd, before, *cells(25_000.0)], SPAN, tray)) == 24
    assert [(note.code, note.place, note.value, note.valid) for note in tray.notes] == [
        ("other_day", "before", (SPAN[0] - HOUR).isoformat(), f"{DAY} and what was asked with it"),
        ("off_grid", "odd", odd.start.isoformat(), "the start of an hour"),
        ("other_day", "after", SPAN[1].isoformat(), f"{DAY} and what was asked with it"),
    ]


def test_the_power_of_an_hour_is_not_that_of_its_first_quarter_and_two_values_are_none() -> None:
    tray = Tray()
    quarters = [PriceCell("", start, 25_000.0) for start in day_slots(DAY, QUARTER)]
    assert admit_power("demand", quarters, SPAN, tray) == []
    assert tray.counts() == {"mixed_steps": 96}
    assert len(admit_power("demand", [*cells(25_000.0), PriceCell("again", SPAN[0], 26_000.0)], SPAN, Tray())) == 23


def test_one_quarter_among_the_hours_of_power_loses_itself() -> None:
    tray = Tray()
    quarter = PriceCell("quarter", SPAN[0] + QUARTER, 25_000.0)
    assert len(admit_power("demand", [*cells(25_000.0), quarter], SPAN, tray)) == 24
    assert tray.counts() == {"off_grid": 1}
