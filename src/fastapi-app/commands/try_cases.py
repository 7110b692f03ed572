"""`scripts/try-cases DIR`: what the law of the intake says of each file in DIR/csv, DIR/plant and DIR/wire. Nothing is stored.

A file of wire/ is the body of one answer, HTTP 200; its name begins with the source: redata, esios, archive70, omie,
aemet-forecast, aemet, owm-forecast, owm. It came at `--now`; without that an hour and a half before the last local day that a price
of the folder is of.
Prints a line a case and verdict: name, verdict (taken, remark, left out, refused), reason.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.files.csv.prices import parse_prices
from adapters.sources import archive70, esios, omie, openweather, redata
from adapters.sources.aemet import readers
from adapters.sources.http import NOT_UNDERSTOOD
from adapters.sources.published import Span, batch_of
from adapters.sources.responses import Answer, json_of
from bootstrap import build_clock, pvpc_tolls, read_tariffs
from commands.check_config import report
from domain.errors import FactoryError
from domain.intake.prices import Asked
from domain.intake.verdict import Tray
from domain.plan.plant_config import load_plant
from domain.prices.slots import Market
from domain.timeline import day_bounds, local_day
from settings import read_settings

SHOWN = 3
STATION, MUNICIPALITY = "5279X", "23055"
"""Of AEMET's answers: Linares."""
_DAY = re.compile(rb"(20\d\d)[-;/](\d\d)[-;/](\d\d)")
_SPANISH_DAY = re.compile(rb"(\d\d)/(\d\d)/(20\d\d)")
EVENING = timedelta(hours=1, minutes=30)
REFUSALS = (FactoryError, *NOT_UNDERSTOOD)
"""What a fetcher takes for an answer that is not understood."""


def day_of(body: bytes, otherwise: date) -> date:
    """The day that most rows of an answer about prices are of; another where it names none."""
    found = [date(*map(int, match)) for match in _DAY.findall(body)]
    found += [date(int(year), int(month), int(day)) for day, month, year in _SPANISH_DAY.findall(body)]
    return max(sorted(set(found)), key=found.count, default=otherwise)


def told(taken: str, tray: Tray) -> Iterator[tuple[str, str]]:
    """The verdicts on an answer or file that is taken, at least in part."""
    yield "taken", taken
    for verdict in ("left_out", "remark"):
        notes = [note for note in tray.notes if note.verdict == verdict]
        more = f"; and {len(notes) - SHOWN} more" if len(notes) > SHOWN else ""
        if notes:
            yield verdict.replace("_", " "), "; ".join(map(str, notes[:SHOWN])) + more


def try_csv(path: Path, now: datetime) -> Iterator[tuple[str, str]]:
    """A file of prices, as `scripts/import` without --skip-bad takes it."""
    parsed = parse_prices(path.read_bytes(), now=now, tolls=pvpc_tolls(read_tariffs(read_settings({}))))
    if parsed.rejects:
        yield "refused", "; ".join(f"line {one.line}: {one.reason}" for one in parsed.rejects[:SHOWN])
        return
    slots = {market: len(of_market) for market, of_market in parsed.slots.items() if of_market}
    if not slots:
        yield "refused", "no row of it is a published price"
    else:
        yield "taken", ", ".join(f"{count} {market}" for market, count in slots.items())
    if parsed.left_out:
        yield "left out", f"{len(parsed.left_out)} rows, line {parsed.left_out[0].line}: {parsed.left_out[0].reason}"
    if parsed.hours_of_quarters:
        yield "remark", f"{parsed.hours_of_quarters} hours of days that are published in quarters; published quarters win"


def try_plant(path: Path, _now: datetime) -> Iterator[tuple[str, str]]:
    """A plant, as `scripts/check-config` takes it."""
    lines = report(load_plant(path.read_text(encoding="utf-8-sig")))
    wrong = [line for line in lines if line.startswith("WRONG")]
    yield ("refused", wrong[0]) if wrong else ("taken", "; ".join(line for line in lines if "a week" in line))


def prices_of(path: Path, body: bytes, now: datetime) -> Iterator[tuple[str, str]]:
    """An answer about prices, market by market."""
    name, day = path.name.partition("-")[0], day_of(body, local_day(now) + timedelta(days=1))
    answer = Answer(name, 200, {}, body, now)
    span = Span(*day_bounds(day))
    markets: dict[str, tuple[Market, ...]] = {"omie": ("spot",), "archive70": ("pvpc",)}
    for market in markets.get(name, ("pvpc", "spot")):
        tray = Tray()
        try:
            count = len(_slots(name, market, answer, span, tray))
        except REFUSALS as error:
            yield "refused", f"{market}: {error}"
            continue
        yield from ((verdict, f"{market}: {reason}") for verdict, reason in told(f"{count} slots of {day}", tray))


def _slots(name: str, market: Market, answer: Answer, span: Span, tray: Tray) -> Sequence[Any]:
    asked = Asked(market, span.start, span.end, answer.received_at)
    if name == "omie":
        return omie.parse_day(omie.text_of_file(answer), span.first_day, answer.received_at, tray)
    if name == "archive70":
        return archive70.parse_prices(archive70.published_rows(json_of(answer), span.first_day), span.first_day, asked, tray)
    if name == "esios":
        indicator, geo = esios.PRICES[market]
        return batch_of(
            market, "esios", esios.parse_indicator(json_of(answer), indicator, geo, tray), span, answer.received_at
        ).slots
    return batch_of(market, "redata", redata.parse_prices(json_of(answer), market, tray), span, answer.received_at).slots


def try_wire(path: Path, now: datetime) -> Iterator[tuple[str, str]]:
    """The body of an answer."""
    body = path.read_bytes()
    tray = Tray()
    answer = Answer(path.name.partition("-")[0], 200, {}, body, now)
    if path.name.startswith(("aemet-forecast", "aemet-hourly")):
        forecast = readers.forecast_of(answer, MUNICIPALITY, tray)
        yield from told(f"{len(forecast.steps)} steps from {forecast.steps[0].start.isoformat()}", tray)
    elif path.name.startswith("aemet"):
        hours = readers.observed_hours(answer, STATION, tray)
        yield from told(f"{len(hours)} hours up to {hours[-1].start.isoformat()}" if hours else "no hour", tray)
    elif path.name.startswith(("owm-forecast", "openweathermap-forecast")):
        yield from told(f"{len(openweather.forecast_of(answer, None, tray).steps)} steps", tray)
    elif path.name.startswith(("owm", "openweathermap")):
        yield from told(f"the hour of {openweather.current_hour(answer, None, tray).start.isoformat()}", tray)
    else:
        yield from prices_of(path, body, now)


def came_at(folder: Path, otherwise: date) -> datetime:
    """When the answers of a folder came: an hour and a half before the last local day that a price of them is of."""
    prices = [path for path in sorted(folder.glob("*")) if path.name.startswith(("redata", "esios", "archive70", "omie"))]
    return day_bounds(max((day_of(path.read_bytes(), otherwise) for path in prices), default=otherwise))[0] - EVENING


def main(argv: Sequence[str] | None = None) -> int:
    """0 when every case has a verdict; 1 when one broke what reads it."""
    parser = argparse.ArgumentParser(prog="scripts/try-cases", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--now", type=datetime.fromisoformat, help="when the answers of wire/ came: ISO 8601 with an offset")
    given = parser.parse_args(argv)
    real = build_clock(read_settings())()
    wire_now = given.now.astimezone(UTC) if given.now else came_at(given.folder / "wire", real.date())
    doors: dict[str, tuple[Callable[[Path, datetime], Iterator[tuple[str, str]]], datetime]] = {
        "csv": (try_csv, real),
        "plant": (try_plant, real),
        "wire": (try_wire, wire_now),
    }
    broken = 0
    for door, (judge, now) in doors.items():
        for path in sorted((given.folder / door).glob("*")):
            try:
                for verdict, reason in judge(path, now):
                    say(f"{door}/{path.name}", verdict, reason)
            except REFUSALS as error:
                broken += isinstance(error, RecursionError | OverflowError)
                say(f"{door}/{path.name}", "refused", str(error) or type(error).__name__)
    return 1 if broken else 0


def say(case: str, verdict: str, reason: str) -> None:
    """One line."""
    sys.stdout.write(f"{case}\t{verdict}\t{' '.join(reason.split())}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
