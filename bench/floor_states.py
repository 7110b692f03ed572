"""The floor on a phone: late, broken, spoiled, a rush order, the end of a shift; told through the doors of the real service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from support.page_world import World

MORNING = "2026-03-18T03:30:00Z"
"""Before the shift: the plans answer for this day."""
SETTINGS = {"HISTORY_START": "2026-01-20"}


@dataclass(frozen=True)
class FloorState:
    """What is told at an instant, the view of the page that shows it, and what is pressed there."""

    name: str
    at: str
    tell: Callable[[World], None]
    view: str = "now"
    pressed: str | None = None
    height: int = 1300


def planned(running: World) -> None:
    """The history is there, and a plan is in force."""
    running.until("/ready", lambda answer: answer["ingestion"]["state"] == "done")
    running.run("forecast_issue", "plan", "advice")


def _in_force(running: World) -> Any:
    return running.until("/dashboard/complete", lambda document: document["plan"] is not None and document["floor"] is not None)


def _said(running: World, path: str, body: dict[str, Any]) -> None:
    _in_force(running)
    running.post(path, body)
    running.run("plan", "advice")
    _in_force(running)


def _late(running: World) -> None:
    down = {"id": "p", "kind": "machine_down", "unit": "refining", "until": "2026-03-20T06:00:00+01:00"}
    _said(running, "/floor/events", down)


def _broken(running: World) -> None:
    _said(running, "/floor/events", {"id": "p", "kind": "machine_down", "unit": "conching-1", "until": "2026-03-18T17:00:00+01:00"})


def _spoiled(running: World) -> None:
    begun = next(one for one in running.json("/floor")["batches"] if one["runs"])
    _said(running, "/floor/events", {"id": "p", "kind": "spoiled", "batch": begun["id"]})


def _rush(running: World) -> None:
    _said(running, "/orders", {"quality": "standard", "kg": 400, "due": "2026-03-19", "reference": "rush"})


def _shift(running: World) -> None:
    _in_force(running)


FLOOR = (
    FloorState("phone-late", "2026-03-18T11:00:00Z", _late, pressed="#late > summary"),
    FloorState("phone-broken", "2026-03-18T11:00:00Z", _broken),
    FloorState("phone-spoiled", "2026-03-18T11:00:00Z", _spoiled, view="plan", height=2000),
    FloorState("phone-rush-order", "2026-03-18T11:00:00Z", _rush, view="plan", height=2000),
    FloorState("phone-end-of-shift", "2026-03-18T21:05:00Z", _shift, pressed="#shift-asked > summary"),
)
