"""Prices: slots, days with their state, the price of now."""

from datetime import date, datetime
from typing import Any, Literal, Self, get_args

from domain.bill.tariff import Tariff, period
from domain.bill.terms import Basis
from domain.prices.slots import KnownPrice, Market
from routers.answers.base import Instant, Out
from services.prices.board import TARIFF_OF, CurrentPrice, PriceDay
from services.prices.paid_price import PaidNow

Period = Literal["P1", "P2", "P3", "P4", "P5", "P6"]
PERIODS: tuple[Period, ...] = get_args(Period)


def period_of(start: datetime, tariff: Tariff) -> Period:
    """The period of a slot as it is written."""
    return PERIODS[period(start, tariff) - 1]


class SlotOut(Out):
    """One slot. `period` where a tariff applies."""

    start: Instant
    end: Instant
    price_eur_kwh: float
    origin: Literal["published"]
    source: str
    as_of: Instant
    period: Period | None = None

    @classmethod
    def of(cls, of_market: Market, price: KnownPrice, /, **more: Any) -> Self:
        """As JSON, with what more is told; the period where the market's prices have one."""
        tariff, slot = TARIFF_OF[of_market], price.slot
        if tariff is not None:
            more["period"] = period_of(slot.start, tariff)
        return cls(
            start=slot.start,
            end=slot.end,
            price_eur_kwh=slot.eur_per_kwh,
            origin="published",
            source=price.provider,
            as_of=price.as_of,
            **more,
        )


class SlotRowOut(SlotOut):
    """One slot as a row of a table, which has no frame that says of what it is."""

    market: Market
    simulated: Literal["true", "false"]


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

    @classmethod
    def of(cls, day: PriceDay) -> "PriceDayOut":
        """As JSON."""
        newest = day.newest
        return cls(
            date=day.day,
            market=day.market,
            unit="EUR/kWh",
            resolution_minutes=day.resolution_minutes,
            expected_slots=day.expected_slots,
            state=day.state,
            published_expected_at=day.published_expected_at,
            origin="published",
            source=newest.provider if newest else None,
            as_of=newest.as_of if newest else None,
            slots=[SlotOut.of(day.market, price) for price in day.slots],
        )


class TrendOut(Out):
    """How the next price compares with the one of now."""

    direction: Literal["up", "flat", "down"]
    next_price_eur_kwh: float
    next_start: Instant

    @classmethod
    def of(cls, current: CurrentPrice) -> "TrendOut | None":
        """As JSON; None where the next price is not known."""
        direction, following = current.direction, current.following
        if direction is None or following is None:
            return None
        return cls(direction=direction, next_price_eur_kwh=following.slot.eur_per_kwh, next_start=following.slot.start)


class CurrentPriceOut(SlotOut):
    """The price of the slot that holds now."""

    market: Market
    trend: TrendOut | None
    tariff: str | None = None

    @classmethod
    def now(cls, current: CurrentPrice) -> "CurrentPriceOut":
        """As JSON."""
        tariff = TARIFF_OF[current.market]
        about = {} if tariff is None else {"tariff": tariff}
        return cls.of(current.market, current.price, market=current.market, trend=TrendOut.of(current), **about)


class AssumedOut(Out):
    """A figure in a price that is carried beyond the last day that it was published for."""

    figure: str
    last: date


class PaidOut(Out):
    """What the plant pays now where that is not PVPC. `other_reading_eur_kwh`: what it pays if a condition of a tax, which is not
    known to be decided, is met; what both share alone is certain.
    """

    start: Instant
    end: Instant
    origin: Literal["published", "contract"]
    source: str
    as_of: Instant
    price_eur_kwh: float
    basis: Basis
    tariff: str
    period: Period
    tables_from: date | None
    assumed: list[AssumedOut]
    other_reading_eur_kwh: float | None

    @classmethod
    def of(cls, paid: PaidNow) -> "PaidOut":
        """As JSON."""
        slot = paid.price.slot
        return cls(
            start=slot.start,
            end=slot.end,
            origin=paid.origin,
            source=paid.price.provider,
            as_of=paid.price.as_of,
            price_eur_kwh=slot.eur_per_kwh,
            basis=paid.basis,
            tariff=paid.tariff,
            period=period_of(slot.start, paid.tariff),
            tables_from=paid.tables_from,
            assumed=[AssumedOut(figure=one.figure.code, last=one.last) for one in paid.assumed],
            other_reading_eur_kwh=paid.other_reading,
        )
