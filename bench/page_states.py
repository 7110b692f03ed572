"""The bad states of which there is a picture, each made in the real service: by faults of the simulator, settings, or wishes."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.page_world import World, control, world
from support.process_service import NOWHERE

SOURCES = ("REE", "ESIOS", "OMIE", "AEMET", "OPENWEATHERMAP")
DOWN = [{"source": source, "kind": "status", "status": 503} for source in ("redata", "esios", "omie")]
NO_KEYS = {"AEMET_API_KEY": "", "OPENWEATHERMAP_API_KEY": ""}
NOBODY = {f"{source}_BASE_URL": NOWHERE for source in SOURCES}
NO_STORE = {"STORE": "influxdb", "INFLUXDB_URL": NOWHERE, "INFLUXDB_TOKEN": "a-token-of-no-store", "SIM_NOW": "", "SIM_SEED": ""}


def _as_it_is(_: object) -> None:
    """Nothing to prepare."""


@dataclass(frozen=True)
class State:
    """A state: when, what is wrong, and what to wait for. `from_demo`: with the data of the finished demonstration; `began_at`:
    when the service saw it first, if that was earlier; `first`: the section that the picture begins with, `height` its length [px].
    """

    name: str
    what: str
    at: str
    ready: Callable[[World], None]
    from_demo: bool = False
    began_at: str | None = None
    before: Callable[[str], None] = _as_it_is
    prepare: Callable[[Path], None] = _as_it_is
    settings: dict[str, str] = field(default_factory=dict)
    height: int = 1300
    first: str = "top"

    @contextmanager
    def running(self, demo: Path, folder: Path) -> Iterator[World]:
        """The service in this state."""
        if self.from_demo:
            shutil.copytree(demo, folder)
        self.prepare(folder)
        if self.began_at:
            with world(folder, self.began_at, before=self.before, settings=self.settings) as running:
                _tried("prices_pvpc")(running)
        with world(folder, self.at, before=self.before, settings=self.settings) as running:
            self.ready(running)
            yield running


def _tried(job: str) -> Callable[[World], None]:
    def done(answer: Any) -> bool:
        return any(one["id"] == job and one["runs"] and not one["running"] for one in answer["jobs"])

    def ready(running: World) -> None:
        running.until("/ready", done)

    return ready


def _price_tried_and_planned(running: World) -> None:
    _tried("prices_pvpc")(running)
    running.until("/dashboard/complete", lambda document: document["plan"] is not None)


def _planned(running: World) -> None:
    running.until("/ready", lambda answer: answer["ingestion"]["state"] == "done")
    running.run("forecast_issue", "plan", "advice")


def _without_conches(running: World) -> None:
    """Both conches are wished to be down for six days: what is due by then is late, and what would save it is said."""
    running.until("/dashboard/complete", lambda document: document["plan"] is not None)
    times = {"start": "2026-03-18T12:00:00+01:00", "end": "2026-03-24T12:00:00+01:00"}
    for unit in (1, 2):
        running.post("/plan/wishes", {"kind": "machine_down", "stage": "conching", "unit": unit, **times})
    running.until(
        "/dashboard/complete", lambda document: bool(document["plan"] and (document["plan"]["clash"] or {}).get("reliefs"))
    )


def _spoil_models(folder: Path) -> None:
    """One byte of each model file is another one: its hash does not fit."""
    for path in (folder / "models").rglob("*.pkl"):
        if not path.is_symlink():
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.write_bytes(content)


STATES = (
    State(
        "state-first-start",
        "first start, no source answers",
        "2026-03-18T10:20:00Z",
        _tried("prices_pvpc"),
        settings=NOBODY,
        height=1900,
    ),
    State(
        "state-ree-dead",
        "REE and OMIE dead for two days",
        "2026-03-20T10:20:00Z",
        _price_tried_and_planned,
        from_demo=True,
        began_at="2026-03-18T20:40:00Z",
        before=lambda simulator: control(simulator, "faults", DOWN),
        height=1900,
    ),
    State(
        "state-tomorrow-late",
        "tomorrow's prices are late",
        "2026-03-18T20:40:00Z",
        _price_tried_and_planned,
        from_demo=True,
        before=lambda simulator: control(simulator, "delay", {"market": "pvpc", "minutes": 300}),
        first="days",
    ),
    State(
        "state-weather-without-keys",
        "no key for either weather source",
        "2026-03-18T10:20:00Z",
        _planned,
        settings={**NO_KEYS, "HISTORY_START": "2026-01-20"},
        first="forecast",
    ),
    State(
        "state-model-refused",
        "the file of a model is not the one that was trained",
        "2026-03-18T10:25:00Z",
        _price_tried_and_planned,
        from_demo=True,
        prepare=_spoil_models,
        height=4000,
    ),
    State(
        "state-plan-infeasible",
        "both conches are down: the demand cannot be met",
        "2026-03-18T10:25:00Z",
        _without_conches,
        from_demo=True,
        height=2400,
    ),
    State("state-store-away", "the database does not answer", "2026-03-18T10:20:00Z", _as_it_is, settings=NO_STORE | NOBODY),
    State(
        "state-autumn-day",
        "tomorrow has 25 hours",
        "2025-10-25T19:30:00Z",
        _planned,
        settings={"HISTORY_START": "2025-08-25"},
        first="days",
    ),
    State(
        "state-spring-day",
        "tomorrow has 23 hours",
        "2026-03-28T20:30:00Z",
        _planned,
        settings={"HISTORY_START": "2026-01-25"},
        first="days",
    ),
)
