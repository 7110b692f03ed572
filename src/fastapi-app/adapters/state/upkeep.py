"""Upkeep of the state file: what only tells of long ago goes, so that the file does not grow for ever.

The runs of jobs are cut at each start of a job (`jobs.KEPT_RUNS`), the attempts of a gap at each write
(`gaps.KEPT_ATTEMPTS`). What was issued, plans, wishes and the savings ledger are the record of the plant and stay.
"""

from datetime import datetime, timedelta
from sqlite3 import Connection

from adapters.state.instants import micros
from adapters.store.sqlite import Database
from ports import Clock

FILLED_GAPS_KEPT = timedelta(days=400)
"""A year and a month: the same season can be compared."""
BACKFILLS_KEPT = timedelta(days=90)
"""Since their end; one that has not ended stays."""


class StateUpkeep:
    """Prunes the state file."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def prune(self) -> str:
        """Remove what is too old. Safe to run often."""
        now = self._clock()
        gaps, backfills = await self._database.run(self._database.write, lambda connection: _prune(connection, now))
        megabytes = self._database.path.stat().st_size / 1e6
        return f"{gaps} filled gaps and {backfills} backfills removed; the file has {megabytes:.1f} MB"


def _prune(connection: Connection, now: datetime) -> tuple[int, int]:
    gaps = connection.execute("DELETE FROM gaps WHERE state = 'filled' AND filled_at < ?", (micros(now - FILLED_GAPS_KEPT),))
    backfills = connection.execute(
        "DELETE FROM backfills WHERE state IN ('done', 'failed', 'cancelled') AND ended_at < ?", (micros(now - BACKFILLS_KEPT),)
    )
    return gaps.rowcount, backfills.rowcount
