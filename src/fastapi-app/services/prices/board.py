"""Prices as the page shows them: days with their state, the price of now beside the next one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from domain.bill.price_parts import PVPC_TARIFF
from domain.bill.tariff import Tariff
from domain.errors import StoreUnavailableError
from domain.prices.expected import expected_minutes, expected_starts
from domain.prices.slots import OVERDUE, PUBLICATION, KnownPrice, Market
from domain.timeline import HOUR, day_bounds, floor_to, local_day, local_instant
from services.energy_service import EnergyService

FLAT_BAND = 0.02
"""Relative change below which the next price counts as the same."""
TARIFF_OF: Mapping[Market, Tariff | None] = {"pvpc": PVPC_TARIFF, "spot": None}
"""The tariff whose periods stand beside the prices of a market: the spot knows none."""
DayState = Literal["published", "partial", "not_published", "late", "missing"]
Direction = Literal["up", "flat", "down"]


@dataclass(frozen=True, slots=True)
class PriceDay:
    """A local day of a market: the slots that are known, how many there will be, and what state it is in.

    `not_published` is normal; `late` is not, and `missing` is a day that has begun.
    """

    market: Market
    day: date
    state: DayState
    expected_slots: int
    published_expected_at: datetime
    slots: tuple[KnownPrice, ...]

    @property
    def newest(self) -> KnownPrice | None:
        """The slot that became known last."""
        return max(self.slots, key=lambda price: price.as_of, default=None)

    @property
    def resolution_minutes(self) -> int | None:
        """Length of the slots; None without any."""
        return round(self.slots[0].slot.resolution / timedelta(minutes=1)) if self.slots else None


@dataclass(frozen=True, slots=True)
class CurrentPrice:
    """The slot that holds an instant, and the one after it where that is known."""

    market: Market
    price: KnownPrice
    following: KnownPrice | None

    @property
    def direction(self) -> Direction | None:
        """How the next price compares with this one."""
        if self.following is None:
            return None
        here, there = self.price.slot.eur_per_kwh, self.following.slot.eur_per_kwh
        if abs(there - here) <= FLAT_BAND * abs(here):
            return "flat"
        return "up" if there > here else "down"


def price_day(market: Market, day: date, known: Sequence[KnownPrice], now: datetime) -> PriceDay:
    """A local day of a market as it stands at ``now``."""
    expected = expected_starts(market, day)
    have = {price.slot.start for price in known}
    published_at = local_instant(day - timedelta(days=1), PUBLICATION[market])
    return PriceDay(market, day, _state(market, day, have, expected, now), len(expected), published_at, tuple(known))


def _state(market: Market, day: date, have: set[datetime], expected: Sequence[datetime], now: datetime) -> DayState:
    if have.issuperset(expected):
        return "published"
    if have:
        return "partial"
    if now >= day_bounds(day)[0]:
        return "missing"
    late_from = local_instant(day - timedelta(days=1), OVERDUE[market])
    return "late" if now >= late_from else "not_published"


def price_holding(market: Market, known: Sequence[KnownPrice], now: datetime) -> CurrentPrice | None:
    """The price of the slot that holds ``now``; None when it is not known."""
    current = next((price for price in known if price.slot.start <= now < price.slot.end), None)
    if current is None:
        return None
    return CurrentPrice(market, current, next((price for price in known if price.slot.start == current.slot.end), None))


class PriceBoard:
    """Makes the days and the prices of now. While the store is away, of those in memory; a past view needs the store."""

    def __init__(self, energy: EnergyService) -> None:
        self._energy = energy

    async def day(self, market: Market, days_ahead: int, now: datetime, at: datetime | None = None) -> PriceDay:
        """A local day of a market, in the slots in which it is traded, else in hours; with ``at`` as it was known then."""
        day = local_day(now) + timedelta(days=days_ahead)
        known = await self._known(market, expected_minutes(market, day), day_bounds(day), at)
        if not known:
            known = await self._known(market, 60, day_bounds(day), at)
        return price_day(market, day, known, now)

    async def current(self, market: Market, now: datetime, at: datetime | None = None) -> CurrentPrice | None:
        """The price of now in the shortest slots that are known; with ``at`` as it was known then."""
        start = floor_to(now, HOUR)
        for minutes in (15, 60) if market == "spot" else (60,):
            found = price_holding(market, await self._known(market, minutes, (start, start + 2 * HOUR), at), now)
            if found is not None:
                return found
        return None

    async def _known(self, market: Market, minutes: int, span: tuple[datetime, datetime], at: datetime | None) -> list[KnownPrice]:
        try:
            return await self._energy.known(market, minutes, *span, at)
        except StoreUnavailableError:
            if at is not None:
                raise
            return []
