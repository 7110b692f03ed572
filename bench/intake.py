"""`scripts/bench intake`: rows a second that each door takes, from the bytes to slots or hours that may be stored."""

import random
import time
from datetime import UTC, date, datetime

from adapters.files.csv.prices import parse_prices
from domain.timeline import MADRID, day_slots, days_between
from support.wire_faults import FORMATS

DAY = date(2026, 5, 10)
SECONDS = 0.5
"""How long each door is measured."""


def csv_of(first: date, last: date) -> bytes:
    """An export of PVPC by the hour."""
    rows = [
        f"1001;x;8741;x;{50 + start.hour};{start.astimezone(MADRID).isoformat()}"
        for day in days_between(first, last)
        for start in day_slots(day)
    ]
    return "\n".join(["id;name;geoid;geoname;value;datetime", *rows, ""]).encode()


def main() -> None:
    """A line a door."""
    for shape in FORMATS:
        document = shape.make(random.Random(0), DAY)
        body, rows = shape.write(document), len(shape.rows(document))
        began, answers = time.perf_counter(), 0
        while (spent := time.perf_counter() - began) < SECONDS:
            shape.read(body, DAY)
            answers += 1
        print(f"{shape.name:16s} {rows * answers / spent:10.0f} rows/s  {1000 * spent / answers:7.2f} ms an answer of {rows} rows")
    body = csv_of(date(2020, 1, 1), date(2025, 12, 31))
    began = time.perf_counter()
    parsed = parse_prices(body, now=datetime(2026, 11, 27, tzinfo=UTC))
    spent = time.perf_counter() - began
    print(f"{'csv':16s} {parsed.rows / spent:10.0f} rows/s  {spent:7.2f} s a file of {parsed.rows} rows")


if __name__ == "__main__":
    main()
