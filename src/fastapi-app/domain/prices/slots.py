"""Electricity prices: slots of 60 or 15 minutes in €/kWh, and what is known about where they came from."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from domain.notes import Note
from domain.timeline import HOUR, floor_to, local_day, local_instant

Market = Literal["pvpc", "spot"]
"""`pvpc`: regulated tariff, energy term with tolls and charges. `spot`: day-ahead market, which may be negative."""
MARKETS: tuple[Market, ...] = ("pvpc", "spot")
Provider = Literal["redata", "esios", "archive70", "omie", "csv"]

PUBLICATION: dict[Market, time] = {"pvpc": time(20, 50), "spot": time(13, 45)}
"""Nominal publication, Madrid time of the day before delivery (PVPC: last-update of REData 2023-2026; spot: 13:39-13:42)."""
OVERDUE: dict[Market, time] = {"pvpc": time(21, 30), "spot": time(15, 0)}
"""Madrid time of the day before delivery after which a day that is not there is late."""


@dataclass(frozen=True, slots=True)
class PriceSlot:
    """The price of a half-open interval of UTC time."""

    start: datetime
    end: datetime
    eur_per_kwh: float

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0) or self.end <= self.start:
            raise ValueError(f"need UTC start < end, got {self.start} .. {self.end}")
        if not -10 < self.eur_per_kwh < 10:
            raise ValueError(f"{self.eur_per_kwh} €/kWh at {self.start} is outside the harmonised market limits")

    @property
    def resolution(self) -> timedelta:
        """Length of the slot."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class PriceBatch:
    """What one source said about one market. `published_at`: when the source says it last changed, if it says so."""

    market: Market
    slots: tuple[PriceSlot, ...]
    provider: Provider
    fetched_at: datetime
    published_at: datetime | None = None
    notes: tuple[Note, ...] = ()
    """Verdicts on what came with it and was left out, or taken with a remark."""


@dataclass(frozen=True, slots=True)
class KnownPrice:
    """A slot as the history holds it: with who said it and since when it is known."""

    slot: PriceSlot
    provider: str
    as_of: datetime


def published_by(market: Market, start: datetime, at: dict[Market, time] | None = None) -> datetime:
    """UTC instant by which the price of a slot is nominally published (or, with OVERDUE, is late)."""
    delivery = local_day(start)
    return local_instant(delivery - timedelta(days=1), (at or PUBLICATION)[market])


def hourly_means(slots: Iterable[PriceSlot]) -> list[PriceSlot]:
    """Hours as the plain mean of their slots, in order; an hour that is not complete is left out."""
    by_hour: dict[datetime, list[PriceSlot]] = defaultdict(list)
    for slot in slots:
        by_hour[floor_to(slot.start, HOUR)].append(slot)
    return [
        PriceSlot(hour, hour + HOUR, sum(part.eur_per_kwh for part in parts) / len(parts))
        for hour, parts in sorted(by_hour.items())
        if sum((part.resolution for part in parts), timedelta()) == HOUR
    ]


def missing_starts(slots: Sequence[PriceSlot], expected: Iterable[datetime]) -> list[datetime]:
    """Expected starts that no slot covers, in order."""
    have = {slot.start for slot in slots}
    return [start for start in expected if start not in have]
