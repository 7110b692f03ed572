"""The simulated market: the same for a seed and a date whatever was asked, and made of parts that add up."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from domain.timeline import day_slots
from simulator.blocks import Blocks
from simulator.climate import grid, hour_of
from simulator.noise import Floats
from simulator.publication import Publisher, Revision, day_hours
from simulator.pvpc import period_2_0td
from simulator.world import market

LATER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def columns() -> Blocks:
    return market(1)


def two_years(columns: Blocks, name: str) -> Floats:
    return columns.column(name, hour_of(datetime(2024, 3, 31, 22, tzinfo=UTC)), hour_of(datetime(2026, 3, 31, 22, tzinfo=UTC)))


def test_a_value_depends_on_seed_and_date_alone(columns: Blocks) -> None:
    first, last = day_hours(date(2025, 7, 14))
    fresh = market(1)
    fresh.column("PCB", *day_hours(date(2031, 1, 1)))
    assert np.array_equal(fresh.column("PCB", first, last), columns.column("PCB", first - 5_000, last)[5_000:])
    assert not np.array_equal(market(2).column("PCB", first, last), fresh.column("PCB", first, last))


def test_few_blocks_are_remembered_and_the_rest_comes_back_the_same() -> None:
    asked: list[int] = []

    def compute(number: int) -> dict[str, Floats]:
        asked.append(number)
        return {"x": np.full(768, float(number))}

    blocks = Blocks(compute, size=2)
    assert [blocks.column("x", hour, hour + 1)[0] for hour in (0, 768, 1536, 0)] == [0, 1, 2, 0]
    assert asked == [0, 1, 2, 0]
    assert blocks.column("x", 767, 769).tolist() == [0, 1]


def test_the_components_add_up_to_the_price(columns: Blocks) -> None:
    for zone in ("PCB", "CYM"):
        names = ("PMH", "SAH", "FOM", "FOS", "INT", "PCAP", "TEU", "CCV", "EDSR", "TAH")
        total = sum(two_years(columns, name + zone) for name in names)
        assert np.abs(total - two_years(columns, zone)).max() < 0.005


def test_the_hour_is_the_mean_of_its_quarters(columns: Blocks) -> None:
    assert np.abs(two_years(columns, "quarters").mean(axis=1) - two_years(columns, "spot")).max() <= 0.005 + 1e-9


def test_periods_follow_the_rule_and_ceuta_is_an_hour_later() -> None:
    first, last = day_hours(date(2026, 3, 18))
    wednesday = grid(first, last - first)
    assert period_2_0td(wednesday).tolist() == [2] * 8 + [1] * 2 + [0] * 4 + [1] * 4 + [0] * 4 + [1] * 2
    assert period_2_0td(wednesday, 1).tolist() == [2] * 8 + [1] * 3 + [0] * 4 + [1] * 4 + [0] * 4 + [1]
    for off_day in (date(2026, 3, 22), date(2026, 1, 6)):
        first, last = day_hours(off_day)
        assert set(period_2_0td(grid(first, last - first))) == {2}


def test_the_forecasts_move_the_price_and_miss_what_happens(columns: Blocks) -> None:
    forecast = {name: two_years(columns, f"{name}_d1") for name in ("demand", "wind", "solar")}
    residual = forecast["demand"] - forecast["wind"] - forecast["solar"]
    assert np.corrcoef(residual, two_years(columns, "spot"))[0, 1] > 0.8
    miss = two_years(columns, "wind") / forecast["wind"] - 1
    assert 0.07 < miss.std() < 0.11


def test_the_marks_of_the_spanish_market_are_there(columns: Blocks) -> None:
    spot = two_years(columns, "spot")
    at = grid(hour_of(datetime(2024, 3, 31, 22, tzinfo=UTC)), len(spot))
    by_hour = [spot[at.local_hour == hour].mean() for hour in range(24)]
    assert by_hour[14] < 0.55 * by_hour[4] < 0.55 * by_hour[20]
    assert spot[at.weekday == 6].mean() < 0.85 * spot[at.weekday < 5].mean()
    spring = (at.year_day > 75) & (at.year_day < 160)
    assert (spot[spring] < 0).mean() > 0.08
    assert (spot[at.year_day > 320] < 0).mean() < 0.02
    assert (spot == 0).any()
    assert spot.min() >= -15
    ancillary = two_years(columns, "SAHPCB")
    assert ancillary.max() > 3.5 * ancillary.mean()


@pytest.mark.parametrize("day", [date(2025, 10, 26), date(2025, 3, 30), date(2026, 1, 1), date(2014, 1, 1)])
def test_days_have_the_hours_that_the_calendar_gives_them(day: date) -> None:
    first, last = day_hours(day)
    assert last - first == len(day_slots(day))


def test_tomorrow_is_not_out_before_its_hour() -> None:
    clock = [datetime(2026, 3, 20, 12, 38, tzinfo=UTC)]
    publisher = Publisher(1, lambda: clock[0])
    tomorrow = date(2026, 3, 21)
    assert not publisher.is_published("spot", tomorrow)
    clock[0] = datetime(2026, 3, 20, 12, 44, tzinfo=UTC)
    assert publisher.is_published("spot", tomorrow)
    assert not publisher.is_published("pvpc", tomorrow)
    clock[0] = datetime(2026, 3, 20, 19, 50, tzinfo=UTC)
    assert publisher.days("pvpc", date(2026, 3, 19), date(2026, 3, 25)) == [date(2026, 3, 19), date(2026, 3, 20), tomorrow]
    publisher.delays["pvpc", tomorrow] = timedelta(hours=3)
    assert not publisher.is_published("pvpc", tomorrow)
    publisher.delays.clear()
    assert publisher.is_published("pvpc", tomorrow)


def test_a_restatement_moves_one_hour_from_its_time_on() -> None:
    clock = [LATER]
    publisher = Publisher(1, lambda: clock[0])
    first, last = day_hours(date(2026, 3, 18))
    before = publisher.hours("PCB", first, last)
    publisher.revisions.append(Revision("pvpc", first + 5, 3.2, LATER))
    change = publisher.hours("PCB", first, last) - before
    assert change.round(2).tolist() == [0] * 5 + [3.2] + [0] * 18
    assert publisher.last_update("pvpc", date(2026, 3, 18)) == LATER
    clock[0] -= timedelta(seconds=1)
    assert np.array_equal(publisher.hours("PCB", first, last), before)
