"""The API as its own description says it is: no request that fits it, or nearly fits it, makes the service fail.

OPENAPI_EXAMPLES sets how many requests each operation gets of either kind.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from adapters.runtime.logs import HIDDEN
from routers.http.access import table
from support.service import Service, running_service, settings_for
from support.simulator_server import running_simulator

NOON = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)
EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "6"))
HEAVY = {"POST /models/train"}
"""Starts half a minute of training; its own tests call it."""
ALLOWED_FAILURES = {"GET /ready": {503}}
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


def refuse_failures(case: Case[Any], base: str, seen: set[tuple[str, int]]) -> None:
    """One request: no server error, and problem details for whatever is refused."""
    answer = case.call(base_url=base, timeout=60)
    name = f"{case.method.upper()} {case.operation.path}"
    seen.add((name, answer.status_code))
    text = answer.content[:600]
    assert answer.status_code < 500 or answer.status_code in ALLOWED_FAILURES.get(name, set()), (
        f"{case.as_curl_command()}: {text!r}"
    )
    if 400 <= answer.status_code < 500:
        kind = answer.headers["content-type"][0]
        assert kind == "application/problem+json", f"{case.as_curl_command()}: {kind}"


def fuzz(base: str) -> set[tuple[str, int]]:
    """Requests by the description, good and bad ones, to every operation; what was answered."""
    seen: set[tuple[str, int]] = set()
    schema = schemathesis.openapi.from_url(f"{base}/openapi.json")
    limits = hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), "the description is not valid"
        operation = found.ok()
        if f"{operation.method.upper()} {operation.path}" in HEAVY:
            continue
        for mode in GenerationMode:
            try:
                hypothesis.given(operation.as_strategy(mode))(limits(lambda case: refuse_failures(case, base, seen)))()
            except hypothesis.errors.Unsatisfiable:
                continue  # an operation without parameters cannot be asked wrongly
    return seen


@pytest.mark.timeout(600)
async def test_no_request_makes_the_service_fail(service: Service) -> None:
    seen = await asyncio.to_thread(fuzz, service.url(""))
    statuses = {status for _, status in seen}
    assert {200, 422} <= statuses, f"the requests were all of one kind: {statuses}"
    assert len({name for name, _ in seen}) > 20
    assert (await service.get("/health")).status_code == 200


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
