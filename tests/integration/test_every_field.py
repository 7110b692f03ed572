"""A change of any field of factory.toml: the plan in force is shown nowhere until one that obeys the file is, or none is possible.

Every number, flag, clock time, weekday and choice of the file is changed by itself. `FIELDS` says how many of them (drawn by
chance) are planned anew; 0 stands for all.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from domain.audit.money import base_kw, somebody_is_here
from domain.canonical import digest
from domain.errors import FactoryError, NotKnownError
from domain.plan.plant import Plant
from domain.plan.plant_config import load_plant
from domain.timeline import QUARTER
from services.plan.service import PlanOvertakenError, PlanService
from support.plan_cases import ROOT
from support.plan_world import PlanWorld, plan_world
from support.small_factory import SMALL_FACTORY

FIELDS = int(os.environ.get("FIELDS", "4"))
TOKEN = re.compile(r'(?<![\w.-])(\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|\d+(?:\.\d+)?|true|false|"[^"]*")')
CHOICES = {
    "basis": ("pvpc",),
    "tariff": ("6.1TD",),
    "prefer": ("early", "late"),
    "after_interruption": ("lost",),
    "days_are_of": ("ends",),
}
NAMES = ("name", "qualities", "aemet_station", "municipality", "reason", "stage")
"""What they name is no choice: a plan that calls a stage otherwise is another plant's."""


def changed_texts(text: str) -> Iterator[tuple[str, str]]:
    """(line and place of a field, the file with that field changed)."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        body = line.partition("#")[0]
        key = body.partition("=")[0].strip()
        for found in TOKEN.finditer(body) if "=" in body and key not in NAMES else ():
            if found.start() < body.index("="):
                continue
            for other in _others(key, found[0]):
                edited = [*lines[:number], body[: found.start()] + other + body[found.end() :], *lines[number + 1 :]]
                yield f"{number + 1}: {body.strip()} [{found.start()}]", "\n".join(edited)


def _others(key: str, token: str) -> Iterator[str]:
    if token in ("true", "false"):
        yield "false" if token == "true" else "true"
    elif token.startswith('"'):
        days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        yield from (f'"{choice}"' for choice in (days if token.strip('"') in days else CHOICES.get(key, ())))
    elif ":" in token:
        yield f"{(int(token[:2]) + 3) % 24:02d}{token[2:]}"
    elif "-" in token:
        yield f"{token[:-2]}{int(token[-2:]) % 27 + 1:02d}"
    else:
        yield from (f"{float(token) + step:g}" for step in (15, 1, 0.25, -1))
        yield str(int(float(token)) + 15)


def changed(text: str) -> dict[str, Plant]:
    """Field -> the plant with it changed; of what may be changed to the first that is a plant."""
    base, found = load_plant(text), {}
    for field, edited in changed_texts(text):
        if field in found:
            continue
        try:
            plant = load_plant(edited)
        except (FactoryError, ValueError):
            continue
        if plant != base:
            found[field] = plant
    return found


FACTORY = (ROOT / "src/configs/factory.toml").read_text(encoding="utf-8")


def test_each_field_of_the_default_plant_is_in_what_a_plan_was_made_from() -> None:
    plants = changed(FACTORY)
    assert len(plants) > 60, sorted(plants)
    marks = {field: digest(plant) for field, plant in plants.items()}
    assert digest(load_plant(FACTORY)) not in marks.values()


async def test_a_plan_is_shown_to_no_other_plant(tmp_path: Path) -> None:
    plants = changed(SMALL_FACTORY)
    assert len(plants) > 30, sorted(plants)
    base = load_plant(SMALL_FACTORY)
    async with plan_world(tmp_path, base) as world:
        await world.plans.replan()
        assert await _asked(world, base) is None
        for field, plant in plants.items():
            assert "changed" in str(await _asked(world, plant)), field


async def _asked(world: PlanWorld, plant: Plant) -> PlanOvertakenError | None:
    """What a service with this plant says of the plan in force, before it has planned anything."""
    plans = PlanService(world.answers, world.prices, world.weather, world.logs, plant=plant, clock=world.clock)
    try:
        await plans.current()
    except PlanOvertakenError as error:
        return error
    return None


@pytest.mark.timeout(60 + 10 * max(FIELDS, 4) if FIELDS else 1800)
async def test_the_plan_after_it_obeys_the_file_or_says_that_none_can(tmp_path: Path) -> None:
    plants = {field: plant for field, plant in changed(SMALL_FACTORY).items() if plant.price.basis == "fixed"}
    chosen = sorted(plants) if FIELDS == 0 else Random(5).sample(sorted(plants), FIELDS)
    async with plan_world(tmp_path, load_plant(SMALL_FACTORY)) as world:
        await world.plans.replan()
    for field in chosen:
        plant = plants[field]
        async with plan_world(tmp_path, plant) as world:
            with pytest.raises(NotKnownError):
                await world.plans.current()
            assert "plant" in await world.plans.replan(), field
            plan = json.loads((await world.plans.current()).document or "null")
            impossible = plan["status"] == "infeasible"
            assert impossible or plan["checks"]["passed"], f"{field}: {sorted(plan)}"
            broken = list(against(plant, plan))
            assert impossible or not broken, f"{field}: {broken}"


def against(plant: Plant, plan: dict[str, Any]) -> Iterator[str]:
    """What a plan does that the file does not allow, seen without the planner: machines, lengths, people, power."""
    stages = {stage.name: stage for stage in plant.stages}
    runs = [(batch, run, stages[run["stage"]]) for batch in plan["batches"] for run in batch["stages"]]
    load: dict[datetime, float] = defaultdict(float)
    for batch, run, stage in runs:
        at, end = datetime.fromisoformat(run["start"]), datetime.fromisoformat(run["end"])
        name = f"{batch['id']} {stage.name} at {at}"
        if end - at != timedelta(minutes=stage.minutes[batch["quality"]]):
            yield f"{name} takes {end - at}"
        while at < end:
            load[at] += stage.power_kw
            if stage.attended and not somebody_is_here(plant, at):
                yield f"{name}: nobody is here"
            at += QUARTER
    over = [at for at, kw in load.items() if kw + base_kw(plant, at) > max(plant.contracted_kw) + 1e-6]
    yield from (f"{load[at]} kW at {at}" for at in over)
