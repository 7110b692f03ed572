"""What is published when: the timetable of the market operators, delays and restatements on demand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from domain.timeline import day_bounds, local_day, local_instant
from simulator.blocks import Blocks
from simulator.climate import hour_of
from simulator.noise import Floats, uniforms
from simulator.world import market

TIMETABLE = {"spot": (time(13, 39), 4.0), "pvpc": (time(20, 16), 32.0), "forecasts": (time(10, 40), 18.0)}
"""Earliest publication, Madrid time of the day before delivery, and minutes over which it is spread (REData 2021-2026)."""

FIRST_DAY = date(2014, 1, 1)
"""Nothing is served before it."""
QUARTERS_SINCE = date(2025, 10, 1)
"""First delivery day in quarters of an hour."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A restatement of one hour: `amount` [€/MWh] is added from `since` on."""

    market: str
    hour: int
    amount: float
    since: datetime


@dataclass
class Publisher:
    """The market as the world may see it at this instant."""

    seed: int
    now: Callable[[], datetime]
    delays: dict[tuple[str, date | None], timedelta] = field(default_factory=dict)
    """(market, delivery day or None for all) -> how much later than usual."""
    revisions: list[Revision] = field(default_factory=list)
    hidden: set[tuple[str, int]] = field(default_factory=set)
    """(market, hour since 1970) that is left out of every answer."""

    def __post_init__(self) -> None:
        self.columns: Blocks = market(self.seed)

    def published_at(self, what: str, day: date) -> datetime:
        """When a delivery day is published (UTC). `what`: spot, pvpc or forecasts."""
        earliest, spread = TIMETABLE[what]
        minutes = spread * float(uniforms(self.seed, f"publication/{what}", np.array([day.toordinal()]))[0])
        usual = local_instant(day - timedelta(days=1), earliest) + timedelta(seconds=round(minutes * 60))
        return usual + self.delays.get((what, day), self.delays.get((what, None), timedelta()))

    def is_published(self, what: str, day: date) -> bool:
        """Whether a delivery day is out now."""
        return day >= FIRST_DAY and self.published_at(what, day) <= self.now()

    def last_update(self, what: str, day: date) -> datetime:
        """When a delivery day last changed: its publication, or its last restatement."""
        times = [revision.since for revision in self.revisions if revision.market == what and self._day_of(revision) == day]
        return max([self.published_at(what, day), *times])

    def days(self, what: str, first: date, last: date) -> list[date]:
        """The published delivery days from `first` to `last`."""
        count = (min(last, local_day(self.now()) + timedelta(days=1)) - max(first, FIRST_DAY)).days + 1
        days = (max(first, FIRST_DAY) + timedelta(days=offset) for offset in range(count))
        return [day for day in days if self.is_published(what, day)]

    def hours(self, name: str, start: int, end: int, *, restated: bool = True) -> Floats:
        """A column of the market in hours ``[start, end)`` since 1970, restatements included."""
        values = self.columns.column(name, start, end)
        which = "spot" if name in ("spot", "quarters") else "pvpc"
        amounts = np.zeros(len(values))
        for revision in self.revisions:
            if restated and revision.market == which and start <= revision.hour < end and revision.since <= self.now():
                amounts[revision.hour - start] += revision.amount
        if not amounts.any() or name not in ("spot", "quarters", "PCB", "CYM", "SAHPCB", "SAHCYM"):
            return values
        return (values + amounts.reshape(-1, *[1] * (values.ndim - 1))).round(2) + 0.0

    def is_restated(self, what: str, day: date) -> bool:
        """Whether a delivery day was restated."""
        return any(r.market == what and self._day_of(r) == day and r.since <= self.now() for r in self.revisions)

    @staticmethod
    def _day_of(revision: Revision) -> date:
        return local_day(datetime.fromtimestamp(revision.hour * 3600, UTC))


def day_hours(day: date) -> tuple[int, int]:
    """Hours since 1970 of a local day, ``[start, end)``."""
    start, end = day_bounds(day)
    return hour_of(start), hour_of(end)
