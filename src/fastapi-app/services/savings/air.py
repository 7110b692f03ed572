"""What machines took more in warm or damp air, each day by the limits of the plant that was in force on it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from domain.plan.plant import Plant
from domain.timeline import local_day
from domain.weather.merge import MergedHour
from services.plan.problem import ambient_kw
from services.savings.plants import Plants


async def ambient_of_days(
    plants: Plants, plant: Plant, starts: Sequence[datetime], hours: Iterable[MergedHour]
) -> dict[str, tuple[float | None, ...]]:
    """Extra power of a running unit by stage and slot [kW]. `plant`, which is scored, says where days begin."""
    air = list(hours)
    parts = []
    for day, group in groupby(starts, lambda at: local_day(at, plant.tz)):
        slots = list(group)
        parts.append((len(slots), ambient_kw((await plants.on(day)).plant, slots, air)))
    stages = dict.fromkeys(stage for _, kw in parts for stage in kw)
    return {stage: tuple(value for n, kw in parts for value in kw.get(stage, (0.0,) * n)) for stage in stages}
