"""The embedded store, the log of issued values, and the import where the price files are: `scripts/bench embedded`.

CPU time is what counts: the wall time is that of a machine that may be busy. Files need the data folder beside the checkout
(`../shared/data`, or SHARED_DATA); without it the import is left out.
"""

import asyncio
import contextlib
import io
import os
import random
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.state.file import open_state
from adapters.state.issued import SqliteIssuedLog
from adapters.store.sqlite_series import SqliteStore
from commands.import_history import main as import_files
from domain.series import Rows, price_key
from domain.timeline import HOUR, epoch
from ports import Issue

PRICES = Path(os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data")) / "prices"
T0 = datetime(2000, 1, 1, tzinfo=UTC)
ROWS, YEAR, ISSUES, AHEAD = 250_000, 8760, 2000, 168


@contextmanager
def timed(what: str) -> Generator[None]:
    """Print wall and CPU time of a block."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{what:64s} {1e3 * (time.perf_counter() - wall):10.1f} ms wall {1e3 * (time.process_time() - cpu):10.1f} ms CPU")


def expect(found: int, wanted: int) -> None:
    """End the run if what was measured did not do its work."""
    if found != wanted:
        raise RuntimeError(f"{found} where {wanted} were expected")


async def history(folder: Path) -> None:
    """Write and read a long series."""
    store, spot = SqliteStore(folder / "series.sqlite", "real"), price_key("spot", 60)
    times = [epoch(T0) + 3600 * place for place in range(ROWS)]
    rows = Rows(times, {"price_eur_kwh": [place / 1e6 for place in range(ROWS)], "provider": ["csv"] * ROWS, "as_of": times})
    for what in ("write", "write again"):
        with timed(f"{what} {ROWS:,} rows in one transaction"):
            await store.write(spot, rows)
    start = T0 + 100_000 * HOUR
    for what in ("first", "second"):
        with timed(f"read a year of hours, {what} time"):
            expect(len(await store.read(spot, start, start + YEAR * HOUR)), YEAR)
    with timed("100 writes of one row, each durable"):
        for place in range(100):
            await store.write(spot, Rows([times[place]], {"price_eur_kwh": [0.1]}))
    await store.aclose()


async def issued(folder: Path) -> None:
    """Forecasts as they are issued, and views of them."""
    state, noise = open_state(folder / "state.sqlite", "real"), random.Random(1)
    log = SqliteIssuedLog(state)
    with timed(f"append {ISSUES:,} hourly forecasts of {AHEAD} hours and 4 fields"):
        for number in range(ISSUES):
            starts = [epoch(T0 + (number + ahead) * HOUR) for ahead in range(AHEAD)]
            columns = {name: [round(noise.random(), 5) for _ in starts] for name in ("p10", "p50", "p90", "score")}
            await log.append(Issue("forecast", T0 + number * HOUR, Rows(starts, columns)))
    at = T0 + ISSUES // 2 * HOUR
    with timed("one view of the coming week as of an instant"):
        expect(len(await log.as_of("forecast", at, at, at + timedelta(days=7))), AHEAD)
    with timed("one view of the past day as of its end"):
        expect(len(await log.as_of("forecast", at, at - timedelta(days=1), at)), 24)
    print(f"{'size of the log':64s} {(folder / 'state.sqlite').stat().st_size / 1e6:10.1f} MB")
    state.close()


def imported(folder: Path) -> None:
    """The price files, twice."""
    files = [str(PRICES / name) for name in ("price_es_hourly.csv.gz", "omie_es_15min.csv.gz")]
    os.environ["DATA_DIR"] = str(folder / "import")
    for what in ("import", "import again"):
        with timed(f"{what} both price files"), contextlib.redirect_stdout(io.StringIO()):
            expect(import_files(files), 0)


def main() -> None:
    """Everything, in a folder that goes away."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(history(Path(name)))
        asyncio.run(issued(Path(name)))
        if PRICES.is_dir():
            imported(Path(name))
        else:
            print(f"{PRICES} is not here: the import is left out")


if __name__ == "__main__":
    main()
