"""Instants in query strings and bodies: ISO 8601 with offset, a time of Madrid, or a bare local day."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import Field

from domain.errors import InvalidRequestError, MalformedRequestError
from domain.timeline import MADRID, day_bounds

VALID = "ISO 8601 such as 2025-10-26T18:00:00+01:00 (without offset: Madrid time), or a day such as 2025-10-26"
FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_SPAN = timedelta(days=366)
DAY = (
    "20(0[1-9]|[1-9][0-9])-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    "|20(0[48]|[2468][048]|[13579][26])-02-29"
)
TIME = "T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?"
InstantText = Annotated[str, Field(json_schema_extra={"pattern": f"^({DAY})({TIME})?$"})]
"""An instant or a local day, as it is described. What is read is a little more: `instant` says itself what is wrong with a text."""
LocalDay = Annotated[date, Field(json_schema_extra={"pattern": f"^({DAY})$"})]


class SkippedError(ValueError):
    """A time of Madrid that the clocks leave out in spring."""


def instant(name: str, text: str, *, end_of_day: bool = False) -> datetime:
    """UTC instant of a parameter; a bare day means its start, or with ``end_of_day`` its last second."""
    try:
        parsed = _parse(text.replace(" ", "+"), end_of_day=end_of_day)
    except SkippedError as error:
        valid = "a time that there is: that night the clocks go from 02:00 to 03:00"
        raise MalformedRequestError(f"there is no {name}={text!r}", name=name, value=text, valid=valid) from error
    except (ValueError, OverflowError) as error:  # the latter at the two ends of the calendar
        raise MalformedRequestError(f"{name}={text!r} is not a date-time", name=name, value=text, valid=VALID) from error
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        valid = f"a year from {FIRST_YEAR} to {LAST_YEAR}"
        raise MalformedRequestError(f"{name}={text!r} is out of range", name=name, value=text, valid=valid)
    return parsed


def span(start: str | None, end: str | None) -> tuple[datetime, datetime] | None:
    """``[from, to)`` of a query; None where neither is given."""
    if start is None and end is None:
        return None
    if start is None or end is None:
        missing = "from" if start is None else "to"
        raise InvalidRequestError(f"{missing} is missing", name=missing, value=None, valid="both from and to")
    first, last = instant("from", start), instant("to", end)
    if not first < last <= first + LONGEST_SPAN:
        valid = f"after {start}, within {LONGEST_SPAN.days} days"
        raise InvalidRequestError(f"from must lie before to, at most {LONGEST_SPAN.days} days", name="to", value=end, valid=valid)
    return first, last


def _parse(text: str, *, end_of_day: bool) -> datetime:
    if len(text) == len("2025-10-26"):
        start, end = day_bounds(date.fromisoformat(text))
        return end - timedelta(seconds=1) if end_of_day else start
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo:
        return parsed.astimezone(UTC)
    found = parsed.replace(tzinfo=MADRID).astimezone(UTC)
    if found.astimezone(MADRID).replace(tzinfo=None) != parsed:
        raise SkippedError
    return found
