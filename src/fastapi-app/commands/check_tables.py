"""`scripts/check-tables [DAY]`: what of the dated tables is assumed, open or missing on a day, and what ends within 30 days."""

import argparse
import sys
from collections.abc import Iterator
from datetime import date

from bootstrap import build_clock, read_tariffs
from domain.bill.certainty import Certainty, certainty_of, every_figure
from domain.timeline import local_day
from settings import read_settings


def report(found: Certainty) -> Iterator[str]:
    """A line a figure."""
    for figure, why in found.missing:
        yield f"missing: {figure}: {why}"
    for one in found.assumed:
        yield f"assumed: {one.figure}: the last row ended on {one.last}"
    for told in found.open:
        until = f" until {told.last}" if told.last else ""
        condition = told.condition
        yield (
            f"open: {told.figure}{until}: {_figures(told.reading)}, or {_figures(condition.if_met)} if {condition.text}"
            f" (decided on {condition.decided_on}; {told.norm})"
        )
    for one in found.ending:
        yield f"ends: {one.figure}: on {one.last}, and no row follows"


def _figures(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)


def main(arguments: list[str] | None = None) -> int:
    """0 where every figure is in force, 1 where one is assumed, open or missing, 2 for a table that cannot be read."""
    parser = argparse.ArgumentParser(prog="check-tables", description=__doc__)
    parser.add_argument("day", nargs="?", type=date.fromisoformat, help="a Madrid day; today when left out")
    asked: date | None = parser.parse_args(arguments).day
    try:
        settings = read_settings()
        tables, day = read_tariffs(settings), asked or local_day(build_clock(settings)())
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found = certainty_of(every_figure(tables), day)
    lines = list(report(found))
    sys.stdout.write("\n".join([f"{day}: {len(lines)} to say", *lines, ""]))
    return 1 if found.missing or found.assumed or found.open else 0


if __name__ == "__main__":
    sys.exit(main())
