"""Messages between distributor and retailer (P1, P2, F1, F5, P5): no header, told apart by their number of fields."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from adapters.files.consumption import cells
from domain.intake.consumption import Flagged, Reported, refused


@dataclass(frozen=True, slots=True)
class Form:
    """Where the fields of a message stand. Time is the end of the slot, with a season flag."""

    title: str
    time: int
    taken: int
    given: int
    reactive: tuple[int, ...]
    method: int | None
    estimated: frozenset[str]
    per_kwh: int = 1
    minutes: int | None = None


_ESTIMATED_HOURS = frozenset({"7", "8", "9", "10", "11", "22"})
_ESTIMATED_F5 = frozenset({"2", "4", "5", "6"})
FORMS = {
    22: Form("P1", 2, 4, 6, (8, 10, 12, 14), 20, _ESTIMATED_HOURS, minutes=60),
    21: Form("P2", 2, 4, 6, (8, 10, 12, 14), 20, _ESTIMATED_HOURS, minutes=15),
    14: Form("F1", 2, 4, 5, (6, 7, 8, 9), 12, _ESTIMATED_HOURS),
    12: Form("F5D", 1, 3, 4, (5, 6, 7, 8), 9, _ESTIMATED_F5, per_kwh=1000, minutes=60),
    11: Form("F5", 1, 3, 4, (5, 6, 7, 8), 9, _ESTIMATED_F5, per_kwh=1000, minutes=60),
    5: Form("P5D", 1, 3, 4, (), None, frozenset(), per_kwh=1000, minutes=60),
}
"""Number of fields -> form. `ai` is import, `ae` export. The energy of P5 and F5 is in Wh."""


def read(text: str) -> Iterator[Reported]:
    """The rows of a message; all have the number of fields of the first."""
    form: Form | None = None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    for row in reader:
        fields = row[:-1] if row and not row[-1].strip() else row
        if not fields:
            continue
        line, of_line = reader.line_num, FORMS.get(len(fields))
        if of_line is None or (form is not None and of_line is not form):
            valid = f"as many as in its first line ({form.title})" if form else "22, 21, 14, 12, 11 or 5: P1, P2, F1, F5D, F5, P5D"
            raise refused(line, f"{len(fields)} fields", len(fields), valid)
        form = of_line
        yield _row(form, fields, line)


def _row(form: Form, fields: list[str], line: int) -> Reported:
    def energy(place: int) -> Decimal:
        return cells.number(fields[place], line, f"field {place + 1}", form.per_kwh)

    return Reported(
        line,
        cells.cups(fields[0], line),
        Flagged(cells.instant(fields[form.time], line), cells.summer(fields[form.time + 1], line)),
        energy(form.taken),
        energy(form.given),
        tuple(energy(place) for place in form.reactive) or (None, None, None, None),
        form.method is not None and fields[form.method].strip() in form.estimated,
        form.minutes,
    )
