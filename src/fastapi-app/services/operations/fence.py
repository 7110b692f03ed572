"""Fences: one part of an answer that fails spoils no other. Which parts fail, and since when, is remembered and logged once."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from ports import Clock

logger = logging.getLogger("application")
T = TypeVar("T")
Step = Literal["made", "sent"]
LONGEST_ERROR = 300
"""Characters of an error that are shown; the log has it whole."""


@dataclass(frozen=True, slots=True)
class FailedPart:
    """A part that fails: since when, and with what at its last try."""

    part: str
    since: datetime
    error: str


class Fence:
    """Does pieces of work apart from each other. A failure is logged when it begins or becomes another one, and when it is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[tuple[str, Step], FailedPart] = {}

    @property
    def failed(self) -> list[FailedPart]:
        """The parts that failed at their last try, by name."""
        return [self._failed[part] for part in sorted(self._failed)]

    async def value(self, part: str, work: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """What the work gives, or `otherwise` when it raises, whatever it raises. Being cancelled is no failure."""
        try:
            value = await work()
        except Exception as error:  # noqa: BLE001 - it is told by `failed`, with its traceback in the log
            self.fails(part, error)
            return otherwise
        self.works(part)
        return value

    def sent(self, part: str, work: Callable[[], T], otherwise: T) -> T:
        """A part in the form in which it goes out, or `otherwise` where it cannot be brought into it."""
        try:
            shown = work()
        except Exception as error:  # noqa: BLE001 - it is told by `failed`, with its traceback in the log
            self.fails(part, error, "sent")
            return otherwise
        self.works(part, "sent")
        return shown

    def fails(self, part: str, error: Exception, step: Step = "made") -> None:
        """Note that a part could not be made, or not be sent."""
        text = f"{type(error).__name__}: {error}"[:LONGEST_ERROR].encode("utf-8", "replace").decode()
        before = self._failed.get((part, step))
        if before is None:
            self._failed[part, step] = FailedPart(part, self._clock(), text)
        else:
            self._failed[part, step] = replace(before, error=text)
        if before is None or before.error.partition(":")[0] != type(error).__name__:
            logger.error("part_failed part=%s error=%s", part, text, exc_info=error)

    def works(self, part: str, step: Step = "made") -> None:
        """Note that a part was made, or sent."""
        before = self._failed.pop((part, step), None)
        if before is not None:
            logger.info("part_works_again part=%s failed_since=%s", part, before.since.isoformat())
