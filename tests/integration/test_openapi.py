"""The API as its own description says it is, whatever is asked.

OPENAPI_EXAMPLES sets how many requests each operation gets beside those of its edges; `scripts/bench openapi` asks at length.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.runtime.logs import HIDDEN
from routers.http.access import table
from support.described import PHASES, asked
from support.service import Service, running_service, settings_for
from support.simulator_server import running_simulator

NOON = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)
EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "3"))
ROUTES = """
GET /dashboard, GET /dashboard/complete, GET /dashboard/alerts, GET /dashboard/recommendations, GET /dashboard/heatmap,
POST /predict/energy-optimization, POST /predict/production-recommendation, GET /predict/prices/hourly, GET /predict/prices/weekly,
GET /models/status, GET /models/status-direct, GET /models/registry, GET /models/{name}/metrics, POST /models/train,
POST /models/{name}/rollback, GET /gaps/summary, GET /gaps/detect, POST /gaps/backfill, POST /gaps/backfill/range,
GET /gaps/backfill/{number}, GET /scheduler/status, POST /scheduler/jobs/{job_id}/run, POST /scheduler/jobs/{job_id}/pause,
POST /scheduler/jobs/{job_id}/resume, POST /optimize/production, GET /optimize/production/current, GET /prices, GET /weather,
GET /health, GET /ready, GET /version, GET /metrics, GET /savings, GET /plan/wishes, POST /plan/wishes, POST /plan/actuals
"""
"""The routes that other programs rely on."""


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[Service]:
    async with running_simulator(NOON) as simulator:
        settings = settings_for(simulator, tmp_path, HISTORY_START=(NOON - timedelta(days=3)).date().isoformat())
        async with running_service(settings, simulator.clock) as running:
            running.patience_s = 90
            await running.until("/ready", lambda state: state["ingestion"]["state"] == "done")
            yield running


@pytest.mark.timeout(1500)  # a minute and a half on an idle machine; nothing in it depends on how long it takes
async def test_every_answer_is_as_the_description_says(service: Service) -> None:
    """Statuses, media types, schemas, methods; what fits the description is taken, what does not is refused, nothing fails."""
    await service.json("/openapi.json")  # made once, and schemathesis waits ten seconds for it
    told = await asyncio.to_thread(asked, service.url(""), EXAMPLES, PHASES, "--seed", "1")
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    assert "not_a_server_error" not in told.stdout
    assert (await service.get("/health")).status_code == 200


async def test_every_operation_says_what_it_answers_and_what_it_refuses(service: Service) -> None:
    described = await service.json("/openapi.json")
    schemas = described["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                where = f"{method} {path} {status}"
                kinds = answer.get("content", {})
                assert status == "304" or kinds, where
                assert all(kind["schema"] for kind in kinds.values()), where
                assert int(status) < 400 or "application/problem+json" in kinds, where


async def test_a_path_names_all_of_its_methods(service: Service) -> None:
    answer = await service.client.patch(service.url("/plan/wishes"))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_every_promised_route_is_there_and_has_its_place_in_the_access_table(service: Service) -> None:
    described: dict[str, Any] = (await service.json("/openapi.json"))["paths"]
    there = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    promised = {route.strip() for route in ROUTES.replace("\n", " ").split(",")}
    assert promised <= there, f"missing: {sorted(promised - there)}"
    pairs = [(name.split()[0], name.split()[1]) for name in sorted(there)]
    guarded = {f"{row['method']} {row['path']}" for row in table(pairs) if row["token"]}
    assert {name for name in there if name.startswith(("POST", "DELETE", "PUT")) and "/predict/" not in name} == guarded


@pytest.mark.parametrize(
    "path", ["/prices?api_key=abc-123-abc", "/gaps/detect?days_back=1&x_api_token=abc-123-abc", "/prices?token=abc-123-abc"]
)
async def test_a_key_that_was_put_into_the_query_is_not_repeated(service: Service, path: str) -> None:
    answer = await service.get(path)
    assert "abc-123-abc" not in answer.text
    assert answer.status_code != 422 or HIDDEN in answer.text
