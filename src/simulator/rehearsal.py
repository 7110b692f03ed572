"""A simulated world lives through its last weeks at once: what would have been forecast and planned on each day.

Only a demonstration does this. Every step sees the history as it was known at its own instant, so nothing is known too early.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.timeline import local_day, local_instant
from ports import Clock, Notes

logger = logging.getLogger("application")

EVENING = time(21, 30)
"""Madrid time of each rehearsed day: tomorrow's prices are out."""
NOTE = "rehearsal"

Step = Callable[[], Awaitable[str]]


def together(*steps: Step) -> Step:
    """Steps of one instant that do not need each other, at the same time."""

    async def run() -> str:
        return "; ".join(await asyncio.gather(*(step() for step in steps)))

    return run


class PastClock:
    """A clock that the rehearsal sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    async def sleep_until(self, instant: datetime) -> None:
        """A rehearsal does not wait."""
        self.now = max(self.now, instant)


@dataclass(frozen=True, slots=True)
class Programme:
    """The steps: of the evening before the first day, of each rehearsed evening, and of now, once all are over."""

    first: Sequence[Step]
    daily: Sequence[Step]
    today: Sequence[Step]


class Rehearsal:
    """Runs the daily steps of the past, oldest day first; resumable, because it notes each day."""

    def __init__(
        self,
        past: PastClock,
        clock: Clock,
        notes: Notes,
        programme: Programme,
        *,
        days: int,
        ready: Callable[[], bool],
        coming: Callable[[], bool] = lambda: False,
    ) -> None:
        """`ready`: the history is there; `coming`: it is not there yet, but on its way."""
        self._past = past
        self._clock = clock
        self._notes = notes
        self._days = days
        self._programme = programme
        self._ready = ready
        self._coming = coming
        self._is_over = False

    async def holds(self) -> str | None:
        """Why nothing may be planned now: a plan of today would stand before those of the days that are still to be lived."""
        if self._is_over:
            return None
        noted = json.loads(await self._notes.get(NOTE) or "{}")
        self._is_over = _is_over(noted)
        is_to_come = bool(noted) or self._ready() or self._coming()
        return "the last weeks are being rehearsed" if is_to_come and not self._is_over else None

    async def run(self) -> str:
        """Rehearse what is left of the last days, once the history is there; days on which the service ran are lived."""
        noted = json.loads(await self._notes.get(NOTE) or "{}")
        if _is_over(noted):
            return "rehearsed"
        if not noted and not self._ready():
            return "waiting for the history"
        if not noted:
            noted = await self._begin()
        end = date.fromisoformat(noted["end"])
        day = date.fromisoformat(noted["next"])
        while day < end:
            await self._steps(day, self._programme.daily)
            day += timedelta(days=1)
            await self._notes.put(NOTE, json.dumps({"next": day.isoformat(), "end": end.isoformat()}))
        for step in self._programme.today:
            await step()
        return f"rehearsed up to {end}"

    async def _begin(self) -> dict[str, str]:
        today = local_day(self._clock())
        start = today - timedelta(days=self._days)
        await self._steps(start - timedelta(days=1), self._programme.first)
        return {"next": start.isoformat(), "end": today.isoformat()}

    async def _steps(self, day: date, steps: Sequence[Step]) -> None:
        self._past.now = local_instant(day, EVENING)
        for step in steps:
            outcome = await step()
            logger.info("rehearsed day=%s outcome=%s", day, outcome)


def _is_over(noted: Mapping[str, str]) -> bool:
    return bool(noted) and noted["next"] == noted["end"]
