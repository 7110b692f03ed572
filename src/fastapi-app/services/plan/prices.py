"""What the plant pays in each quarter-hour: published where it is, else as forecast, through the basis of its contract."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np

from domain.bill.energy_price import fixed_power_eur, fixed_price
from domain.bill.tariff import TariffTables
from domain.errors import NotKnownError
from domain.plan.plant import Plant
from domain.prices.slots import KnownPrice, Market
from domain.timeline import HOUR, QUARTER, day_bounds, floor_to, local_day, slot_starts, utc_from_epoch
from forecasting.issue.week import WeekForecast
from services.energy_service import EnergyService
from services.forecast.service import Current, ForecastService
from services.prices.paid_price import DECIMALS, PaidPrice

LONGEST = timedelta(days=7)
MOST_SCENARIOS = 100
"""Price paths that a plan is costed on; more change its p10 and p90 by less than a cent per batch."""
Origin = Literal["published", "forecast", "contract"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Prices of the quarter-hours from `start` [€/kWh], as expected and as whole paths that could come."""

    start: datetime
    expected: tuple[float | None, ...]
    origins: tuple[Origin | None, ...]
    scenarios: tuple[tuple[float, ...], ...]
    """Empty where nothing is uncertain, or nothing is known about it."""
    as_of: datetime
    """When the newest of them was said."""
    source: str
    """Who forecast, or who published where nothing is forecast."""
    power_eur_per_day: tuple[float, ...] | None = None
    """Fixed power term of the first day, by period: paid whatever is planned; None where it is not published."""


class PlanPrices:
    """Reads the history and the forecast. `market` follows from the basis of the contract."""

    def __init__(self, energy: EnergyService, forecasts: ForecastService, plant: Plant, tables: TariffTables) -> None:
        self._energy = energy
        self._forecasts = forecasts
        self._plant = plant
        self.tables = tables
        self._paid = PaidPrice(plant.tariff, plant.price, tables)

    def of(self, plant: Plant) -> "PlanPrices":
        """The same history at the terms of another plant: that of an earlier day."""
        return PlanPrices(self._energy, self._forecasts, plant, self.tables)

    @property
    def market(self) -> Market:
        """The market whose prices count: PVPC, or the spot that an indexed price follows."""
        return self._paid.market

    async def outlook(self, start: datetime, now: datetime) -> Outlook:
        """From `start` to the end of the last local day that is known whole, at most seven days ahead of now."""
        return replace(await self._energy_only(start, now), power_eur_per_day=self._power(local_day(now, self._plant.tz)))

    async def _energy_only(self, start: datetime, now: datetime) -> Outlook:
        if self._plant.price.basis == "fixed":
            return self._contract(start, now)
        published = await self._published(start, now + LONGEST)
        current = await self._forecast()
        end = _end(start, published, None if current is None else current.forecast)
        if end <= start:
            raise NotKnownError("no price is known to the end of any day: nothing can be planned")
        return await asyncio.to_thread(self._joined, start, end, published, current)

    async def realised(self, start: datetime, end: datetime) -> tuple[float | None, ...]:
        """What the plant paid in the quarter-hours of ``[start, end)``; None where the price is not published."""
        starts = list(slot_starts(start, end, QUARTER))
        if self._plant.price.basis == "fixed":
            return tuple(fixed_price(self._plant.price, self._plant.tariff, at) for at in starts)
        published = await self._published(start, end)
        return tuple(self._paid.at(at)(published[at].slot.eur_per_kwh) if at in published else None for at in starts)

    async def market_prices(self, start: datetime, end: datetime) -> dict[datetime, float]:
        """Quarter-hour -> published price of the market that the contract follows [€/kWh], before its terms."""
        if self._plant.price.basis == "fixed":
            return {}
        return {at: known.slot.eur_per_kwh for at, known in (await self._published(start, end)).items()}

    def _power(self, day: date) -> tuple[float, ...] | None:
        try:
            return fixed_power_eur(self.tables, self._plant.tariff, self._plant.contracted_kw, day)
        except NotKnownError:
            return None

    def _contract(self, start: datetime, now: datetime) -> Outlook:
        end = day_bounds(local_day(now, self._plant.tz) + LONGEST, self._plant.tz)[0]
        starts = slot_starts(start, end, QUARTER)
        prices = tuple(fixed_price(self._plant.price, self._plant.tariff, at) for at in starts)
        origins: tuple[Origin, ...] = tuple("contract" for _ in prices)
        return Outlook(start, prices, origins, (), floor_to(now, QUARTER), "contract")

    async def _published(self, start: datetime, end: datetime) -> dict[datetime, KnownPrice]:
        """Quarter-hour -> price of the quarter, or of the hour that holds it."""
        found: dict[datetime, KnownPrice] = {}
        for minutes in (60, 15):
            for known in await self._energy.known(self.market, minutes, floor_to(start, HOUR), end):
                found |= dict.fromkeys(slot_starts(known.slot.start, known.slot.end, QUARTER), known)
        return found

    async def _forecast(self) -> Current | None:
        try:
            return await self._forecasts.current()
        except NotKnownError:
            return None

    def _joined(self, start: datetime, end: datetime, published: Mapping[datetime, KnownPrice], current: Current | None) -> Outlook:
        starts = list(slot_starts(start, end, QUARTER))
        paths = {} if current is None else _paths_by_hour(current.forecast)
        values: list[Sequence[float] | None] = []
        origins: list[Origin | None] = []
        for at in starts:
            known, drawn = published.get(at), paths.get(floor_to(at, HOUR))
            said = [known.slot.eur_per_kwh] if known else drawn
            values.append(None if said is None else list(map(self._paid.at(at), said)))
            origins.append("published" if known else None if drawn is None else "forecast")
        used = [published[at].as_of for at in starts if at in published]
        drawn_any = current is not None and "forecast" in origins
        return Outlook(
            start=start,
            expected=tuple(None if said is None else round(sum(said) / len(said), DECIMALS) for said in values),
            origins=tuple(origins),
            scenarios=_scenarios(values) if drawn_any else (),
            as_of=max([*used, *([current.issued_at] if current and drawn_any else [])]),
            source=current.version if current and drawn_any else next(iter(sorted({p.provider for p in published.values()}))),
        )


def _paths_by_hour(forecast: WeekForecast) -> dict[datetime, list[float]]:
    """Hour -> its price on each path [€/kWh]; hours without any are left out."""
    step = max(1, len(forecast.paths) // MOST_SCENARIOS)
    chosen = forecast.paths[::step][:MOST_SCENARIOS]
    known = np.asarray(np.isfinite(chosen).all(axis=0), dtype=np.bool_)
    return {
        utc_from_epoch(int(start)): [float(price) for price in chosen[:, i]] for i, start in enumerate(forecast.starts) if known[i]
    }


def _scenarios(values: Sequence[Sequence[float] | None]) -> tuple[tuple[float, ...], ...]:
    """Paths over all slots. A published price is the same on every path; a slot without any price counts nothing."""
    count = max(len(said) for said in values if said is not None)
    return tuple(
        tuple(0.0 if said is None else round(said[path % len(said)], DECIMALS) for said in values) for path in range(count)
    )


def _end(start: datetime, published: Mapping[datetime, KnownPrice], forecast: WeekForecast | None) -> datetime:
    """End of the last local day of which the last price is known; the start where there is none."""
    last = [at + QUARTER for at in published]
    if forecast is not None:
        known = forecast.starts[np.isfinite(forecast.p50)]
        last += [utc_from_epoch(int(known[-1])) + HOUR] if known.size else []
    if not last:
        return start
    return max(start, day_bounds(local_day(max(last)))[0])
