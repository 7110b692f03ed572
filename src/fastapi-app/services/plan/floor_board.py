"""The floor as the page shows it: what is late, and what is asked for at the end of a shift."""

from dataclasses import asdict
from datetime import datetime
from typing import Protocol

from domain.messages import message_json
from domain.plan.plant import Plant
from domain.shop_floor.closing import AskedBatch
from domain.shop_floor.identity import name_of
from services.plan.calm import Calm
from services.plan.late import LateOrder
from services.shop_floor.floor import FloorService


class Plans(Protocol):
    """What is late, and how calm the plans are."""

    async def late_now(self) -> tuple[LateOrder, ...]:
        """What is late in the plan in force; while there is none, what was due and is not made."""
        ...

    async def calm(self) -> Calm | None:
        """How many starts each new plan moved."""
        ...


class FloorBoard:
    """Makes the block `floor`."""

    def __init__(self, floor: FloorService, plans: Plans, plant: Plant) -> None:
        self._floor = floor
        self._plans = plans
        self._plant = plant

    async def block(self, now: datetime) -> dict[str, object]:
        """What is late, what is asked for, and how calm the plans are."""
        asked = await self._floor.asked(now)
        calm = await self._plans.calm()
        return {
            "late": [self._late_json(item) for item in await self._plans.late_now()],
            "asked": {
                "until": asked.until.isoformat(),
                "stages": len(asked.runs),
                "batches": [_batch_json(one) for one in asked.batches],
            }
            if asked.batches
            else None,
            "calm": None if calm is None else asdict(calm),
        }

    def _late_json(self, item: LateOrder) -> dict[str, object]:
        text = message_json(item.text(self._plant))
        return {**asdict(item), "due": item.due.isoformat(), "since": item.since.isoformat(), "text": text}


def _batch_json(one: AskedBatch) -> dict[str, object]:
    name = name_of(one.batch.id)
    named = None
    if name.number is not None:
        named = {"quality": name.quality, "day": None if name.day is None else name.day.isoformat(), "number": name.number}
    return {"id": one.batch.id, "quality": one.batch.quality, "name": named, "stages": [run.stage for run in one.runs]}
