"""The role of the trained models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

ModelState = Literal["candidate", "serving", "retired", "refused", "held", "rolled_back", "demoted"]
"""`retired` served until another was better; `demoted` served until the baseline was, and serves no more; `held` might have
served, but another is pinned."""
ModelEvent = Literal[
    "promoted", "refused", "held", "unchanged", "demoted", "kept", "rolled_back", "pinned", "released", "damaged", "lost", "whole"
]
"""What is decided of a model, or found of its files. `unchanged`: a training gave a version that there is, byte for byte."""
ModelTroubleKind = Literal["damaged", "lost", "left", "unreadable"]
"""A file that is not whole, one that is gone, a whole one that is not for this service, a registry that cannot be read."""


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


@dataclass(frozen=True, slots=True)
class Pin:
    """A version that a person chose: none takes its place in ``[since, until)``."""

    version: str
    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        """Whether it still does."""
        return at < self.until


@dataclass(frozen=True, slots=True)
class ModelDecision:
    """What was decided of a model and when, for ever. ``number`` counts the lines of the log; None before it is there."""

    at: datetime
    name: str
    event: ModelEvent
    version: str | None
    reason: str
    figures: Mapping[str, float | str] = field(default_factory=dict)
    number: int | None = None


@dataclass(frozen=True, slots=True)
class ModelTrouble:
    """Why a version, or all of them (None), was passed over."""

    version: str | None
    kind: ModelTroubleKind
    reason: str

    def __str__(self) -> str:
        return self.reason if self.version is None else f"{self.version}: {self.reason}"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """The version that can serve, with its state; none where a baseline has to. What was passed over on the way, and why."""

    entry: ModelVersion | None = None
    state: Any = None
    troubles: tuple[ModelTrouble, ...] = ()


def serving_of(versions: Sequence[ModelVersion]) -> ModelVersion | None:
    """The one of a model's versions that is let serve; None while a baseline is."""
    return next((entry for entry in reversed(versions) if entry.state == "serving"), None)


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

    def save(self, name: str, state: Any, *, trained_at: datetime, facts: Mapping[str, Any]) -> ModelVersion:
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
