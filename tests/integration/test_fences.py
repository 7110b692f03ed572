"""Each part of the page, of /ready and of /metrics replaced by each fault: the others are told, and the price is there."""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from domain.errors import BadPayloadError, ChildFailedError, StoreRefusedError, StoreUnavailableError
from services.container import Services
from services.page import dashboard
from services.page.block import Block
from support.service import Service, running_service, settings_for
from support.simulator_server import running_simulator

EVENING = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)
FIRST_DAY = (EVENING - timedelta(days=3)).date().isoformat()

pytestmark = pytest.mark.asyncio(loop_scope="module")
FAULTS: dict[str, object] = {
    "a fault of ours": KeyError("price_eur_kwh"),
    "a refusal of the store": StoreRefusedError("state.sqlite is damaged"),
    "a store that is away": StoreUnavailableError("no answer"),
    "a child that died": ChildFailedError("killed"),
    "a source": BadPayloadError("redata", "what is this"),
    "memory": MemoryError(),
    "a wrong type": AttributeError("'NoneType' object has no attribute 'get'"),
    "time": TimeoutError(),
    "a number that is none": {"value": float("nan")},
    "half a surrogate pair": {"text": "\ud800"},
    "another shape": 7,
    "an empty shape": {},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Service]:
    async with running_simulator(EVENING) as simulator:
        settings = settings_for(simulator, tmp_path_factory.mktemp("fences"), HISTORY_START=FIRST_DAY)
        async with running_service(settings, simulator.clock) as running:
            await running.until("/ready", lambda state: state["ingestion"]["state"] == "done")
            yield running


def services(service: Service) -> Services:
    found: Services = service.app.state.services
    return found


@contextmanager
def replaced(owner: object, name: str, fault: object) -> Iterator[None]:
    async def faulty(*_: object) -> object:
        if isinstance(fault, Exception):
            raise fault
        return fault

    before = getattr(owner, name)
    setattr(owner, name, faulty)
    try:
        yield
    finally:
        setattr(owner, name, before)


async def price_is_there(service: Service) -> Any:
    """The document, once page, JSON, /ready and /metrics have been seen to be whole but for one part."""
    document = await service.get("/dashboard/complete")
    assert document.status_code == 200, document.text
    price = document.json()["current"]["price"]
    assert price["price_eur_kwh"] is not None
    page = await service.get("/dashboard?lang=en")
    assert page.status_code == 200, page.text
    shown = f"{price['price_eur_kwh']:.4f}"  # large, or under what the plant pays
    assert f"<span data-flash>{shown}</span>" in page.text or f"<strong data-flash>{shown}\u00a0€/kWh</strong>" in page.text
    ready = await service.get("/ready")
    assert ready.headers["content-type"] == "application/json", ready.text
    assert ready.json()["store"]["state"] == "ok"
    metrics = await service.get("/metrics")
    assert metrics.status_code == 200 and "chocolate_store_up 1.0" in metrics.text
    return document.json()


def block_of(found: Services, place: str) -> Block[Any]:
    """The block of a place of the page."""
    return next(block for block in found.dashboard.blocks.all() if block.place == place)


def fresh(found: Services) -> None:
    """Forget the document that serves every reader of a second: the clock of these tests stands still."""
    found.dashboard._memo = None


@pytest.mark.parametrize("fault", FAULTS, ids=lambda name: name.replace(" ", "-"))
@pytest.mark.parametrize(
    "place",
    ["current.weather", "weather", "forecast", "current.class", "week", "plan", "recommendations", "alerts", "savings", "system"],
)
async def test_a_block_that_fails_spoils_nothing_else(service: Service, place: str, fault: str) -> None:
    found = services(service)
    with replaced(block_of(found, place), "make", FAULTS[fault]):
        fresh(found)
        document = await price_is_there(service)
        raised = isinstance(FAULTS[fault], Exception) and not isinstance(FAULTS[fault], StoreUnavailableError)
        unsendable = fault in ("a number that is none", "half a surrogate pair")
        if raised or unsendable:
            assert place in [part["part"] for part in document["failed"]]
            assert place in (await service.get("/dashboard?lang=en")).text
            assert place in [part["part"] for part in (await service.get("/ready")).json()["failed"]]
    fresh(found)
    await price_is_there(service)
    assert found.fence.failed == []
    fresh(found)


@pytest.mark.parametrize(
    "fault", [name for name in FAULTS if name != "a store that is away"], ids=lambda name: name.replace(" ", "-")
)
@pytest.mark.parametrize("part", ["models", "gaps"])
async def test_a_part_of_ready_that_fails_is_named_and_the_others_are_told(service: Service, part: str, fault: str) -> None:
    found = services(service)
    with replaced(found.health.parts, part, FAULTS[fault]):
        fresh(found)
        await price_is_there(service)
        ready = (await service.get("/ready")).json()
        if isinstance(FAULTS[fault], Exception):
            assert {"part": f"system.{part}"}.items() <= ready["failed"][0].items()
            assert f'chocolate_part_failed{{part="system.{part}"}} 1.0' in (await service.get("/metrics")).text
    fresh(found)
    await price_is_there(service)
    assert found.fence.failed == []


@pytest.mark.parametrize("path", ["/ready", "/metrics"])
@pytest.mark.parametrize("place", ["week", "plan", "alerts"])
async def test_a_mended_block_is_told_to_fail_no_more_though_nobody_asks_for_the_page(
    service: Service, place: str, path: str
) -> None:
    found = services(service)
    with replaced(block_of(found, place), "make", KeyError("price_eur_kwh")):
        fresh(found)
        await service.get("/dashboard/complete")
        assert place in (await service.get(path)).text
        assert [part.part for part in found.fence.failed] == [place], "what fails still is told still"
    fresh(found)
    assert await told_to_fail(service, path) == []
    fresh(found)


async def test_a_mended_section_is_told_to_fail_no_more(service: Service) -> None:
    found = services(service)
    found.fence.fails("page.week", ZeroDivisionError("a template"))
    assert await told_to_fail(service, "/ready") == []


async def test_a_part_of_the_metrics_that_fails_is_named_and_mended_without_asking_for_them(service: Service) -> None:
    found = services(service)
    with replaced(found.plans, "calm", KeyError("moved")):
        metrics = await service.get("/metrics")
        assert metrics.status_code == 200, metrics.text
        assert await told_to_fail(service, "/metrics") == ["metrics.plans"] == await told_to_fail(service, "/ready")
    assert await told_to_fail(service, "/ready") == []


async def told_to_fail(service: Service, path: str) -> list[str]:
    """The parts that /ready or /metrics says fail."""
    answer = await service.get(path)
    if path == "/ready":
        return [part["part"] for part in answer.json()["failed"]]
    return re.findall(r'^chocolate_part_failed\{part="([^"]+)"\} 1.0$', answer.text, re.MULTILINE)


async def test_a_view_of_the_past_has_no_failed_section(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    page = await service.get("/dashboard?at=2026-03-19")
    assert page.status_code == 200 and "data-failed" not in page.text
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_block_that_is_late_is_shown_as_it_was_last_and_made_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "ANSWER_S", 0.2)
    found = services(service)
    fresh(found)
    block = block_of(found, "week")
    before = await price_is_there(service)
    begun, go = 0, asyncio.Event()
    week: Callable[[datetime], Awaitable[Any]] = block.make

    async def slow(now: datetime) -> Any:
        nonlocal begun
        begun += 1
        while not go.is_set():
            await asyncio.sleep(0.01)
        return await week(now)

    block.make = slow
    try:
        fresh(found)
        for _ in range(2):
            document = await price_is_there(service)
            assert document["late"] == ["week"] and document["week"] == before["week"]
        assert begun == 1
        go.set()
        after = await service.until("/dashboard/complete", lambda document: document["late"] == [])
        assert after["week"] == before["week"]
    finally:
        block.make = week
        go.set()
