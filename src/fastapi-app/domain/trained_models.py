"""Trained models as the registry knows them: versions, pins, what was decided of them and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.json_value import JsonObject

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
    facts: JsonObject


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


def serving_of(versions: Sequence[ModelVersion]) -> ModelVersion | None:
    """The one of a model's versions that is let serve; None while a baseline is."""
    return next((entry for entry in reversed(versions) if entry.state == "serving"), None)
