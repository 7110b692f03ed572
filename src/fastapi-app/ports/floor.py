"""The role of the shop floor's log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from domain.shop_floor.events import Event, Recorded, Speaker


class FloorLog(Protocol):
    """Keeps events for ever, in the order in which it took them."""

    async def append(self, events: Sequence[Event], learnt_at: datetime, *, at_said: bool = True) -> Sequence[Recorded]:
        """Take events, all or none. One that the same speaker gave the same id before is not taken again: the first one counts."""
        ...

    async def after(self, sequence: int) -> Sequence[Recorded]:
        """Events that were taken after one, in order of the sequence; 0 for all."""
        ...

    async def find(self, speaker: Speaker, id_: str) -> Recorded | None:
        """An event by who said it and the id that it was given."""
        ...

    async def answer(self, sequence: int) -> Mapping[str, Any] | None:
        """What the sender of an event was answered; None where it was not yet."""
        ...

    async def keep_answer(self, sequence: int, answer: Mapping[str, Any]) -> None:
        """Keep what the sender of an event was answered. The first answer stays."""
        ...
