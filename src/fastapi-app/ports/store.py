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


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a person must mend though the store answers: `fault` is its code, `detail` what is wrong and what to do."""

    fault: Literal["forgets", "denied", "missing", "refused", "waits"]
    detail: str


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a store says of itself beside answering: troubles that somebody must mend, and notes worth knowing."""

    troubles: tuple[Trouble, ...] = ()
    notes: tuple[str, ...] = ()


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

    async def remarks(self) -> Remarks:
        """What is wrong with how it keeps its points, and what is worth knowing. Cheap enough to be asked every second."""
        ...

    async def aclose(self) -> None:
        """Give back what is held open."""
        ...


Kind = Literal["real", "simulated"]
