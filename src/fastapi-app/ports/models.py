"""The role of the trained models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

ModelState = Literal["candidate", "serving", "retired", "refused", "rolled_back", "demoted"]
"""`retired` served until another was better; `demoted` served until the baseline was, and serves no more."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A trained model as the registry knows it. `facts`: data range, features, metrics against baselines, library versions."""

    name: str
    version: str
    trained_at: datetime
    sha256: str
    state: ModelState
    decided_at: datetime | None
    why: str | None
    facts: Mapping[str, Any]


def serving_of(versions: Sequence[ModelVersion]) -> ModelVersion | None:
    """The one of a model's versions that serves; None while a baseline does."""
    return next((entry for entry in reversed(versions) if entry.state == "serving"), None)


class ModelStore(Protocol):
    """Keeps trained models, and which of them serves. Raises StoreRefusedError, StoreUnavailableError."""

    troubles: list[str]
    """Why the last load passed over a version."""

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """Every version of a model, oldest first."""
        ...

    def serving(self, name: str) -> ModelVersion | None:
        """The version that serves; None while a baseline does."""
        ...

    def save(self, name: str, state: Any, *, trained_at: datetime, facts: Mapping[str, Any]) -> ModelVersion:
        """Enter a candidate."""
        ...

    def promote(self, entry: ModelVersion, at: datetime, why: str) -> None:
        """Let it serve."""
        ...

    def refuse(self, entry: ModelVersion, at: datetime, why: str) -> None:
        """Keep it as refused."""
        ...

    def demote(self, name: str, at: datetime, why: str) -> None:
        """Let the baseline serve."""
        ...

    def rollback(self, name: str, at: datetime) -> ModelVersion:
        """Let the version before serve again."""
        ...

    def load(self, name: str) -> tuple[ModelVersion, Any] | None:
        """The serving version and its state, or the newest whole one before it."""
        ...
