"""`scripts/import FILE...`: published prices, or the consumption of a meter, from files into the history. See docs/import.md.

A file is read whole before anything of it is stored; with a bad line nothing is, unless --skip-bad. Safe to run again, also after a
crash: what is there already is not written twice.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from adapters.files.consumption.reader import is_consumption, read_consumption
from adapters.files.csv.layouts import KNOWN_EXPORTS, OWN_EXPORT, UNITS, Layout, PriceColumn
from adapters.files.csv.prices import PriceFile, Reject, parse_prices
from adapters.state.issued import SqliteIssuedLog
from adapters.state.notes import SqliteNotes
from adapters.state.products import SqliteProductLog
from bootstrap import build_clock, open_series, open_state, pvpc_tolls, read_tariffs
from commands.console import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, say, settings_or_none
from domain.errors import InvalidRequestError, StoreError
from domain.intake.consumption import Metering
from domain.intake.prices import Floor
from domain.prices.slots import MARKETS, Market
from services.bill.consumption import ConsumptionService
from services.energy_service import EnergyService
from services.imported_values import note_of
from services.prices.imports import ImportService
from settings import Settings

SHOWN_REJECTS, SHOWN_DIFFERENCES = 20, 5


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/import", description="Import published prices from CSV files (plain or gzip), or consumption."
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    named = parser.add_argument_group("columns of a file that is no known export (docs/import.md)")
    named.add_argument(
        "--column", action="append", default=[], type=_column, metavar="NAME=MARKET", help=f"a price column: {' or '.join(MARKETS)}"
    )
    named.add_argument("--unit", choices=list(UNITS), help="unit of the price columns")
    named.add_argument("--time", metavar="NAME", help="the column with the start of each slot, ISO 8601")
    named.add_argument(
        "--zone", choices=["UTC", "Europe/Madrid"], help="zone of times that carry no offset (else they are refused)"
    )
    parser.add_argument("--supply-point", metavar="CUPS", help="whose consumption a file is that does not say so (UFD)")
    parser.add_argument("--replace", action="store_true", help="readings of a meter that differ from what is kept take its place")
    parser.add_argument("--skip-bad", action="store_true", help="store the good lines of a file that has bad ones")
    given = parser.parse_args(argv)
    if bool(given.column) != bool(given.unit) or bool(given.column) != bool(given.time):
        parser.error("--column, --unit and --time go together")
    if given.zone and not given.column:
        parser.error("--zone needs --column, --unit and --time")
    return given


def _column(text: str) -> PriceColumn:
    name, separator, market = text.rpartition("=")
    if not separator or not name or market not in MARKETS:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=MARKET with a market of {', '.join(MARKETS)}")
    return PriceColumn(name, next(known for known in get_args(Market) if known == market))


def layouts(given: argparse.Namespace) -> Sequence[Layout]:
    """The layouts that the command line allows. What a file says of itself wins over the command line."""
    if not given.column:
        return KNOWN_EXPORTS
    zone = ZoneInfo(given.zone) if given.zone else None
    return [OWN_EXPORT, Layout("named columns", given.time, tuple(given.column), given.unit, zone)]


def read_file(path: Path, given: argparse.Namespace, now: datetime, tolls: Floor) -> PriceFile | None:
    """The file, understood and worth storing; None after saying why not."""
    try:
        parsed = parse_prices(path.read_bytes(), layouts(given), now=now, tolls=tolls)
    except OSError as error:
        say(f"{path}: cannot be read: {error.strerror}")
        return None
    except InvalidRequestError as error:
        say(f"{path}: refused: {error.detail}\n  accepted: {error.valid}\n  nothing of it was stored")
        return None
    say(f"{path}: {parsed.rows:,} rows read as {parsed.layout.title}, in {parsed.layout.unit}")
    empty = ", ".join(f"{cells:,} {market} cells empty" for market, cells in parsed.empty.items())
    say(f"  {empty}, {parsed.elsewhere:,} rows of other series, {len(parsed.rejects):,} rows rejected")
    say_lines(parsed.rejects)
    if parsed.left_out:
        say(f"  left out, {len(parsed.left_out):,} rows that are no prices yet:")
        say_lines(parsed.left_out)
    if parsed.repeated:
        say(f"  remark: {parsed.repeated:,} rows say again what another line says")
    if parsed.hours_of_quarters:
        say(
            f"  remark: {parsed.hours_of_quarters:,} spot hours of days that the market publishes in quarters; "
            "published quarters win"
        )
    if parsed.rejects and not given.skip_bad:
        say("  nothing of it was stored; --skip-bad stores the good lines")
        return None
    if not any(parsed.slots.values()):
        say("  nothing of it was stored: no row of it is a published price")
        return None
    return parsed


def say_lines(lines: Sequence[Reject]) -> None:
    """The first lines with their reasons, and how many more there are."""
    for one in lines[:SHOWN_REJECTS]:
        say(f"  line {one.line}: {one.reason}")
    if len(lines) > SHOWN_REJECTS:
        say(f"  ... and {len(lines) - SHOWN_REJECTS:,} more")


async def store_file(importing: ImportService, parsed: PriceFile) -> None:
    """Store a file and say of each batch when it is safe."""
    for market, slots in parsed.slots.items():
        async for safe in importing.keep(market, slots):
            series = f"  {market}, {safe.minutes} min"
            say(f"{series}: {safe.done:,} of {safe.total:,} safe, up to {safe.newest:%Y-%m-%dT%H:%MZ}")
            if safe.done == safe.total:
                say(f"{series}: {safe.written:,} stored, {safe.total - safe.written:,} unchanged")
            if safe.differences:
                say(f"{series}: {len(safe.differences):,} slots differ from what is published, which is kept, such as")
                for difference in safe.differences[:SHOWN_DIFFERENCES]:
                    say(f"    {note_of(difference)}")


async def import_files(settings: Settings, given: argparse.Namespace, tolls: Floor) -> int:
    """Import the files in turn; one that is refused does not stop the others."""
    clock = build_clock(settings)
    async with AsyncExitStack() as stack:
        state = open_state(settings)
        stack.callback(state.close)
        store = open_series(settings)
        stack.push_async_callback(store.aclose)
        energy = EnergyService(store, SqliteIssuedLog(state), {}, clock, SqliteProductLog(state))
        importing = ImportService(energy, clock)
        code = EXIT_OK
        metering = ConsumptionService(store, SqliteNotes(state), clock)
        for path in given.files:
            if of_a_meter(path):
                found = read_meter(path, given.supply_point)
                code = EXIT_FAILED if found is None else code
                await store_consumption(metering, path, found or {}, correcting=given.replace)
                continue
            parsed = read_file(path, given, clock(), tolls)
            if parsed is None:
                code = EXIT_FAILED
            else:
                await store_file(importing, parsed)
    return code


def of_a_meter(path: Path) -> bool:
    """Whether a file is one of consumption; one that cannot be read is told as a file of prices is."""
    try:
        return is_consumption(path.read_bytes())
    except (OSError, InvalidRequestError):
        return False


def read_meter(path: Path, supply_point: str | None) -> dict[str, list[Metering]] | None:
    """The slots of each supply point of a file; None after saying why it is refused."""
    try:
        return read_consumption(path.read_bytes(), supply_point)
    except InvalidRequestError as error:
        say(f"{path}: refused: {error.detail}\n  accepted: {error.valid}\n  nothing of it was stored")
        return None


async def store_consumption(
    metering: ConsumptionService, path: Path, found: Mapping[str, Sequence[Metering]], *, correcting: bool
) -> None:
    """Store the slots of a file; what differs from what is kept is told, and stored where the file is a correction."""
    for cups, slots in found.items():
        kept = await metering.keep(cups, slots, correcting=correcting)
        estimated = sum(slot.estimated for slot in slots)
        say(f"{path}: {len(slots):,} slots of {slots[0].minutes} min of supply point {kept.supply_point}, {estimated:,} estimated")
        say(f"  {kept.written:,} stored, {kept.unchanged:,} unchanged")
        if kept.differences:
            becomes = "was replaced" if correcting else "stays (a correction: --replace)"
            say(f"  {len(kept.differences):,} slots differ from what is kept, which {becomes}, such as")
            for one in kept.differences[:SHOWN_DIFFERENCES]:
                say(f"    {one.start:%Y-%m-%dT%H:%MZ}: {one.kept_kwh:g} kWh kept, {one.given_kwh:g} kWh in the file")


def main(argv: Sequence[str]) -> int:
    """The exit code: 0, 1 when a file was refused or the store is away, 2 for a wrong command line or setting."""
    given = arguments(argv)
    settings = settings_or_none()
    if settings is None:
        return EXIT_USAGE
    if settings.simulated:
        say("published prices are real, and this is a simulated world (SIM_SEED, SIM_NOW or SIM_SPEED is set): nothing was stored")
        return EXIT_USAGE
    try:
        tolls = pvpc_tolls(read_tariffs(settings))
    except (OSError, ValueError) as error:
        say(f"the table of tolls, which bounds a PVPC, cannot be read: {error}")
        return EXIT_USAGE
    try:
        return asyncio.run(import_files(settings, given, tolls))
    except StoreError as error:
        say(f"the history does not take it: {error}\n  what was said to be safe is safe; run the same again")
        return EXIT_FAILED
    except KeyboardInterrupt:
        say("interrupted: what was said to be safe is safe; run the same again to go on")
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
