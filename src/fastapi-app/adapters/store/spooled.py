"""A store whose writes wait on disk while it is away. Nothing acknowledged is lost, and the order of writes is kept."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from adapters.store.silence import unless_silent
from adapters.store.spool import Spool, Spooled
from adapters.store.wrapper import StoreWrapper
from domain.errors import (
    StoreDeniedError,
    StoreError,
    StoreForeignError,
    StoreMissingError,
    StoreRefusedError,
    StoreUnavailableError,
)
from domain.operations import SpoolStatus
from domain.series import Rows, SeriesKey, check_rows
from ports import Clock, Remarks, SeriesStore, Trouble

logger = logging.getLogger("data_ingestion")

MOST_TRIES = 3
"""After so many faults that nobody expected a write is set aside, until a person offers it again."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay did: records and points stored, records set aside, and why it stopped early (None when the spool is empty)."""

    records: int
    points: int
    set_aside: int
    stopped_by: str | None


class SpooledStore(StoreWrapper):
    """Wraps a store; same role. `replay` is to be called now and then, by one process.

    Reads are the store's own: what waits in the spool is not in it yet. `aclose` closes the store; the state file that holds the
    spool is closed by its owner.
    """

    def __init__(self, inner: SeriesStore, spool: Spool, clock: Clock) -> None:
        super().__init__(inner)
        self._spool = spool
        self._clock = clock
        self._writing = asyncio.Lock()
        self._replaying = asyncio.Lock()
        self._tries: Counter[int] = Counter()
        self._faults: dict[SeriesKey, StoreError] = {}
        """Why the last write of a series was not taken."""

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        """Durable when it returns: in the store, or in the spool when the store is away or earlier writes still wait there.

        SpoolFullError when neither has room; StoreRefusedError when the store will never take it.
        """
        try:
            check_rows(key, rows)
        except ValueError as error:
            raise StoreRefusedError(str(error)) from error
        async with self._writing:  # a write that ends in the spool must not be overtaken by a later one
            if not await self._spool.waiting() and await self._taken(key, rows):
                return
            await self._spool.put(key, rows, self._clock())

    async def remarks(self) -> Remarks:
        """Those of the store, and why it did not take the last write of a series."""
        inner = await self._inner.remarks()
        told = {str(error): Trouble(_fault(error), f"{key.measurement}: {error}") for key, error in self._faults.items()}
        return Remarks((*inner.troubles, *told.values()), inner.notes)

    async def status(self) -> SpoolStatus:
        """What waits, for /ready and /metrics."""
        return await self._spool.status()

    async def retry_refused(self) -> int:
        """Let what the store refused wait again; how many. A value older than one stored since overwrites it."""
        return await self._spool.retry_refused()

    async def replay(self) -> Replay:
        """Store what waits, oldest first, until nothing waits or the store is away.

        Safe to be killed in: a record is removed after the store has taken it, and taking it twice changes nothing.
        """
        records = points = set_aside = 0
        async with self._replaying:
            while (spooled := await self._spool.first()) is not None:
                try:
                    stored = await self._replayed(spooled)
                except (StoreUnavailableError, StoreForeignError) as error:
                    return Replay(records, points, set_aside, str(error))
                records, points, set_aside = records + stored, points + stored * len(spooled.rows), set_aside + (not stored)
        return Replay(records, points, set_aside, None)

    async def _taken(self, key: SeriesKey, rows: Rows) -> bool:
        try:
            await unless_silent(self._inner.write(key, rows), self._inner.ping)
        except StoreUnavailableError as error:
            logger.warning("write_spooled measurement=%s points=%d error=%s", key.measurement, len(rows), error)
            self._faults[key] = error
            return False
        except StoreError as error:
            self._faults[key] = error
            raise
        self._faults.pop(key, None)
        return True

    async def _replayed(self, spooled: Spooled) -> bool:
        """Whether the store has taken it; what it refuses for good is set aside, so that it does not hold up the rest."""
        try:
            await unless_silent(self._inner.write(spooled.key, spooled.rows), self._inner.ping)
        except StoreForeignError as error:
            self._faults[spooled.key] = error
            raise
        except StoreRefusedError as error:
            self._faults.pop(spooled.key, None)  # the spool tells of what was set aside
            await self._spool.set_aside(spooled.number, str(error))
            return False
        except StoreError as error:
            self._faults[spooled.key] = error
            raise
        except Exception as error:  # a record that nobody can write must not hold up the rest for ever
            self._tries[spooled.number] += 1
            logger.exception("replay_failed number=%d try=%d", spooled.number, self._tries[spooled.number])
            if self._tries[spooled.number] < MOST_TRIES:
                raise StoreUnavailableError(f"write {spooled.number} is tried again: {type(error).__name__}: {error}") from error
            await self._spool.set_aside(spooled.number, f"{type(error).__name__}: {error}")
            return False
        self._faults.pop(spooled.key, None)
        await self._spool.remove(spooled.number)
        return True


def _fault(error: StoreError) -> Literal["denied", "missing", "refused", "waits"]:
    if isinstance(error, StoreDeniedError):
        return "denied"
    if isinstance(error, StoreMissingError):
        return "missing"
    return "refused" if isinstance(error, StoreRefusedError) else "waits"
