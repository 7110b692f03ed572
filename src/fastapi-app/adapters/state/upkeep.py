"""Upkeep of the state file: what only tells of long ago goes, so that the file does not grow for ever.

The runs of jobs are cut at each start of a job (`jobs.KEPT_RUNS`), the attempts of a gap at each write (`gaps.KEPT_ATTEMPTS`), the
errors of the weather forecasts by lead each night (services/weather/accuracy.py). Which prices were known when, the price forecasts
of each day, plans in force, the floor's log and the savings ledger are the record of the plant and stay.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection

from adapters.state.instants import micros
from adapters.store.sqlite import Database
from domain.timeline import epoch
from ports import Clock

KEPT = timedelta(days=400)
"""A year and a month: the same season can be compared. So long filled gaps, ended alerts, past wishes, and every issue of a weather
forecast are kept."""
BACKFILLS_KEPT = timedelta(days=90)
"""Since their end; one that has not ended stays."""
MANY_ISSUES = ("weather/%", "points/%")
"""Series that are issued several times a day. What is older than KEPT stays as the last issue of its day (of UTC)."""
PAYS_BYTES, PAYS_SHARE = 20_000_000, 0.25
"""The file is packed anew when so much of it, and such a share of it, is empty."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many of each were removed."""

    gaps: int
    backfills: int
    alerts: int
    wishes: int
    issues: int


class StateUpkeep:
    """Prunes the state file."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def prune(self) -> str:
        """Remove what is too old, and give the room back when that pays. Safe to run often."""
        now = self._clock()
        gone = await self._database.run(self._database.write, lambda connection: _prune(connection, now))
        empty, size = await self._database.run(self._database.read, _room)
        packed = empty > PAYS_BYTES and empty > PAYS_SHARE * size and shutil.disk_usage(self._database.path.parent).free > 2 * size
        if packed:
            await self._database.pack()
        megabytes = self._database.path.stat().st_size / 1e6
        return (
            f"{gone.gaps} filled gaps, {gone.backfills} backfills, {gone.alerts} alerts, {gone.wishes} wishes and {gone.issues} "
            f"issues of the weather removed; the file has {megabytes:.1f} MB{', packed anew' if packed else ''}"
        )


def _prune(connection: Connection, now: datetime) -> Pruned:
    old = micros(now - KEPT)
    return Pruned(
        gaps=connection.execute("DELETE FROM gaps WHERE state = 'filled' AND filled_at < ?", (old,)).rowcount,
        backfills=connection.execute(_ENDED_BACKFILLS, (micros(now - BACKFILLS_KEPT),)).rowcount,
        alerts=connection.execute("DELETE FROM alerts WHERE ended_at < ?", (old,)).rowcount,
        wishes=connection.execute(_PAST_WISHES, (old, old)).rowcount,
        issues=connection.execute(_THIN_ISSUES, (epoch(now - KEPT), *MANY_ISSUES)).rowcount,
    )


_ENDED_BACKFILLS = "DELETE FROM backfills WHERE state IN ('done', 'failed', 'cancelled') AND ended_at < ?"
_PAST_WISHES = """DELETE FROM wishes WHERE id <> (SELECT max(id) FROM wishes)
    AND (removed_at < ? OR 1000000 * CAST(strftime('%s', json_extract(body, '$.until')) AS INTEGER) < ?)"""
"""The newest one stays: no number is given twice."""
_THIN_ISSUES = """DELETE FROM issued WHERE issued_at < ?
    AND series_id IN (SELECT id FROM log_series WHERE name LIKE ? OR name LIKE ?)
    AND issued_at <> (SELECT max(other.issued_at) FROM issued AS other WHERE other.series_id = issued.series_id
        AND other.issued_at >= issued.issued_at / 86400 * 86400 AND other.issued_at < issued.issued_at / 86400 * 86400 + 86400)"""


def _room(connection: Connection) -> tuple[int, int]:
    """Bytes of the file that are empty, and all of them."""
    page, count, free = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
    )
    return free * page, count * page
