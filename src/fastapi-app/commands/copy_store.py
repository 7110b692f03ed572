"""`scripts/copy-store --from sqlite --to influxdb`: the history from one store to the other. See docs/influxdb.md.

Both are taken from the settings (DATA_DIR; INFLUXDB_URL, INFLUXDB_TOKEN, INFLUXDB_ORG, INFLUXDB_BUCKET). Safe to run again, also
after it was interrupted: what is there already is compared and not written twice.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Literal

from adapters.store.spool import Spool
from bootstrap import held, open_series, open_state
from commands.console import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, say, settings_or_none
from domain.errors import StoreError, StoreRefusedError
from ports import SeriesStore
from services.operations.copy_store import CopiedMonth, CopyService
from settings import Settings

STORES = ("sqlite", "influxdb")


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/copy-store", description="Copy the history from one store to the other.")
    parser.add_argument("--from", dest="source", required=True, choices=STORES)
    parser.add_argument("--to", dest="target", required=True, choices=STORES)
    parser.add_argument("--compare", action="store_true", help="write nothing; say which months differ")
    given = parser.parse_args(argv)
    if given.source == given.target:
        parser.error("--from and --to are the same store")
    return given


def opened(settings: Settings, name: Literal["sqlite", "influxdb"], stack: AsyncExitStack) -> SeriesStore:
    """One of the two stores; the stack closes it."""
    store = open_series(settings.model_copy(update={"store": name}))
    stack.push_async_callback(store.aclose)
    return store


def line_of(number: int, total: int, copied: CopiedMonth) -> str:
    """One month, as it is reported."""
    key = copied.month.key
    tags = ",".join(f"{name}={value}" for name, value in key.tags)
    extra = f", {copied.extra:,} more in the target" if copied.extra else ""
    return (
        f"[{number}/{total}] {key.measurement} {tags} {copied.month.start:%Y-%m}: {copied.points:,} points, "
        f"{copied.outcome}, sha256 {copied.checksum[:12]}{extra}"
    )


async def copy_all(settings: Settings, given: argparse.Namespace) -> int:
    """Copy, say so month by month, and sum up."""
    async with AsyncExitStack() as stack:
        copying = CopyService(opened(settings, given.source, stack), opened(settings, given.target, stack))
        await warn_of_spool(settings, given.source)
        if not given.compare:
            warn_of_service(settings, given.source)
        months = await copying.months()
        points: Counter[str] = Counter()
        counts: Counter[str] = Counter()
        async for copied in copying.copy(months, only_compare=given.compare):
            say(line_of(sum(counts.values()) + 1, len(months), copied))
            counts[copied.outcome] += 1
            points[copied.outcome] += copied.points
    series = len({month.key for month in months})
    say(
        f"{sum(points.values()):,} points of {series} series in {sum(counts.values())} months: {points['copied']:,} copied, "
        f"{points['there']:,} there before, {points['differs']:,} in {counts['differs']} months that differ"
    )
    return EXIT_FAILED if counts["differs"] else EXIT_OK


def warn_of_service(settings: Settings, source: str) -> None:
    """What a service writes meanwhile stays where it writes."""
    try:
        with held(settings.data_dir):
            return
    except StoreRefusedError as in_use:
        say(f"note: {in_use}; what it writes to {source} from now on is not copied: run this again once it is stopped")


async def warn_of_spool(settings: Settings, source: str) -> None:
    """What waits in the spool is not in its store yet."""
    if settings.store != source:
        return
    state = open_state(settings)
    try:
        waiting = (await Spool(state).status()).records
    finally:
        state.close()
    if waiting:
        say(f"note: {waiting} writes wait in the spool and are not in {source} yet; run this again when they are")


def main(argv: Sequence[str]) -> int:
    """The exit code: 0, 1 when months differ or a store does not answer, 2 for a wrong command line or setting."""
    given = arguments(argv)
    settings = settings_or_none()
    if settings is None:
        return EXIT_USAGE
    try:
        return asyncio.run(copy_all(settings, given))
    except StoreError as error:
        say(f"stopped: {error}\n  what was reported is proven; run the same again to go on")
        return EXIT_FAILED
    except KeyboardInterrupt:
        say("interrupted: what was reported is proven; run the same again to go on")
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
