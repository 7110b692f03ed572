"""Consumption as files tell it: which UTC slot a label means, and what of it may be taken.

A label with a season flag is an instant. One without is that of its day: in spring and autumn the order of the rows decides, so the
day must be whole. A supply point (CUPS) never stands in a refusal.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from domain.errors import InvalidRequestError
from domain.timeline import day_bounds

MOST_KWH = Decimal(50_000)
"""Of a slot: 50 MW for an hour. More is another unit."""
CUPS_LENGTH = 20
"""A CUPS has 20 or 22 characters; the first 20 say which supply it is."""
DAY_MINUTES = 1440
CUPS = re.compile(r"[A-Z]{2}\d{16}[A-Z]{2}(\d[A-Z])?", re.ASCII)
VALID_CUPS = "a CUPS: two letters, 16 digits, two letters, and two characters or none"


@dataclass(frozen=True, slots=True)
class Flagged:
    """The end of a slot by the clock of Madrid, and whether summer time held."""

    end: datetime
    summer: bool


@dataclass(frozen=True, slots=True)
class Numbered:
    """The n-th slot of a day, from 1; None: in the order of the rows."""

    day: date
    number: int | None


@dataclass(frozen=True, slots=True)
class Clocked:
    """The end of a slot by the clock of Madrid, minutes after midnight: 15 to 1440, or up to 1500 in autumn."""

    day: date
    end_minute: int


@dataclass(frozen=True, slots=True)
class Reported:
    """A row of a file. `minutes` None: the file's labels say whether it is of hours or quarters."""

    line: int
    cups: str
    label: Flagged | Numbered | Clocked
    kwh_in: Decimal
    kwh_out: Decimal | None = None
    kvarh: tuple[Decimal | None, ...] = (None, None, None, None)
    estimated: bool = False
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Metering:
    """A slot of a supply point as it is kept; reactive energy by quadrant."""

    start: datetime
    minutes: int
    kwh_in: Decimal
    kwh_out: Decimal | None
    kvarh: tuple[Decimal | None, ...]
    estimated: bool


def refused(line: int, what: str, value: object, valid: str) -> InvalidRequestError:
    """The refusal of a whole file at a line."""
    return InvalidRequestError(f"line {line}: {what}", name="file", value=value, valid=valid)


def cups_of(text: str, place: str, name: str = "file") -> str:
    """A supply point as it is written; a refusal does not repeat it."""
    cups = text.strip().upper()
    if not CUPS.fullmatch(cups):
        raise InvalidRequestError(f"{place}: the supply point is no CUPS", name=name, value=None, valid=VALID_CUPS)
    return cups


def placed(rows: Sequence[Reported]) -> dict[str, list[Metering]]:
    """The slots of each supply point in order of time; the first row that cannot be placed refuses the file."""
    found: dict[str, list[Metering]] = {}
    for cups, ours in _grouped(rows).items():
        step = ours[0].minutes or _step(ours)
        by_start: dict[datetime, tuple[int, Metering]] = {}
        for row, start in _starts(ours, step):
            _check(row)
            slot = Metering(start, step, row.kwh_in, row.kwh_out, row.kvarh, row.estimated)
            line, before = by_start.setdefault(start, (row.line, slot))
            if before != slot:
                raise refused(row.line, f"another figure than line {line} has for the same slot", str(row.kwh_in), "one row a slot")
        found[cups] = [by_start[start][1] for start in sorted(by_start)]
    return found


def _grouped(rows: Iterable[Reported]) -> dict[str, list[Reported]]:
    found: dict[str, list[Reported]] = {}
    for row in rows:
        found.setdefault(row.cups[:CUPS_LENGTH], []).append(row)
    return found


def _step(rows: Sequence[Reported]) -> int:
    """Minutes of a slot: 15 where any label ends within an hour, or a day has more rows than hours."""
    rows_of: dict[date, int] = {}
    for row in rows:
        label = row.label
        if isinstance(label, Numbered):
            rows_of[label.day] = rows_of.get(label.day, 0) + 1
        elif (label.end.minute if isinstance(label, Flagged) else label.end_minute % 60) != 0:
            return 15
    return 15 if max(rows_of.values(), default=0) > 25 else 60


def _starts(rows: Sequence[Reported], step: int) -> Iterable[tuple[Reported, datetime]]:
    days: dict[date, list[Reported]] = {}
    for row in rows:
        if isinstance(row.label, Flagged):
            offset = timedelta(hours=2 if row.label.summer else 1)
            yield row, row.label.end.replace(tzinfo=UTC) - offset - timedelta(minutes=step)
        else:
            days.setdefault(row.label.day, []).append(row)
    for day, ours in days.items():
        yield from _of_day(day, ours, step)


def _of_day(day: date, rows: Sequence[Reported], step: int) -> Iterable[tuple[Reported, datetime]]:
    start, end = day_bounds(day)
    slots = (end - start) // timedelta(minutes=step)
    by_order = slots != DAY_MINUTES // step or any(isinstance(row.label, Numbered) and row.label.number is None for row in rows)
    if by_order and len(rows) != slots:
        valid = f"{slots} rows on {day}: without a season flag or where the clock changes only a whole day can be placed"
        raise refused(rows[0].line, f"{len(rows)} rows on {day}, which has {slots} slots", len(rows), valid)
    for index, row in enumerate(rows):
        number = index + 1 if by_order else _number(row, step)
        if not 1 <= number <= slots:
            raise refused(row.line, f"slot {number} of {day}", number, f"1 to {slots} on that day")
        yield row, start + timedelta(minutes=step * (number - 1))


def _number(row: Reported, step: int) -> int:
    label = row.label
    if isinstance(label, Clocked):
        if label.end_minute == 0:
            valid = "00:15 or 01:00 to 24:00, the ends of the slots; 00:00 may be the start of a day or the end of one"
            raise refused(row.line, "a label of 00:00 without a season flag", "00:00", valid)
        return label.end_minute // step
    if not isinstance(label, Numbered) or label.number is None:
        raise TypeError("placed by order")
    return label.number


def _check(row: Reported) -> None:
    if row.kwh_in < 0 or (row.kwh_out or 0) < 0:
        raise refused(row.line, "a negative energy", str(row.kwh_in), "0 or more: what is fed in has a column of its own")
    if max(row.kwh_in, row.kwh_out or Decimal(0)) > MOST_KWH:
        raise refused(row.line, "more than a supply can take", str(row.kwh_in), f"0 to {MOST_KWH} kWh (Wh for kWh?)")
