"""Contracted powers beside those that would have cost least, from twelve whole months of a curve."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.bill.invoice.metered import Reading, months_between
from domain.bill.power_choices import MONTHS, study
from domain.bill.power_study import Month, PowerStudy, Terms
from domain.bill.tariff import Tariff, TariffTables, power_period
from domain.errors import NotKnownError
from domain.timeline import MADRID, QUARTER, day_bounds, local_day
from ports import Clock
from services.bill.consumption import ConsumptionService, SupplyPoint
from services.bill.service import BillService


@dataclass(frozen=True, slots=True)
class StudiedPower:
    """A study, of which supply, and what of the curve is not there or not sure."""

    point: SupplyPoint
    tariff: Tariff
    study: PowerStudy
    missing_quarters: int
    estimated_slots: int
    hours_without_quarters: int


class PowerService:
    """Studies contracted powers."""

    def __init__(self, bills: BillService, consumption: ConsumptionService, tables: TariffTables, clock: Clock) -> None:
        self._bills = bills
        self._consumption = consumption
        self._tables = tables
        self._clock = clock

    async def studied(self, name: str | None) -> StudiedPower:
        """The newest twelve whole months, at the contract and the tolls of today; NotKnownError without them."""
        point = await self._bills.point(name)
        today = local_day(self._clock())
        first, last = whole_months(point, today)
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        curve = await self._consumption.curve(point.name, start, end)
        contract = await self._bills.contract(today, today)
        kw = tuple(float(one) for one in contract.kw_on(today))
        terms = Terms(contract.tariff, kw, contract.supply.meter_type, today)
        return await asyncio.to_thread(self._made, point, terms, curve, (first, last))

    def _made(self, point: SupplyPoint, terms: Terms, curve: Sequence[Reading], days: tuple[date, date]) -> StudiedPower:
        by_month = quarters_by_month(curve, terms.tariff, months_of(*days))
        start, end = day_bounds(days[0])[0], day_bounds(days[1])[1]
        there = sum(one.minutes // 15 for one in curve)
        return StudiedPower(
            point,
            terms.tariff,
            study(self._tables, terms, by_month),
            max(0, (end - start) // QUARTER - there),
            sum(one.estimated for one in curve),
            sum(one.minutes == 60 for one in curve),
        )


def wanted_days(point: SupplyPoint, today: date) -> tuple[date, date]:
    """First and last day of the newest twelve whole months up to the end of a curve, whether it has them or not."""
    following = min(local_day(point.newest) + timedelta(days=1), today).replace(day=1)
    return following.replace(year=following.year - 1), following - timedelta(days=1)


def whole_months(point: SupplyPoint, today: date) -> tuple[date, date]:
    """First and last day of the newest twelve whole months that a curve has; NotKnownError where it is shorter."""
    first, last = wanted_days(point, today)
    if local_day(point.first) > first:
        held = f"the curve of {point.name} is from {local_day(point.first)} to {local_day(point.newest)}"
        raise NotKnownError(f"contracted powers are studied over {MONTHS} whole months, {first} to {last}: {held}")
    return first, last


def months_of(first: date, last: date) -> list[Month]:
    """The calendar months of a range of days."""
    return [(begin.year, begin.month) for begin, _ in months_between(first, last)]


def quarters_by_month(curve: Sequence[Reading], tariff: Tariff, months: Sequence[Month]) -> dict[Month, dict[int, list[float]]]:
    """The power of each quarter-hour [kW] by month and power period; an hour stands for four that are alike."""
    found: dict[Month, dict[int, list[float]]] = {month: {} for month in months}
    hours: dict[int, tuple[Month, int]] = {}
    for one in curve:
        hour = int(one.start.timestamp()) // 3600
        if hour not in hours:
            local = one.start.astimezone(MADRID)
            hours[hour] = (local.year, local.month), power_period(one.start, tariff)
        month, number = hours[hour]
        count = one.minutes // 15
        found[month].setdefault(number, []).extend([float(one.kwh_in) * 4 / count] * count)
    return found
