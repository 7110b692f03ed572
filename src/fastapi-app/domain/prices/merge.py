"""Which published prices are new, the same or revised against what the history holds; and what was known at an instant.

The history holds the newest value of each slot with the instant since when it is known (`as_of`). When a value changes, the old one
goes to the log of issued values under its own `as_of` and the new one under that of the change, so that both views stay true.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.prices.slots import PriceSlot, Provider
from domain.series import Rows, Value
from domain.timeline import epoch, utc_from_epoch

SAME_WITHIN_EUR_PER_KWH = 1e-9
"""Values closer than this are the same: far below the 0.00001 €/kWh that is published, far above the noise of floats."""


@dataclass(frozen=True, slots=True)
class Revision:
    """Values of some slots as they were known from `known_at` on: columns `price_eur_kwh` and `provider`."""

    known_at: datetime
    rows: Rows


IMPORTED: Provider = "csv"
"""Provider of values that a person brought in a file: those that are published win over them, whichever came first."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An imported value beside the published one of the same slot [€/kWh]; the published one is kept."""

    start: datetime
    imported: float
    published: float


@dataclass(frozen=True, slots=True)
class WritePlan:
    """What to append to the log (first), then what to write to the history, and the count of slots of each fate.

    `confirmed`: imported values that a publisher has given as well; their row names the publisher from now on.
    """

    rows: Rows
    revisions: tuple[Revision, ...]
    new: int
    changed: int
    unchanged: int
    confirmed: int = 0
    differences: tuple[Difference, ...] = ()


def price_log_name(market: str, resolution_minutes: int) -> str:
    """Name of a price series in the log of issued values."""
    return f"energy_prices/{market}/{resolution_minutes}"


def plan_write(
    existing: Rows,
    slots: Iterable[PriceSlot],
    *,
    provider: str,
    known_since: Callable[[PriceSlot], datetime],
    revised_at: datetime,
) -> WritePlan:
    """Compare slots of one series with the rows that the history has in their range.

    A slot that is not there takes ``known_since(slot)`` as its `as_of`. One with the same value keeps its row. One with another
    value is known since ``revised_at``, or one second after the old value where that is later: the order of what was known holds.
    An imported value never replaces a published one, and a published one always replaces an imported one; a difference is told.
    """
    held = _by_start(existing, "as_of")
    merged: dict[int, _Known] = {}
    past: dict[int, dict[int, _Known]] = defaultdict(dict)
    differences = []
    new = unchanged = confirmed = 0
    for slot in slots:
        start = epoch(slot.start)
        old = held.get(start)
        if old is None:
            new += 1
            merged[start] = _Known(slot.eur_per_kwh, provider, epoch(known_since(slot)))
        elif abs(old.eur_per_kwh - slot.eur_per_kwh) <= SAME_WITHIN_EUR_PER_KWH:
            if old.provider == IMPORTED != provider:
                confirmed += 1
                merged[start] = _Known(old.eur_per_kwh, provider, old.since)
            else:
                unchanged += 1
        elif provider == IMPORTED != old.provider:
            unchanged += 1
            differences.append(Difference(slot.start, slot.eur_per_kwh, old.eur_per_kwh))
        else:
            if old.provider == IMPORTED != provider:
                differences.append(Difference(slot.start, old.eur_per_kwh, slot.eur_per_kwh))
            merged[start] = revised = _Known(slot.eur_per_kwh, provider, max(epoch(revised_at), old.since + 1))
            past[old.since][start] = old
            past[revised.since][start] = revised
    revisions = tuple(Revision(utc_from_epoch(since), _rows(past[since])) for since in sorted(past))
    changed = len(merged) - new - confirmed
    return WritePlan(_rows(merged, since="as_of"), revisions, new, changed, unchanged, confirmed, tuple(differences))


def as_known(existing: Rows, logged: Rows, at: datetime) -> Rows:
    """The rows as they were known at an instant: those of the history that were known by then, else what the log says was.

    ``logged`` is the log's view at ``at``, with the column `issued_at`; it comes back as `as_of`.
    """
    current = {start: row for start, row in _by_start(existing, "as_of").items() if row.since <= epoch(at)}
    return _rows({**_by_start(logged, "issued_at"), **current}, since="as_of")


@dataclass(frozen=True, slots=True)
class _Known:
    """A price, who said it, and since when it is known [POSIX s]."""

    eur_per_kwh: float
    provider: str
    since: int


def _by_start(rows: Rows, since: str) -> dict[int, _Known]:
    """The whole rows, by start; ``since`` names the column that says since when they are known. A row without price, provider or
    that column is as good as not there: the next publication completes it.
    """
    if not len(rows):
        return {}
    names = ("price_eur_kwh", "provider", since)
    points = zip(rows.times, *(rows.columns[name] for name in names), strict=True)
    return {start: _Known(*known) for start, *known in points if None not in known}


def _rows(by_start: Mapping[int, _Known], *, since: str | None = None) -> Rows:
    starts = sorted(by_start)
    columns: dict[str, Sequence[Value]] = {
        "price_eur_kwh": [by_start[start].eur_per_kwh for start in starts],
        "provider": [by_start[start].provider for start in starts],
    }
    if since:
        columns[since] = [by_start[start].since for start in starts]
    return Rows(starts, columns)
