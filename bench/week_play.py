"""Scenes of a week: the real service at an instant, what is told through its doors, and the laws that must hold after it."""

import os
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx2

from support.page_world import World, world

SETTINGS = {"HISTORY_START": "2026-08-10"}
PATIENCE_S = 60.0
PLAN = "/optimize/production/current"
FORMS = (".html?lang=en", ".csv", ".ics")


class Seen(Exception):  # noqa: N818 (what was seen, where it is not what should be)
    """A row that failed."""


@dataclass
class Play:
    """What came of it."""

    folder: Path
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    """(row, passed or failed, what was seen)."""
    to_plan_s: list[float] = field(default_factory=list)
    to_page_s: list[float] = field(default_factory=list)
    sent: int = 0

    def row(self, name: str, tried: Callable[[], str]) -> None:
        """One row of the table; one that fails does not end the others."""
        try:
            verdict, seen = "pass", tried()
        except Seen as error:
            verdict, seen = "FAIL", str(error)
        except (httpx2.HTTPError, LookupError, TypeError, StopIteration) as error:
            verdict, seen = "FAIL", f"{type(error).__name__}: {error} {traceback.format_exc(limit=-1).splitlines()[-2]}"
        self.rows.append((name, verdict, seen))
        sys.stdout.write(f"{verdict} {name}: {seen}\n")
        sys.stdout.flush()

    @contextmanager
    def at(self, instant: str, *, before: Callable[[str], None] | None = None) -> Iterator["Scene"]:
        """The service at an instant, settled; `before` is done to the simulator before the service begins."""
        with world(self.folder, instant, before=before, settings=SETTINGS) as running:
            running.until("/ready", lambda answer: answer["ingestion"]["state"] == "done")
            scene = Scene(self, running)
            scene.run("plan")
            scene.plan()
            yield scene


@dataclass
class Scene:
    """The service at one time of the week, as seen through its doors."""

    play: Play
    running: World

    def get(self, path: str) -> httpx2.Response:
        """Answer of a door."""
        return httpx2.get(self.running.url + path, timeout=60)

    def json(self, path: str) -> Any:
        """Body of a door."""
        return self.get(path).raise_for_status().json()

    def run(self, job: str) -> None:
        """Run a job to its end, after the run of its own that may be under way."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                return self.running.run(job)
            except httpx2.HTTPStatusError as error:
                if error.response.status_code != 409:
                    raise
                time.sleep(0.5)
        raise Seen(f"{job} is at work for {PATIENCE_S:.0f} s")

    def plan(self) -> dict[str, Any]:
        """The plan in force, once there is one."""
        end = time.monotonic() + PATIENCE_S
        while (answer := self.get(PLAN)).status_code != 200 or answer.json().get("batches") is None:
            if time.monotonic() > end:
                raise Seen(f"no plan in force after {PATIENCE_S:.0f} s: {answer.status_code} {answer.text[:200]}")
            time.sleep(0.2)
        plan: dict[str, Any] = answer.json()
        return plan

    def whole_plan(self) -> dict[str, Any]:
        """The plan in force with all that is said about it."""
        end = time.monotonic() + PATIENCE_S
        while not (plan := self.plan())["complete"]:
            if time.monotonic() > end:
                raise Seen(f"not all is said about the plan after {PATIENCE_S:.0f} s")
            time.sleep(0.5)
        return plan

    def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx2.Response:
        """Send, and see whether the laws hold once the plan knows it."""
        return httpx2.post(self.running.url + path, json=body, timeout=60, headers=headers)

    def delete(self, path: str) -> int:
        """Status of a DELETE."""
        return httpx2.delete(self.running.url + path, timeout=60).status_code

    def tell(self, kind: str, **more: Any) -> dict[str, Any]:
        """An event that must be taken; how long until plan and page know it."""
        self.play.sent += 1
        runs, before, began = self._runs(), self.get(PLAN).json().get("plan_id"), time.monotonic()
        answer = self.post("/floor/events", {"id": f"week-{os.getpid()}-{self.play.sent}", "kind": kind, **more})
        if answer.status_code != 201:
            raise Seen(f"{kind} {more}: {answer.status_code} {answer.text[:300]}")
        told: dict[str, Any] = answer.json()
        self._timed(before, began, told["plan_id"], runs)
        self.lawful()
        return told

    def said(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """A wish, an order or a report that must be taken."""
        runs, before, began = self._runs(), self.get(PLAN).json().get("plan_id"), time.monotonic()
        answer = self.post(path, body, **headers)
        if answer.status_code not in (200, 201):
            raise Seen(f"{path} {body}: {answer.status_code} {answer.text[:300]}")
        told: dict[str, Any] = answer.json()
        self._timed(before, began, told.get("plan_id") or (told.get("plan") or {}).get("plan_id"), runs)
        self.lawful()
        return told

    def _timed(self, before: str | None, began: float, promised: str | None, runs: int) -> None:
        """Until the promised plan is in force, or another one, and until the page has it; a fact that changes nothing leaves the
        plan as it is: that is promised, or a look of the job since `runs` of them found nothing new.
        """
        end = began + PATIENCE_S
        while not (is_new := self._is_new(before)) and promised != before and (promised is not None or self._runs() == runs):
            if time.monotonic() > end:
                raise Seen(f"no other plan after {PATIENCE_S:.0f} s")
            time.sleep(0.1)
        if not is_new:
            self.plan()
            return
        self.play.to_plan_s.append(time.monotonic() - began)
        while (self.json("/dashboard/complete")["plan"] or {}).get("plan_id") != self.plan()["plan_id"]:
            if time.monotonic() > end:
                raise Seen(f"the page has not got the plan after {PATIENCE_S:.0f} s")
            time.sleep(0.1)
        self.play.to_page_s.append(time.monotonic() - began)

    def _is_new(self, before: str | None) -> bool:
        answer = self.get(PLAN)
        return answer.status_code == 200 and answer.json().get("plan_id") != before

    def _runs(self) -> int:
        jobs: list[dict[str, Any]] = self.json("/scheduler/status")["jobs"]
        return next(int(job["runs"]) for job in jobs if job["id"] == "plan")

    def lawful(self) -> None:
        """The laws, from outside."""
        plan, floor = self.plan(), self.json("/floor")
        broken = list(laws(plan, floor))
        for form in FORMS:
            answer = self.get(PLAN + form)
            if answer.status_code != 200:
                broken.append(f"{PLAN}{form}: {answer.status_code}")
        if broken:
            raise Seen("; ".join(broken[:4]))

    def batch(self, words: str) -> dict[str, Any]:
        """The batch of the plan in force whose id holds some words, the first to begin."""
        found: list[dict[str, Any]] = [one for one in self.plan()["batches"] if words in one["id"]]
        if not found:
            raise Seen(f"no batch {words} in the plan: {[one['id'] for one in self.plan()['batches']]}")
        return found[0]

    def stage(self, batch: str, stage: str) -> dict[str, Any]:
        """A stage of a batch of the plan in force."""
        found: dict[str, Any] = next(one for one in self.batch(batch)["stages"] if one["stage"] == stage)
        return found

    def day(self, day: str) -> dict[str, Any]:
        """A day of the ledger."""
        entries: list[dict[str, Any]] = self.json("/savings")["entries"]
        found = [one for one in entries if one["date"] == day]
        if not found:
            raise Seen(f"{day} is not in the ledger: {[one['date'] for one in entries]}")
        return found[0]

    def days(self, first: str) -> dict[str, tuple[float, float]]:
        """Kilograms and euros of the days of the ledger from one on."""
        entries: list[dict[str, Any]] = self.json("/savings")["entries"]
        return {one["date"]: (one["kg"] or 0.0, one["plan_eur"]) for one in entries if one["date"] >= first}


def starts(scene: Scene) -> dict[str, str]:
    """When each batch of the plan begins."""
    return {one["id"]: one["stages"][0]["start"] for one in scene.plan()["batches"]}


def late_of(scene: Scene) -> str:
    """What the plan says is late."""
    return ", ".join(f"{one['order']} by {one['by_minutes']} min" for one in scene.plan()["late"]) or "nothing"


def expect(holds: object, seen: str) -> str:
    """What was seen, which must hold."""
    if not holds:
        raise Seen(seen)
    return seen


def laws(plan: dict[str, Any], floor: dict[str, Any]) -> Iterator[str]:
    """What is broken in a plan beside the floor of the same moment."""
    now = datetime.fromisoformat(plan["as_of"])
    places = {(one["id"], stage["stage"]): stage for one in plan["batches"] for stage in one["stages"]}
    begun = {(batch["id"], run["stage"]): run for batch in floor["batches"] for run in batch["runs"]}
    for key, run in begun.items():
        if run["state"] == "running" and (key not in places or places[key]["unit"] not in names(run["stage"], run["unit"])):
            yield f"{key[0]} runs in {run['stage']} {run['unit']} and is not there in the plan"
    to_come = {key: stage for key, stage in places.items() if key not in begun}
    yield from bad_starts(to_come, floor["machines"], now)
    yield from doubled(places, now)


def names(stage: str, unit: int) -> tuple[str, str]:
    """What a plan may call a machine."""
    return stage, f"{stage}-{unit}"


def bad_starts(to_come: dict[tuple[str, str], Any], machines: list[dict[str, Any]], now: datetime) -> Iterator[str]:
    """Stages that begin in the past, or on a machine that is down."""
    down = [one for one in machines if one["state"] == "down"]
    for (id_, name), stage in to_come.items():
        if datetime.fromisoformat(stage["start"]) < now - timedelta(minutes=1):
            yield f"{id_} {name} begins {stage['start']}, in the past of {now.isoformat()}"
        for one in down:
            is_it = stage["unit"] in names(one["stage"], one["unit"])
            if is_it and (one["until"] is None or datetime.fromisoformat(stage["start"]) < datetime.fromisoformat(one["until"])):
                yield f"{id_} {name} begins {stage['start']} on {stage['unit']}, which is down until {one['until']}"


def doubled(places: dict[tuple[str, str], Any], now: datetime) -> Iterator[str]:
    """Machines with two batches at once."""
    runs: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for (id_, _), stage in places.items():
        start, end = datetime.fromisoformat(stage["start"]), datetime.fromisoformat(stage["end"])
        if end > now:
            runs[stage["unit"]].append((start, end, id_))
    for unit, found in runs.items():
        for one, other in pairwise(sorted(found)):
            if other[0] < one[1]:
                yield f"{unit} has {one[2]} until {one[1].isoformat()} and {other[2]} from {other[0].isoformat()}"


def percentiles(seconds: Sequence[float]) -> str:
    """p50 and p95."""
    if len(seconds) < 2:
        return "-"
    cut = quantiles(sorted(seconds), n=20)
    return f"p50 {cut[9]:.2f} s, p95 {cut[18]:.2f} s of {len(seconds)}"
