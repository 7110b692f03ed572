"""The default plant in the simulated world: plan, week, advice and alerts of a whole service over real sockets."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.service import Service, running_service, settings_for
from support.simulator_server import SimulatorServer, running_simulator

EVENING = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)  # Friday, 21:30 in Madrid: tomorrow is out
HISTORY = (EVENING - timedelta(days=20)).date().isoformat()


@pytest.fixture
async def simulator() -> AsyncGenerator[SimulatorServer]:
    async with running_simulator(EVENING) as server:
        yield server


@pytest.fixture
async def service(simulator: SimulatorServer, tmp_path: Path) -> AsyncGenerator[Service]:
    keys = {"AEMET_API_KEY": "a-key", "OPENWEATHERMAP_API_KEY": "o-key"}
    async with running_service(settings_for(simulator, tmp_path, HISTORY_START=HISTORY, **keys), simulator.clock) as running:
        yield running


async def plan_of(service: Service) -> Any:
    await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
    return await service.plan()


async def test_the_page_gets_plan_week_class_and_advice(service: Service) -> None:
    plan = await plan_of(service)
    assert plan["status"] in ("optimal", "feasible") and plan["checks"]["passed"]
    assert plan["gap"] <= 0.01 and plan["saving_eur"] >= -0.01
    assert plan["cost_eur"]["p10"] < plan["cost_eur"]["p90"]
    assert all(batch["why"]["es"] and batch["why"]["en"] for batch in plan["batches"])

    document = await service.json("/dashboard/complete")
    assert document["plan"]["plan_id"] == plan["plan_id"]
    week = document["week"]
    assert [len(day["hours"]) for day in week["days"]] == [24] * 7
    assert week["days"][0]["date"] == "2026-03-20"
    prices = [hour["price_eur_kwh"] or hour["p50"] for day in week["days"] for hour in day["hours"]]
    assert len(week["legend"]["class_thresholds"]) == 3 and None not in prices
    known = [hour for day in week["days"] for hour in day["hours"] if hour["origin"] == "published"]
    assert len(known) >= 24
    for hour in known:
        below, above = hour["class_changes"]["below"], hour["class_changes"]["above"]
        others = {change["production_class"] for change in (below, above) if change}
        assert others and hour["production_class"] not in others
        assert below is None or below["price_eur_kwh"] < hour["price_eur_kwh"]
        assert above is None or above["price_eur_kwh"] >= hour["price_eur_kwh"]
    planned = [hour["planned_load_kw"] for hour in week["days"][1]["hours"]]
    assert None not in planned and max(planned) > 40 >= 18 >= min(planned)
    assert document["current"]["class"]["until"] > EVENING.isoformat()
    assert {item["id"].split("-")[0] for item in document["recommendations"]} == {"start"}
    assert (await service.get("/dashboard/heatmap")).json()["days"] == week["days"]

    first = await service.get("/dashboard/complete")
    await asyncio.sleep(1.2)
    assert (await service.get("/dashboard/complete")).headers["etag"] == first.headers["etag"]


async def test_alerts_begin_once_stay_and_end_with_their_history(simulator: SimulatorServer, tmp_path: Path) -> None:
    """The spot of Saturday 19:00 is 0.4 €/kWh above all others, and what the plant pays follows it."""
    await simulator.control("revise", market="spot", start="2026-03-21T18:00:00+00:00", amount=400.0)
    async with running_service(settings_for(simulator, tmp_path, HISTORY_START=HISTORY), simulator.clock) as service:
        await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
        await spike_comes_and_goes(service, simulator)


async def spike_comes_and_goes(service: Service, simulator: SimulatorServer) -> None:
    await service.post("/scheduler/jobs/advice/pause")  # it looks when the test says so, and not beside that

    def is_there(body: Any) -> bool:
        return any(alert["rule"] == "price_spike" for alert in body["alerts"])

    async def look() -> Any:
        await service.run("advice")
        return await service.json("/dashboard/alerts?history=30")

    found = await look()
    (alert,) = [alert for alert in found["alerts"] if alert["rule"] == "price_spike"]
    assert alert["since"] == EVENING.isoformat() and alert["figures"]["start"] == "2026-03-21T18:00:00+00:00"
    assert "sábado 21 a las 19:00" in alert["text"]["es"]
    assert [other for other in (await look())["alerts"] if other["rule"] == "price_spike"] == [alert]
    simulator.clock.set(datetime(2026, 3, 21, 20, 0, tzinfo=UTC))
    await look()
    simulator.clock.advance(timedelta(minutes=11))
    ended = await look()
    assert not is_there(ended)
    (past,) = [alert for alert in ended["history"] if alert["rule"] == "price_spike"]
    assert (past["since"], past["until"]) == (alert["since"], "2026-03-21T20:11:00+00:00")
