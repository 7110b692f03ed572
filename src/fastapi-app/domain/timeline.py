"""The time line: half-open UTC slots, and local days of 23, 24 or 25 hours.

Instants are aware and in UTC everywhere; Madrid time answers calendar questions only.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MADRID = ZoneInfo("Europe/Madrid")
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)

NATIONAL_HOLIDAYS = frozenset({(1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25)})
"""(month, day) of the nine national holidays of fixed date that count as off-peak. CNMC Circular 3/2020, art. 7."""
CLOCK_SLACK = timedelta(minutes=1)
"""A clock that goes back by less than this is being adjusted; by more, it was set."""


def utc_from_epoch(seconds: int) -> datetime:
    """The UTC instant of a POSIX time stamp [s]."""
    return datetime.fromtimestamp(seconds, UTC)


def epoch(instant: datetime) -> int:
    """POSIX time stamp [s] of an aware instant, cut to whole seconds."""
    return int(instant.timestamp())


def epoch_ceil(instant: datetime) -> int:
    """POSIX seconds, rounded up: a point at a whole second is at or after the instant exactly when it is at or after this."""
    return epoch(instant) + (instant.microsecond > 0)


def local_day(instant: datetime, tz: ZoneInfo = MADRID) -> date:
    """The local calendar day that holds an instant."""
    return instant.astimezone(tz).date()


@lru_cache(maxsize=4096)
def day_bounds(day: date, tz: ZoneInfo = MADRID) -> tuple[datetime, datetime]:
    """UTC bounds ``[start, end)`` of a local day, which lasts 23, 24 or 25 hours."""
    midnights = (datetime.combine(day + timedelta(days=i), time.min, tz) for i in (0, 1))
    start, end = (midnight.astimezone(UTC) for midnight in midnights)
    return start, end


def local_instant(day: date, at: time, tz: ZoneInfo = MADRID) -> datetime:
    """UTC instant of a local wall-clock time; the first of the two in the repeated autumn hour."""
    return datetime.combine(day, at, tz).astimezone(UTC)


def floor_to(instant: datetime, step: timedelta) -> datetime:
    """The start of the slot of length ``step`` (a divisor of a day) that holds an instant; UTC."""
    seconds = int(step.total_seconds())
    return utc_from_epoch(epoch(instant) // seconds * seconds)


def ceil_to(instant: datetime, step: timedelta) -> datetime:
    """The first multiple of a step, counted as by `floor_to`, that does not lie before an instant."""
    whole = floor_to(instant, step)
    return whole if whole == instant else whole + step


def slot_starts(start: datetime, end: datetime, step: timedelta = HOUR) -> Iterator[datetime]:
    """UTC starts of the slots in ``[start, end)``; ``start`` must lie on the grid of ``step``."""
    if floor_to(start, step) != start:
        raise ValueError(f"{start} is not on the grid of {step}")
    current = start.astimezone(UTC)
    while current < end:
        yield current
        current += step


def day_slots(day: date, step: timedelta = HOUR, tz: ZoneInfo = MADRID) -> list[datetime]:
    """UTC starts of the slots of a local day: 23, 24 or 25 hours, or four times as many quarters."""
    return list(slot_starts(*day_bounds(day, tz), step))


def days_between(first: date, last: date) -> Iterator[date]:
    """Calendar days from ``first`` to ``last``, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def is_national_holiday(day: date) -> bool:
    """Whether a day is one of the nine fixed national holidays (Good Friday and regional days are not)."""
    return (day.month, day.day) in NATIONAL_HOLIDAYS


def is_off_day(day: date) -> bool:
    """Whether a day is a weekend or a fixed national holiday."""
    return day.weekday() >= 5 or is_national_holiday(day)


def is_recent(at: datetime, now: datetime, length: timedelta) -> bool:
    """Whether an instant lies within the last ``length``. One that lies ahead was noted while the clock was wrong, and is not."""
    return -CLOCK_SLACK <= now - at < length
