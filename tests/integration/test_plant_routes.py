"""The plant changed over a real socket: shown, tried, saved, in force without a restart, undone."""

import tomllib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from support.service import Service, running_service, settings_for
from support.simulator_server import SettableClock
from support.small_factory import SMALL_FACTORY, small_config

NIGHT = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
STRONGER = {"stages": {"kettle": {"power_kw": 30}}}


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[Service]:
    settings = settings_for(None, tmp_path, CONFIG_DIR=str(small_config(tmp_path)))
    async with running_service(settings, SettableClock(NIGHT)) as running:
        yield running


def file_of(service: Service) -> Path:
    return service.settings.config_dir / "factory.toml"


async def put(service: Service, body: Any, digest: str | None = None, *, level: int = 1, query: str = "") -> httpx2.Response:
    headers = {} if digest is None else {"If-Match": digest}
    return await service.client.put(service.url(f"/plant{query}", level), json=body, headers=headers)


async def undo(service: Service, digest: str) -> httpx2.Response:
    return await service.client.post(service.url("/plant/undo"), headers={"If-Match": f'W/"{digest}"'})


async def test_the_plant_is_shown_with_units_limits_and_what_it_makes(service: Service) -> None:
    answer = await service.get("/plant")
    plant = answer.json()
    assert answer.headers["etag"] == f'"{plant["digest"]}"'
    assert (plant["in_force"], plant["fault"], plant["closed"], plant["kept"]) == (True, None, None, [])
    assert plant["stages"][1] == {"name": "kettle", "units": 2, "power_kw": 20.0, "minutes": {"plain": 30}}
    assert plant["shifts"] == [{"days": list(plant["demand"]), "start": "06:00", "end": "22:00"}]
    assert plant["limits"]["stages.power_kw"] == {"least": 0, "most": 10000, "unit": "kW", "whole": False}
    week = plant["week"][0]
    assert (week["quality"], week["due_kg"]) == ("plain", 700.0)
    assert week["at_least_batches"] > 7


async def test_a_dry_run_tells_the_diff_and_the_week_and_writes_nothing(service: Service) -> None:
    shorter = {"shifts": [{"days": ["monday"], "start": "06:00", "end": "08:00"}]}
    told = (await put(service, shorter, query="?dry_run=true")).json()
    assert (told["saved"], told["kept"]) == (False, None)
    assert '+days = ["monday"]' in told["diff"] and "+end = 08:00:00" in told["diff"]
    assert told["after"][0]["at_least_batches"] < told["before"][0]["at_least_batches"]
    assert file_of(service).read_text() == SMALL_FACTORY
    assert [path.name for path in file_of(service).parent.glob("*factory.toml*")] == ["factory.toml"]


async def test_a_saved_plant_is_in_force_at_once_and_the_plan_follows(service: Service) -> None:
    plan = await service.plan()
    digest = (await service.json("/plant"))["digest"]
    before = service.app.state.services
    answer = await put(service, STRONGER, f'"{digest}"')
    saved = answer.json()
    assert (answer.status_code, saved["saved"], saved["in_force"]) == (200, True, True), saved
    assert file_of(service).read_text() == SMALL_FACTORY.replace("power_kw = 20.0", "power_kw = 30.0")
    assert file_of(service).with_name(saved["kept"]).read_text() == SMALL_FACTORY
    assert service.app.state.services is not before
    shown = await service.json("/plant")
    assert (shown["digest"], shown["in_force"], shown["kept"]) == (saved["digest"], True, [saved["kept"]])
    after = await service.plan()
    kettle = [stage["energy_kwh"] for one in (plan, after) for stage in one["batches"][-1]["stages"] if stage["stage"] == "kettle"]
    assert kettle == [10.0, 15.0]
    assert (await service.json("/scheduler/status"))["status"] == "running"


async def test_the_schedule_plans_anew_by_itself(service: Service) -> None:
    shown = await service.until("/dashboard/complete", lambda one: one["plan"] is not None)
    digest = (await service.json("/plant"))["digest"]
    assert (await put(service, STRONGER, digest)).status_code == 200
    last = shown["plan"]["plan_id"]
    renewed = await service.until("/dashboard/complete", lambda one: one["plan"] and one["plan"]["plan_id"] != last)
    stages = [stage for one in renewed["plan"]["batches"] for stage in one["stages"]]
    assert {stage["energy_kwh"] for stage in stages if stage["stage"] == "kettle"} == {15.0}


async def test_undone_the_old_text_is_back_and_undone_again_the_new_one(service: Service) -> None:
    saved = (await put(service, STRONGER, (await service.json("/plant"))["digest"])).json()
    back = await undo(service, saved["digest"])
    assert (back.status_code, file_of(service).read_text()) == (200, SMALL_FACTORY), back.text
    again = await undo(service, back.json()["digest"])
    assert (again.json()["in_force"], tomllib.loads(file_of(service).read_text())["stage"][1]["power_kw"]) == (True, 30.0)


async def test_there_is_nothing_to_undo_at_first(service: Service) -> None:
    assert (await undo(service, (await service.json("/plant"))["digest"])).status_code == 404


async def test_a_file_that_was_changed_meanwhile_is_not_overwritten(service: Service) -> None:
    digest = (await service.json("/plant"))["digest"]
    by_hand = SMALL_FACTORY + "# by hand\n"
    file_of(service).write_text(by_hand)
    refused = await put(service, STRONGER, digest)
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert file_of(service).read_text() == by_hand
    assert (await service.json("/plant"))["in_force"] is False


async def test_a_save_without_the_digest_is_refused(service: Service) -> None:
    for given in (None, "*"):
        refused = await put(service, STRONGER, given)
        assert (refused.status_code, refused.json()["errors"][0]["name"]) == (409, "If-Match")
    assert file_of(service).read_text() == SMALL_FACTORY


async def test_a_file_with_a_fault_is_told_and_the_plant_in_force_shown(service: Service) -> None:
    file_of(service).write_text(SMALL_FACTORY.replace("power_kw = 20.0", "power_kw = 20,0"))
    shown = await service.json("/plant")
    assert shown["in_force"] is False and "line 23" in shown["fault"]
    assert shown["stages"][1]["power_kw"] == 20.0


@pytest.mark.parametrize(
    ("body", "status", "name", "valid"),
    [
        ({"stages": {"kettle": {"power_kw": 20000}}}, 409, "stages.kettle.power_kw", "must be 0 to 10000 kW (W for kW?)"),
        ({"stages": {"kettle": {"minutes": {"plain": 20}}}}, 409, "stages.kettle.minutes", "15"),
        ({"stages": {"ketle": {"power_kw": 20}}}, 409, "stages.ketle", "one of mix, kettle, fill"),
        ({"shifts": [{"days": ["monday"], "start": "06:10", "end": "14:00"}]}, 409, "shifts.1.start", "quarter-hour"),
        ({"contract": {"power_kw": {"P1": 120}}}, 409, "contract.power_kw", "must not fall"),
        ({"price": {"basis": "pvpc"}}, 409, "price.basis", "10 kW"),
        ({"demand": {"monday": {"plain": 2000}}}, 409, "demand.weekday.monday", "1000"),
        ({"demand": {"monday": {"dark": 1}}}, 409, "demand.monday", "plain"),
        ({"stages": {"kettle": {"colour": 20}}}, 422, "stages.kettle.colour", "not permitted"),
        ({"stages": {"kettle": {"minutes": {"plain": True}}}}, 422, "stages.kettle.minutes.plain", "no truth value"),
        ({"demand": {"monday": {"plain": True}}}, 422, "demand.monday.plain", "no truth value"),
        ({"shifts": [{"days": ["someday"], "start": "06:00", "end": "14:00"}]}, 422, "shifts.0.days.0", "monday"),
        ({}, 409, "plant", "differs"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_value_and_what_would_be(
    service: Service, body: Any, status: int, name: str, valid: str
) -> None:
    refused = await put(service, body, (await service.json("/plant"))["digest"])
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json"), refused.text
    assert name.replace("demand.weekday", "demand") == refused.json()["errors"][0]["name"].replace("body.", "")
    assert valid in refused.json()["errors"][0]["valid"]
    assert file_of(service).read_text() == SMALL_FACTORY


@pytest.mark.parametrize("level", [2, 3])
async def test_it_is_changed_at_level_1_or_signed_in(service: Service, level: int) -> None:
    refused = await put(service, STRONGER, (await service.json("/plant"))["digest"], level=level)
    assert refused.status_code == 403
