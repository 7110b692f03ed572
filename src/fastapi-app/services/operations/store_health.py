"""Whether the store answers, and what waits for it."""

import asyncio
from datetime import datetime
from typing import Any, Protocol

from domain.errors import StoreDeniedError, StoreError, StoreMissingError, StoreRefusedError
from ports import Clock, Remarks, SeriesStore

PING_S = 3.0
"""Real seconds after which a store that does not answer counts as away."""


class WaitingWrites(Protocol):
    """What is looked at of the spool."""

    async def status(self) -> Any:
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

    async def state(self) -> dict[str, Any]:
        """Whether the store answers, and since when it is so; `attention` where it does, and a person must mend something.

        `fault` is the code of what is wrong, `detail` says it, with what the store answered.
        """
        remarks, state, fault, detail = Remarks(), "ok", None, None
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
        described = {"kind": self._kind, "state": state, "since": self._since[1].isoformat(), "fault": fault, "detail": detail}
        return described | {"notes": list(remarks.notes), "spool": await self._spooled()}

    async def retry_refused(self) -> int:
        """Let the writes that the store refused wait for it again; how many they are. For a person who has removed the cause."""
        return await self._spool.retry_refused()

    async def _spooled(self) -> dict[str, Any]:
        status = await self._spool.status()
        return {
            "state": "waiting" if status.records else "empty",
            "records": status.records,
            "points": status.points,
            "bytes": status.bytes,
            "limit_bytes": status.limit_bytes,
            "oldest_at": status.oldest_at.isoformat() if status.oldest_at else None,
            "refused": status.refused,
            "refused_reason": status.refused_reason,
        }


def _fault(error: StoreError) -> str:
    if isinstance(error, StoreDeniedError):
        return "denied"
    if isinstance(error, StoreMissingError):
        return "missing"
    return "refused" if isinstance(error, StoreRefusedError) else "silent"
