"""Cells of files of consumption."""

import re
from datetime import date, datetime
from decimal import Decimal

from domain.intake.consumption import cups_of, refused

_NUMBER = re.compile(r"-?\d{1,12}(?:[.,]\d{1,9})?", re.ASCII)
KNOWN_METHODS = {"R": False, "REAL": False, "E": True, "ESTIMADA": True, "ESTIMADO": True}
_DATE = re.compile(r"(\d{4})[/-](\d\d?)[/-](\d\d?)|(\d\d?)/(\d\d?)/(\d{4})", re.ASCII)
_CLOCK = re.compile(r"(\d\d?):(\d\d)(?::00)?", re.ASCII)


def number(cell: str, line: int, column: str, per_kwh: int = 1) -> Decimal:
    """A number with a point or a comma before its decimals; `per_kwh` 1000 where the header says Wh."""
    text = cell.strip()
    if not _NUMBER.fullmatch(text):
        raise refused(line, f"{column} is no number", text[:40], "such as 41.25 or 41,25, without thousands marks")
    return Decimal(text.replace(",", ".")) / per_kwh


def optional(cell: str | None, line: int, column: str, per_kwh: int = 1) -> Decimal | None:
    """The same, or None where the cell is empty."""
    return None if cell is None or not cell.strip() else number(cell, line, column, per_kwh)


def cups(cell: str, line: int) -> str:
    """A supply point; a refusal does not repeat it."""
    return cups_of(cell, f"line {line}")


def day(cell: str, line: int) -> date:
    """A day as any of the forms writes it."""
    found = _DATE.fullmatch(cell.strip())
    try:
        if found is not None:
            parts = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
            return date(*map(int, parts))
    except ValueError:
        found = None
    raise refused(line, "no day", cell[:40], "YYYY/MM/DD or DD/MM/YYYY")


def instant(cell: str, line: int) -> datetime:
    """A day and a time by the clock of Madrid; its season stands beside it."""
    on, _, at = cell.strip().partition(" ")
    found = _CLOCK.fullmatch(at.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) % 15:
        raise refused(line, "no time of a slot", cell[:40], "HH:MM in quarters of an hour, 00:00 to 23:45")
    midnight = day(on, line)
    return datetime(midnight.year, midnight.month, midnight.day, int(found[1]), int(found[2]))  # noqa: DTZ001 - a label


def summer(cell: str, line: int) -> bool:
    """The season flag."""
    if cell.strip() not in ("0", "1"):
        raise refused(line, "no season flag", cell[:40], "1 in summer time, 0 in winter time")
    return cell.strip() == "1"


def estimated(cell: str | None, line: int) -> bool:
    """Real or estimated; a cell that is not there or empty is a reading."""
    text = (cell or "").strip().upper()
    if text and text not in KNOWN_METHODS:
        raise refused(line, "whether it was read or estimated is not understood", text[:40], ", ".join(KNOWN_METHODS))
    return KNOWN_METHODS.get(text, False)


def end_minute(cell: str, line: int) -> int:
    """Minutes after midnight of HH:MM, up to 25:00."""
    found = _CLOCK.fullmatch(cell.strip())
    minute = None if found is None else int(found[1]) * 60 + int(found[2])
    if minute is None or minute > 1500 or minute % 15:
        raise refused(line, "no time of a slot", cell[:40], "00:15 to 24:00 in quarters of an hour")
    return minute
