"""The law of published prices: what is taken, what is left out, and that one bad cell loses itself."""

import math
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake.instants import known_until
from domain.intake.prices import (
    Asked,
    PriceCell,
    admit,
    eur_per_kwh,
    is_published_pvpc,
    nothing_but_absence,
    offset_of_madrid,
    one_value,
    stands_for_unknown,
)
from domain.intake.verdict import Tray
from domain.notes import Code, Note
from domain.prices.slots import Market, PriceSlot
from domain.timeline import HOUR, QUARTER, day_bounds, day_slots

DAYS = st.dates(date(2021, 6, 1), date(2030, 12, 31)) | st.sampled_from(
    [date(2025, 3, 30), date(2025, 10, 26), date(2025, 10, 1), date(2025, 9, 30), date(2026, 3, 29)]
)


def step_on(market: Market, day: date) -> timedelta:
    return QUARTER if market == "spot" and day >= date(2025, 10, 1) else HOUR


def cells(market: Market, day: date) -> list[PriceCell]:
    """A day of 40.01, 40.02 ... €/MWh."""
    return [PriceCell(f"row {i}", start, 40 + i / 100) for i, start in enumerate(day_slots(day, step_on(market, day)), start=1)]


def take(
    market: Market, day: date, given_cells: list[PriceCell], tray: Tray | None = None, now: datetime | None = None
) -> list[PriceSlot]:
    start, end = day_bounds(day)
    return admit(given_cells, Asked(market, start, end, now or end), tray if tray is not None else Tray())


def values(slots: list[PriceSlot]) -> dict[datetime, float]:
    return {slot.start: slot.eur_per_kwh for slot in slots}


@given(day=DAYS, market=st.sampled_from(["pvpc", "spot"]), seed=st.randoms(use_true_random=False))
def test_a_true_day_is_taken_whole_in_any_order_and_twice_is_once(day: date, market: Market, seed: object) -> None:
    rows = cells(market, day)
    twice = rows + rows
    seed.shuffle(twice)  # type: ignore[attr-defined]
    tray = Tray()
    slots = take(market, day, twice, tray)
    assert [(slot.start, slot.end - slot.start) for slot in slots] == [
        (start, step_on(market, day)) for start in day_slots(day, step_on(market, day))
    ]
    assert slots == take(market, day, rows)
    assert tray.counts() == {}
    assert tray.counts("remark") == {"twice": len(rows)}


@given(
    day=DAYS,
    market=st.sampled_from(["pvpc", "spot"]),
    place=st.integers(0, 22),
    value=st.sampled_from([None, 0.0, -700.0, 1e5, 0.0457]),
)
def test_a_fault_in_one_cell_changes_nothing_of_the_others(day: date, market: Market, place: int, value: float | None) -> None:
    rows = cells(market, day)
    true = values(take(market, day, rows))
    bad = rows[place]
    tray = Tray()
    stored = values(take(market, day, [*rows[:place], PriceCell("bad", bad.start, value), *rows[place + 1 :]], tray))
    others = {start: price for start, price in true.items() if start != bad.start}
    assert {start: price for start, price in stored.items() if start != bad.start} == others
    if market == "pvpc" or value != 0.0:
        assert bad.start not in stored
        assert sum(tray.counts().values()) == (0 if value is None else 1)  # a cell without value was told by its reader


@given(day=DAYS, hours=st.sets(st.integers(0, 22), min_size=1))
def test_zero_is_not_known_yet_for_each_hour_of_pvpc_by_itself(day: date, hours: set[int]) -> None:
    tray = Tray()
    rows = [PriceCell(cell.place, cell.start, 0.0 if i in hours else cell.value) for i, cell in enumerate(cells("pvpc", day))]
    slots = take("pvpc", day, rows, tray)
    assert {slot.start for slot in slots} == {cell.start for i, cell in enumerate(rows) if i not in hours}
    assert tray.counts() == {"unpublished": len(hours)}
    assert nothing_but_absence(tray)


def test_a_pvpc_below_its_tolls_and_the_lowest_spot_is_not_published_and_a_spot_of_zero_is() -> None:
    day = date(2026, 5, 10)
    start, end = day_bounds(day)
    rows = [PriceCell("a", start, -410.0), PriceCell("b", start + HOUR, 3.0)]
    asked = Asked("pvpc", start, end, end)
    assert [slot.start for slot in admit(rows, asked, Tray(), lambda _: 97.55)] == [start + HOUR]
    assert len(take("spot", date(2024, 5, 10), [PriceCell("", at, 0.0) for at in day_slots(date(2024, 5, 10))])) == 24


@pytest.mark.parametrize(("market", "day"), [("spot", date(2026, 3, 28)), ("spot", date(2024, 3, 28)), ("pvpc", date(2026, 3, 28))])
def test_hours_and_then_quarters_in_one_day_are_neither(market: Market, day: date) -> None:
    hours, quarters = day_slots(day)[:12], day_slots(day, QUARTER)[48:]
    tray = Tray()
    assert take(market, day, [PriceCell("", start, 50.01) for start in hours + quarters], tray) == []
    assert tray.counts() == {"mixed_steps": 60}


def test_hours_of_spot_since_the_market_is_in_quarters_are_refused_and_quarters_before_are_taken() -> None:
    tray = Tray()
    assert take("spot", date(2025, 10, 1), [PriceCell("", start, 50.01) for start in day_slots(date(2025, 10, 1))], tray) == []
    assert tray.counts() == {"mixed_steps": 24}
    assert len(take("spot", date(2025, 9, 30), [PriceCell("", at, 50.01) for at in day_slots(date(2025, 9, 30), QUARTER)])) == 96


@pytest.mark.parametrize("minutes", [30, 20, 7])
def test_one_row_off_the_grid_loses_itself(minutes: int) -> None:
    day, tray = date(2024, 5, 10), Tray()
    rows = cells("spot", day)
    rows[5] = PriceCell("odd", rows[5].start + timedelta(minutes=minutes), rows[5].value)
    assert len(take("spot", day, rows, tray)) == 23
    assert tray.counts() == {"off_grid": 1}


def test_two_values_for_one_instant_are_neither() -> None:
    day, tray = date(2024, 5, 10), Tray()
    rows = cells("spot", day)
    slots = take("spot", day, [*rows, PriceCell("again", rows[3].start, 99.0)], tray)
    assert [slot.start for slot in slots] == [cell.start for cell in rows if cell is not rows[3]]
    assert tray.counts() == {"two_values": 2}


@given(day=DAYS, market=st.sampled_from(["pvpc", "spot"]), hours=st.sampled_from([-2, -1, 1, 2]))
def test_a_day_that_is_shifted_is_refused_whole(day: date, market: Market, hours: int) -> None:
    tray = Tray()
    rows = [PriceCell(cell.place, cell.start + hours * HOUR, cell.value) for cell in cells(market, day)]
    assert take(market, day, rows, tray) == []
    assert "shifted" in tray.counts()
    assert not nothing_but_absence(tray)


def test_rows_of_another_day_are_left_out_and_say_no_more_than_not_yet() -> None:
    tray = Tray()
    assert take("spot", date(2024, 5, 11), cells("spot", date(2024, 5, 10)), tray) == []
    assert tray.counts() == {"other_day": 24}
    assert nothing_but_absence(tray)


@pytest.mark.parametrize(
    ("day", "code"),
    [(date(2026, 11, 29), "after_the_known"), (date(2099, 1, 1), "after_the_known"), (date(1997, 12, 31), "before_the_market")],
)
def test_no_price_is_known_before_its_market_or_after_tomorrow(day: date, code: str) -> None:
    now = datetime(2026, 11, 27, 12).astimezone()
    tray = Tray()
    assert take("spot", day, [PriceCell("", start, 50.0) for start in day_slots(day)], tray, now) == []
    assert tray.counts() == {code: 24}
    assert known_until(now) == day_bounds(date(2026, 11, 28))[1]


@pytest.mark.parametrize("factor", [0.001, 0.1, 1000])
def test_a_day_in_another_unit_is_refused_whole(factor: float) -> None:
    day, tray = date(2026, 5, 10), Tray()
    rows = [PriceCell("", start, round(factor * (i % 7 + i / 100), 6)) for i, start in enumerate(day_slots(day, QUARTER))]
    assert take("spot", day, rows, tray) == []
    assert tray.counts() == {"not_tick": 96}


QUARTER_DAY, LAST_HOURLY = date(2025, 10, 1), date(2025, 9, 30)
"""The first day of the quarter-hourly market, and the one before."""


def rows_of(day: date, step: timedelta, *values: float) -> list[PriceCell]:
    """A day of so long slots; its first prices are given, the others are 41.37 €/MWh."""
    starts = day_slots(day, step)
    return [PriceCell(f"row {i}", start, values[i] if i < len(values) else 41.37) for i, start in enumerate(starts)]


def test_a_price_is_kept_in_euros_a_kilowatt_hour_to_eight_decimals_and_zero_has_no_sign() -> None:
    assert eur_per_kwh(171.48) == 0.17148
    assert eur_per_kwh(12.3456789) == 0.01234568
    assert math.copysign(1, eur_per_kwh(-0.0)) == 1.0


def test_days_that_are_asked_for_together_are_judged_each_by_itself() -> None:
    first, second = date(2025, 9, 29), date(2025, 9, 30)
    start, end = day_bounds(first)[0], day_bounds(date(2025, 10, 1))[1]
    rows = [*rows_of(date(2025, 10, 1), QUARTER), *rows_of(first, HOUR, 40.01), *rows_of(second, HOUR)[1:]]
    tray = Tray()
    slots = admit(reversed(rows), Asked("spot", start, end, end), tray)
    assert [slot.start for slot in slots] == [*day_slots(first), *day_slots(second)[1:], *day_slots(date(2025, 10, 1), QUARTER)]
    assert tray.notes == []


def test_a_row_outside_what_was_asked_for_is_told_with_its_place() -> None:
    day, tray = date(2024, 5, 10), Tray()
    start, end = day_bounds(day)
    outside = [PriceCell("before", start - HOUR, 40.0), PriceCell("after", end + HOUR, 40.0)]
    odd = PriceCell("odd", start + timedelta(minutes=7), 40.0)
    assert len(take("spot", day, [*outside, odd, *cells("spot", day)], tray)) == 24
    valid = "2024-05-10 and what was asked with it"
    assert tray.notes == [
        Note("left_out", "other_day", "before", (start - HOUR).isoformat(), valid),
        Note("left_out", "off_grid", "odd", odd.start.isoformat(), "the start of a quarter-hour"),
        Note("left_out", "other_day", "after", (end + HOUR).isoformat(), valid),
    ]


def test_of_several_values_for_one_instant_the_first_four_are_told() -> None:
    start, tray = day_bounds(date(2024, 5, 10))[0], Tray()
    same = [PriceCell(f"row {i}", start, float(i)) for i in range(1, 6)]
    again = [PriceCell(place, start + HOUR, 7.0) for place in "abc"]
    single, doubled = one_value([*same, *again], tray)
    assert (single, doubled) == ({start + HOUR: again[0]}, {start})
    assert tray.notes == [
        Note("left_out", "two_values", "row 5", "1.0 and 2.0 and 3.0 and 4.0", f"one value for {start.isoformat()}", 5),
        Note("remark", "twice", "c", "7.0", "each instant once"),
    ]


def test_a_value_beside_an_empty_cell_of_the_same_instant_is_in_doubt() -> None:
    start, tray = day_bounds(date(2024, 5, 10))[0], Tray()
    assert one_value([PriceCell("a", start, None), PriceCell("b", start, 7.0)], tray) == ({}, {start})
    assert tray.counts() == {"two_values": 2}


def told_of(market: Market, day: date, rows: list[PriceCell]) -> tuple[int, list[tuple[str, str, str]]]:
    """How many slots are taken, and what is told."""
    tray = Tray()
    slots = take(market, day, rows, tray)
    return len(slots), [(note.code, note.place, note.valid) for note in tray.notes]


def test_one_quarter_among_hours_is_left_out_and_two_are_another_resolution() -> None:
    day = date(2024, 5, 10)
    hours, quarters = day_slots(day), day_slots(day, QUARTER)
    one = [PriceCell("quarter", quarters[1], 41.37)]
    two = [*one, PriceCell("quarter", quarters[6], 41.37)]
    assert told_of("pvpc", day, [*rows_of(day, HOUR), *one]) == (
        24,
        [("off_grid", "quarter", "slots of 60 minutes as the rest of its day")],
    )
    assert told_of("pvpc", day, [*rows_of(day, HOUR), *two]) == (0, [("mixed_steps", "2024-05-10", "hours")])
    later = date(2026, 5, 10)
    assert told_of("pvpc", later, [*rows_of(later, HOUR), PriceCell("", day_slots(later, QUARTER)[1], 1.0)])[0] == 24
    assert told_of("spot", day, [*rows_of(day, HOUR), *one])[0] == 24
    assert told_of("spot", day, [*rows_of(day, HOUR), *two]) == (
        0,
        [("mixed_steps", "2024-05-10", "hours or quarters, one of the two")],
    )
    few = [PriceCell("", hours[0], 41.37), PriceCell("", hours[1], 41.37)]
    assert (
        told_of("spot", day, [*few, PriceCell("quarter", quarters[9], 41.37)])[0] == 2
    )  # two hours show that the day is by the hour
    assert told_of("spot", day, [few[0], PriceCell("quarter", quarters[9], 41.37)])[0] == 0  # one does not


def test_one_hour_among_quarters_is_left_out_since_the_market_is_in_quarters_and_two_are_another_resolution() -> None:
    def with_alone(day: date, *alone: int) -> list[PriceCell]:
        """Quarters, but of some hours the first alone."""
        rows = rows_of(day, QUARTER)
        gone = {4 * hour + part for hour in alone for part in (1, 2, 3)}
        return [row for i, row in enumerate(rows) if i not in gone]

    assert told_of("spot", QUARTER_DAY, with_alone(QUARTER_DAY)) == (96, [])
    said = ("off_grid", "row 20", "slots of 15 minutes as the rest of its day")
    assert told_of("spot", QUARTER_DAY, with_alone(QUARTER_DAY, 5)) == (92, [said])
    assert told_of("spot", QUARTER_DAY, with_alone(QUARTER_DAY, 5, 6))[0] == 0
    assert told_of("spot", LAST_HOURLY, with_alone(LAST_HOURLY)) == (96, [])
    assert told_of("spot", LAST_HOURLY, with_alone(LAST_HOURLY, 5))[0] == 0


@pytest.mark.parametrize("minute", [15, 45])
def test_one_quarter_within_each_hour_shows_a_day_of_quarters(minute: int) -> None:
    rows = [row for row in rows_of(QUARTER_DAY, QUARTER) if row.start.minute in (0, minute)]
    assert told_of("spot", QUARTER_DAY, rows) == (48, [])


def test_half_hours_are_no_resolution() -> None:
    assert told_of("spot", QUARTER_DAY, rows_of(QUARTER_DAY, 2 * QUARTER)) == (
        0,
        [("mixed_steps", "2025-10-01", "hours or quarters, one of the two")],
    )
    tray = Tray()
    take("spot", QUARTER_DAY, rows_of(QUARTER_DAY, HOUR), tray)
    assert tray.notes == [Note("left_out", "mixed_steps", "2025-10-01", "minutes [0] of 24 rows", "quarters since 2025-10-01", 24)]


@pytest.mark.parametrize(("hours", "way"), [(1, "later"), (-1, "earlier")])
def test_a_shifted_day_is_told_with_its_direction(hours: int, way: str) -> None:
    day, tray = date(2024, 5, 10), Tray()
    rows = [PriceCell(cell.place, cell.start + hours * HOUR, cell.value) for cell in cells("spot", day)]
    assert take("spot", day, rows, tray) == []
    valid = f"a day from {day_bounds(day)[0].isoformat()}"
    assert tray.notes[-1] == Note("left_out", "shifted", "2024-05-10", f"rows {way} than their day", valid, 23)


@given(first=DAYS, days=st.integers(2, 5), market=st.sampled_from(["pvpc", "spot"]), minutes=st.sampled_from([-120, -60, 60, 120]))
def test_of_several_days_that_are_shifted_nothing_is_taken(first: date, days: int, market: Market, minutes: int) -> None:
    span = [first + timedelta(days=i) for i in range(days)]
    rows = [
        PriceCell(cell.place, cell.start + timedelta(minutes=minutes), cell.value) for day in span for cell in cells(market, day)
    ]
    asked = Asked(market, day_bounds(span[0])[0], day_bounds(span[-1])[1], day_bounds(span[-1])[1])
    tray = Tray()
    assert admit(rows, asked, tray) == []
    assert set(tray.counts()) == {"shifted"}


def test_of_several_days_one_that_lacks_its_end_or_its_begin_loses_nothing_else() -> None:
    span = [date(2024, 5, 10), date(2024, 5, 11)]
    rows = [cell for day in span for cell in cells("pvpc", day)]
    asked = Asked("pvpc", day_bounds(span[0])[0], day_bounds(span[1])[1], day_bounds(span[1])[1])
    for kept in (rows[1:], rows[:-1], rows[:14], rows[2:-1]):
        assert len(admit(kept, asked, Tray())) == len(kept)


def test_a_day_that_lacks_its_first_or_last_hour_alone_is_not_shifted() -> None:
    day = date(2024, 5, 10)
    start, end = day_bounds(day)
    rows = cells("spot", day)
    before, after = PriceCell("", start - HOUR, 40.0), PriceCell("", end, 40.0)
    for some, count in (
        (rows[1:], 23),
        (rows[:-1], 23),
        ([before, *rows[1:]], 23),
        ([*rows[:-1], after], 23),
        ([*rows, after], 24),
    ):
        assert len(take("spot", day, some)) == count


def test_a_first_hour_with_two_values_and_a_row_after_the_end_are_no_shift() -> None:
    day = date(2024, 5, 10)
    rows = cells("spot", day)
    again, after = PriceCell("again", rows[0].start, 99.0), PriceCell("after", day_bounds(day)[1], 40.0)
    assert len(take("spot", day, [*rows, again, after])) == 23


def test_a_day_of_which_more_than_half_is_finer_than_a_cent_is_in_another_unit() -> None:
    day = date(2024, 5, 10)
    assert told_of("spot", day, rows_of(day, HOUR, *[0.0457] * 12))[0] == 12
    tray = Tray()
    assert take("spot", day, rows_of(day, HOUR, *[0.0457] * 13), tray) == []
    assert tray.notes == [Note("left_out", "not_tick", "row 0", "24 values", "€/MWh; another unit?", 24)]


def test_four_different_whole_tens_show_a_day_that_was_multiplied() -> None:
    day = date(2024, 5, 10)
    zeros = [0.0] * 20
    assert told_of("spot", day, rows_of(day, HOUR, 40.0, 50.0, 60.0, 70.0, *zeros))[0] == 0
    assert told_of("spot", day, rows_of(day, HOUR, 40.0, 50.0, 60.0, 0.0, *zeros))[0] == 24  # three may be chance
    assert told_of("spot", day, rows_of(day, HOUR, 40.0, 50.0, 40.0, 50.0, *zeros))[0] == 0
    assert told_of("spot", day, rows_of(day, HOUR, 40.0, 40.0, 40.0, 40.0, *zeros))[0] == 24  # one price all day long
    assert told_of("spot", day, rows_of(day, HOUR, 40.0, 50.0, 60.0, 70.01, *zeros))[0] == 24


def test_a_pvpc_of_less_than_a_euro_or_below_its_tolls_and_the_lowest_spot_is_not_published() -> None:
    tray = Tray()
    for value, tolls in ((1.0, 0.0), (-1.0, 0.0), (-500.0, 0.0), (-402.45, 97.55), (-499.5, -3.0)):
        assert is_published_pvpc(value, tolls, "row 1", tray)
    assert tray.notes == []
    for value, tolls in ((0.99, 0.0), (-0.99, 0.0), (-402.46, 97.55)):
        assert not is_published_pvpc(value, tolls, "row 1", tray)
    assert tray.notes == [
        Note("left_out", "unpublished", "row 1", f"{value}", "more than 1 €/MWh: tolls alone come to that")
        for value in (0.99, -0.99, -402.46)
    ]


def test_without_a_table_of_tolls_the_lowest_spot_alone_counts() -> None:
    day = date(2026, 5, 10)
    assert told_of("pvpc", day, rows_of(day, HOUR, -500.0))[0] == 24


def test_a_stored_zero_stands_for_unknown_in_pvpc_alone() -> None:
    assert [stands_for_unknown("pvpc", price) for price in (0.0, 0.0009995, -0.0009995, 0.001)] == [True, True, True, False]
    assert not stands_for_unknown("pvpc", -0.001)
    assert not stands_for_unknown("spot", 0.0)


@pytest.mark.parametrize("code", ["unpublished", "empty", "other_day", "after_the_known", "before_the_market"])
def test_what_says_no_more_than_not_yet_is_no_fault(code: Code) -> None:
    tray = Tray()
    tray.leave_out(code, "row 1")
    tray.remark("twice", "row 2")
    assert nothing_but_absence(tray)
    tray.leave_out("not_tick", "row 3")
    assert not nothing_but_absence(tray)


def test_all_that_says_not_yet_together_says_no_more() -> None:
    tray = Tray()
    codes: list[Code] = ["unpublished", "empty", "other_day", "after_the_known", "before_the_market"]
    for code in codes:
        tray.leave_out(code, "row 1")
    assert nothing_but_absence(tray)


def with_offset(cell: PriceCell, offset: timedelta, *, same_clock: bool = False) -> PriceCell:
    """A cell whose time stands there with another offset: of the same instant, or with the same clock time."""
    start = cell.start + (offset_of_madrid(cell.start) - offset if same_clock else timedelta(0))
    return PriceCell(cell.place, start, cell.value, offset)


def in_madrid(market: Market, day: date) -> list[PriceCell]:
    return [with_offset(cell, offset_of_madrid(cell.start)) for cell in cells(market, day)]


@given(day=DAYS, market=st.sampled_from(["pvpc", "spot"]), first=st.integers(1, 22), offset=st.sampled_from([-5, 0, 3, 9]))
def test_a_day_whose_later_rows_are_of_another_zone_keeps_those_of_madrid(
    day: date, market: Market, first: int, offset: int
) -> None:
    own, tray = in_madrid(market, day), Tray()
    others = [with_offset(cell, timedelta(hours=offset), same_clock=True) for cell in own[first:]]
    slots = take(market, day, [*own[:first], *others], tray)
    assert values(slots).items() <= values(take(market, day, own)).items()
    assert first - 4 <= len(slots) <= first
    assert tray.counts()["other_zone"] == len(own) - first


@pytest.mark.parametrize("day", [date(2025, 5, 10), date(2025, 3, 30), date(2025, 10, 26)])
def test_a_day_in_one_other_zone_is_what_it_says(day: date) -> None:
    true, tray = take("pvpc", day, cells("pvpc", day)), Tray()
    utc = [with_offset(cell, timedelta(0)) for cell in cells("pvpc", day)]
    lisbon = [with_offset(cell, offset_of_madrid(cell.start) - HOUR) for cell in cells("pvpc", day)]
    without = [*in_madrid("pvpc", day)[:3], *cells("pvpc", day)[3:]]
    assert take("pvpc", day, utc, tray) == take("pvpc", day, lisbon, tray) == take("pvpc", day, without, tray) == true
    assert tray.notes == []


def test_a_row_of_another_zone_is_told_with_its_offset() -> None:
    day, tray = date(2025, 5, 10), Tray()
    own = in_madrid("spot", day)
    assert len(take("spot", day, [*own[:-1], with_offset(own[-1], HOUR)], tray)) == 23
    assert tray.notes == [Note("left_out", "other_zone", "row 24", "1:00:00 from UTC", "the offset of Madrid, as others have")]
