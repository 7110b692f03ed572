"""The bill of a supply point: the plant's contract of those days, its curve, the prices of its market, the dated tables."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from domain.bill.invoice.bill import Bill, bill_of
from domain.bill.invoice.check import Asked, Checked, checked
from domain.bill.invoice.lines import exact
from domain.bill.invoice.metered import MarketPrices, Reading
from domain.bill.supply import Contract, ContractedFrom
from domain.bill.tariff import TariffTables
from domain.errors import NotFoundError
from domain.prices.slots import Market
from domain.timeline import day_bounds, days_between
from services.bill.consumption import ConsumptionService, SupplyPoint
from services.energy_service import EnergyService
from services.savings.plants import Plants


class BillService:
    """Bills of what the meter says."""

    def __init__(self, consumption: ConsumptionService, energy: EnergyService, plants: Plants, tables: TariffTables) -> None:
        self._consumption = consumption
        self._energy = energy
        self._plants = plants
        self._tables = tables

    async def bill(self, first: date, last: date, due: date | None = None, name: str | None = None) -> tuple[SupplyPoint, Bill]:
        """The bill of the days from one to another, both included; NotFoundError where there is no such curve."""
        point = await self.point(name)
        return point, await self.of_point(point, first, last, due)

    async def of_point(self, point: SupplyPoint, first: date, last: date, due: date | None = None) -> Bill:
        """The bill of those days of a supply point that is known."""
        contract = await self.contract(first, last)
        curve, market = await self.metered(point, contract, first, last)
        return await asyncio.to_thread(bill_of, self._tables, contract, curve, market, (first, last), due or last)

    async def check(
        self, days: tuple[date, date], due: date | None, name: str | None, asked: Sequence[Asked], total: Decimal | None
    ) -> tuple[Bill, Checked]:
        """A retailer's lines beside ours."""
        point = await self.point(name)
        first, last = days
        contract = await self.contract(first, last)
        curve, market = await self.metered(point, contract, first - timedelta(days=1), last)

        def rebill(other: Contract, later_first: timedelta, later_last: timedelta) -> Bill:
            return bill_of(self._tables, other, curve, market, (first + later_first, last + later_last), due or last)

        bill = rebill(contract, timedelta(0), timedelta(0))
        return bill, checked(self._tables, contract, bill, asked, total, rebill)

    async def point(self, name: str | None) -> SupplyPoint:
        """A supply point by its name, or the one whose curve is the newest."""
        points = await self._consumption.supply_points()
        found = [point for point in points if name in (None, point.name)]
        if not found:
            raise NotFoundError(f"curve of supply point {name}" if name else "curve of consumption: import one (docs/billing.md)")
        return found[0]

    async def contract(self, first: date, last: date) -> Contract:
        """The contract of those days: the powers of each, the rest as on the last one."""
        powers: list[ContractedFrom] = []
        plant = (await self._plants.on(first)).plant
        for day in days_between(first, last):
            plant = (await self._plants.on(day)).plant
            kw = tuple(exact(figure) for figure in plant.contracted_kw)
            if not powers or powers[-1].kw != kw:
                powers.append(ContractedFrom(day, kw))
        same = [power for power in powers if len(power.kw) == len(plant.contracted_kw)]
        return Contract(plant.tariff, tuple(same), plant.price, plant.supply)

    async def metered(
        self, point: SupplyPoint, contract: Contract, first: date, last: date
    ) -> tuple[Sequence[Reading], MarketPrices]:
        """The curve and the prices of the days from one to another, both included."""
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        return await self._consumption.curve(point.name, start, end), await self._market(contract, start, end)

    async def _market(self, contract: Contract, start: datetime, end: datetime) -> MarketPrices:
        if contract.price.basis == "fixed":
            return MarketPrices()
        market: Market = "pvpc" if contract.price.basis == "pvpc" else "spot"
        quarters = await self._prices(market, 15, start, end) if market == "spot" else {}
        return MarketPrices(quarters, await self._prices(market, 60, start, end))

    async def _prices(self, market: Market, minutes: Literal[15, 60], start: datetime, end: datetime) -> dict[datetime, Decimal]:
        known = await self._energy.known(market, minutes, start, end)
        return {price.slot.start: exact(price.slot.eur_per_kwh) for price in known}
