"""What is said of the models: of each, of all, of their files and of the training that runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.json_value import Json
from domain.prices.slots import Market
from domain.trained_models import ModelDecision, ModelState, ModelVersion, Pin
from services.forecast.record import ClassRecord, ForecastRecord


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """A model. `serves`: the version's model, or the baseline in its place, since `since`; `version` is None where a baseline does.
    Where the registry cannot be read, `state` says so, and what only it knows is None.
    """

    is_loaded: bool
    version: str | None
    total_versions: int | None
    state: ModelState | Literal["untrained", "unreadable"]
    trained_at: datetime | None
    metrics: Json
    serves: str | None
    since: datetime | None
    why: str | None
    pin: Pin | None
    decisions: tuple[ModelDecision, ...]


@dataclass(frozen=True, slots=True)
class ModelsOverview:
    """Each model by name, and where their files are."""

    models: Mapping[str, ModelDescription]
    is_trained: bool
    directory: str


@dataclass(frozen=True, slots=True)
class TrainingState:
    """The training that runs, how far it is (0 to 1), and how the last one ended."""

    running: str | None
    progress: float | None
    last_outcome: str | None


@dataclass(frozen=True, slots=True)
class ModelsStatus:
    """What serves, what runs, what was passed over."""

    overview: ModelsOverview
    market: Market
    training: TrainingState
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """Every version. `serving`: the version of each model that serves; None while a baseline does."""

    directory: str
    serving: Mapping[str, str | None]
    versions: tuple[ModelVersion, ...]
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelMetrics:
    """The live record of a model, and the figures of its training."""

    model: str
    version: str | None
    live: ForecastRecord | ClassRecord
    training: Json
    why: str | None


@dataclass(frozen=True, slots=True)
class ModelDecisions:
    """What was decided of a model, the newest first."""

    model: str
    decisions: tuple[ModelDecision, ...]


@dataclass(frozen=True, slots=True)
class ReleasedPin:
    """The pin of a model that was taken away."""

    model: str
    pin: Pin


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The version that serves again, and how long it is pinned."""

    version: ModelVersion
    pin: Pin
