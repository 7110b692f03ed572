"""`scripts/check-doors URL`: every figure that stands at more than one door of a running service against the other doors, and the
derived ones made again. Prints each difference, and ends with 1 where there is one, with 2 where it could not look.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import httpx2

from commands.console import EXIT_FAILED, EXIT_OK, EXIT_USAGE, say
from commands.doors.book import Book
from commands.doors.hours import check_hours
from commands.doors.pages import check_pages
from commands.doors.plans import check_plan
from commands.doors.reading import EVERY_THIRD, Asked, NotStillError, read_still
from commands.doors.savings import check_savings
from commands.doors.state import check_state

TIMEOUT_S = 60.0
CHECKS = (check_hours, check_plan, check_savings, check_state, check_pages)


async def differences(client: httpx2.AsyncClient, asked: Asked = EVERY_THIRD) -> Book:
    """What all doors said at one instant, compared."""
    doors = await read_still(client, asked)
    book = Book()
    for check in CHECKS:
        check(book, doors)
    return book


async def check_doors(url: str) -> int:
    """Look, print, and say how it went."""
    try:
        async with httpx2.AsyncClient(base_url=url.rstrip("/"), timeout=TIMEOUT_S) as client:
            book = await differences(client)
    except (httpx2.HTTPError, NotStillError) as error:
        say(f"cannot compare: {type(error).__name__}: {error}")
        return EXIT_USAGE
    for difference in book.differences:
        say(difference)
    say(f"{book.compared} comparisons, {len(book.differences)} differences")
    return EXIT_FAILED if book.differences else EXIT_OK


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/check-doors", description="Compare what all doors of a running service say.")
    parser.add_argument("url", help="a service at level 1, such as http://localhost:8000")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(asyncio.run(check_doors(arguments(sys.argv[1:]).url)))
