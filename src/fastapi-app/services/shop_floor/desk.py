"""Where the floor is spoken to: an event is taken, planned with at once, and answered with what becomes late."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from domain.shop_floor.events import Event, Recorded
from services.shop_floor.floor import FloorService


@dataclass(frozen=True, slots=True)
class Late:
    """An order that comes after its due time."""

    order: str
    by_minutes: int | None
    """None where it does not come within what is planned."""
    since: str | None = None
    """When that became known, ISO 8601; None in answers of older versions."""


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """What the sender of an event is told."""

    sequence: int
    plan_id: str | None
    """The plan that knows of the event; None while it is being computed."""
    late: tuple[Late, ...]


class Planner(Protocol):
    """Plans anew where that is needed."""

    async def renewed(self) -> tuple[str | None, tuple[Late, ...]]:
        """The plan that is in force now, or None while it is being computed; and what is late."""
        ...


class FloorDesk:
    """Takes what is said. Sent again it is answered as before."""

    def __init__(self, floor: FloorService, planner: Planner) -> None:
        self._floor = floor
        self._planner = planner

    async def take(self, event: Event, *, at_said: bool) -> tuple[EventAnswer, bool]:
        """The answer, and whether the event is new."""
        return await self._answered(*await self._floor.tell(event, at_said=at_said))

    async def confirm(self, id_: str, until: datetime | None, excepted: Sequence[str]) -> tuple[EventAnswer, Recorded, bool]:
        """What was assumed ran so: the answer, the event, and whether it is new."""
        taken, is_new = await self._floor.confirm(id_, until, excepted)
        answer, is_new = await self._answered(taken, is_new)
        return answer, taken, is_new

    async def _answered(self, taken: Recorded, is_new: bool) -> tuple[EventAnswer, bool]:
        known = None if is_new else await self._floor.answer(taken.sequence)
        if known is not None:
            return answer_of(known), is_new
        plan_id, late = await self._planner.renewed()
        answer = EventAnswer(taken.sequence, plan_id, late)
        await self._floor.keep_answer(taken.sequence, asdict(answer))
        return answer, is_new


def answer_of(kept: dict[str, object]) -> EventAnswer:
    """An answer from what was kept of it."""
    late = kept["late"]
    sequence, plan_id = kept["sequence"], kept["plan_id"]
    if not isinstance(sequence, int) or not isinstance(late, list) or not (plan_id is None or isinstance(plan_id, str)):
        raise TypeError(f"not an answer: {kept}")
    return EventAnswer(sequence, plan_id, tuple(Late(**item) for item in late))


def minutes_late(due: datetime, now: datetime) -> int:
    """Whole minutes after a due time."""
    return max(0, int((now - due).total_seconds() // 60))
