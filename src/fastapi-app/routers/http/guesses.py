"""Tokens that were wrong, by the address they came from: after a few, each next one is looked at later than the last."""

import time
from collections import OrderedDict
from collections.abc import Callable

FREE = 5
"""Wrong tokens that cost nothing: somebody mistypes, or pastes the one of yesterday."""
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
FORGOTTEN_AFTER_S = 900.0
MOST_ADDRESSES = 1_000
"""Whoever has more addresses than that is asked for less patience, and takes no memory."""


class Guesses:
    """How often each address was wrong, and until when it waits. While it waits even the right token is not looked at."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """How long until a token of this address is looked at; 0 where it is now."""
        count, last = self._wrong.get(address, (0, 0.0))
        if count < FREE:
            return 0.0
        wait = min(FIRST_WAIT_S * 2.0 ** min(count - FREE, 32), LONGEST_WAIT_S)
        return max(0.0, last + wait - self._now())

    def wrong(self, address: str) -> None:
        """A token of this address was wrong."""
        now = self._now()
        count, last = self._wrong.pop(address, (0, now))
        self._wrong[address] = (1 if now - last > FORGOTTEN_AFTER_S else count + 1, now)
        while len(self._wrong) > MOST_ADDRESSES:
            self._wrong.popitem(last=False)

    def right(self, address: str) -> None:
        """A token of this address was right: what was before it is forgotten."""
        self._wrong.pop(address, None)
