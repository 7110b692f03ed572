"""The law of published prices: what is taken, what is left out, and that one bad cell loses itself."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake.instants import known_until
from domain.intake.prices import Asked, PriceCell, admit, nothing_but_absence
from domain.intake.verdict import Tray
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
