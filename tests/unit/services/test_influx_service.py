"""The history that forecasts read: a hole before known prices is a hole, not the end of what is known."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from adapters.store.sqlite_series import SqliteStore
from domain.bill.tariff import load_tariffs
from domain.series import Rows, Value, price_key
from domain.timeline import HOUR, QUARTER, day_slots, epoch
from services.influx_service import InfluxService
from support.plan_cases import ROOT

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
TARIFFS = load_tariffs((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))


async def keep(store: SqliteStore, market: str, minutes: int, starts: list[datetime], price: float) -> None:
    columns: dict[str, list[Value | None]] = {
        "price_eur_kwh": [price] * len(starts),
        "provider": ["csv"] * len(starts),
        "as_of": [epoch(NOW)] * len(starts),
    }
    await store.write(price_key(market, minutes), Rows([epoch(start) for start in starts], columns))


async def test_prices_of_the_day_after_tomorrow_alone_leave_a_hole_that_has_its_tolls(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "series.sqlite", "simulated")
    await keep(store, "pvpc", 60, day_slots(date(2026, 11, 29)), 0.1)
    history = await InfluxService(store, TARIFFS).history("pvpc", NOW)
    await store.aclose()
    before = (history.starts >= epoch(NOW)) & (history.starts < epoch(day_slots(date(2026, 11, 29))[0]))
    assert history.starts[0] == epoch(NOW)
    assert before.sum() == 35
    assert np.isnan(history.price[before]).all()
    assert np.isfinite(history.toll[before]).all()


async def test_an_hour_is_the_mean_of_its_quarters_whatever_else_is_stored_for_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "series.sqlite", "simulated")
    start = day_slots(date(2026, 11, 27))[0]
    await keep(store, "spot", 60, [start, start + HOUR], 0.333)
    await keep(store, "spot", 15, [start + i * QUARTER for i in range(4)], 0.1)
    hours = await InfluxService(store, TARIFFS).hourly("spot", start, start + 2 * HOUR)
    await store.aclose()
    assert hours == {epoch(start): 0.1, epoch(start + HOUR): 0.333}
