"""The file of the plant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.plan.plant_changes import PlantChanges


@dataclass(frozen=True, slots=True)
class PlantText:
    """The file as it is: its text, the SHA-256 of its bytes, why it cannot be written (None: it can), and the old ones beside it,
    the newest first.
    """

    text: str
    digest: str
    closed: str | None
    kept: Sequence[str]


class PlantFile(Protocol):
    """Keeps the text of the plant, and the ones before it."""

    async def read(self) -> PlantText:
        """The file as it is."""
        ...

    async def old(self, name: str) -> str:
        """The text of one that is kept beside; NotFoundError where it is not there any more."""
        ...

    async def replace(self, text: str, digest: str, now: datetime) -> str:
        """Put another text in its place; the name under which the old one is kept. ChangedMeanwhileError where the file is not of
        the digest any more, NotWritableError where it cannot be written: nothing is changed then.
        """
        ...


class PlantEditor(Protocol):
    """Writes changes into the text of a plant."""

    def __call__(self, text: str, changes: PlantChanges) -> str:
        """The text with the changes, everything else as it was; InvalidRequestError for a stage that is not there."""
        ...
