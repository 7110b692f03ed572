"""Which price slots ought to be there: by market, local day and time of publication."""

from collections.abc import Iterable, Mapping, Set
from datetime import date, datetime, timedelta

from domain.prices.slots import OVERDUE, PUBLICATION, Market
from domain.timeline import day_bounds, day_slots, days_between, local_day, local_instant

QUARTER_SPOT_FROM = date(2025, 10, 1)
"""First delivery day of the quarter-hourly day-ahead market in Spain. What a source really gave is observed from its answer."""

FIRST_DAY: Mapping[Market, date] = {"pvpc": date(2014, 4, 1), "spot": date(1998, 1, 1)}
"""First day that a market has: PVPC by RD 216/2014, the day-ahead market by RD 2019/1997."""


def expected_minutes(market: Market, day: date) -> int:
    """Length of the slots in which a market publishes a local day [min]."""
    return 15 if market == "spot" and day >= QUARTER_SPOT_FROM else 60


def expected_starts(market: Market, day: date) -> list[datetime]:
    """UTC starts of the slots that a market publishes for a local day."""
    return day_slots(day, timedelta(minutes=expected_minutes(market, day)))


def last_published_day(market: Market, now: datetime) -> date:
    """The last local day whose prices are nominally published."""
    return _last_day(market, now, nominal=True)


def last_overdue_day(market: Market, now: datetime) -> date:
    """The last local day whose prices must be there: what is missing up to it is a gap."""
    return _last_day(market, now, nominal=False)


def _last_day(market: Market, now: datetime, *, nominal: bool) -> date:
    today = local_day(now)
    limit = local_instant(today, (PUBLICATION if nominal else OVERDUE)[market])
    return today + timedelta(days=1) if now >= limit else today


def resolutions(market: Market, first: date, last: date) -> list[int]:
    """Lengths of slots [min] that a market has in the local days of ``[first, last]``."""
    return sorted({expected_minutes(market, day) for day in (first, last)})


def incomplete_days(market: Market, have: Mapping[int, Set[datetime]], first: date, last: date) -> list[date]:
    """Local days of ``[first, last]`` that lack at least one of their slots; ``have``: length [min] -> the starts that are there.

    An hour that somebody else has written does not stand for the quarter with which it begins.
    """
    return [
        day for day in days_between(first, last) if not set(expected_starts(market, day)) <= have[expected_minutes(market, day)]
    ]


def chunks_of_days(days: Iterable[date], longest: timedelta) -> list[tuple[date, date]]:
    """Consecutive days joined into runs (first, last), the newest first, of at most ``longest`` of real time, or one day.

    Thirty-one days with the autumn change in them last an hour more than 31 days.
    """
    runs: list[tuple[date, date]] = []
    for day in sorted(days, reverse=True):
        first, last = runs[-1] if runs else (date.max, date.max)
        if first - day == timedelta(days=1) and day_bounds(last)[1] - day_bounds(day)[0] <= longest:
            runs[-1] = (day, last)
        else:
            runs.append((day, day))
    return runs
