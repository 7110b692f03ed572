"""Seconds from what is told to the plan that knows it, and to the page: `scripts/bench reaction [--rounds N]`.

The service on the default plant on a simulated Monday morning, with the page open in a Chromium on a phone, which learns of it by
itself. Told through the doors, one after the other: a stage that began, a machine that broke and is up again, a spoiled batch and
its correction, nobody here, a wish, an order; after each round the cost of an order is asked for that is not kept. Each line: how
long the answer took, how long until another plan was in force, until the open page had it, and the processor seconds of the service
and its children meanwhile. `nice -n -5 scripts/bench reaction` keeps other work of the machine out of it.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page, Response

from bench.week_play import PLAN, Play, Scene, percentiles
from bench.week_stories import first_plan
from support.page_world import chromium

MONDAY = "2026-10-05T06:21:00Z"
PHONE = {"width": 390, "height": 844}
PATIENCE_S = 90.0
SETTLED_S = 3.0
"""Between two events: what is still said about the last plan is none of the next one's."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Open:
    """The page that somebody has open."""

    page: Page
    texts: list[str] = field(default_factory=list)
    """What it was given, oldest first."""

    def took(self, response: Response) -> None:
        """A rendering that it asked for by itself."""
        if "/dashboard?" in response.url and response.ok:
            self.texts.append(response.text())

    def has(self, plan_id: str) -> bool:
        """Whether it shows a plan."""
        return bool(self.texts) and plan_id in self.texts[-1]


@dataclass
class Line:
    """What one event took [s]."""

    kind: str
    answer_s: float
    plan_s: float | None
    page_s: float | None
    cpu_s: float


def cpu_s(pid: int) -> float:
    """Processor seconds of a process and all below it, the ended ones too."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    below = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return sum(int(ticks) for ticks in text[11:15]) / TICKS + sum(_cpu_or_nothing(child) for child in below)


def _cpu_or_nothing(pid: int) -> float:
    """One that ended meanwhile is in its parent's sum."""
    try:
        return cpu_s(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def plan_of(scene: Scene) -> str | None:
    """The plan in force; None while there is none."""
    answer = scene.get(PLAN)
    found: str | None = answer.json().get("plan_id") if answer.status_code == 200 else None
    return found


def told(scene: Scene, kind: str, send: Callable[[], httpx2.Response], opened: Open) -> Line:
    """What is told, and when plan and page know it; an event that leaves the plan as it is has no seconds."""
    before, spent, began = plan_of(scene), cpu_s(scene.running.process.pid), time.monotonic()
    new: set[str] = set()
    plan_s = page_s = answer_s = None
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        while page_s is None and time.monotonic() < began + PATIENCE_S:
            if answer_s is None and sending.done():
                answer_s = time.monotonic() - began
                sending.result().raise_for_status()
            if (found := plan_of(scene)) not in (None, before):
                new.add(str(found))
                plan_s = plan_s or time.monotonic() - began
            if any(opened.has(one) for one in new):
                page_s = time.monotonic() - began
            opened.page.wait_for_timeout(20)
        sending.result().raise_for_status()
        answer_s = answer_s or time.monotonic() - began
    opened.page.wait_for_timeout(1000 * SETTLED_S)
    return Line(kind, answer_s, plan_s, page_s, cpu_s(scene.running.process.pid) - spent)


def events(scene: Scene, turn: int) -> Iterator[tuple[str, Callable[[], httpx2.Response]]]:
    """One after the other, as the floor is when each is asked for."""
    count = 0

    def event(kind: str, **more: Any) -> tuple[str, Callable[[], httpx2.Response]]:
        nonlocal count
        count += 1
        name = f"reaction-{turn}-{count}"
        return kind, lambda: scene.post("/floor/events", {"id": name, "kind": kind, **more})

    now = datetime.fromisoformat(scene.plan()["as_of"])
    later = (now + timedelta(hours=3)).isoformat()
    if turn == 0:
        yield event("began", batch=scene.batch("20261005")["id"], stage="mixing", at="2026-10-05T06:10:00+00:00")
    yield event("machine_down", unit="refining", until=later)
    yield event("machine_up", unit="refining")
    yield event("machine_down", unit="conching-1")
    yield event("machine_up", unit="conching-1")
    running = next((one["id"] for one in scene.json("/floor")["batches"] if one["state"] in ("under_way", "waiting")), None)
    if running is not None:
        yield event("spoiled", batch=running)
        spoiled = next(one for one in reversed(scene.json("/floor/events")["events"]) if one["kind"] == "spoiled")
        yield event("correction", of=spoiled["sequence"])
    yield event("nobody", until=later)
    yield event("back")
    off = {"kind": "forbidden", "start": "2026-10-06T12:00:00+00:00", "end": "2026-10-06T16:00:00+00:00"}
    yield "wish", lambda: scene.post("/plan/wishes", off | {"start": f"2026-10-06T{12 - turn:02}:00:00+00:00"})
    order = {"quality": "standard", "kg": 200, "due": "2026-10-08", "reference": f"rush {turn}"}
    yield "order", lambda: scene.post("/orders", order)


def tried(scene: Scene, kg: float) -> tuple[float, float]:
    """Seconds until a question for the cost of an order is answered that is not kept, and until the cost is in the answer."""
    began = time.monotonic()
    first_s = None
    while time.monotonic() < began + PATIENCE_S:
        answer = scene.post("/orders?dry_run=true", {"quality": "standard", "kg": kg, "due": "2026-10-09", "reference": "tried"})
        first_s = first_s or time.monotonic() - began
        if answer.raise_for_status().json()["cost_eur"] is not None:
            break
    return first_s or PATIENCE_S, time.monotonic() - began


@contextmanager
def opened(scene: Scene) -> Iterator[Open]:
    """The page of the service, open on a phone."""
    with chromium() as browser:
        page = browser.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
        found = Open(page)
        page.on("response", found.took)
        page.goto(f"{scene.running.url}/dashboard?lang=es", timeout=120_000)
        yield found
        page.remove_listener("response", found.took)


def main(arguments: list[str]) -> int:
    """A line for each event, then the percentiles."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args(arguments)
    lines: list[Line] = []
    costs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        play = Play(Path(folder) / "reaction")
        first_plan(play)
        with play.at(MONDAY) as scene, opened(scene) as page:
            for turn in range(options.rounds):
                for kind, send in events(scene, turn):
                    lines.append(told(scene, kind, send, page))
                    shown(lines[-1])
                costs += [tried(scene, 100.0 * (1 + n)) for n in range(3)]
                sys.stdout.write("".join(f"dry run: answer {s:.2f} s, cost {known:.2f} s\n" for s, known in costs[-3:]))
    summary(lines, costs)
    return 0


def shown(line: Line) -> None:
    """One line."""
    seconds = [None if s is None else round(s, 2) for s in (line.plan_s, line.page_s)]
    sys.stdout.write(
        f"{line.kind}: answer {line.answer_s:.2f} s, plan {seconds[0]} s, page {seconds[1]} s, processor {line.cpu_s:.2f} s\n"
    )
    sys.stdout.flush()


def summary(lines: list[Line], costs: list[tuple[float, float]]) -> None:
    """The percentiles, with the load that they were measured at."""
    for name, seconds in (
        ("answer", [line.answer_s for line in lines]),
        ("event to plan", [line.plan_s for line in lines if line.plan_s is not None]),
        ("event to page", [line.page_s for line in lines if line.page_s is not None]),
        ("dry run, its answer", [s for s, _ in costs]),
        ("dry run, its cost", [s for _, s in costs]),
    ):
        sys.stdout.write(f"{name}: {percentiles(seconds)}\n")
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
