"""Prices: slots, days with their state, the price of now."""

from datetime import date
from typing import Literal

from domain.bill.terms import Basis
from domain.prices.slots import Market
from routers.answers.base import Instant, Out

Period = Literal["P1", "P2", "P3", "P4", "P5", "P6"]


class SlotOut(Out):
    """One slot. `period` where a tariff applies."""

    start: Instant
    end: Instant
    price_eur_kwh: float
    origin: Literal["published"]
    source: str
    as_of: Instant
    period: Period | None = None


class PricesOut(Out):
    """Slots of one market that start in a range, in order; what is not known is not there."""

    market: Market
    unit: Literal["EUR/kWh"]
    resolution_minutes: Literal[15, 60]
    simulated: bool
    slots: list[SlotOut]


class PriceDayOut(Out):
    """A local day of a market and its state."""

    date: date
    market: Market
    unit: Literal["EUR/kWh"]
    resolution_minutes: int | None
    expected_slots: int
    state: Literal["published", "partial", "not_published", "late", "missing"]
    published_expected_at: Instant
    origin: Literal["published"]
    source: str | None
    as_of: Instant | None
    slots: list[SlotOut]


class TrendOut(Out):
    """How the next price compares with the one of now."""

    direction: Literal["up", "flat", "down"]
    next_price_eur_kwh: float
    next_start: Instant


class CurrentPriceOut(SlotOut):
    """The price of the slot that holds now."""

    market: Market
    trend: TrendOut | None
    tariff: str | None = None


class PaidOut(Out):
    """What the plant pays now where that is not PVPC."""

    start: Instant
    end: Instant
    origin: Literal["published", "contract"]
    source: str
    as_of: Instant
    price_eur_kwh: float
    basis: Basis
    tariff: str
    period: Period
