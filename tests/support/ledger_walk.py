"""A service that lives through hours of a random world, entered by HTTP alone: orders, wishes, reports, restated prices, faults of
the sources, edits of the plant with a restart, clocks that are set. Each hour all doors are compared, each night the audit looks.
"""

import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2

from commands.check_doors import differences
from commands.doors.reading import Asked, NotStillError
from domain.timeline import MADRID
from simulator.shop_floor import Factory, Habits
from support.plan_cases import ROOT
from support.service import Service, running_service, settings_for
from support.simulator_server import SimulatorServer, running_simulator
from support.small_factory import SMALL_FACTORY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 9, 7, 5, 10, tzinfo=UTC)
KEYS = {"AEMET_API_KEY": "a-key-for-tests", "OPENWEATHERMAP_API_KEY": "o-key-for-tests", "REE_API_TOKEN": "e-key-for-tests"}
FIXED = SMALL_FACTORY[SMALL_FACTORY.index("[price]") : SMALL_FACTORY.index("[demand.weekday]")]
PRICES = {
    "fixed": FIXED,
    "indexed": '[price]\nbasis = "indexed"\nfee_eur_per_kwh = 0.004\n\n',
    "pvpc": '[price]\nbasis = "pvpc"\nreference = true\n\n',
}
AIR = """[[ambient_limit]]
stage = "kettle"
max_temperature_c = 22.0
max_humidity_percent = 60.0
cooling_kw_per_c = 0.4
drying_kw_per_percent = 0.05
hard = false

"""
"""Air that costs power on most days of the world."""
APART = ("models_train", "models_watch", "market_forecasts", "weather_points", "weather_errors")
"""Jobs that bring a forecast other inputs and a ledger nothing, and that cost more than all the others: they rest."""
LOOK_EVERY_S = 0.2
TARIFF = 'tariff = "3.0TD"'
EDITS = (
    (r"(name = \"lights\"\npower_kw = )[\d.]+", (1.0, 1.5, 2.0)),
    (r"(name = \"mix\"\nunits = 1\npower_kw = )[\d.]+", (10.0, 11.0, 12.0)),
    (r"(hold_kw = )[\d.]+", (2.0, 2.5)),
    (r"(friday = \{ plain = )[\d.]+", (1, 2)),
)


@dataclass(frozen=True)
class Chances:
    """Of each thing in an hour."""

    order: float = 0.04
    wish: float = 0.04
    restated: float = 0.04
    fault: float = 0.03
    edit: float = 0.008
    clock: float = 0.01
    down: float = 0.01


@dataclass
class Walk:
    """What happened, and what was not as it should be."""

    random: Random
    chances: Chances = Chances()
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    told_until: datetime = START
    faulty_until: datetime | None = None
    is_over: Callable[[], bool] = lambda: False
    heard: Callable[[str], object] = lambda _: None
    """Who is told at once what is not as it should be."""
    passed: Callable[[str], object] = lambda _: None
    """Who is told each night how far it is."""

    def found(self, at: datetime, what: str) -> None:
        """Something that should not be."""
        self.wrong.append(f"{at.isoformat()} {what}")
        self.heard(self.wrong[-1])

    def happens(self, name: str) -> bool:
        """Whether something does in this hour."""
        happens = bool(self.random.random() < getattr(self.chances, name))
        self.counts[name] += happens
        return happens


def configured(folder: Path, basis: str, tariff: str) -> Path:
    """The small plant with a basis and a tariff."""
    config = folder / "configs"
    shutil.copytree(ROOT / "src" / "configs", config)
    text = SMALL_FACTORY.replace(FIXED, PRICES[basis]).replace(TARIFF, f'tariff = "{tariff}"')
    text = text.replace("[demand.weekday]", AIR + "[demand.weekday]")
    if tariff == "2.0TD":
        text = re.sub(r"power_kw = \{ P1.*", "power_kw = { P1 = 15.0, P2 = 15.0 }", text).replace("= 20.0", "= 8.0")
        text = text.replace("power_kw = 10.0", "power_kw = 5.0")
    (config / "factory.toml").write_text(text, encoding="utf-8")
    return config


async def walked(folder: Path, walk: Walk, hours: int, *, basis: str = "indexed", tariff: str = "3.0TD") -> Walk:
    """So many hours of a world; the service starts again after each edit of its plant."""
    config = configured(folder, basis, tariff)
    factory = Factory(walk.random, Habits(breaks=0.04, spoils=0.04, silent=0.3, late=0.2))
    async with running_simulator(START, seed=walk.random.randrange(1000)) as simulator:
        await simulator.control("limits", aemet=None, owm=None)  # a minute of theirs would be a real one
        settings = settings_for(
            simulator, folder, HISTORY_START=(START - 21 * DAY).date().isoformat(), CONFIG_DIR=str(config), SIM_SPEED="2000", **KEYS
        )
        left = hours
        while left > 0 and not walk.is_over():
            async with running_service(settings, simulator.clock) as service:
                service.patience_s = 240
                await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
                for job in APART:
                    await service.post(f"/scheduler/jobs/{job}/pause")
                left = await _lived(walk, simulator, service, factory, left)
            if left > 0 and not walk.is_over():
                _edit(walk.random, config / "factory.toml")
    return walk


async def _lived(walk: Walk, simulator: SimulatorServer, service: Service, factory: Factory, left: int) -> int:
    """Hours until the plant is edited; how many are left."""
    while left > 0 and not walk.is_over():
        left -= 1
        walk.counts["hours"] += 1
        await _happened(walk, simulator, service)
        simulator.clock.advance(HOUR)
        await settled(simulator, service)
        await _told(walk, simulator, service, factory)
        await settled(simulator, service)
        await _compared(walk, simulator, service)
        if simulator.clock().astimezone(MADRID).hour == 2:
            await _audited(walk, simulator, service)
        if walk.happens("edit"):
            break
    return left


async def settled(simulator: SimulatorServer, service: Service) -> None:
    """Everything that is due was begun and is over."""

    def is_still(status: Any) -> bool:
        jobs = [job for job in status["jobs"] if job["next_run"] and not job["paused"]]
        return all(not job["running"] and datetime.fromisoformat(job["next_run"]) > simulator.clock() for job in jobs)

    await service.until("/scheduler/status", is_still, every_s=LOOK_EVERY_S)


async def _happened(walk: Walk, simulator: SimulatorServer, service: Service) -> None:
    now = simulator.clock()
    if walk.happens("order"):
        due = now + timedelta(hours=walk.random.randint(8, 90))
        await _said(walk, now, await service.post("/orders", {"quality": "plain", "kg": 100, "due": due.isoformat()}))
    if walk.happens("wish"):
        start = (now + timedelta(hours=walk.random.randint(2, 40))).replace(minute=0)
        wish = {"kind": "forbidden", "start": start.isoformat(), "end": (start + 3 * HOUR).isoformat()}
        await _said(walk, now, await service.post("/plan/wishes", wish))
    if walk.happens("restated"):
        start = (now - timedelta(hours=walk.random.randint(-10, 40))).replace(minute=0)
        amount = walk.random.choice((-20, 15, 40))
        await simulator.control(
            "revise", market=walk.random.choice(("pvpc", "spot")), start=start.isoformat(), amount=amount, hours=4
        )
    if walk.happens("down"):
        await _down(walk, now, service)
    if walk.faulty_until is not None and now >= walk.faulty_until:
        await simulator.clear_faults()
        walk.faulty_until = None
    elif walk.happens("fault"):
        await simulator.fault(walk.random.choice(("esios", "redata", "aemet", "owm")), "status", status=503)
        walk.faulty_until = now + timedelta(hours=walk.random.randint(1, 8))
    if walk.happens("clock"):
        simulator.clock.advance(walk.random.choice((-2, -1, 3)) * HOUR)


async def _said(walk: Walk, now: datetime, answer: httpx2.Response) -> None:
    """What may be refused is refused with a reason."""
    walk.counts[f"answers {answer.status_code}"] += 1
    if answer.status_code not in (200, 201, 202, 409, 422):
        walk.found(now, f"{answer.request.url.path}: {answer.status_code} {answer.text[:300]}")


async def _down(walk: Walk, now: datetime, service: Service) -> None:
    """A kettle stands for three hours."""
    event = {"id": f"down-{now.isoformat()}", "kind": "machine_down", "stage": "kettle", "unit": 2, "at": now.isoformat()}
    await _said(walk, now, await service.post("/floor/events", event | {"until": (now + 3 * HOUR).isoformat()}))


async def _told(walk: Walk, simulator: SimulatorServer, service: Service, factory: Factory) -> None:
    """What the factory did by the plan in force, as far as the clock has not been there before."""
    now = simulator.clock()
    answer = await service.get("/optimize/production/current")
    if answer.status_code != httpx2.codes.OK or now <= walk.told_until:
        return
    walk.told_until = now
    for event in factory.step(answer.json(), now):
        body = {**event, "at": event["at"].isoformat()}
        walk.counts["events"] += 1
        await _said(walk, now, await service.post("/floor/events", body))


async def _compared(walk: Walk, simulator: SimulatorServer, service: Service) -> None:
    try:
        async with httpx2.AsyncClient(base_url=service.url(""), timeout=service.patience_s) as client:
            book = await differences(client, Asked(every=24, first=walk.counts["hours"] % 24))
    except NotStillError:
        walk.counts["not still"] += 1
        return
    walk.counts["comparisons"] += book.compared
    walk.counts["looks"] += 1
    for one in book.differences:
        walk.found(simulator.clock(), one)


async def _audited(walk: Walk, simulator: SimulatorServer, service: Service) -> None:
    for job in ("ledger", "audit"):
        await service.run(job)
    walk.counts["nights"] += 1
    audit = next(job for job in (await service.json("/ready"))["jobs"] if job["id"] == "audit")
    if audit["last_outcome"] != "ok":
        walk.found(simulator.clock(), f"audit: {audit['last_outcome']} {audit.get('last_error')} {audit.get('last_detail')}")
    walk.counts["last audit: " + str(audit.get("last_detail"))] = 1
    so_far = f"{walk.counts['looks']} looks, {walk.counts['comparisons']} comparisons, {len(walk.wrong)} differences"
    walk.passed(f"{simulator.clock():%Y-%m-%d}: {so_far}; audit: {audit.get('last_detail')}")


def _edit(random: Random, file: Path) -> None:
    pattern, values = random.choice(EDITS)
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(pattern, lambda found: f"{found[1]}{random.choice(values)}", text), encoding="utf-8")
