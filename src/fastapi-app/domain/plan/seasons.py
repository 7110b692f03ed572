"""The seasons of a plant: months in which its contract leaves the same power at the same hours of an ordinary week. Pure.

The dear hours of a tariff with six periods are of other periods from month to month (P1 and P2 in January, P4 and P5 in April), so
that a machine may have room in one season and none in another.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.bill.tariff import power_period
from domain.plan.plant import Plant
from domain.timeline import QUARTER, day_bounds, days_between, is_national_holiday, slot_starts

YEAR = 2026
"""Its ordinary weeks stand for those of any year: periods follow from month, weekday and hour."""
WEEK_SLOTS = 7 * 96


@dataclass(frozen=True, slots=True)
class Season:
    """Months (January is 1) whose ordinary weeks are the same to a plant, and the Monday of one of them."""

    months: tuple[int, ...]
    monday: date


def seasons(plant: Plant) -> tuple[Season, ...]:
    """The seasons of a year, the one with least power first.

    A contract does not fall from P1 on, and the bands of the day do not move: of two seasons one has the more power at each hour.
    """
    months: dict[tuple[float, ...], list[int]] = defaultdict(list)
    for month in range(1, 13):
        months[_week_kw(plant, ordinary_monday(month, plant))].append(month)
    return tuple(Season(tuple(alike), ordinary_monday(alike[0], plant)) for _, alike in sorted(months.items(), key=_by_power))


def ordinary_monday(month: int, plant: Plant) -> date:
    """The first Monday of a month whose week lies within it, without a holiday or a clock change."""
    first = date(YEAR, month, 1)
    monday = first + timedelta(days=-first.weekday() % 7)
    while not _is_ordinary(monday, plant):
        monday += timedelta(days=7)
    return monday


def week_slots(monday: date, plant: Plant) -> list[datetime]:
    """UTC starts of the quarter-hours of a local week."""
    return list(slot_starts(day_bounds(monday, plant.tz)[0], day_bounds(monday + timedelta(days=6), plant.tz)[1], QUARTER))


def _is_ordinary(monday: date, plant: Plant) -> bool:
    days = days_between(monday, monday + timedelta(days=6))
    return len(week_slots(monday, plant)) == WEEK_SLOTS and not any(is_national_holiday(day) for day in days)


def _week_kw(plant: Plant, monday: date) -> tuple[float, ...]:
    """The contracted power of each quarter-hour of a week [kW]."""
    return tuple(plant.contracted_kw[power_period(slot, plant.tariff) - 1] for slot in week_slots(monday, plant))


def _by_power(season: tuple[tuple[float, ...], list[int]]) -> float:
    return sum(season[0])
