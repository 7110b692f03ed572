"""Instants in the state file: whole microseconds since 1970, UTC, which is all that a datetime holds."""

from datetime import UTC, datetime, timedelta

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Microseconds of an aware instant."""
    return (at - _ORIGIN) // timedelta(microseconds=1)


def instant(stored: int) -> datetime:
    """The UTC instant of stored microseconds."""
    return _ORIGIN + timedelta(microseconds=stored)


def micros_or_none(at: datetime | None) -> int | None:
    """The same, of an instant that may be missing."""
    return None if at is None else micros(at)


def instant_or_none(stored: int | None) -> datetime | None:
    """The same, of what may be missing."""
    return None if stored is None else instant(stored)
