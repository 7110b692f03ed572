"""The whole service over real sockets against the simulator: routes, levels, revisions, bad input, a source that fails."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.store.sqlite_series import SqliteStore
from domain.timeline import local_day
from support.service import Service, running_service, settings_for
from support.simulator_server import SimulatorServer, running_simulator

EVENING = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)  # 21:30 in Madrid: tomorrow is out
NOON = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)
SHORT_HISTORY = (EVENING - timedelta(days=3)).date().isoformat()


@pytest.fixture
async def simulator() -> AsyncGenerator[SimulatorServer]:
    async with running_simulator(EVENING) as server:
        yield server


@pytest.fixture
async def service(simulator: SimulatorServer, tmp_path: Path) -> AsyncGenerator[Service]:
    async with running_service(settings_for(simulator, tmp_path, HISTORY_START=SHORT_HISTORY), simulator.clock) as running:
        yield running


async def filled(service: Service) -> Any:
    """The document once the history is there."""
    await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
    return await service.json("/dashboard/complete")


async def test_prices_of_today_and_tomorrow_come_by_themselves(service: Service) -> None:
    document = await filled(service)
    assert document["simulated"] is True
    days = document["prices"]
    assert [(days[name]["state"], len(days[name]["slots"])) for name in ("today", "tomorrow", "spot_today", "spot_tomorrow")] == [
        ("published", 24),
        ("published", 24),
        ("published", 96),
        ("published", 96),
    ]
    price = document["current"]["price"]
    assert (price["origin"], price["source"], price["period"]) == ("published", "redata", "P1")
    assert datetime.fromisoformat(price["as_of"]) <= EVENING


async def test_unchanged_content_keeps_its_etag_and_gives_304(service: Service) -> None:
    await filled(service)
    first = await service.get("/dashboard/complete")
    etag = first.headers["etag"]
    assert (await service.get("/dashboard/complete")).headers["etag"] == etag
    again = await service.get("/dashboard/complete", if_none_match=etag)
    assert (again.status_code, again.content) == (304, b"")
    strong = etag.removeprefix("W/")
    assert (await service.get("/dashboard/complete", if_none_match=f'"other", {strong}')).status_code == 304
    assert (await service.get("/dashboard/complete", if_none_match='"other"')).status_code == 200


async def test_a_restated_price_changes_the_etag_and_the_past_stays_as_it_was(service: Service, simulator: SimulatorServer) -> None:
    before = await filled(service)
    start = datetime.fromisoformat(before["prices"]["today"]["slots"][12]["start"])
    await simulator.control("revise", market="pvpc", start=start.isoformat(), amount=50.0)
    simulator.clock.advance(timedelta(minutes=5))
    assert (await service.post("/scheduler/jobs/prices_recheck/run")).status_code == 202
    old = before["prices"]["today"]["slots"][12]["price_eur_kwh"]
    after = await service.until(
        "/dashboard/complete", lambda document: document["prices"]["today"]["slots"][12]["price_eur_kwh"] != old
    )
    assert after["revision"] != before["revision"]
    assert after["prices"]["today"]["slots"][12]["price_eur_kwh"] == pytest.approx(old + 0.05)
    then = await service.json(f"/prices?date={local_day(EVENING)}&at={EVENING.isoformat().replace('+', '%2B')}")
    assert then["slots"][12]["price_eur_kwh"] == old


async def test_a_past_view_knows_only_what_was_published(service: Service) -> None:
    await filled(service)
    document = await service.json("/dashboard/complete?at=2026-03-19T12:00:00%2B01:00")
    assert document["prices"]["today"]["date"] == "2026-03-19"
    assert document["prices"]["tomorrow"]["state"] == "not_published"
    assert document["prices"]["tomorrow"]["slots"] == []
    page = await service.get("/dashboard?at=2026-03-19")
    assert page.status_code == 200 and "2026-03-19" in page.text


async def test_another_day_stands_beside_the_one_that_is_shown(service: Service) -> None:
    """What is compared is in that page alone; a day without prices says so, one to come is refused."""
    shown = (await filled(service))["prices"]["today"]["date"]
    assert (await service.get(f"/dashboard?with={shown}&at=2026-03-19&lang=en")).status_code == 200
    page = (await service.get("/dashboard?with=2026-03-19&lang=en")).text
    told = re.search(r"Thursday 19 March cost (0\.\d{4})[\s\xa0]€/kWh on average; this day, in the same hours, (0\.\d{4})", page)
    assert told is not None
    days = [(await service.json(f"/prices?date={day}"))["slots"] for day in ("2026-03-19", shown)]
    means = [sum(slot["price_eur_kwh"] for slot in day) / len(day) for day in days]
    assert [float(mean) for mean in told.groups()] == [round(mean, 4) for mean in means]
    assert '"compare":{"date":"2026-03-19"' in page
    assert "compare" not in await service.json("/dashboard/complete")
    assert "No price of Friday 2 May is kept." in (await service.get("/dashboard?with=2014-05-02&lang=en")).text
    bad = [await service.get(f"/dashboard?with={day}", accept="text/html") for day in ("2027-01-01", "yesterday")]
    assert [one.status_code for one in bad] == [409, 422] and all("<h1" in one.text for one in bad)


async def test_csv_and_json_say_the_same(service: Service) -> None:
    await filled(service)
    day = local_day(EVENING)
    as_json = (await service.json(f"/prices?date={day}&market=spot&resolution=15"))["slots"]
    as_csv = (await service.get(f"/prices?date={day}&market=spot&resolution=15", accept="text/csv")).text.splitlines()
    assert len(as_csv) == 1 + len(as_json) == 97
    assert as_csv[1].split(",")[:3] == [as_json[0]["start"], as_json[0]["end"], str(as_json[0]["price_eur_kwh"])]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/prices?date=yesterday", "date"),
        ("/prices?date=2025-02-30", "date"),
        ("/prices?market=gas", "market"),
        ("/prices?resolution=30", "resolution"),
        ("/prices?from=1025-10-26&to=1025-10-27", "from"),
        ("/prices?day=2025-10-26", "day"),
        ("/dashboard/complete?at=soon", "at"),
        ("/gaps/detect?days_back=-1", "days_back"),
        ("/gaps/detect?days_back=many", "days_back"),
        ("/gaps/backfill/0", "number"),
    ],
)
async def test_bad_input_names_the_value_and_what_would_be_valid(service: Service, path: str, name: str) -> None:
    answer = await service.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    problem = answer.json()
    assert {"type", "title", "status", "detail", "errors"} <= set(problem)
    assert problem["errors"][0]["name"] == name
    assert problem["errors"][0]["valid"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/prices?from=2025-10-26", "to"),
        ("/prices?from=2025-10-26&to=2025-10-25", "to"),
        ("/prices?date=2025-10-26&from=2025-10-26&to=2025-10-27", "date"),
        ("/dashboard/complete?at=2030-01-01", "at"),
    ],
)
async def test_what_is_well_formed_and_cannot_be_is_a_conflict_with_its_name(service: Service, path: str, name: str) -> None:
    answer = await service.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    problem = answer.json()
    assert problem["errors"][0]["name"] == name
    assert problem["errors"][0]["valid"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/gaps/backfill/range", {"start": "2026-03-19", "end": "2026-03-18"}, 409),
        ("/gaps/backfill/range", {"start": "2026-03-19", "end": "2027-03-18"}, 409),
        ("/gaps/backfill/range", {"start": "2026-03-19", "end": "2026-03-19", "series": "moon"}, 422),
        ("/gaps/backfill/range", {"start": "2026-03-19", "end": "2026-03-19", "market": "gas"}, 422),
        ("/gaps/backfill/range", {}, 422),
        ("/scheduler/jobs/moon/run", None, 404),
        ("/scheduler/jobs/moon/pause", None, 404),
    ],
)
async def test_a_refused_request_changes_nothing(service: Service, path: str, body: Any, status: int) -> None:
    answer = await service.post(path, body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (await service.get("/gaps/backfill/1")).status_code == 404
    assert not any(job["paused"] for job in (await service.json("/scheduler/status"))["jobs"])


async def test_unknown_paths_and_methods_are_problems(service: Service) -> None:
    assert (await service.get("/moon")).status_code == 404
    assert (await service.post("/prices")).status_code == 405
    assert (await service.get("/moon")).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/health", "/version", "/prices?date=2025-11-05", "/dashboard", "/metrics", "/dashboard/complete", "/moon"]
)
async def test_head_answers_as_get_does_without_a_body(service: Service, path: str) -> None:
    await filled(service)
    got, head = await service.get(path), await service.client.head(service.url(path))
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers.keys() == got.headers.keys()


async def test_head_goes_through_a_door_where_get_goes(service: Service) -> None:
    for level, expected in ((1, 200), (2, 403), (3, 403)):
        assert (await service.client.head(service.url("/metrics", level))).status_code == expected


async def test_each_listener_has_its_level(service: Service) -> None:
    await filled(service)
    assert [(await service.get("/metrics", level)).status_code for level in (1, 2, 3)] == [200, 403, 403]
    assert [(await service.get("/prices", level)).status_code for level in (1, 2, 3)] == [200, 200, 403]
    assert [(await service.get("/dashboard", level)).status_code for level in (1, 2, 3)] == [200, 200, 200]
    assert [(await service.post("/gaps/backfill", level=level)).status_code for level in (3, 2, 1)] == [403, 403, 202]


async def test_the_page_brings_a_strict_policy_and_needs_nothing_else(service: Service) -> None:
    await filled(service)
    page = await service.get("/dashboard", accept_language="en")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert 'lang="en"' in page.text
    assert 'lang="es"' in (await service.get("/dashboard")).text
    assert "src=" not in page.text.replace("data-src=", "")
    assert len(page.headers["x-request-id"]) == 16


async def test_metrics_speak_the_prometheus_format(service: Service) -> None:
    await filled(service)
    lines = (await service.get("/metrics")).text.splitlines()
    assert "chocolate_ready 1.0" in lines
    assert 'chocolate_source_state{source="redata",state="ok"} 1.0' in lines
    assert any(line.startswith('chocolate_job_runs_total{job_id="prices_pvpc"}') for line in lines)


async def test_a_hole_is_filled_on_demand(service: Service, simulator: SimulatorServer) -> None:
    await filled(service)
    day = (EVENING - timedelta(days=10)).date().isoformat()
    assert (await service.json(f"/prices?date={day}"))["slots"] == []
    started = (await service.post("/gaps/backfill/range", {"start": SHORT_HISTORY, "end": SHORT_HISTORY})).json()
    ended = await service.until(started["href"], lambda status: status["state"] in ("done", "failed"))
    assert ended["state"] == "done"  # nothing was missing there
    assert (await service.json("/gaps/summary"))["series"][0]["state"] == "complete"


async def test_a_dead_ree_is_said_and_nothing_is_invented(tmp_path: Path) -> None:
    async with running_service(settings_for(None, tmp_path), lambda: NOON) as service:
        state = await service.until("/ready", lambda body: any(source["state"] == "degraded" for source in body["sources"]))
        assert state["ready"] is False
        assert any("no published price covers" in reason for reason in state["reasons"])
        assert {source["state"] for source in state["sources"]} <= {"degraded", "waiting", "attention", "not_configured"}
        assert [source["state"] for source in state["sources"] if source["source"] == "esios"] == ["not_configured"]
        document = await service.json("/dashboard/complete")
        assert document["current"]["price"] is None
        assert (document["prices"]["today"]["state"], document["prices"]["today"]["slots"]) == ("missing", [])
        assert (await service.get("/dashboard")).status_code == 200
        assert (await service.get("/health")).status_code == 200


async def test_it_recovers_by_itself_when_the_source_does(simulator: SimulatorServer, tmp_path: Path) -> None:
    for source in ("redata", "esios", "omie"):
        await simulator.fault(source, "status", status=503)
    async with running_service(settings_for(simulator, tmp_path, HISTORY_START=SHORT_HISTORY), simulator.clock) as service:
        await service.until("/ready", lambda body: any(source["state"] == "degraded" for source in body["sources"]))
        await simulator.clear_faults()
        simulator.clock.advance(timedelta(hours=1, minutes=1))
        await service.until("/ready", lambda body: body["ready"])
        assert len((await service.json(f"/prices?date={local_day(EVENING)}"))["slots"]) == 24


async def test_a_store_of_real_data_refuses_the_simulated_world_in_one_line(tmp_path: Path) -> None:
    await SqliteStore(tmp_path / "series.sqlite", "real").aclose()
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "LOG_DIR": str(tmp_path), "SIM_SEED": "1", "PORT": "0"}
    main = Path(__file__).resolve().parents[2] / "src" / "fastapi-app" / "main.py"
    ended = await asyncio.to_thread(
        lambda: subprocess.run([sys.executable, main], env=environment, capture_output=True, text=True, timeout=60, check=False)
    )
    assert ended.returncode == 1
    assert "was made for real data; it takes no simulated data" in ended.stderr
    assert "Traceback" not in ended.stderr
