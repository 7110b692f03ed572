"""The history that the forecast benchmark runs on: a CSV of hourly prices, or the store of the service."""

import asyncio
import csv
import gzip
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from adapters.state.issued import SqliteIssuedLog
from bootstrap import build_clock, open_series, open_state
from bootstrap.opening import read_tariffs
from domain.bill.tariff import TariffTables, load_tariffs, toll_and_charge_eur_per_kwh
from domain.errors import NotKnownError
from domain.timeline import utc_from_epoch
from forecasting.data.grid import HOUR_S, Floats, Ints, hour_grid, on_grid
from forecasting.data.history import History, Task
from services.influx_service import InfluxService
from services.prices.market import MarketService
from settings import read_settings

TARIFFS = Path("src/configs/tariffs.toml")
TARIFF_BREAK = int(datetime.fromisoformat("2021-06-01T00:00:00+02:00").timestamp())
"""PVPC before 2021-06-01 is another tariff: left out."""


def history(task: Task, prices: Path | None, d1: Path | None) -> History:
    """The history of a task, €/kWh; ``d1`` adds the D+1 forecasts of demand, wind and solar."""
    if prices is None:
        return prices_from_store(task)
    grid, columns = hourly(prices, ("omie_es", "pvpc_pcb"))
    spot, pvpc = (columns[name] / 1000 for name in ("omie_es", "pvpc_pcb"))
    if task == "W":
        toll = tolls(grid)
        return History(grid, np.where(np.isfinite(toll), pvpc, np.nan), toll, spot)
    if task == "WS" or d1 is None:
        return History(grid, spot, np.zeros(grid.size))
    at, forecasts = hourly(d1, ("demand_fc", "wind_fc", "solar_fc"))
    demand, wind, solar = (on_grid(grid, at, forecasts[name]) for name in ("demand_fc", "wind_fc", "solar_fc"))
    return History(grid, spot, np.zeros(grid.size), None, demand, wind, solar)


def prices_from_store(task: Task) -> History:
    """The history of the service's own store, with REE's forecasts of tomorrow where they are collected."""
    return asyncio.run(_read_store(task))


async def _read_store(task: Task) -> History:
    settings, state = read_settings(), None
    clock = build_clock(settings)
    store = open_series(settings)
    try:
        state = open_state(settings)
        market = MarketService(None, SqliteIssuedLog(state), clock)
        influx = InfluxService(store, read_tariffs(settings), market)
        return await influx.history("pvpc" if task == "W" else "spot", clock())
    finally:
        await store.aclose()
        if state is not None:
            state.close()


def hourly(path: Path, names: tuple[str, ...]) -> tuple[Ints, dict[str, Floats]]:
    """Consecutive UTC hours and the named columns on them; empty cells and absent hours are NaN."""
    rows = list(_rows(path))
    starts = np.array([int(datetime.fromisoformat(row["utc"]).timestamp()) for row in rows], dtype=np.int64)
    grid = hour_grid(int(starts.min()), int(starts.max()) + HOUR_S)
    return grid, {name: on_grid(grid, starts, [_number(row[name]) for row in rows]) for name in names}


def quarter_hours(path: Path, name: str) -> tuple[Ints, Floats]:
    """Consecutive quarter-hours [s] from a full hour on, and a column on them [€/kWh]; absent quarters are NaN."""
    rows = list(_rows(path))
    at = np.array([int(datetime.fromisoformat(row["utc"]).timestamp()) for row in rows], dtype=np.int64)
    first = int(at.min()) // HOUR_S * HOUR_S
    count = (int(at.max()) // HOUR_S * HOUR_S + HOUR_S - first) // 900
    prices = np.full(count, np.nan)
    prices[(at - first) // 900] = [_number(row[name]) / 1000 for row in rows]
    return first + 900 * np.arange(count, dtype=np.int64), prices


def _rows(path: Path) -> Iterator[dict[str, str]]:
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")
    yield from csv.DictReader(text.splitlines())


def _number(cell: str) -> float:
    return float(cell) if cell else float("nan")


def tolls(grid: Ints) -> Floats:
    """Toll and charge of tariff 2.0TD [€/kWh] of each hour, from the published tables; NaN before the first row."""
    tables = load_tariffs(TARIFFS.read_text(encoding="utf-8"))
    return np.array([_toll(tables, int(start)) if start >= TARIFF_BREAK else float("nan") for start in grid])


def _toll(tables: TariffTables, start: int) -> float:
    try:
        return toll_and_charge_eur_per_kwh(tables, "2.0TD", utc_from_epoch(start))
    except NotKnownError:
        return float("nan")
