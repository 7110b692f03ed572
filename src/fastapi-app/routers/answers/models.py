"""The trained models: what serves, what was refused and why, how good it has been."""

from typing import Literal

from pydantic import ConfigDict, JsonValue

from domain.prices.slots import Market
from routers.answers.base import Instant, Out
from routers.answers.forecast import ClassRecordOut, RecordOut, ShortClassRecordOut, ShortRecordOut

Metrics = dict[str, JsonValue]
"""Figures of a training, named by the training."""


class PinOut(Out):
    """A version that a person chose: no training puts another in its place until then."""

    version: str
    since: Instant
    until: Instant


class DecisionOut(Out):
    """What was decided of a model, or found of its files. Figures of prices in €/kWh."""

    number: int | None
    at: Instant
    event: str
    version: str | None
    reason: str
    figures: dict[str, float | str]


class DecisionsOut(Out):
    """The newest first. The log keeps the last 2,000 of all models."""

    model: str
    decisions: list[DecisionOut]
    simulated: bool


class ReleasedOut(Out):
    """The pin that was taken away."""

    model: str
    released: PinOut


class ModelOut(Out):
    """A model. `serves`: the model or the baseline that answers; `since` when, and `why`; `decisions`: the last ones."""

    loaded: bool
    version: str | None
    total_versions: int | None
    state: str
    trained_at: Instant | None
    metrics: Metrics | None
    serves: str | None
    since: Instant | None
    why: str | None
    pin: PinOut | None
    decisions: list[DecisionOut]


class ModelsOut(Out):
    """The short form."""

    status: Literal["trained", "baseline"]
    models: dict[str, ModelOut]
    models_directory: str


class TrainingOut(Out):
    """The training that runs, and how the last one ended."""

    running: str | None
    progress: float | None
    last_outcome: str | None


class ModelsStateOut(ModelsOut):
    """What serves, what runs, what was passed over."""

    market: Market
    training: TrainingOut
    troubles: list[str]


class ModelsStatusOut(ModelsStateOut):
    """The answer of /models/status."""

    simulated: bool


class ModelVersionOut(Out):
    """A version with its facts: data, libraries, metrics."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, JsonValue]

    name: str
    version: str
    state: str
    trained_at: Instant
    sha256: str
    decided_at: Instant | None
    why: str | None


class RolledBackOut(ModelVersionOut):
    """The version that serves again, and how long it is pinned."""

    pin: PinOut


class RegistryOut(Out):
    """Every version. `serving`: the version of each model that serves; null while a baseline does."""

    models_directory: str
    serving: dict[str, str | None]
    versions: list[ModelVersionOut]
    troubles: list[str]


class ModelMetricsOut(Out):
    """The live record of a model, and the figures of its training."""

    model: str
    version: str | None
    live: RecordOut | ShortRecordOut | ClassRecordOut | ShortClassRecordOut
    training: Metrics | None
    why: str | None
    simulated: bool


class TrainStartedOut(Out):
    """A training began."""

    status: Literal["started"]
    href: str
