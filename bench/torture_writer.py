"""The process that `bench.torture` kills: writes batches through the spool to InfluxDB, and replays, as the service does.

It reports on standard output, one line before each write (`sent`) and one after it returned (`acked`) or was refused (`refused`).
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from adapters.state.file import open_state
from adapters.store.influx.http import InfluxTarget, Patience
from adapters.store.influx.series import InfluxStore
from adapters.store.spool import Spool
from adapters.store.spooled import SpooledStore
from adapters.store.sqlite import Database
from domain.errors import StoreError
from domain.series import Rows, SeriesKey, series_key

BATCH_POINTS = 200
T0 = 1_704_067_200
"""2024-01-01 00:00 UTC: a Monday, where InfluxDB begins a shard."""
STEP_S = 60
REPLAY_EVERY_S = 0.02
QUICK = Patience(tries=2, first_wait_s=0.02)


class RealTime:
    """The machine's clock."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)  # this is the composition root of its process

    async def sleep_until(self, instant: datetime) -> None:
        await asyncio.sleep(max(0.0, (instant - self()).total_seconds()))


def points_key(round_number: int) -> SeriesKey:
    """The series that a round fills: each batch its own points."""
    return series_key("predictions", model_version=f"round-{round_number}", confidence="high")


def cursor_key(round_number: int) -> SeriesKey:
    """The series of one point that every batch overwrites with its number: it shows the order of writes."""
    return series_key("predictions", model_version=f"round-{round_number}", confidence="low")


def batch_rows(number: int) -> Rows:
    """The points of a batch: times and values follow from its number."""
    places = range(number * BATCH_POINTS, (number + 1) * BATCH_POINTS)
    return Rows(
        [T0 + place * STEP_S for place in places],
        {"price_p50": [place / 7 for place in places], "production_class": [f'"{n}\\,=' for n in places], "as_of": list(places)},
    )


def cursor_rows(number: int) -> Rows:
    """The one point of a cursor."""
    return Rows([T0], {"price_p50": [float(number)], "as_of": [number]})


def say(*words: object) -> None:
    """One line, whole, past every buffer."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def opened(url: str, folder: Path) -> tuple[SpooledStore, Database]:
    """The store as the service has it, and the state file that holds its spool."""
    database = open_state(folder / "state.sqlite", "simulated")
    inner = InfluxStore(InfluxTarget(url, "torture"), "simulated", QUICK)
    return SpooledStore(inner, Spool(database), RealTime()), database


async def write_on(store: SpooledStore, round_number: int, first: int, last: int) -> None:
    """Write batches, each once; one that is refused is not acknowledged and not tried again."""
    for number in range(first, last):
        for what, key, rows in (
            ("points", points_key(round_number), batch_rows(number)),
            ("cursor", cursor_key(round_number), cursor_rows(number)),
        ):
            say("sent", what, number)
            try:
                await store.write(key, rows)
                say("acked", what, number)
            except StoreError as error:
                say("refused", what, number, type(error).__name__)
                await asyncio.sleep(0.005)


async def replay_on(store: SpooledStore) -> None:
    """Replay again and again."""
    while True:
        try:
            done = await store.replay()
            if done.records:
                say("replayed", done.records)
        except StoreError as error:  # the state file itself has no room
            say("stuck", type(error).__name__)
        await asyncio.sleep(REPLAY_EVERY_S)


async def main(url: str, folder: str, round_number: int, first: int, last: int) -> None:
    """Write the batches of a round while replaying; go on replaying until killed."""
    store, _ = opened(url, Path(folder))
    say("ready")
    replaying = asyncio.create_task(replay_on(store))
    await write_on(store, round_number, first, last)
    say("written")
    await replaying


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])))
