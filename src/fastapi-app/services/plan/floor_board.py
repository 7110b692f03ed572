"""The floor as the page shows it: what is late, and what is asked for at the end of a shift."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.messages import Message
from domain.plan.plant import Plant
from domain.shop_floor.closing import Asked
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


@dataclass(frozen=True, slots=True)
class LateText:
    """What is late, and the message that says so."""

    late: LateOrder
    text: Message


@dataclass(frozen=True, slots=True)
class FloorBlock:
    """What is late, what is asked for at the end of a shift, and how calm the plans are; None where there is nothing to tell."""

    late: tuple[LateText, ...]
    asked: Asked | None
    calm: Calm | None


class FloorBoard:
    """Makes the block `floor`."""

    def __init__(self, floor: FloorService, plans: Plans, plant: Plant) -> None:
        self._floor = floor
        self._plans = plans
        self._plant = plant

    async def block(self, now: datetime) -> FloorBlock:
        """What is late, what is asked for, and how calm the plans are."""
        asked = await self._floor.asked(now)
        late = [LateText(item, item.text(self._plant)) for item in await self._plans.late_now()]
        return FloorBlock(tuple(late), asked if asked.batches else None, await self._plans.calm())
