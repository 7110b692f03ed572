"""A write that the store once refused: kept, told, and offered again when a person says so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.store.spool import Spool
from bootstrap.opening import open_state
from domain.series import Rows, series_key
from domain.timeline import epoch, local_day
from settings import Settings
from support.service import running_service, settings_for
from support.simulator_server import running_simulator

NOON = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2024, 1, 1, 12, 0, tzinfo=UTC)
PVPC = series_key("energy_prices", market="pvpc", region="spain", resolution="60", source="REE")


async def with_a_refused_write(settings: Settings) -> None:
    database = open_state(settings)
    spool = Spool(database)
    row = Rows([epoch(LONG_AGO)], {"price_eur_kwh": [0.1234], "provider": ["esios"], "as_of": [epoch(LONG_AGO)]})
    await spool.put(PVPC, row, LONG_AGO)
    waiting = await spool.first()
    assert waiting is not None
    await spool.set_aside(waiting.number, "field type conflict")
    database.close()


async def test_a_refused_write_is_a_reason_until_the_store_takes_it(tmp_path: Path) -> None:
    async with running_simulator(NOON) as simulator:
        start = (local_day(NOON) - timedelta(days=2)).isoformat()
        settings = settings_for(simulator, tmp_path, HISTORY_START=start)
        await with_a_refused_write(settings)
        async with running_service(settings, simulator.clock) as service:
            state = await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
            assert not state["ready"]
            assert state["reasons"] == ["spool: the store refused 1 writes, which are kept: field type conflict"]

            forbidden = await service.post("/spool/retry", level=3)
            assert forbidden.status_code in (403, 404)
            retried = await service.post("/spool/retry")
            assert (retried.status_code, retried.json()) == (200, {"retried": 1})

            await service.until("/ready", lambda state: state["ready"])
            prices = await service.json("/prices?date=2024-01-01")
            assert [slot["price_eur_kwh"] for slot in prices["slots"]] == [0.1234]
            assert (await service.post("/spool/retry")).json() == {"retried": 0}
