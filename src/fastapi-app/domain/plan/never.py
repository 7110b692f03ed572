"""What a plant can never do, whatever the plan: a stage that fits in no shift, or beside no base load. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from domain.plan.plant import SLOT_MINUTES, Plant, Stage
from domain.timeline import QUARTER, day_bounds, slot_starts

MONDAY = date(2026, 3, 9)
"""A fortnight without holidays or clock changes begins: shifts repeat by the week, and one may run over its end."""
DAYS = 14


@dataclass(frozen=True, slots=True)
class Never:
    """A stage that a batch of a quality can never pass."""

    stage: str
    quality: str
    limit: Literal["shifts", "power"]
    needs: float
    """Minutes without a break, or kW beside the base load."""
    most: float
    """The longest stretch with people [min], or the largest contracted power less the base load [kW]."""


def never_done(plant: Plant) -> tuple[Never, ...]:
    """Each stage and quality that nothing but another plant makes possible."""
    stretch = longest_staffed_minutes(plant)
    found = []
    for stage in plant.stages:
        for quality in plant.qualities:
            if stage.attended and stage.minutes[quality] > stretch:
                found.append(Never(stage.name, quality, "shifts", stage.minutes[quality], stretch))
            elif stage.power_kw > room_kw(plant, stage) + 1e-9:
                found.append(Never(stage.name, quality, "power", stage.power_kw, room_kw(plant, stage)))
    return tuple(found)


def longest_staffed_minutes(plant: Plant) -> int:
    """The longest time in which people are there without a break, in a fortnight without closed days."""
    start, end = day_bounds(MONDAY, plant.tz)[0], day_bounds(MONDAY + timedelta(days=DAYS - 1), plant.tz)[1]
    staffed = plant.are_staffed(slot_starts(start, end, QUARTER))
    return max((sum(1 for _ in run) * SLOT_MINUTES for there, run in groupby(staffed) if there), default=0)


def room_kw(plant: Plant, stage: Stage) -> float:
    """The largest contracted power less the base load that is there while the stage runs."""
    return max(plant.contracted_kw) - plant.base_kw(staffed=stage.attended)
