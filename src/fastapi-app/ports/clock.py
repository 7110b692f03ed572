"""The role of the clock."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The one clock: real, or simulated at a rate."""

    def __call__(self) -> datetime:
        """The instant, UTC."""
        ...

    async def sleep_until(self, instant: datetime) -> None:
        """Return at that instant of this clock (at once if it is past)."""
        ...
