"""What the service says of one small world, held word by word and figure by figure, whatever its modules are called.

The test enters by HTTP alone: it starts the service and the simulator, runs jobs by their routes, and compares the answers with
`tests/fixtures/golden`. `GOLDEN=write scripts/test tests/integration/test_golden.py` keeps the answers of now: read their diff
before you commit it.

The world: the plant of `golden/world/factory.toml`, 60 days of history, and a clock that moves only in steps. On its first day no
price is out, so there is no plan; then every job is paused, and run by hand, one after the other, on three evenings. By Friday a
day has closed and a batch of it was reported late, two wishes stand, an upstream fails, the observed weather has a hole that nobody
can fill, and the plan goes over the night in which an hour is left out.

What is not held, and why:
- The digits of a float after the sixth: sums differ in the last of seventeen between builds of NumPy and of libm.
- The bytes of hashes (identities of plans, revisions, ETags): all seventeen digits are in them. Each is replaced by its number in
  the order of the documents, so that it still shows where two of them name the same thing.
- `models_directory`: a folder of the test's run; `sizes`: what this disk holds; `loop`: how busy the machine is (`MASKED`).
- How often the jobs of `COUNTED` ran: at the start they follow what comes in, and what comes in together counts once.
- Nonces, drawn at random, and what stands inside <script> and <style>, tested where it is made.
- The headers of `UNHELD`: the machine's clock, identities of requests, and lengths, which follow from the digits.

Nothing depends on the machine's speed: the clock stands while something runs, no two jobs run at the same time once the first day
is over, and each plan of this plant is proven optimal long before the guard by the clock (`gap` in plan.json).
"""

import asyncio
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from commands.check_doors import differences
from support import golden
from support.service import Service, running_service, settings_for
from support.simulator_server import SimulatorServer, running_simulator

pytestmark = pytest.mark.timeout(400)  # the first test waits for the whole world, on a machine that may be busy

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)
FRIDAY = datetime(2026, 3, 27, 20, 30, tzinfo=UTC)  # 21:30 in Madrid: Saturday's prices are out; Sunday has 23 hours
FIRST = FRIDAY - 12 * DAY
"""Long enough before, that days without a price are asked for again."""
HISTORY = (FRIDAY - 60 * DAY).date().isoformat()
KEYS = {"AEMET_API_KEY": "a-key-for-tests", "OPENWEATHERMAP_API_KEY": "o-key-for-tests", "REE_API_TOKEN": "e-key-for-tests"}
PATIENCE_S = 180.0

AT_START = (
    *("prices_pvpc", "prices_spot", "prices_history", "market_forecasts", "weather_observed", "weather_forecast", "weather_points"),
    *("plan", "advice", "ledger"),
)
FETCHING = (
    "prices_pvpc",
    "prices_spot",
    "prices_history",
    "weather_observed",
    "weather_forecast",
    "weather_points",
    "weather_errors",
)
THINKING = ("gaps", "forecast_issue", "plan", "ledger", "advice")

MASKED = {"models_directory": "<folder>", "sizes": {}, "loop": {"max_ms": 0.0, "p99_ms": 0.0, "state": "ok"}}
COUNTED = ("plan", "plan_search")
UNHELD = frozenset({"date", "content-length", "x-request-id"})

GETS = {
    "dashboard_complete.json": "/dashboard/complete",
    "dashboard_es.txt": "/dashboard?lang=es",
    "dashboard_en.txt": "/dashboard?lang=en",
    "dashboard_alerts.json": "/dashboard/alerts?history=30",
    "dashboard_recommendations.json": "/dashboard/recommendations",
    "dashboard_heatmap.json": "/dashboard/heatmap",
    "prices_pvpc.json": "/prices?date=2026-03-28",
    "prices_pvpc.csv": "/prices?date=2026-03-28&format=csv",
    "prices_spot.json": "/prices?date=2026-03-28&market=spot&resolution=15",
    "prices_spot.csv": "/prices?date=2026-03-28&market=spot&resolution=15&format=csv",
    "prices_hourly.json": "/predict/prices/hourly?hours=60",
    "plan.json": "/optimize/production/current",
    "plan.csv": "/optimize/production/current.csv",
    "plan.ics": "/optimize/production/current.ics?lang=es",
    "plan_es.txt": "/optimize/production/current.html?lang=es&date=2026-03-28",
    "plan_en.txt": "/optimize/production/current.html?lang=en&date=2026-03-28",
    "plan_wishes.json": "/plan/wishes",
    "models.json": "/models/status-direct",
    "gaps.json": "/gaps/summary",
    "scheduler.json": "/scheduler/status",
    "weather.json": "/weather?from=2026-03-27&to=2026-03-29",
    "weather.csv": "/weather?from=2026-03-27&to=2026-03-29&format=csv",
    "savings.json": "/savings",
    "savings_month.json": "/savings?by=month",
    "savings.csv": "/savings?format=csv",
    "ready.json": "/ready",
}
GIVEN = {"at": "2026-03-28T12:00:00+01:00", "price_eur_kwh": 0.11, "temperature_c": 30.0, "humidity_percent": 80.0}
POSTS: dict[str, tuple[str, Any]] = {
    "score_known.json": ("/predict/energy-optimization", {}),
    "score_given.json": ("/predict/energy-optimization", GIVEN),
    "class_known.json": ("/predict/production-recommendation", {}),
    "class_given.json": ("/predict/production-recommendation", GIVEN),
    "refused.json": ("/predict/energy-optimization", {"at": "soon"}),
}
DOCUMENTS = ("answers.json", *GETS, *POSTS)
PLANTED = {
    "/optimize/production/current.csv": (rb"20\.0,1\.2916,", b"20.0,1.2917,"),
    "/optimize/production/current.ics": (rb"DTSTART:20260328T08", b"DTSTART:20260328T09"),
    "/savings": (rb'"saving_eur":1\.7121', b'"saving_eur":1.7161'),
    "/dashboard?lang=en": (rb"0\.1967", b"0.1976"),
    "/metrics": (rb'(chocolate_job_runs_total\{job_id="plan"\}) (\d)', rb"\1 9\2"),
    "/dashboard/heatmap": (rb'"price_eur_kwh":0\.19674,', b'"price_eur_kwh":0.19675,'),
}
"""Path -> what is changed in its answers on the way, and into what."""


class Planting(httpx2.AsyncHTTPTransport):
    """The network, but that the answers of one path are changed."""

    def __init__(self, path: str, old: bytes, new: bytes) -> None:
        super().__init__()
        self._path, self._old, self._new = path, old, new
        self.changed = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One answer."""
        answer = await super().handle_async_request(request)
        if not request.url.raw_path.decode().startswith(self._path):
            return answer
        body, changed = re.subn(self._old, self._new, await answer.aread())
        self.changed += changed
        headers = [(name, value) for name, value in answer.headers.items() if name not in ("content-length", "content-encoding")]
        return httpx2.Response(answer.status_code, headers=headers, content=body)


@dataclass
class Taken:
    """The documents so far, and what came around them."""

    documents: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    names: golden.Names = field(default_factory=golden.Names)

    def keep(self, name: str, asked: str, answer: httpx2.Response) -> None:
        """One answer, in the form of its kind."""
        shown = {key: golden.without_nonce(value) for key, value in sorted(answer.headers.items()) if key not in UNHELD}
        self.answers[name] = {"asked": asked, "status": answer.status_code, "headers": shown}
        if name.endswith(".json"):
            self.documents[name] = golden.as_json(_uncounted(answer.json()), MASKED, self.names)
        elif name.endswith(".txt"):
            self.documents[name] = golden.as_outline(answer.text, self.names)
        else:
            self.documents[name] = golden.as_text(answer.text, self.names)


def _uncounted(document: Any) -> Any:
    """The document without how often some jobs ran: 0 stands for it."""
    if isinstance(document, list):
        return [_uncounted(item) for item in document]
    if not isinstance(document, dict):
        return document
    counted = document.get("id") in COUNTED and "runs" in document
    return {key: 0 if counted and key == "runs" else _uncounted(value) for key, value in document.items()}


@dataclass
class World:
    """What the service said of it, and where its doors disagree: as they are, and with one changed under way."""

    documents: dict[str, str]
    differences: list[str]
    planted: dict[str, list[str]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world, lived once."""
    return asyncio.run(_world(tmp_path_factory.mktemp("golden")))


@pytest.fixture(scope="module")
def documents(world: World) -> Mapping[str, str]:
    """Every document of the world, and kept if that is asked for."""
    if golden.WRITE:
        golden.keep(world.documents)
    return world.documents


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_document_is_as_it_was(documents: Mapping[str, str], name: str) -> None:
    told = golden.difference(name, documents[name])
    if told:
        pytest.fail(f"{name} differs (GOLDEN=write keeps it as it is now):\n{told}", pytrace=False)


def test_no_kept_document_is_left_over() -> None:
    assert {path.name for path in golden.FOLDER.iterdir() if path.is_file()} == set(DOCUMENTS)


def test_all_doors_agree(world: World) -> None:
    assert world.differences == []


@pytest.mark.parametrize("path", PLANTED)
def test_a_figure_that_is_another_at_one_door_is_found(world: World, path: str) -> None:
    assert any(one.startswith(path) or f"| {path}" in one for one in world.planted[path]), world.planted[path]


async def _world(folder: Path) -> World:
    config = folder / "configs"
    shutil.copytree(ROOT / "src/configs", config)
    shutil.copyfile(golden.FOLDER / "world/factory.toml", config / "factory.toml")
    async with running_simulator(FIRST) as simulator:
        for market in ("pvpc", "spot"):
            await simulator.control("delay", market=market, minutes=100 * 24 * 60)
        settings = settings_for(simulator, folder, HISTORY_START=HISTORY, CONFIG_DIR=str(config), **KEYS)
        async with running_service(settings, simulator.clock) as service:
            service.patience_s = PATIENCE_S
            await _stopped(service)
            await simulator.control("reset")
            await _three_evenings(service, simulator)
            documents, url = await _taken(service), service.url("")
            found = await _differences(url, httpx2.AsyncHTTPTransport())
            planted = {path: await _differences(url, Planting(path, *change)) for path, change in PLANTED.items()}
            return World(documents, found, planted)


async def _differences(url: str, transport: httpx2.AsyncHTTPTransport) -> list[str]:
    async with httpx2.AsyncClient(base_url=url, transport=transport, timeout=PATIENCE_S) as client:
        return (await differences(client)).differences


async def _stopped(service: Service) -> None:
    """Once what runs at the start has ended, nothing runs by itself."""

    def ended(state: Any) -> bool:
        return all(job["last_end"] and not job["running"] for job in state["jobs"] if job["id"] in AT_START)

    for job in (await service.until("/scheduler/status", ended))["jobs"]:
        assert (await service.post(f"/scheduler/jobs/{job['id']}/pause")).status_code == 200


async def _three_evenings(service: Service, simulator: SimulatorServer) -> None:
    for evening in (FRIDAY - 2 * DAY, FRIDAY - DAY, FRIDAY):
        simulator.clock.set(evening)
        if evening == FRIDAY:
            await _report(service)
        for job in FETCHING:
            await service.run(job)
        if evening == FRIDAY:
            await simulator.fault("esios", "status", status=503)
        await service.run("market_forecasts")
        for job in THINKING:
            await service.run(job)
    await _wish(service, {"kind": "forbidden", "start": "2026-03-28T06:00:00+01:00", "end": "2026-03-28T09:00:00+01:00"})
    down = {
        "kind": "machine_down",
        "stage": "conching",
        "unit": 1,
        "start": "2026-03-30T00:00:00+02:00",
        "end": "2026-04-01T00:00:00+02:00",
    }
    await _wish(service, down)
    await service.run("advice")
    for job in (await service.json("/scheduler/status"))["jobs"]:
        if job["id"] != "models_train":  # one that stays paused
            assert (await service.post(f"/scheduler/jobs/{job['id']}/resume")).status_code == 200


async def _report(service: Service) -> None:
    """Thursday's batch ran in the evening."""
    hours = {"mixing": "17:00", "conching": "18:00", "moulding": "20:00"}
    stages = [{"stage": stage, "start": f"2026-03-26T{hour}:00+01:00"} for stage, hour in hours.items()]
    answer = await service.post("/plan/actuals", {"batch_id": "20260326-standard-1", "stages": stages})
    assert answer.status_code == 200, answer.text
    await _planned(service, answer.json()["plan"])


async def _wish(service: Service, wanted: Mapping[str, Any]) -> None:
    answer = await service.post("/plan/wishes", wanted)
    assert answer.status_code == 201, answer.text
    await _planned(service, answer.json()["plan"])


async def _planned(service: Service, plan: Mapping[str, Any]) -> None:
    """Wait until a plan is there, whether it came with the answer or not."""
    await service.until(f"/optimize/production/{plan['plan_id']}", lambda answer: "batches" in answer)


async def _taken(service: Service) -> dict[str, str]:
    taken = Taken()
    for name, path in GETS.items():
        taken.keep(name, f"GET {path}", await service.get(path))
    for name, (path, body) in POSTS.items():
        taken.keep(name, f"POST {path} {body}", await service.post(path, body))
    return {**taken.documents, "answers.json": golden.as_json(taken.answers, MASKED, taken.names)}
