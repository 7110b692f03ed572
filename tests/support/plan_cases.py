"""Small plants and problems for tests of planning: a few machines, an evening of quarter-hours that ends at local midnight."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from domain.bill.tariff import power_period
from domain.plan.plant import BaseLoad, Plant, Shift, Stage
from domain.plan.plant_config import load_plant
from domain.plan.production import Demand, PlanProblem, demand_between
from domain.timeline import MADRID, QUARTER, day_bounds, slot_starts

ROOT = Path(__file__).parents[2]
WEDNESDAY = date(2026, 3, 11)
"""A working day; its quarter-hours from 20:00 are in P2 (20:00-22:00), P3 and are 16."""
ALL_DAY = (Shift(frozenset(range(7)), time(0, 0), time(0, 0)),)


def by_pvpc(text: str, price: str = 'basis = "pvpc"\nreference = true') -> str:
    """The text of a plant, reckoned by another price: by PVPC as a reference."""
    begin = text.index("[price]\n")
    end = text.index("\n[", begin)
    return f"{text[:begin]}[price]\n{price}\n{text[end:]}"


def reference_config(folder: Path) -> str:
    """CONFIG_DIR of the plant of the repository, reckoned by PVPC as a reference: of tests whose world has prices of PVPC alone."""
    config = folder / "configs-of-reference"
    shutil.copytree(ROOT / "src/configs", config, dirs_exist_ok=True)
    file = config / "factory.toml"
    file.write_text(by_pvpc((ROOT / "src/configs/factory.toml").read_text(encoding="utf-8")), encoding="utf-8")
    return str(config)


def default_plant() -> Plant:
    """The plant of the repository."""
    return load_plant((ROOT / "src/configs/factory.toml").read_text(encoding="utf-8"))


def small_plant(**changes: Any) -> Plant:
    """Mix 15 min (wait 15 min), two kettles 30 min (hold 30 min), fill 15 min; 10, 20 and 5 kW; 100 kg; always staffed."""
    plant = Plant(
        qualities=("plain",),
        batch_kg=100.0,
        stages=(
            Stage("mix", 1, 10.0, {"plain": 15}, attended=True, max_wait_minutes=15),
            Stage("kettle", 2, 20.0, {"plain": 30}, attended=False, hold_minutes=30, hold_kw=2.0),
            Stage("fill", 1, 5.0, {"plain": 15}, attended=True),
        ),
        shifts=ALL_DAY,
        base_loads=(BaseLoad("lights", 1.0),),
        contracted_kw=(100.0,) * 6,
    )
    return replace(plant, **changes)


def evening(plant: Plant, prices: Sequence[float | None], batches: float = 1, **changes: Any) -> PlanProblem:
    """A problem of as many quarter-hours as prices, ending at the midnight after WEDNESDAY, by when `batches` are due."""
    start = day_bounds(WEDNESDAY)[1] - len(prices) * QUARTER
    problem = PlanProblem(
        plant=plant,
        start=start,
        prices=tuple(prices),
        periods=tuple(power_period(start + n * QUARTER, plant.tariff) for n in range(len(prices))),
        demand=(Demand(WEDNESDAY, plant.qualities[0], batches * plant.batch_kg),) if batches else (),
    )
    return replace(problem, **changes)


def days_problem(plant: Plant, first: date, days: int, prices: Sequence[float | None] | float, **changes: Any) -> PlanProblem:
    """A problem of whole local days with the plant's demand; prices by quarter-hour, or one for all."""
    start, end = day_bounds(first)[0], day_bounds(first + timedelta(days=days - 1))[1]
    slots = list(slot_starts(start, end, QUARTER))
    given = (prices,) * len(slots) if isinstance(prices, float) else tuple(prices)
    problem = PlanProblem(
        plant=plant,
        start=start,
        prices=given,
        periods=tuple(power_period(slot, plant.tariff) for slot in slots),
        demand=demand_between(plant, start, end),
    )
    return replace(problem, **changes)


def at(problem: PlanProblem, slot: int) -> datetime:
    """UTC start of a slot."""
    return problem.start + slot * QUARTER


def local_hours(first: date, days: int, price_of_hour: Sequence[float]) -> list[float]:
    """Prices by quarter-hour of whole local days from 24 prices by local hour."""
    start, end = day_bounds(first)[0], day_bounds(first + timedelta(days=days - 1))[1]
    return [price_of_hour[slot.astimezone(MADRID).hour] for slot in slot_starts(start, end, QUARTER)]
