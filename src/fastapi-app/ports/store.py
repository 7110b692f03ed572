"""The role of the history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from domain.series import Rows, SeriesKey


@dataclass(frozen=True, slots=True)
class Extent:
    """First and newest time [POSIX s] and number of points of a series."""

    first: int
    newest: int
    count: int


class SeriesStore(Protocol):
    """The history: an idempotent upsert of points and ranges of them. Raises StoreUnavailableError, StoreRefusedError."""

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        """Durable when it returns. A None leaves the stored value of that field; the same rows twice change nothing."""
        ...

    async def read(self, key: SeriesKey, start: datetime, end: datetime) -> Rows:
        """Points with ``start <= time < end`` in order, all fields of the measurement as columns (None where absent)."""
        ...

    async def keys(self, measurement: str) -> Sequence[SeriesKey]:
        """The series that have points, sorted."""
        ...

    async def extent(self, key: SeriesKey) -> Extent | None:
        """Extent of a series; None when it has no points."""
        ...

    async def ping(self) -> None:
        """Return if the store answers."""
        ...

    async def aclose(self) -> None:
        """Give back what is held open."""
        ...


Kind = Literal["real", "simulated"]
