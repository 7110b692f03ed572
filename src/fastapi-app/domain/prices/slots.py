"""Electricity prices: slots of 60 or 15 minutes in €/kWh, and what is known about where they came from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from domain.notes import Note
from domain.timeline import HOUR, epoch, local_day, local_instant, utc_from_epoch

Market = Literal["pvpc", "spot"]
"""`pvpc`: regulated tariff, energy term with tolls and charges. `spot`: day-ahead market, which may be negative."""
MARKETS: tuple[Market, ...] = ("pvpc", "spot")
Provider = Literal["redata", "esios", "archive70", "omie", "csv"]

PUBLICATION: dict[Market, time] = {"pvpc": time(20, 50), "spot": time(13, 45)}
"""Nominal publication, Madrid time of the day before delivery (PVPC: last-update of REData 2023-2026; spot: 13:39-13:42)."""
OVERDUE: dict[Market, time] = {"pvpc": time(21, 30), "spot": time(15, 0)}
"""Madrid time of the day before delivery after which a day that is not there is late."""

HOUR_S = 3600


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
    means = means_by_hour((epoch(slot.start), int(slot.resolution.total_seconds()), slot.eur_per_kwh) for slot in slots)
    hours = ((utc_from_epoch(start), mean) for start, mean in sorted(means.items()))
    return [PriceSlot(hour, hour + HOUR, mean) for hour, mean in hours]


def means_by_hour(parts: Iterable[tuple[int, int, float]]) -> dict[int, float]:
    """Start of the hour [s] -> plain mean of its parts (start [s], length [s], value); an hour that is not complete is left out."""
    by_hour: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for start, length, value in parts:
        by_hour[start - start % HOUR_S].append((length, value))
    whole = {hour: found for hour, found in by_hour.items() if sum(length for length, _ in found) == HOUR_S}
    return {hour: sum(value for _, value in found) / len(found) for hour, found in whole.items()}
