"""The two clocks: the real one, and the simulated one that runs from a given instant at a given rate."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from domain.clock_time import ScaledTime

LONGEST_NAP_S = 30.0
"""Real seconds slept at a stretch: a clock that was set, or a machine that was suspended, is noticed after that."""


class RealClock:
    """The machine's clock, handed in as a function so that only the composition root reads it."""

    def __init__(self, read: Callable[[], datetime]) -> None:
        self._read = read

    def __call__(self) -> datetime:
        return self._read()

    async def sleep_until(self, instant: datetime) -> None:
        while (left := (instant - self._read()).total_seconds()) > 0:  # noqa: ASYNC110 - time passes by itself
            await asyncio.sleep(min(left, LONGEST_NAP_S))


class SimulatedClock:
    """A clock that started elsewhere in time and may run faster."""

    def __init__(self, scale: ScaledTime, read: Callable[[], datetime]) -> None:
        self._scale = scale
        self._read = read

    def __call__(self) -> datetime:
        return self._scale.at(self._read())

    async def sleep_until(self, instant: datetime) -> None:
        while (left := instant - self()) > timedelta(0):  # noqa: ASYNC110 - time passes by itself
            await asyncio.sleep(min(self._scale.real_seconds(left), LONGEST_NAP_S))
