"""What the plant's price is made of."""

import datetime
from typing import Self

from domain.bill.price_parts import PartCode, PartStatus, PricePart, State
from domain.bill.terms import Basis
from routers.answers.base import Instant, Out
from services.prices.price_parts import MonthParts, PriceParts


class PartOut(Out):
    """A part of a price, to the price's last digit."""

    code: PartCode
    eur_kwh: float

    @classmethod
    def all(cls, parts: tuple[PricePart, ...]) -> list[Self]:
        """As JSON."""
        return [cls(code=part.code, eur_kwh=part.eur_per_kwh) for part in parts]


class PartStatusOut(Out):
    """How certain a part is today. `since`, `last`: first and last day of its table's row; `norm` where it was published."""

    code: PartCode
    state: State
    since: datetime.date | None
    last: datetime.date | None
    norm: str

    @classmethod
    def of(cls, code: PartCode, status: PartStatus) -> Self:
        """As JSON."""
        return cls(code=code, state=status.state, since=status.since, last=status.last, norm=status.norm)


class MonthPartsOut(Out):
    """The mean of the hours of a month so far; every hour counts the same."""

    first: datetime.date
    last: datetime.date
    hours: int
    missing_hours: int
    price_eur_kwh: float
    parts: list[PartOut]

    @classmethod
    def of(cls, month: MonthParts) -> Self:
        """As JSON."""
        return cls(
            first=month.first,
            last=month.last,
            hours=month.hours,
            missing_hours=month.missing_hours,
            price_eur_kwh=month.eur_per_kwh,
            parts=PartOut.all(month.parts),
        )


class PricePartsOut(Out):
    """The price of now, and of the month so far: the parts sum to the price. VAT is in none of them."""

    start: Instant
    end: Instant
    price_eur_kwh: float
    basis: Basis
    tariff: str
    parts: list[PartOut]
    month: MonthPartsOut | None
    statuses: list[PartStatusOut]
    source: str
    as_of: Instant

    @classmethod
    def of(cls, told: PriceParts) -> Self:
        """As JSON."""
        return cls(
            start=told.slot.start,
            end=told.slot.end,
            price_eur_kwh=told.slot.eur_per_kwh,
            basis=told.basis,
            tariff=told.tariff,
            parts=PartOut.all(told.parts),
            month=None if told.month is None else MonthPartsOut.of(told.month),
            statuses=[PartStatusOut.of(code, status) for code, status in told.statuses],
            source=told.source,
            as_of=told.as_of,
        )
