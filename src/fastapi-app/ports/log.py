"""What was known when, the health of the sources, small notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.operations import ProductHealth, SourceHealth
from domain.series import Rows


@dataclass(frozen=True, slots=True)
class Issue:
    """Values of a series as they were known from `issued_at` on: a forecast, or a revision of a published value."""

    series: str
    issued_at: datetime
    rows: Rows


class IssuedLog(Protocol):
    """What was known when. Append-only, keyed (series, issued_at, start); the same entry twice changes nothing."""

    async def append(self, entry: Issue) -> None:
        """Durable when it returns."""
        ...

    async def as_of(self, series: str, at: datetime, start: datetime, end: datetime) -> Rows:
        """For each start in the range the newest values issued at or before ``at``, with the column `issued_at` [POSIX s]."""
        ...

    async def issues(self, series: str, start: datetime, end: datetime) -> Sequence[datetime]:
        """Instants of issue in ``[start, end)``, in order."""
        ...

    async def entry(self, series: str, issued_at: datetime) -> Issue | None:
        """One issue, whole."""
        ...


class ProductLog(Protocol):
    """Keeps the state of each product of a source over restarts."""

    async def record(self, health: ProductHealth) -> None:
        """Replace the state of a product."""
        ...

    async def all(self) -> Sequence[ProductHealth]:
        """All states, by source and product."""
        ...


class HealthLog(Protocol):
    """Keeps the state of each source over restarts."""

    async def record(self, health: SourceHealth) -> None:
        """Replace the state of a source."""
        ...

    async def all(self) -> Sequence[SourceHealth]:
        """All states, by source."""
        ...


class Notes(Protocol):
    """Small named JSON texts that outlive a restart (progress of the first import, pauses, marks)."""

    async def get(self, name: str) -> str | None:
        """The text, or None."""
        ...

    async def put(self, name: str, text: str) -> None:
        """Durable when it returns."""
        ...
