"""Tariff periods by rule, against the published hours per period and against each other over every hour of 2022-2035."""

from collections import Counter
from datetime import UTC, date, datetime, time

import pytest

from domain.bill.tariff import Tariff, period, periods, power_period
from domain.timeline import MADRID, day_bounds, day_slots, days_between, is_off_day, local_instant, slot_starts

NATIONAL = ["01-01", "01-06", "05-01", "08-15", "10-12", "11-01", "12-06", "12-08", "12-25"]


def hours_of(year: int) -> list[datetime]:
    """UTC starts of the hours of a Madrid year."""
    return list(slot_starts(day_bounds(date(year, 1, 1))[0], day_bounds(date(year + 1, 1, 1))[0]))


def at(day: str, hour: int, tariff: Tariff) -> int:
    """Period of a Madrid hour."""
    return period(local_instant(date.fromisoformat(day), time(hour)), tariff)


def day_of_periods(day: str, tariff: Tariff) -> str:
    """The periods of a local day, one digit an hour."""
    return "".join(str(period(start, tariff)) for start in day_slots(date.fromisoformat(day)))


@pytest.mark.parametrize(("year", "six"), [(2025, [765, 964, 854, 1035, 462, 4680]), (2026, [756, 975, 886, 1022, 441, 4680])])
def test_hours_per_period_are_those_of_the_published_calendar(year: int, six: list[int]) -> None:
    for tariff in ("3.0TD", "6.1TD", "6.2TD", "6.3TD", "6.4TD"):
        count = Counter(periods(hours_of(year), tariff))
        assert [count[number] for number in range(1, 7)] == six
        assert sum(six) == 8760


def test_2026_has_2040_peak_and_2040_flat_hours_in_2_0td() -> None:
    assert Counter(periods(hours_of(2026), "2.0TD")) == {1: 2040, 2: 2040, 3: 4680}


@pytest.mark.parametrize(
    ("day", "tariff", "expected"),
    [
        ("2026-01-07", "2.0TD", "333333332211112222111122"),
        ("2026-01-07", "3.0TD", "666666662111112222111122"),  # January: high
        ("2026-03-03", "3.0TD", "666666663222223333222233"),  # March: medium-high
        ("2026-06-02", "3.0TD", "666666664333334444333344"),  # June: medium
        ("2026-04-01", "3.0TD", "666666665444445555444455"),  # April: low
        ("2026-01-10", "3.0TD", "6" * 24),  # a Saturday
        ("2026-03-29", "3.0TD", "6" * 23),  # a Sunday of 23 hours
        ("2025-10-26", "2.0TD", "3" * 25),  # a Sunday of 25 hours
    ],
)
def test_a_day_drawn_hour_by_hour(day: str, tariff: Tariff, expected: str) -> None:
    assert day_of_periods(day, tariff) == expected


@pytest.mark.parametrize("holiday", NATIONAL)
def test_a_fixed_national_holiday_is_off_peak_in_every_year(holiday: str) -> None:
    for year in range(2022, 2036):
        assert set(day_of_periods(f"{year}-{holiday}", "2.0TD")) == {"3"}
        assert set(day_of_periods(f"{year}-{holiday}", "6.1TD")) == {"6"}


@pytest.mark.parametrize(
    "day",
    [
        "2026-04-03",  # Good Friday has no fixed date
        "2026-02-27",  # a Friday, the day before that of Andalusia
        "2025-02-28",  # the day of Andalusia is regional
        "2026-11-02",  # the Monday after All Saints on a Sunday: not moved
        "2026-12-07",  # the Monday after 6 December on a Sunday
        "2026-03-19",  # Saint Joseph can be substituted
    ],
)
def test_other_holidays_are_working_days(day: str) -> None:
    assert at(day, 12, "2.0TD") == 1
    assert at(day, 12, "3.0TD") != 6


def test_every_hour_of_2022_to_2035_obeys_the_rules() -> None:
    seasons = {1: 1, 2: 1, 7: 1, 12: 1, 3: 2, 11: 2, 6: 3, 8: 3, 9: 3, 4: 4, 5: 4, 10: 4}
    for day in days_between(date(2022, 1, 1), date(2035, 12, 31)):
        for start in day_slots(day):
            hour = start.astimezone(MADRID).hour
            three, six = period(start, "2.0TD"), period(start, "3.0TD")
            if is_off_day(day) or hour < 8:
                assert (three, six) == (3, 6)
                continue
            peak_six = 9 <= hour < 14 or 18 <= hour < 22
            peak_three = 10 <= hour < 14 or 18 <= hour < 22
            assert six == seasons[day.month] + (0 if peak_six else 1)
            assert three == (1 if peak_three else 2)


def test_all_quarters_of_an_hour_share_its_period() -> None:
    for start in day_slots(date(2026, 7, 1)):
        quarters = [start.replace(minute=minute) for minute in (0, 15, 30, 45)]
        assert len(set(periods(quarters, "3.0TD"))) == 1


def test_the_power_of_2_0td_has_two_periods_and_the_others_six() -> None:
    def drawn(day: str, tariff: Tariff) -> str:
        return "".join(str(power_period(start, tariff)) for start in day_slots(date.fromisoformat(day)))

    assert drawn("2026-01-07", "2.0TD") == "2" * 8 + "1" * 16
    assert drawn("2026-01-10", "2.0TD") == "2" * 24
    assert drawn("2026-01-07", "3.0TD") == day_of_periods("2026-01-07", "3.0TD")


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 1, 7, 10, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        period(naive, "2.0TD")
