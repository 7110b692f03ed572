"""The role of the gap ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.gaps import Backfill, BackfillRequest, Gap


class GapLedger(Protocol):
    """Keeps every gap that was ever seen, and the backfills."""

    async def open_gaps(self, series: str | None = None) -> Sequence[Gap]:
        """Gaps that are not filled, by series and start."""
        ...

    async def gap(self, number: int) -> Gap | None:
        """One gap, filled or not."""
        ...

    async def filled_since(self, instant: datetime) -> Sequence[Gap]:
        """Gaps that were filled at or after an instant."""
        ...

    async def apply(self, new: Sequence[Gap], changed: Sequence[Gap]) -> None:
        """Add and replace, all or nothing."""
        ...

    async def queue(self, asked_at: datetime, request: BackfillRequest) -> int:
        """Keep a backfill that was asked for; its number."""
        ...

    async def save(self, backfill: Backfill) -> None:
        """Replace the state and outcomes of a backfill."""
        ...

    async def backfill(self, number: int) -> Backfill | None:
        """One backfill."""
        ...

    async def backfills(self, most: int) -> Sequence[Backfill]:
        """The newest backfills, newest first."""
        ...

    async def unfinished(self) -> Sequence[Backfill]:
        """Backfills that are queued or were running, oldest first."""
        ...
