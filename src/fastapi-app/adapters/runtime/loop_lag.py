"""How late the event loop turns: whatever is asked of the service waits at least as long."""

import asyncio
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

from domain.operations import LagState

EVERY_S = 0.02
"""Between two looks [s]: fifty wakings a second cost about 0.3 % of a processor."""
LOOKED_BACK_S = 60.0
LONG_S = 1.0
"""Whoever asks notices when the loop is held up for longer than this."""
ILL_S = 10.0
"""Held up for more than this of the last minute, in such pieces, it is ill; a start and a process that slept are shorter."""
BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class LoopLag:
    """Sleeps a little, again and again, and notes by how much later than asked for the loop woke it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lately: deque[tuple[float, float]] = deque()
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._sum_s = 0.0

    async def measure(self) -> None:
        """Until cancelled."""
        while True:
            due = self._monotonic() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.note(self._monotonic() - due)

    def note(self, late_s: float) -> None:
        """One look that came so much too late [s]."""
        now, late_s = self._monotonic(), max(late_s, 0.0)
        self._lately.append((now, late_s))
        while self._lately[0][0] < now - LOOKED_BACK_S:
            self._lately.popleft()
        self._counts[bisect_left(BOUNDS_S, late_s)] += 1
        self._sum_s += late_s

    def state(self) -> LagState:
        """Of the last minute, with what was counted since the start."""
        lately = sorted(late_s for _, late_s in self._lately) or [0.0]
        p99_s = lately[max(0, -(-99 * len(lately) // 100) - 1)]
        held_s = sum(late_s for late_s in lately if late_s > LONG_S)
        return LagState(
            state="ill" if held_s > ILL_S else "ok",
            held_s=held_s,
            p99_s=p99_s,
            max_s=lately[-1],
            counts=tuple(zip((*BOUNDS_S, float("inf")), self._counts, strict=True)),
            sum_s=self._sum_s,
        )
