"""`scripts/audit [--from DAY] [--to DAY]`: the ledger of savings again, from the log of the floor and the prices.

Prints each difference, the kilograms due, made and left, and how much was looked at; ends with 1 where there is a difference. It
reads DATA_DIR, also beside a service; nothing is changed.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import date, timedelta

from bootstrap import beside, build_clock
from domain.timeline import local_day
from settings import read_settings


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/audit", description="Compare the ledger with the log and the prices.")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, help="first local day; a year ago when left out")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, help="last local day; yesterday when left out")
    return parser.parse_args(argv)


async def audit(given: argparse.Namespace) -> int:
    """How many differences there are; each is printed."""
    settings = read_settings()
    clock = build_clock(settings)
    today = local_day(clock())
    first, last = given.first or today - timedelta(days=366), given.last or today - timedelta(days=1)
    async with beside(settings, clock) as app:
        report = await app.planning.audit.report(first, last)
    sys.stdout.write("".join(f"{line}\n" for line in report.lines()))
    return len(report.differences)


if __name__ == "__main__":
    sys.exit(min(1, asyncio.run(audit(arguments(sys.argv[1:])))))
