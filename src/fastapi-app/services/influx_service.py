"""The history through the SeriesStore port, whichever store that is: hourly grids for the forecasts, NaN where nothing is known."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from domain.bill.tariff import TariffTables, toll_and_charge_eur_per_kwh
from domain.errors import NotKnownError
from domain.prices.slots import Market, means_by_hour
from domain.series import Rows, price_key
from domain.timeline import HOUR, day_bounds, epoch, floor_to, local_day, utc_from_epoch
from forecasting.data.grid import Floats, Ints, hour_grid, on_grid
from forecasting.data.history import History
from ports import SeriesStore
from services.beside import made_of
from services.prices.market import KINDS, MarketService

QUARTER_S = 900
LONGEST_HISTORY = timedelta(days=2200)
"""The longest calibration window is 2,000 days; what its inputs look back comes on top."""
AHEAD = timedelta(days=22)
"""Tolls are given to the end of the local week of the last hour that may be asked for."""


class InfluxService:
    """Reads histories from the store. The tolls of the past are computed once."""

    def __init__(self, store: SeriesStore, tariffs: TariffTables, market: MarketService | None = None) -> None:
        self._store = store
        self._tariffs = tariffs
        self._market = market
        self._tolls: dict[int, float] = {}

    async def history(self, market: Market, now: datetime, longest: timedelta = LONGEST_HISTORY) -> History:
        """Prices of a market up to what is published, €/kWh, on the grid of hours from the first known one (or from now) to
        AHEAD of ``now``.

        PVPC comes with its tolls and charges and with the spot beside it, the spot with REE's forecasts of tomorrow. NotKnownError
        when there is no price at all.
        """
        start, end = now - longest, day_bounds(local_day(now + AHEAD))[1]
        price = await self.hourly(market, start, end)
        if not price:
            raise NotKnownError(f"there is no {market} price in the history yet")
        first = max(min(min(price), epoch(floor_to(now, HOUR))), self._first_toll(market))  # a hole before known prices is told
        grid = hour_grid(first, epoch(end))
        if market == "spot":
            return History(grid, _on(grid, price), np.zeros(grid.size), None, *await self._forecasts(grid, now))
        spot = await self.hourly("spot", utc_from_epoch(first), end)
        return History(grid, _on(grid, price), self._toll(grid), _on(grid, spot) if spot else None)

    async def _forecasts(self, grid: Ints, now: datetime) -> tuple[Floats | None, ...]:
        """REE's forecasts of demand, wind and sun [MW] as known now; none where they are not collected."""
        if self._market is None:
            return (None, None, None)
        span = utc_from_epoch(int(grid[0])), utc_from_epoch(int(grid[-1]))
        known = [await self._market.known(kind, *span, now) for kind in KINDS]
        return tuple(_on(grid, values) for values in known) if all(known) else (None, None, None)

    async def hourly(self, market: Market, start: datetime, end: datetime) -> dict[int, float]:
        """Hour start [POSIX s] -> price [€/kWh]; an hour from quarters only when all four are known."""
        hours = await self._store.read(price_key(market, 60), start, end)
        quarters = await self._store.read(price_key(market, 15), start, end)
        return await made_of(len(hours) + len(quarters), _by_hour, hours, quarters)

    def _toll(self, grid: Ints) -> Floats:
        return np.array([self._toll_of(int(start)) for start in grid])

    def _toll_of(self, start: int) -> float:
        if start not in self._tolls:
            self._tolls[start] = toll_and_charge_eur_per_kwh(self._tariffs, "2.0TD", utc_from_epoch(start))
        return self._tolls[start]

    def _first_toll(self, market: Market) -> int:
        """Start of the first day whose tolls are known; the spot has none."""
        if market == "spot":
            return 0
        first = self._tariffs.toll_and_charge.rows["2.0TD"][0].valid_from
        return epoch(day_bounds(first)[0])


def _by_hour(hours: Rows, quarters: Rows) -> dict[int, float]:
    of_quarters = means_by_hour((start, QUARTER_S, value) for start, value in _values(quarters).items())
    return _values(hours) | of_quarters


def _values(rows: Rows) -> dict[int, float]:
    if not len(rows):
        return {}
    column: Sequence[object] = rows.columns["price_eur_kwh"]
    return {time: float(value) for time, value in zip(rows.times, column, strict=True) if isinstance(value, int | float)}


def _on(grid: Ints, values: dict[int, float]) -> Floats:
    return on_grid(grid, list(values), list(values.values()))
