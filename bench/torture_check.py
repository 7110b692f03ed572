"""What must be in the store after a round of `bench.torture`, and what is."""

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from adapters.store.influx.http import InfluxTarget
from adapters.store.influx.series import InfluxStore
from adapters.store.spooled import SpooledStore
from bench.torture_writer import T0, batch_rows, cursor_key, cursor_rows, opened, points_key
from domain.series import Rows, Value
from support.influx_server import InfluxServer

ALWAYS = (datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
PATIENCE_S = 1.5
"""How long a database may refuse writes after its disk was freed before it is started anew."""

MOST_RESTARTS = 3
PROBE = 999_999
"""Number of the round that only probes."""

Point = tuple[Value | None, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What the service said in a round: `sent`, `acked` and `refused` lines, each with what and which batch.

    `on_target` tells whether the kill came in the middle of what it was meant to hit.
    """

    number: int
    lines: list[list[str]]
    on_target: bool
    restarts: int
    mended: int

    def batches(self, outcome: str, what: str) -> set[int]:
        """Batches with an outcome."""
        return {int(line[2]) for line in self.lines if line[:2] == [outcome, what]}


@dataclass(slots=True)
class Verdict:
    """Counts of points (restarts, mended shards and rounds on target aside); `broken` is the sum of what must be 0."""

    acknowledged: int = 0
    refused: int = 0
    on_target: int = 0
    database_restarts: int = 0
    shards_mended: int = 0
    lost: int = 0
    duplicated: int = 0
    corrupt: int = 0
    out_of_order: int = 0
    broken: int = 0

    def __iadd__(self, other: "Verdict") -> "Verdict":
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self


async def settle(server: InfluxServer, disk: Path) -> tuple[int, int]:
    """Let the database take all that waits. Returns how often it had to be started anew for that, and how many shards mended."""
    if not server.running():
        server.start()
    restarts, mended, deadline = 0, 0, time.monotonic() + PATIENCE_S
    store, database = opened(server.url, disk)
    try:
        while (stopped_by := (await store.replay()).stopped_by) is not None or not await _takes_writes(store):
            if time.monotonic() > deadline:
                if restarts > MOST_RESTARTS:
                    raise RuntimeError(f"the database takes no writes: {stopped_by}\n{server.log()[-2000:]}")
                mended += server.mend()
                restarts, deadline = restarts + 1, time.monotonic() + PATIENCE_S
            await asyncio.sleep(0.05)
    finally:
        await store.aclose()
        database.close()
    return restarts, mended


async def _takes_writes(store: SpooledStore) -> bool:
    """Whether a write goes straight to the database."""
    await store.write(points_key(PROBE), cursor_rows(0))
    return (await store.status()).records == 0


async def verdict(url: str, disk: Path, report: Report) -> Verdict:
    """Compare a round with the store, past the spool, which must be empty."""
    with closing(sqlite3.connect(disk / "state.sqlite")) as state:
        left = state.execute("SELECT count(*) FROM spool").fetchone()[0]
        sound = state.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store = InfluxStore(InfluxTarget(url, "torture"), "simulated")
    try:
        points = await store.read(points_key(report.number), *ALWAYS)
        extent = await store.extent(points_key(report.number))
        cursor = await store.read(cursor_key(report.number), *ALWAYS)
    finally:
        await store.aclose()
    found = compared(report, _by_time(points))
    found.duplicated += len(points) - len(set(points.times)) + abs((extent.count if extent else 0) - len(points))
    found.corrupt += left + (not sound)
    found.out_of_order += not _in_order(report, cursor)
    found.broken = found.lost + found.duplicated + found.corrupt + found.out_of_order
    return found


def compared(report: Report, stored: dict[int, Point]) -> Verdict:
    """Points of acknowledged batches that are not there are lost; values and points that nobody sent are corrupt."""
    sent, acked = report.batches("sent", "points"), report.batches("acked", "points")
    could_be = {time: point for batch in sent for time, point in _by_time(batch_rows(batch)).items()}
    must_be = {time for batch in acked for time in batch_rows(batch).times}
    lost = sum(1 for time in must_be if time not in stored or None in stored[time])
    corrupt = sum(1 for time, point in stored.items() if not _is_of(point, could_be.get(time)))
    refused = sum(len(batch_rows(batch)) for batch in report.batches("refused", "points"))
    return Verdict(len(must_be), refused, report.on_target, report.restarts, report.mended, lost=lost, corrupt=corrupt)


def _is_of(point: Point, sent: Point | None) -> bool:
    """Whether every value that is there is the one that was sent."""
    return sent is not None and all(value is None or value == expected for value, expected in zip(point, sent, strict=True))


def _in_order(report: Report, cursor: Rows) -> bool:
    """Whether the one point that every batch overwrites holds the newest acknowledged batch, or a later one that was sent."""
    sent, newest = report.batches("sent", "cursor"), max(report.batches("acked", "cursor"), default=None)
    if not len(cursor):
        return newest is None
    value = cursor.columns["as_of"][0]
    return list(cursor.times) == [T0] and value in sent and (newest is None or int(value or 0) >= newest)


def _by_time(rows: Rows) -> dict[int, Point]:
    columns = (rows.columns[name] for name in ("price_p50", "production_class", "as_of"))
    return dict(zip(rows.times, zip(*columns, strict=True), strict=True))
