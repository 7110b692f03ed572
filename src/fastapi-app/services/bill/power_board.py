"""Contracted power on the page: what the newest month drew beside it, and which powers would have cost least."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.bill.invoice.metered import Reading
from domain.bill.tariff import Tariff, power_period
from domain.timeline import local_day
from services.bill.board import CurveMark, KeptAnew
from services.bill.consumption import ConsumptionService, SupplyPoint
from services.bill.power import PowerService, StudiedPower, wanted_days
from services.bill.service import BillService


@dataclass(frozen=True, slots=True)
class PeriodOfMonth:
    """A period of contracted power in a month. `most_kw` None: no quarter-hour of it is there."""

    contracted_kw: float
    most_kw: float | None
    quarters_above: int


@dataclass(frozen=True, slots=True)
class PowerBlock:
    """`point` None: no curve was imported; `first` None: it has no day that is over. `wanted`: the days of the twelve whole months
    that a study takes, of which the curve has not all while `study` is None.
    """

    point: SupplyPoint | None = None
    first: date | None = None
    last: date | None = None
    periods: tuple[PeriodOfMonth, ...] = ()
    hours_without_quarters: int = 0
    wanted: tuple[date, date] | None = None
    study: StudiedPower | None = None


class PowerBoard:
    """Makes the block `power`."""

    def __init__(self, bills: BillService, consumption: ConsumptionService, power: PowerService, mark: CurveMark) -> None:
        self._bills = bills
        self._consumption = consumption
        self._power = power
        self._mark = mark
        self._kept: KeptAnew[PowerBlock] = KeptAnew()

    async def block(self, now: datetime) -> PowerBlock:
        """Of the supply point whose curve is the newest."""
        mark = await self._mark.of(now)
        kept = self._kept.of(mark)
        return self._kept.keep(mark, await self._made(now)) if kept is None else kept

    async def _made(self, now: datetime) -> PowerBlock:
        points = await self._consumption.supply_points()
        if not points:
            return PowerBlock()
        point = points[0]
        last = min(local_day(point.newest), local_day(now) - timedelta(days=1))
        first = max(last.replace(day=1), local_day(point.first))
        if first > last:
            return PowerBlock(point)
        contract = await self._bills.contract(first, last)
        readings, _ = await self._bills.metered(point, contract, first, last)
        kw = [float(one) for one in contract.kw_on(last)]
        periods = await asyncio.to_thread(periods_of, readings, contract.tariff, kw)
        by_the_hour = sum(one.minutes == 60 for one in readings)
        wanted = wanted_days(point, local_day(now))
        study = None if local_day(point.first) > wanted[0] else await self._power.studied(point.name)
        return PowerBlock(point, first, last, periods, by_the_hour, wanted, study)


def periods_of(readings: Sequence[Reading], tariff: Tariff, contracted_kw: Sequence[float]) -> tuple[PeriodOfMonth, ...]:
    """The highest quarter-hour of each period, and how many were above the contracted power; an hour stands for four alike."""
    most: list[float | None] = [None] * len(contracted_kw)
    above = [0] * len(contracted_kw)
    periods: dict[int, int] = {}
    for one in readings:
        hour = int(one.start.timestamp()) // 3600
        if hour not in periods:
            periods[hour] = power_period(one.start, tariff) - 1
        at, quarters = periods[hour], one.minutes // 15
        kw = float(one.kwh_in) * 4 / quarters
        most[at] = max(kw, most[at] or 0.0)
        above[at] += quarters * (kw > contracted_kw[at])
    return tuple(PeriodOfMonth(*row) for row in zip(contracted_kw, most, above, strict=True))
