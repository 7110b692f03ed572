"""Work outside this process, so that no request waits for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class ChildSide:
    """What the work is given beside its arguments."""

    report: Callable[[Any], None]
    """Tells the service how far it is, or what it has found so far."""
    left_s: Callable[[], float]
    """Real seconds left to hand over an answer; negative when they are over."""


class ChildRunner(Protocol):
    """Runs one piece of work at a time in a process of its own."""

    @property
    def last_report(self) -> Any:
        """What the work under way reported last; None before that, and while nothing runs."""
        ...

    async def run(self, work: Callable[..., Any], *arguments: Any, deadline_s: float) -> Any:
        """What ``work(*arguments, child)`` gives; the child is gone when this ends.

        Errors of this program (FactoryError) are raised as they were. ChildLateError when it takes longer [real s];
        ChildFailedError when it raises anything else, is killed or dies.
        """
        ...
