"""What the plant's price is made of: the hour of now and the month so far, part by part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import fsum

from domain.bill.price_parts import PartCode, PartStatus, PricePart, mean_parts, rounded
from domain.bill.tariff import Tariff
from domain.bill.terms import Basis
from domain.errors import NotKnownError
from domain.prices.slots import KnownPrice, PriceSlot
from domain.timeline import HOUR, day_bounds, floor_to, local_day, slot_starts
from services.beside import made_of
from services.energy_service import EnergyService
from services.prices.board import PriceBoard
from services.prices.paid_price import DECIMALS, PaidPrice


@dataclass(frozen=True, slots=True)
class MonthParts:
    """The mean of the hours of a month that have begun and have a price: every hour counts the same, whatever was used in it."""

    first: date
    last: date
    hours: int
    missing_hours: int
    """Hours that have begun, and of which a price or a term is not known."""
    eur_per_kwh: float
    parts: tuple[PricePart, ...]


@dataclass(frozen=True, slots=True)
class PriceParts:
    """The slot of now, its price and its parts to the same digit, the month so far, and how certain each part is today."""

    slot: PriceSlot
    parts: tuple[PricePart, ...]
    month: MonthParts | None
    statuses: tuple[tuple[PartCode, PartStatus], ...]
    basis: Basis
    tariff: Tariff
    source: str
    as_of: datetime


class PricePartsBoard:
    """`writes` counts the writes to the history: between two of them an hour's month stays as it is."""

    def __init__(self, energy: EnergyService, board: PriceBoard, paid: PaidPrice, writes: Callable[[], int]) -> None:
        self._energy = energy
        self._board = board
        self._paid = paid
        self._writes = writes
        self._memo: tuple[tuple[int, datetime], MonthParts | None] | None = None

    async def block(self, now: datetime) -> PriceParts | None:
        """As it is known now; None where the price of now, or a term of it, is not."""
        mark = (self._writes(), floor_to(now, HOUR))
        if self._memo is None or self._memo[0] != mark:
            self._memo = (mark, await self._month(now, None))
        return await self._made(now, None, self._memo[1])

    async def past(self, at: datetime) -> PriceParts | None:
        """As it was known at a past instant."""
        return await self._made(at, at, await self._month(at, at))

    async def _made(self, now: datetime, at: datetime | None, month: MonthParts | None) -> PriceParts | None:
        told = await self._slot(now, at)
        if told is None:
            return None
        try:
            parts = self._paid.parts(told.slot.start, told.slot.eur_per_kwh)
        except NotKnownError:
            return None
        price = round(self._paid.at(told.slot.start)(told.slot.eur_per_kwh), DECIMALS)
        codes = [part.code for part in (*parts, *(month.parts if month else ()))]
        day = local_day(told.slot.start)
        return PriceParts(
            slot=PriceSlot(told.slot.start, told.slot.end, price),
            parts=rounded(parts, price, DECIMALS),
            month=month,
            statuses=tuple((code, self._paid.status(code, day)) for code in dict.fromkeys(codes)),
            basis=self._paid.basis,
            tariff=self._paid.tariff,
            source=told.provider,
            as_of=told.as_of,
        )

    async def _slot(self, now: datetime, at: datetime | None) -> KnownPrice | None:
        if self._paid.basis == "fixed":
            start = floor_to(now, HOUR)
            return KnownPrice(PriceSlot(start, start + HOUR, 0.0), "contract", start)
        current = await self._board.current(self._paid.market, now, at)
        return None if current is None else current.price

    async def _month(self, now: datetime, at: datetime | None) -> MonthParts | None:
        first, last = local_day(now).replace(day=1), local_day(now)
        start, end = day_bounds(first)[0], floor_to(now, HOUR) + HOUR
        starts = list(slot_starts(start, end, HOUR))
        if self._paid.basis == "fixed":
            prices = [PriceSlot(hour, hour + HOUR, 0.0) for hour in starts]
        else:
            known = await self._energy.known(self._paid.market, 60, start, end, at)
            prices = [price.slot for price in known]
        return await made_of(len(prices), month_of, self._paid, prices, (first, last), len(starts))


def month_of(paid: PaidPrice, slots: Sequence[PriceSlot], days: tuple[date, date], hours: int) -> MonthParts | None:
    """The mean of hours, of which there were so many; None where nothing is known of any."""
    found: list[tuple[PricePart, ...]] = []
    for slot in slots:
        try:
            found.append(paid.parts(slot.start, slot.eur_per_kwh))
        except NotKnownError:
            continue
    if not found:
        return None
    parts = mean_parts(found)
    price = round(fsum(part.eur_per_kwh for part in parts), DECIMALS)
    return MonthParts(*days, len(found), hours - len(found), price, rounded(parts, price, DECIMALS))


def is_of(parts: PriceParts | None, now: datetime) -> bool:
    """Whether the slot of now is still that of an instant."""
    return parts is None or parts.slot.start <= now < parts.slot.end
