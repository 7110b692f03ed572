"""The curve of consumption in the history. A supply point is kept as a keyed hash of its CUPS, never as the CUPS."""

import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from domain.bill.invoice.lines import ZERO, exact
from domain.bill.invoice.metered import Reading
from domain.intake.consumption import CUPS_LENGTH, Metering
from domain.series import Rows, Value, consumption_key
from domain.timeline import HOUR, epoch, floor_to, utc_from_epoch
from ports import Clock, SeriesStore

KEY_NOTE = "supply_point_key"
RESOLUTIONS = (15, 60)
QUADRANTS = ("kvarh_q1", "kvarh_q2", "kvarh_q3", "kvarh_q4")
KNOWN = ("kwh_in", "kwh_out", *QUADRANTS, "quality")


class NoteStore(Protocol):
    """Small texts by name."""

    async def get(self, name: str) -> str | None: ...

    async def put(self, name: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """A slot that is kept with another figure than what came now."""

    start: datetime
    kept_kwh: float
    given_kwh: float


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of slots that came in."""

    supply_point: str
    written: int
    unchanged: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class SupplyPoint:
    """A supply point with a curve."""

    name: str
    first: datetime
    newest: datetime


class ConsumptionService:
    """Keeps what meters say, and gives it back."""

    def __init__(self, store: SeriesStore, notes: NoteStore, clock: Clock) -> None:
        self._store = store
        self._notes = notes
        self._clock = clock
        self.changes = 0

    async def name_of(self, cups: str) -> str:
        """The keyed hash of a CUPS; the key is made once and never leaves the local state."""
        key = await self._notes.get(KEY_NOTE)
        if key is None:
            await self._notes.put(KEY_NOTE, secrets.token_hex(32))
            key = await self._notes.get(KEY_NOTE) or ""
        return hmac.new(bytes.fromhex(key), cups[:CUPS_LENGTH].upper().encode(), "sha256").hexdigest()[:16]

    async def keep(self, cups: str, slots: Sequence[Metering], *, correcting: bool = False) -> Kept:
        """What is new, and what was estimated and is read now. What differs otherwise is told, and stays as it is kept unless it is
        a correction: then what it says takes the place of what was said, and what it leaves out stays.
        """
        name = await self.name_of(cups)
        written = unchanged = 0
        differences: list[Difference] = []
        for minutes in RESOLUTIONS:
            ours = [slot for slot in slots if slot.minutes == minutes]
            if not ours:
                continue
            key = consumption_key(name, minutes)
            kept = _by_time(await self._store.read(key, ours[0].start, ours[-1].start + timedelta(minutes=minutes)))
            fresh: list[tuple[datetime, tuple[Value | None, ...]]] = []
            for slot in ours:
                before, now = kept.get(epoch(slot.start)), _values(slot)
                if before is None or (before[-1] == "estimated" and now[-1] == "real"):
                    fresh.append((slot.start, now))
                elif _adds_to(before, now):
                    unchanged += 1
                else:
                    differences.append(Difference(slot.start, _number(before[0]), _number(now[0])))
                    if correcting:
                        fresh.append((slot.start, _merged(before, now)))
            await self._store.write(key, _rows(fresh, epoch(self._clock())))
            written += len(fresh)
        self.changes += written > 0
        return Kept(name, written, unchanged, tuple(differences))

    async def supply_points(self) -> list[SupplyPoint]:
        """Those with a curve, the newest first."""
        spans: dict[str, list[datetime]] = {}
        for key in await self._store.keys("consumption"):
            extent = await self._store.extent(key)
            if extent is not None:
                ends = utc_from_epoch(extent.first), utc_from_epoch(extent.newest)
                spans.setdefault(key.tag("supply_point"), []).extend(ends)
        points = [SupplyPoint(name, min(ends), max(ends)) for name, ends in spans.items()]
        return sorted(points, key=lambda point: point.newest, reverse=True)

    async def extents(self) -> tuple[tuple[str, int, int, int], ...]:
        """Of each series its name, first and newest slot, and how many: another answer, another curve."""
        found = []
        for key in await self._store.keys("consumption"):
            extent = await self._store.extent(key)
            if extent is not None:
                found.append((str(key), extent.first, extent.newest, extent.count))
        return tuple(found)

    async def curve(self, name: str, start: datetime, end: datetime) -> list[Reading]:
        """The slots of ``[start, end)`` in order; an hour counts where it has no quarters."""
        quarters, hours = [list(_readings(await self._store.read(consumption_key(name, m), start, end), m)) for m in RESOLUTIONS]
        covered = {floor_to(one.start, HOUR) for one in quarters}
        return sorted([*quarters, *(one for one in hours if one.start not in covered)], key=lambda one: one.start)


def _values(slot: Metering) -> tuple[Value | None, ...]:
    numbers = [slot.kwh_in, slot.kwh_out, *slot.kvarh]
    return (*(None if number is None else float(number) for number in numbers), "estimated" if slot.estimated else "real")


def _adds_to(before: tuple[Value | None, ...], now: tuple[Value | None, ...]) -> bool:
    """Whether what came says nothing else than what is kept."""
    return all(given is None or given == kept for kept, given in zip(before[:-1], now[:-1], strict=True))


def _merged(before: tuple[Value | None, ...], now: tuple[Value | None, ...]) -> tuple[Value | None, ...]:
    return tuple(kept if given is None else given for kept, given in zip(before, now, strict=True))


def _by_time(rows: Rows) -> dict[int, tuple[Value | None, ...]]:
    if not len(rows):
        return {}
    return dict(zip(rows.times, zip(*(rows.columns[name] for name in KNOWN), strict=True), strict=True))


def _rows(slots: Sequence[tuple[datetime, tuple[Value | None, ...]]], as_of: int) -> Rows:
    columns = list(zip(*(values for _, values in slots), strict=True)) or [()] * len(KNOWN)
    stamps = [as_of] * len(slots)
    return Rows([epoch(start) for start, _ in slots], {**dict(zip(KNOWN, columns, strict=True)), "as_of": stamps})


def _number(value: Value | None) -> float:
    return float(value or 0.0)


def _decimal(value: Value | None) -> Decimal | None:
    return None if value is None else exact(float(value))


def _readings(rows: Rows, minutes: int) -> Iterator[Reading]:
    for time, values in _by_time(rows).items():
        taken, given, q1, _, _, q4, quality = values
        if taken is not None:
            yield Reading(
                utc_from_epoch(time),
                minutes,
                _decimal(taken) or ZERO,
                _decimal(given) or ZERO,
                _decimal(q1),
                _decimal(q4),
                estimated=quality == "estimated",
            )
