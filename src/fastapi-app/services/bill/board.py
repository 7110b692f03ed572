"""The bill on the page: this month so far and at its end, and the last whole months. Made anew when what it is made from is new."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from domain.bill.invoice.bill import Bill
from domain.bill.invoice.lines import Standing, worst
from domain.bill.invoice.metered import MarketPrices, Reading, months_between
from domain.bill.invoice.projection import NoProjection, Projection, past_of, projection_of
from domain.bill.tariff import TariffTables
from domain.bill.terms import PriceBasis
from domain.timeline import HOUR, floor_to, local_day
from services.bill.consumption import ConsumptionService, SupplyPoint
from services.bill.service import BillService

T = TypeVar("T")
MONTHS = 12
"""Whole months that are shown, and looked at for how far off a projection is."""
SAMPLED_BEFORE = timedelta(days=62)
"""Days before the oldest month that its own projection is reckoned from."""


@dataclass(frozen=True, slots=True)
class BillBlock:
    """`point` None: no curve was imported. `month` None: the curve has nothing of this month."""

    basis: PriceBasis
    point: SupplyPoint | None = None
    points: int = 0
    month: Bill | None = None
    months: tuple[Bill, ...] = ()
    end: Projection | NoProjection | None = None
    """How the month will end, or why that cannot be told."""


class KeptAnew(Generic[T]):
    """Keeps what was made last, until what it was made from is something else."""

    def __init__(self) -> None:
        self._kept: tuple[Hashable, T] | None = None

    def of(self, mark: Hashable) -> T | None:
        """What was made from that; None where nothing was."""
        return self._kept[1] if self._kept is not None and self._kept[0] == mark else None

    def keep(self, mark: Hashable, made: T) -> T:
        """Made from that."""
        self._kept = (mark, made)
        return made


class CurveMark:
    """What blocks of the curve are made from: the extents of the curves, corrections, the day; read again after a write and each
    minute, and everything within the hour, as another process may have corrected what was there.
    """

    def __init__(self, consumption: ConsumptionService, writes: Callable[[], int]) -> None:
        self._consumption = consumption
        self._writes = writes
        self._read: KeptAnew[Hashable] = KeptAnew()

    async def of(self, now: datetime) -> Hashable:
        """Equal while nothing is new."""
        soon = (self._writes(), floor_to(now, timedelta(minutes=1)))
        known = self._read.of(soon)
        if known is None:
            extents = await self._consumption.extents()
            known = self._read.keep(soon, (extents, self._consumption.changes, local_day(now), floor_to(now, HOUR)))
        return known


class BillBoard:
    """Makes the block `bill`."""

    def __init__(
        self, bills: BillService, consumption: ConsumptionService, tables: TariffTables, mark: CurveMark, basis: PriceBasis
    ) -> None:
        self._bills = bills
        self._consumption = consumption
        self._tables = tables
        self._mark = mark
        self._basis = basis
        self._kept: KeptAnew[BillBlock] = KeptAnew()

    async def block(self, now: datetime) -> BillBlock:
        """The bills of the supply point whose curve is the newest."""
        mark = await self._mark.of(now)
        kept = self._kept.of(mark)
        return self._kept.keep(mark, await self._made(now)) if kept is None else kept

    async def _made(self, now: datetime) -> BillBlock:
        points = await self._consumption.supply_points()
        if not points:
            return BillBlock(self._basis)
        point, yesterday = points[0], local_day(now) - timedelta(days=1)
        first = local_day(now).replace(day=1)
        known_to = min(local_day(point.newest), yesterday)
        month = await self._bills.of_point(point, first, known_to) if known_to >= first else None
        months = [await self._bills.of_point(point, *days) for days in whole_months(point, first)]
        end = await self._end(point, first, known_to) if month else None
        return BillBlock(self._basis, point, len(points), month, tuple(months), end)

    async def _end(self, point: SupplyPoint, first: date, known_to: date) -> Projection | NoProjection:
        last = next(iter(months_between(first, first + timedelta(days=31))))[1]
        begin = max(local_day(point.first), first - timedelta(days=366) - SAMPLED_BEFORE)
        contract = await self._bills.contract(known_to, last)
        curve, quarters, hours = list[Reading](), dict[datetime, Decimal](), dict[datetime, Decimal]()
        for days in months_between(begin, known_to):  # one after the other: other readers come in between
            readings, market = await self._bills.metered(point, contract, *days)
            curve += readings
            quarters |= market.quarters
            hours |= market.hours

        def reckoned() -> Projection | NoProjection:
            past = past_of(self._tables, contract, curve, MarketPrices(quarters, hours))
            return "days_missing" if past is None else projection_of(past, first, last)

        return await asyncio.to_thread(reckoned)


def whole_months(point: SupplyPoint, before: date) -> list[tuple[date, date]]:
    """The newest whole months of a curve before a day, the newest first."""
    following = local_day(point.newest) + timedelta(days=1)
    spans = months_between(local_day(point.first), min(before, following.replace(day=1)) - timedelta(days=1))
    return [span for span in spans if span[0].day == 1][-MONTHS:][::-1]


def standing_of(bill: Bill) -> Standing:
    """The least certain of its figures."""
    return worst(line.standing for line in (*bill.lines, *(line for taxed in bill.readings for line in taxed.lines)))
