"""The seasons of a plant: which months are the same to it, and in which order."""

from dataclasses import replace
from datetime import date

from domain.plan.seasons import seasons, week_slots
from domain.timeline import is_national_holiday, local_day
from support.plan_cases import small_plant

RISING = (10.0, 11.0, 12.0, 13.0, 14.0, 15.0)


def test_the_year_of_six_powers_has_the_four_seasons_of_the_tariff_the_tightest_first() -> None:
    plant = replace(small_plant(), tariff="6.1TD", contracted_kw=RISING)
    assert [season.months for season in seasons(plant)] == [(1, 2, 7, 12), (3, 11), (6, 8, 9), (4, 5, 10)]


def test_months_are_the_same_where_the_powers_of_their_periods_are() -> None:
    flat = replace(small_plant(), tariff="3.0TD", contracted_kw=(10.0,) * 6)
    assert [season.months for season in seasons(flat)] == [tuple(range(1, 13))]
    from_p4 = replace(flat, contracted_kw=(10.0, 10.0, 10.0, 15.0, 15.0, 15.0))
    assert [season.months for season in seasons(from_p4)] == [(1, 2, 3, 7, 11, 12), (6, 8, 9), (4, 5, 10)]
    household = replace(flat, tariff="2.0TD", contracted_kw=(10.0, 15.0))
    assert len(seasons(household)) == 1


def test_the_week_of_a_season_lies_in_its_month_and_has_no_holiday_or_clock_change() -> None:
    plant = replace(small_plant(), tariff="6.1TD", contracted_kw=RISING)
    for season in seasons(plant):
        days = {local_day(slot) for slot in week_slots(season.monday, plant)}
        assert season.monday.weekday() == 0 and len(days) == 7
        assert {day.month for day in days} == {season.months[0]}
        assert not any(is_national_holiday(day) for day in days)
        assert len(week_slots(season.monday, plant)) == 7 * 24 * 4
    assert seasons(plant)[0].monday == date(2026, 1, 12), "the week of 5 January holds Epiphany"
