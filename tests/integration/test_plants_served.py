"""Plants unlike the default one, each run as a whole service: its plan is in force and checked, every door says the same of it."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from commands.check_doors import differences
from domain.plan.plant_config import load_plant
from support.plan_cases import ROOT
from support.service import Service, running_service, settings_for
from support.simulator_server import running_simulator

pytestmark = pytest.mark.timeout(400)  # a whole service a plant, on a machine that may be busy

MORNING = datetime(2026, 9, 9, 5, 12, tzinfo=UTC)  # Wednesday, 07:12 in Madrid
HISTORY = "2026-08-26"
PLANTS = {
    "bakery": 25,
    "shop": 11,
    "smoke": 4,
}
"""Batches of the first plan. The bakery works from 23:00 to 07:00; the shop on Saturday and Sunday, on 2.0TD; the smokehouse has
one oven, for which the contract has power at night alone."""


async def plan_of(service: Service) -> Any:
    """The plan on all that is known, once nothing runs by itself any more."""
    await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
    for job in (await service.json("/scheduler/status"))["jobs"]:
        assert (await service.post(f"/scheduler/jobs/{job['id']}/pause")).status_code == 200
    await service.until("/scheduler/status", lambda state: not any(job["running"] for job in state["jobs"]))
    return await service.plan()


@pytest.mark.parametrize("name", PLANTS)
async def test_a_plant_of_another_kind_is_planned_checked_and_shown_alike_at_every_door(name: str, tmp_path: Path) -> None:
    config = tmp_path / "configs"
    shutil.copytree(ROOT / "src/configs", config, ignore=shutil.ignore_patterns("examples"))
    shutil.copy(ROOT / "tests/fixtures/plants" / f"{name}.toml", config / "factory.toml")
    plant = load_plant((config / "factory.toml").read_text(encoding="utf-8"))
    async with running_simulator(MORNING) as simulator:
        settings = settings_for(simulator, tmp_path, HISTORY_START=HISTORY, CONFIG_DIR=str(config))
        async with running_service(settings, simulator.clock) as service:
            plan = await plan_of(service)
            async with httpx2.AsyncClient(base_url=service.url(""), timeout=60.0) as client:
                book = await differences(client)
            page = (await service.get("/dashboard?lang=en")).text
    assert plan["checks"]["passed"] and plan["gap"] is not None
    assert len(plan["batches"]) == PLANTS[name]
    assert plan["baseline"]["batches"]
    assert book.compared > 1000 and book.differences == []
    assert all(batch["id"] in page for batch in plan["batches"])
    assert (plan["saving_eur"] is None) == ("the same would not be made" in page)
    assert bool(plan["late"]) == (name == "smoke"), "an oven that is free for one batch a night, and two are due on Friday"
    assert {batch["quality"] for batch in plan["batches"]} == set(plant.qualities)
