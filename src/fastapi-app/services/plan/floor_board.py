"""The floor as the page shows it: what is late, which machines are down, and what is asked for at the end of a shift."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.messages import Message
from domain.plan.plant import Plant
from domain.shop_floor.closing import Asked
from domain.shop_floor.facts import Span, is_past
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
class DownMachine:
    """A machine that is down, or will be; without `until` nobody knows for how long."""

    stage: str
    machine: int | None
    """Its number where the stage has several."""
    since: datetime
    until: datetime | None

    @property
    def unit(self) -> str:
        """Its name as the plan has it."""
        return self.stage if self.machine is None else f"{self.stage}-{self.machine}"


@dataclass(frozen=True, slots=True)
class FloorBlock:
    """What is late, which machines are down, what is asked for at the end of a shift, and how calm the plans are; None where there
    is nothing to tell.
    """

    late: tuple[LateText, ...]
    down: tuple[DownMachine, ...]
    asked: Asked | None
    calm: Calm | None


class FloorBoard:
    """Makes the block `floor`."""

    def __init__(self, floor: FloorService, plans: Plans, plant: Plant) -> None:
        self._floor = floor
        self._plans = plans
        self._plant = plant

    async def block(self, now: datetime) -> FloorBlock:
        """What is late, what is down, what is asked for, and how calm the plans are."""
        asked = await self._floor.asked(now)
        late = [LateText(item, item.text(self._plant)) for item in await self._plans.late_now()]
        down = tuple(self._down(*item) for item in (await self._floor.state(now)).down if not is_past(item[2], now))
        return FloorBlock(tuple(late), down, asked if asked.batches else None, await self._plans.calm())

    async def past(self, at: datetime, late: Sequence[LateOrder]) -> FloorBlock:
        """What the plan in force at a past instant said would be late, and which machines were known to be down."""
        down = tuple(self._down(*item) for item in (await self._floor.as_known(at)).down if not is_past(item[2], at))
        return FloorBlock(tuple(LateText(item, item.text(self._plant)) for item in late), down, None, None)

    def _down(self, stage: str, unit: int, span: Span) -> DownMachine:
        """A stage that the plant has no more keeps the machine's number."""
        has_one = any(item.name == stage and item.units == 1 for item in self._plant.stages)
        return DownMachine(stage, None if has_one else unit, *span)
