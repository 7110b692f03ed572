"""The routes of plan, wishes, reports, savings and the week over real sockets, on a small plant without any source."""

import asyncio
import csv
import html
import io
import json
import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from support.service import Service, running_service, settings_for
from support.simulator_server import SettableClock
from support.small_factory import small_config

NIGHT = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)  # midnight in Madrid: Wednesday 11 begins

FILES = re.compile(r'<p class="files">(.*?)</p>', re.DOTALL)
DAY = {"start": "2026-03-11", "end": "2026-03-12"}


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NIGHT)


@pytest.fixture
async def service(tmp_path: Path, clock: SettableClock) -> AsyncGenerator[Service]:
    settings = settings_for(None, tmp_path, CONFIG_DIR=str(small_config(tmp_path)), SCHEDULER_ENABLED="false")
    async with running_service(settings, clock) as running:
        yield running


async def done(service: Service, answer: httpx2.Response) -> Any:
    """The plan behind an answer, waited for at its address."""
    while answer.status_code == 202:
        assert answer.headers["location"] == answer.json()["href"]
        await asyncio.sleep(0.1)
        answer = await service.get(answer.json()["href"])
    assert answer.status_code == 200, answer.text
    return answer.json()


async def after(service: Service, changed: httpx2.Response) -> Any:
    """The plan that follows a wish or a report."""
    assert changed.status_code in (200, 201), changed.text
    return await done(service, await service.get(changed.json()["plan"]["href"]))


async def delete(service: Service, path: str) -> httpx2.Response:
    return await service.client.request("DELETE", service.url(path))


async def test_a_plan_is_asked_for_and_then_there_in_every_form(service: Service) -> None:
    missing = await service.get("/optimize/production/current")
    assert (missing.status_code, missing.headers["content-type"]) == (409, "application/problem+json")
    plan = await done(service, await service.post("/optimize/production"))
    assert plan["status"] == "optimal" and plan["checks"]["passed"]
    current = await service.get("/optimize/production/current")
    assert current.json() == plan
    assert (await service.post("/optimize/production")).content == current.content
    assert (await service.get(f"/optimize/production/{plan['plan_id']}")).content == current.content

    rows = list(csv.DictReader(io.StringIO((await service.get("/optimize/production/current.csv")).text)))
    assert len(rows) == 3 * len(plan["batches"]) == 21
    assert sum(float(row["cost_eur"]) for row in rows) == pytest.approx(plan["objective_eur"], abs=1e-3)

    calendar = await service.get("/optimize/production/current.ics")
    assert calendar.headers["content-type"] == "text/calendar; charset=utf-8"
    lines = calendar.text.split("\r\n")
    assert (lines[0], lines[-2], lines.count("BEGIN:VEVENT")) == ("BEGIN:VCALENDAR", "END:VCALENDAR", 7)
    assert all(len(line.encode()) <= 75 for line in lines)

    sheet = await service.get("/optimize/production/current.html?date=2026-03-11&lang=en")
    assert sheet.status_code == 200 and "Small plant &lt;&amp;&gt;" in sheet.text and "Shift 06:00–22:00" in sheet.text
    nonce = sheet.headers["content-security-policy"].split("nonce-")[1].split("'")[0]
    assert f'<style nonce="{nonce}">' in sheet.text and "@page { size: A4" in sheet.text


async def test_a_wish_and_its_undoing(service: Service) -> None:
    await done(service, await service.post("/optimize/production"))
    wanted = {"kind": "forbidden", "start": "2026-03-11T06:00:00+01:00", "end": "2026-03-11T08:00:00+01:00"}
    plan = await after(service, await service.post("/plan/wishes", wanted))
    assert plan["batches"][0]["start"] >= "2026-03-11T07:00:00"
    (wish,) = (await service.json("/plan/wishes"))["wishes"]
    assert wish["cost_eur"] == pytest.approx(13.75 * 0.06, abs=0.02)  # P6 at 0.10 became P3 at 0.16
    assert "costs €0.8" in wish["text"]["en"]
    undone = await after(service, await delete(service, f"/plan/wishes/{wish['id']}"))
    assert undone["objective_eur"] == pytest.approx(plan["objective_eur"] - 13.75 * 0.06, abs=0.02)
    assert (await delete(service, f"/plan/wishes/{wish['id']}")).status_code == 404


async def test_a_wish_that_makes_something_late_is_answered_with_what_is_late_and_what_would_mend_it(service: Service) -> None:
    await done(service, await service.post("/optimize/production"))
    wanted = {"kind": "machine_down", "stage": "mix", "start": "2026-03-11T00:00:00+01:00", "end": "2026-03-14T00:00:00+01:00"}
    plan = await after(service, await service.post("/plan/wishes", wanted))
    assert plan["status"] in ("optimal", "feasible")
    assert plan["late"] and plan["late"][0]["by_minutes"] > 0
    assert all(batch["stages"][0]["start"] >= "2026-03-13T23:00" for batch in plan["batches"])
    assert "wishes" in plan["clash"]["limits"] and plan["clash"]["reliefs"][0]["confirmed"]
    document = await service.json("/dashboard/complete")
    assert document["plan"]["plan_id"] == plan["plan_id"]


async def test_a_report_and_the_savings(service: Service, clock: SettableClock) -> None:
    await done(service, await service.post("/optimize/production"))
    clock.advance(timedelta(hours=12))
    said = {"batch_id": "20260311-plain-1", "made": False}
    plan = await after(service, await service.post("/plan/actuals", said))
    assert [(batch["id"], batch["due"]) for batch in plan["batches"]][:1] == [("20260311-plain-2", "2026-03-11")]
    await service.app.state.services.ledger.close()
    (today,) = (await service.json("/savings"))["entries"]
    assert (today["date"], today["kg"], today["closed"]) == ("2026-03-11", 100.0, False)  # the one that is made in its place
    clock.advance(timedelta(days=1))
    await done(service, await service.post("/optimize/production"))
    await service.app.state.services.ledger.close()
    days = (await service.json("/savings?by=day"))["entries"]
    assert [(day["date"], day["kg"], day["closed"]) for day in days] == [("2026-03-11", 100.0, True), ("2026-03-12", 100.0, False)]
    rows = list(csv.DictReader(io.StringIO((await service.get("/savings?by=month&format=csv")).text)))
    assert [(row["date"], row["kg"]) for row in rows] == [("2026-03-11", "200.0")]
    document = await service.json("/dashboard/complete")
    assert document["savings"]["days"] == days


async def test_a_question_with_other_demand_is_not_put_in_force(service: Service) -> None:
    plan = await done(service, await service.post("/optimize/production"))
    asked = {"horizon_hours": 24, "demand": [{"date": "2026-03-11", "quality": "plain", "kg": 150}]}
    answer = await done(service, await service.post("/optimize/production", asked))
    assert len(answer["batches"]) == 2 and answer["plan_id"] != plan["plan_id"]
    assert await service.json("/optimize/production/current") == plan


async def test_the_week_and_advice_without_any_price(service: Service) -> None:
    assert (await service.get("/dashboard/heatmap")).status_code == 409
    assert (await service.json("/dashboard/recommendations"))["recommendations"] == []
    await service.app.state.services.advice.look()
    alerts = await service.json("/dashboard/alerts?history=7")
    assert (alerts["alerts"], alerts["history"]) == ([], [])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "name"),
    [
        ("POST", "/optimize/production", {"horizon_hours": 0}, 422, "horizon_hours"),
        ("POST", "/optimize/production", {"horizon_hours": "many"}, 422, "horizon_hours"),
        ("POST", "/optimize/production", {"horizon_hours": True}, 422, "horizon_hours"),
        ("POST", "/optimize/production", {"hours": 3}, 422, "hours"),
        ("POST", "/optimize/production", {"demand": [{"date": "2026-03-11", "quality": "plain", "kg": -1}]}, 422, "demand.0.kg"),
        (
            "POST",
            "/optimize/production",
            {"demand": [{"date": "2026-03-11", "quality": "bitter", "kg": 1}]},
            409,
            "demand.0.quality",
        ),
        ("POST", "/optimize/production", {"demand": [{"date": "yesterday", "quality": "plain", "kg": 1}]}, 422, "demand.0.date"),
        ("POST", "/optimize/production", {"demand": [{"date": "2026-03-10", "quality": "plain", "kg": 1}]}, 409, "demand.0.date"),
        ("GET", "/optimize/production/nothing", None, 422, "plan_id"),
        ("GET", "/optimize/production/" + "0" * 64, None, 404, None),
        ("GET", "/optimize/production/current.html?date=31", None, 422, "date"),
        ("GET", "/optimize/production/current.html?date=9999-12-31", None, 422, "date"),
        ("POST", "/optimize/production", {"demand": [{"date": "9999-12-31", "quality": "plain", "kg": 1}]}, 422, "demand.0.date"),
        ("POST", "/plan/wishes", {"kind": "wonder", "start": "2026-03-11"}, 422, "kind"),
        ("POST", "/plan/wishes", {"kind": "forbidden", "start": "soon", "end": "2026-03-12"}, 422, "start"),
        ("POST", "/plan/wishes", {"kind": "forbidden", "start": "2026-03-11"}, 409, "end"),
        ("POST", "/plan/wishes", {"kind": "forbidden", "start": "2026-01-11", "end": "2026-03-12"}, 409, "start"),
        ("POST", "/plan/wishes", {"kind": "pin", "start": "2026-03-11T12:00", "quality": "bitter"}, 409, "quality"),
        (
            "POST",
            "/plan/wishes",
            {"kind": "machine_down", "stage": "kettle", "start": "2026-03-11", "end": "2026-03-12"},
            409,
            "unit",
        ),
        ("DELETE", "/plan/wishes/0", None, 422, "number"),
        ("DELETE", "/plan/wishes/one", None, 422, "number"),
        ("POST", "/plan/actuals", {"batch_id": "x"}, 409, "stages"),
        ("POST", "/plan/actuals", {"batch_id": "x", "made": False}, 404, None),
        ("POST", "/plan/actuals", {"made": False}, 422, "batch_id"),
        ("GET", "/savings?by=hour", None, 422, "by"),
        ("GET", "/savings?from=2026-03-12&to=2026-03-11", None, 409, "from"),
        ("GET", "/dashboard/alerts?history=0", None, 422, "history"),
    ],
)
async def test_bad_input_is_refused_with_what_would_be_valid_and_changes_nothing(
    service: Service, method: str, path: str, body: Any, status: int, name: str | None
) -> None:
    answer = await service.client.request(method, service.url(path), json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if name is not None:
        assert answer.json()["errors"][0]["name"] == name
    assert (await service.json("/plan/wishes"))["wishes"] == []
    assert (await service.get("/optimize/production/current")).status_code == 409


async def test_a_body_that_is_no_json_is_told_where_it_breaks_off(service: Service) -> None:
    url, headers = service.url("/plan/wishes"), {"content-type": "application/json"}
    answer = await service.client.post(url, content=b'{"kind": }', headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"name": "body", "value": "character 9", "valid": "a JSON document: Expecting value"}]


async def test_who_may_plan(service: Service) -> None:
    """Level 2 reads, level 3 reads the JSON of the page and the plan to take along; neither changes anything."""
    await done(service, await service.post("/optimize/production"))
    current = "/optimize/production/current"
    files = [f"{current}.html", f"{current}.ics", f"{current}.csv", "/savings?by=day&format=csv"]
    for path in (current, *files, "/savings", "/dashboard/alerts", "/dashboard/recommendations"):
        for level in (1, 2, 3):
            assert (await service.get(path, level)).status_code == 200, (path, level)
    wish = {"kind": "forbidden", "start": "2026-03-11", "end": "2026-03-12"}
    for level in (2, 3):
        for path, body in (("/plan/wishes", wish), ("/optimize/production", {}), ("/plan/actuals", {"batch_id": "x"})):
            assert (await service.post(path, body, level)).status_code == 403, (path, level)
    assert (await service.get("/plan/wishes", 3)).status_code == 403
    assert (await service.json("/plan/wishes"))["wishes"] == []


@pytest.mark.parametrize("level", [1, 2, 3])
async def test_every_file_that_the_page_offers_can_be_opened_at_that_level(service: Service, level: int) -> None:
    await done(service, await service.post("/optimize/production"))
    page = (await service.get("/dashboard", level)).text
    offered = [html.unescape(address) for lines in FILES.findall(page) for address in re.findall('href="([^"]+)"', lines)]
    assert {address.split("?")[0].rpartition("/")[2] for address in offered} >= {"current.html", "current.ics", "current.csv"}
    for address in offered:
        assert (await service.get(address, level)).status_code == 200, address


async def test_the_plan_outlives_a_restart_byte_for_byte(tmp_path: Path, clock: SettableClock) -> None:
    settings = settings_for(None, tmp_path, CONFIG_DIR=str(small_config(tmp_path)), SCHEDULER_ENABLED="false")
    bodies = []
    for _ in range(2):
        async with running_service(settings, clock) as service:
            await done(service, await service.post("/optimize/production"))
            bodies.append((await service.get("/optimize/production/current")).content)
    assert bodies[0] == bodies[1] and json.loads(bodies[0])["status"] == "optimal"


async def test_what_a_move_would_cost_is_solved_and_changes_nothing(service: Service) -> None:
    plan = await done(service, await service.post("/optimize/production"))
    batch = plan["batches"][-1]
    there = datetime.fromisoformat(batch["start"]) + timedelta(hours=2)
    asked = {"move": {"batch_id": batch["id"], "start": there.isoformat()}}
    answer = await done(service, await service.post("/optimize/production", asked))
    pin, left = answer["wishes"]
    assert (pin["kind"], left["kind"], pin["id"]) == ("pin", "no_start", left["id"])
    assert datetime.fromisoformat(pin["start"]) == there
    assert there in {datetime.fromisoformat(one["start"]) for one in answer["batches"]}
    assert pin["cost_eur"] == pytest.approx(answer["objective_eur"] - plan["objective_eur"], abs=0.011)
    assert pin["cost_eur"] >= -0.01
    assert pin["text"]["es"].startswith("Moverlo al ")
    assert (await service.get("/optimize/production/current")).json() == plan
    again = await service.post("/optimize/production", asked)
    assert (again.status_code, again.json()) == (200, answer)


async def test_a_move_that_no_plan_allows_is_set_aside(service: Service) -> None:
    plan = await done(service, await service.post("/optimize/production"))
    night = {"move": {"batch_id": plan["batches"][-1]["id"], "start": "2026-03-12T02:00:00+01:00"}}
    answer = await done(service, await service.post("/optimize/production", night))
    assert answer["set_aside"] == [f"move {plan['batches'][-1]['id']}"]
    assert "wishes" in answer["clash"]["limits"]
    assert (await service.get("/optimize/production/current")).json() == plan


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"move": {"batch_id": "nobody", "start": "2026-03-11T10:00:00+01:00"}}, "move.batch_id"),
        ({"move": {"batch_id": "LAST", "start": "2026-03-11T10:07:00+01:00"}}, "move.start"),
        ({"move": {"batch_id": "LAST", "start": "2027-03-11T10:00:00+01:00"}}, "move.start"),
        ({"move": {"batch_id": "LAST", "start": "2026-03-11T10:00:00+01:00"}, "horizon_hours": 24}, "move"),
    ],
)
async def test_a_move_that_makes_no_sense_is_refused(service: Service, body: dict[str, Any], name: str) -> None:
    plan = await done(service, await service.post("/optimize/production"))
    if body["move"]["batch_id"] == "LAST":
        body = body | {"move": body["move"] | {"batch_id": plan["batches"][-1]["id"]}}
    refused = await service.post("/optimize/production", body)
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert name in refused.text and "valid" in refused.text
