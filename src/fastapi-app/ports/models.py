"""The role of the trained models."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.json_value import JsonObject
from domain.trained_models import ModelDecision, ModelTrouble, ModelVersion, Pin


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """The version that can serve, with its state; none where a baseline has to. What was passed over on the way, and why."""

    entry: ModelVersion | None = None
    state: Any = None
    troubles: tuple[ModelTrouble, ...] = ()


class ModelStore(Protocol):
    """Keeps trained models, which of them is let serve, and why. Raises StoreRefusedError, StoreUnavailableError."""

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """Every version of a model, oldest first."""
        ...

    def serving(self, name: str) -> ModelVersion | None:
        """The version that is let serve; None while a baseline is."""
        ...

    def pin(self, name: str, at: datetime) -> Pin | None:
        """The pin that holds."""
        ...

    def decisions(self, name: str, count: int) -> Sequence[ModelDecision]:
        """The last ones, newest first."""
        ...

    def save(self, name: str, state: Any, *, trained_at: datetime, facts: JsonObject) -> ModelVersion:
        """Enter a candidate; the version that there is where it holds the same bytes."""
        ...

    def promote(self, entry: ModelVersion, at: datetime, why: str) -> None:
        """Let it serve."""
        ...

    def refuse(self, entry: ModelVersion, at: datetime, why: str, *, held: bool = False) -> None:
        """Keep it as refused, or as held back by a pin."""
        ...

    def demote(self, name: str, at: datetime, why: str) -> None:
        """Let the baseline serve."""
        ...

    def rollback(self, name: str, at: datetime, until: datetime, version: str | None = None) -> ModelVersion:
        """Let a version, or the one before, serve again, and pin it."""
        ...

    def release(self, name: str, at: datetime, why: str) -> Pin | None:
        """Take a pin away; the one that there was."""
        ...

    def note(self, decision: ModelDecision) -> None:
        """Add to the log what changes nothing; what the last line of that version says already is not said again."""
        ...

    def load(self, name: str) -> LoadedModel:
        """The version that is let serve and its state, or the newest whole one before it."""
        ...

    def point(self, name: str, version: str | None) -> None:
        """Point the link of a model at what serves."""
        ...

    def mark(self) -> object:
        """Differs when a file or a link of a model changed."""
        ...
