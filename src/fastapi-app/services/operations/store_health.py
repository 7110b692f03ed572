"""Whether the store answers, and what waits for it."""

import asyncio
from datetime import datetime
from typing import Literal, Protocol

from domain.errors import StoreDeniedError, StoreError, StoreMissingError, StoreRefusedError
from domain.operations import SpoolStatus, StoreFault, StoreState
from ports import Clock, Remarks, SeriesStore

PING_S = 3.0
"""Real seconds after which a store that does not answer counts as away."""


class WaitingWrites(Protocol):
    """What is looked at of the spool."""

    async def status(self) -> SpoolStatus:
        """What waits, and what was set aside."""
        ...

    async def retry_refused(self) -> int:
        """Let what was set aside wait again; how many."""
        ...


class StoreHealth:
    """Pings the store, and looks at the spool."""

    def __init__(self, store: SeriesStore, kind: str, spool: WaitingWrites, clock: Clock) -> None:
        self._store = store
        self._kind = kind
        self._spool = spool
        self._clock = clock
        self._since: tuple[str, datetime] | None = None

    async def state(self) -> StoreState:
        """Whether the store answers, and since when it is so; `attention` where it does, and a person must mend something."""
        remarks, detail = Remarks(), None
        state: Literal["ok", "attention", "away"] = "ok"
        fault: StoreFault | None = None
        try:
            async with asyncio.timeout(PING_S):
                await self._store.ping()
                remarks = await self._store.remarks()
        except StoreError as away:
            state, fault, detail = "away", _fault(away), f"{type(away).__name__}: {away}"
        except TimeoutError:
            state, fault, detail = "away", "silent", f"no answer within {PING_S:g} s"
        if remarks.troubles:
            state, fault = "attention", remarks.troubles[0].fault
            detail = "; ".join(trouble.detail for trouble in remarks.troubles)
        if self._since is None or self._since[0] != state:
            self._since = (state, self._clock())
        status = await self._spool.status()
        return StoreState(self._kind, state, self._since[1], fault, detail, remarks.notes, status)

    async def retry_refused(self) -> int:
        """Let the writes that the store refused wait for it again; how many they are. For a person who has removed the cause."""
        return await self._spool.retry_refused()


def _fault(error: StoreError) -> StoreFault:
    if isinstance(error, StoreDeniedError):
        return "denied"
    if isinstance(error, StoreMissingError):
        return "missing"
    return "refused" if isinstance(error, StoreRefusedError) else "silent"
