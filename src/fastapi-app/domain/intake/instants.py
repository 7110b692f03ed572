"""Instants: read within bounds, so that no calendar can overflow, and judged against what a series can know by now."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from domain.intake.verdict import Tray
from domain.prices.expected import FIRST_DAY
from domain.prices.slots import Market
from domain.timeline import MADRID, day_bounds, local_day, utc_from_epoch

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Years that any instant here may have: what lies outside is a sentinel, another unit or a slip of the pen."""
CLOCK_ERROR = timedelta(minutes=1)
"""How far the clock of a source may run before ours."""


def instant(text: object, place: str, tray: Tray, zone: tzinfo | None = None) -> datetime | None:
    """UTC instant of an ISO 8601 text with an offset (or in `zone` where it has none). What is none leaves the row out."""
    read = as_written(text, place, tray, zone)
    return read.astimezone(UTC) if read else None


def as_written(text: object, place: str, tray: Tray, zone: tzinfo | None = None) -> datetime | None:
    """The same instant with the offset that stands beside it."""
    if not isinstance(text, str) or len(text) > 40:
        tray.leave_out("no_instant", place, text, "ISO 8601 with an offset")
        return None
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        tray.leave_out("no_instant", place, text, "ISO 8601 with an offset")
        return None
    if read.tzinfo is None and zone is None:
        tray.leave_out("no_instant", place, text, "an offset from UTC")
        return None
    if not FIRST_YEAR <= read.year < LAST_YEAR:
        tray.leave_out("no_instant", place, text, f"a year of {FIRST_YEAR} to {LAST_YEAR - 1}")
        return None
    return read if read.tzinfo else read.replace(tzinfo=zone)


def instant_of_epoch(seconds: object, place: str, tray: Tray) -> datetime | None:
    """UTC instant of POSIX seconds; milliseconds, texts and the like leave the row out."""
    low, high = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (FIRST_YEAR, LAST_YEAR))
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not low <= seconds < high:
        tray.leave_out("no_instant", place, seconds, "whole seconds since 1970")
        return None
    return utc_from_epoch(seconds)


def stamp(text: object, place: str, tray: Tray, zone: tzinfo | None = None) -> datetime | None:
    """A stamp that stands beside the values: one that cannot be read is a remark, and the values are taken as they are."""
    if text is None or text == "":
        return None
    aside = Tray()
    read = instant(text, place, aside, zone)
    if read is None:
        tray.remark("stamp_not_read", place, text, "ISO 8601 with an offset")
    return read


def known_until(now: datetime) -> datetime:
    """End of the last local day whose prices anybody can know: tomorrow's are fixed today, those of the day after are not."""
    return day_bounds(local_day(now) + timedelta(days=1))[1]


def known_from(market: Market) -> datetime:
    """Start of the first local day of a market."""
    return day_bounds(FIRST_DAY[market])[0]


def within_market(market: Market, start: datetime, now: datetime, place: str, tray: Tray) -> bool:
    """Whether a slot lies in the time of which prices can be known; else it is left out."""
    if start < known_from(market):
        tray.leave_out("before_the_market", place, start.isoformat(), f"{FIRST_DAY[market]} or later")
        return False
    if start >= known_until(now):
        last = local_day(now) + timedelta(days=1)
        tray.leave_out("after_the_known", place, start.isoformat(), f"{last} or earlier: no later day is published")
        return False
    return True


def local_hour(day: date, hour: int) -> datetime | None:
    """UTC start of a local hour that is told by its number alone: the first of the two in autumn, None for the one spring skips."""
    if not 0 <= hour < 24:
        return None
    start = datetime.combine(day, time(hour), MADRID).astimezone(UTC)
    return start if start.astimezone(MADRID).hour == hour else None
