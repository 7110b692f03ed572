"""A number of a document, and what says it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A saying of a document; the numbers in braces are those that are held."""

    document: str
    saying: str
    said_by: Callable[[], tuple[object, ...]]

    @property
    def text(self) -> str:
        """The saying with what its numbers are now."""
        return self.saying.format(*self.said_by())
