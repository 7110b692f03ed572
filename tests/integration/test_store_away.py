"""The database away and back (a real InfluxDB): what /ready, /metrics and the page say, what is kept, what is made good."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.timeline import day_bounds, local_day
from support.influx_server import InfluxServer
from support.requires import require
from support.service import running_service, settings_for
from support.simulator_server import running_simulator

NOON = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)  # 13:00 in Madrid: nothing of tomorrow is out
EVENING = datetime(2026, 3, 20, 20, 10, tzinfo=UTC)
TODAY = local_day(NOON)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[InfluxServer]:
    server = InfluxServer(require("influxd"), tmp_path / "influx")
    server.start()
    server.make_bucket("energy_data")
    yield server
    server.remove()


def metric(text: str, name: str) -> float:
    return float(next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()[-1])


def prices_of(day: dict[str, Any]) -> list[float]:
    return [slot["price_eur_kwh"] for slot in day["slots"]]


async def test_the_database_goes_and_comes_back(database: InfluxServer, tmp_path: Path) -> None:
    async with running_simulator(NOON) as simulator:
        settings = settings_for(
            simulator,
            tmp_path,
            HISTORY_START=(TODAY - timedelta(days=2)).isoformat(),
            STORE="influxdb",
            INFLUXDB_URL=database.url,
            AEMET_API_KEY="a-key",
        )
        async with running_service(settings, simulator.clock) as service:
            service.patience_s = 90
            await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
            await service.until("/dashboard/complete", lambda shown: shown["current"]["weather"] is not None)
            before = await service.json("/dashboard/complete")

            database.kill()
            simulator.clock.advance(timedelta(seconds=2))
            away = await service.get("/ready")
            assert away.status_code == 503
            state = away.json()
            assert (state["store"]["kind"], state["store"]["state"]) == ("influxdb", "away")
            assert any(reason.startswith("store: ") for reason in state["reasons"])
            assert not any("no published price" in reason for reason in state["reasons"]), "the price is known all the same"
            ages = {series["tags"].get("market") or series["tags"]["source"]: series["age_s"] for series in state["series"]}
            assert (ages["pvpc"], ages["spot"]) == (2 - 10 * 3600, 2 - 10.75 * 3600), "the last slots of today are ahead"
            assert 0 < ages["AEMET"] <= 3 * 3600 and ages["OpenWeatherMap"] is None

            during = await service.json("/dashboard/complete")
            assert during["prices"]["today"] == before["prices"]["today"]
            assert during["current"]["price"]["as_of"] == before["current"]["price"]["as_of"]
            assert during["current"]["weather"]["as_of"] == before["current"]["weather"]["as_of"]
            assert during["system"]["store"]["state"] == "away"
            assert (await service.get("/dashboard")).status_code == 200

            simulator.clock.set(EVENING)  # tomorrow's prices come out
            tomorrow = await service.until("/dashboard/complete", lambda shown: shown["prices"]["tomorrow"]["state"] == "published")
            assert len(tomorrow["prices"]["tomorrow"]["slots"]) == 24
            spooled = (await service.get("/ready")).json()
            assert spooled["store"]["spool"]["records"] > 0
            assert any(reason.startswith("spool: ") for reason in spooled["reasons"])
            metrics = (await service.get("/metrics")).text
            assert (metric(metrics, "chocolate_ready"), metric(metrics, "chocolate_store_up")) == (0, 0)
            still = (await service.get("/ready")).json()["store"]["spool"]["records"]
            least = spooled["store"]["spool"]["records"]
            assert least <= metric(metrics, "chocolate_spool_records") <= still, "jobs may write meanwhile"

            database.start()
            back = await service.until("/ready", lambda state: state["ready"])
            assert back["store"]["spool"]["records"] == 0
            assert (await service.json("/dashboard/complete"))["prices"]["tomorrow"]["slots"] == tomorrow["prices"]["tomorrow"][
                "slots"
            ]
            start, end = day_bounds(TODAY + timedelta(days=1))
            span = f"time >= '{start:%FT%TZ}' AND time < '{end:%FT%TZ}'"
            counted = database.execute(
                f"SELECT count(price_eur_kwh) FROM energy_data..energy_prices WHERE market='pvpc' AND {span}"
            )
            assert b",24]" in counted
