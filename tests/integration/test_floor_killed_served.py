"""kill -9 of a served process while it is told of the floor over HTTP: what was answered with 2xx is there once after each start,
and the floor and the log are those of a process that was told the same without being killed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from support.process_service import Served, environment_for, served
from support.small_factory import small_config

NOW = "2026-03-11T09:00:00+00:00"
PATIENCE_S = 120.0
KILLED_AT = (2, 5)
"""How many reports were answered when the process goes, the next one on its way."""


def reports(batch: str) -> list[dict[str, Any]]:
    """Of a morning, in the order in which somebody tells it: late, and not as it happened."""
    return [
        {"id": "a", "kind": "machine_down", "stage": "kettle", "unit": 2, "at": "2026-03-11T07:00:00+00:00"},
        {"id": "b", "kind": "began", "batch": batch, "stage": "mix", "unit": 1, "at": "2026-03-11T08:20:00+00:00"},
        {"id": "c", "kind": "machine_up", "stage": "kettle", "unit": 2, "at": "2026-03-11T07:30:00+00:00"},
        {"id": "d", "kind": "ended", "batch": batch, "stage": "mix", "unit": 1, "at": "2026-03-11T08:41:00+00:00"},
        {"id": "e", "kind": "nobody", "at": "2026-03-11T06:30:00+00:00", "until": "2026-03-11T06:50:00+00:00"},
        {"id": "f", "kind": "machine_down", "stage": "fill", "unit": 1, "at": "2026-03-11T08:50:00+00:00"},
        {"id": "g", "kind": "began", "batch": batch, "stage": "kettle", "unit": 1, "at": "2026-03-11T08:42:00+00:00"},
        {"id": "h", "kind": "machine_up", "stage": "fill", "unit": 1, "at": "2026-03-11T08:55:00+00:00"},
    ]


@contextmanager
def running(folder: Path) -> Iterator[Served]:
    config = folder / "configs"
    environment = environment_for(folder, CONFIG_DIR=str(config), SIM_NOW=NOW, LISTEN_LEVELS="1")
    if not config.exists():
        small_config(folder)
    with served(folder, environment) as process:
        yield process


def until(asked: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = asked()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come")


def plan_of(world: Served) -> dict[str, Any] | None:
    answer = httpx2.get(world.url("/optimize/production/current"), timeout=PATIENCE_S)
    return answer.json() if answer.status_code == 200 else None


def told(world: Served, report: dict[str, Any]) -> tuple[int, int]:
    answer = httpx2.post(world.url("/floor/events"), json=report, timeout=PATIENCE_S)
    assert answer.status_code in (200, 201), answer.text
    return answer.status_code, answer.json()["sequence"]


def seen(world: Served) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The floor and the log, without when something was learnt and under which number."""
    floor = httpx2.get(world.url("/floor"), timeout=PATIENCE_S).json()
    log = httpx2.get(world.url("/floor/events"), timeout=PATIENCE_S).json()["events"]
    told_of = ("id", "kind", "at", "batch", "stage", "unit", "until", "by")
    return floor, sorted(({key: one.get(key) for key in told_of} for one in log if one["by"] != "clock"), key=lambda one: one["id"])


def first_batch(world: Served) -> str:
    plan = until(lambda: plan_of(world))
    return str(min(plan["batches"], key=lambda one: one["start"])["id"])


@pytest.mark.timeout(600)
def test_a_served_process_that_is_killed_loses_no_report_and_keeps_none_twice(tmp_path: Path) -> None:
    with running(tmp_path / "clean") as clean:
        batch = first_batch(clean)
        for report in reports(batch):
            told(clean, report)
        floor, log = seen(clean)
    assert [one["id"] for one in log] == ["a", "b", "c", "d", "e", "f", "g", "h"]

    acknowledged: dict[str, int] = {}
    for count in KILLED_AT:
        with running(tmp_path / "killed") as world:
            assert acknowledged or first_batch(world) == batch
            tell_until(world, batch, acknowledged, count)
            with suppress(httpx2.HTTPError):
                httpx2.post(world.url("/floor/events"), json=reports(batch)[count], timeout=0.01)
            world.process.kill()
    with running(tmp_path / "killed") as world:
        tell_until(world, batch, acknowledged, len(log))
        found = seen(world)
    assert found[1] == log
    assert comparable(found[0]) == comparable(floor)


def tell_until(world: Served, batch: str, acknowledged: dict[str, int], count: int) -> None:
    """So many reports are answered: those from before a kill with the number that they have, the others with one."""
    for report in reports(batch)[:count]:
        status, sequence = told(world, report)
        if report["id"] in acknowledged:
            assert (status, sequence) == (200, acknowledged[report["id"]])
        acknowledged[report["id"]] = sequence


def comparable(floor: dict[str, Any]) -> dict[str, Any]:
    """What facts say, without plans."""
    return {"machines": floor["machines"], "batches": [one for one in floor["batches"] if one["state"] != "planned"]}
