"""The trained models: what serves, what was refused and why, how good it has been."""

from typing import Any, Literal, Self

from pydantic import ConfigDict, JsonValue, TypeAdapter

from domain.prices.slots import Market
from domain.trained_models import ModelDecision, ModelVersion, Pin
from routers.answers.base import Instant, Out
from routers.answers.forecast import ClassRecordOut, RecordOut, ShortClassRecordOut, ShortRecordOut, live_of
from services.forecast.models_state import (
    ModelDecisions,
    ModelDescription,
    ModelMetrics,
    ModelRegistry,
    ModelsOverview,
    ModelsStatus,
    ReleasedPin,
    RolledBack,
)

Metrics = dict[str, JsonValue]
"""Figures of a training, named by the training."""
METRICS = TypeAdapter(Metrics | None)


class PinOut(Out):
    """A version that a person chose: no training puts another in its place until then."""

    version: str
    since: Instant
    until: Instant

    @classmethod
    def of(cls, pin: Pin) -> Self:
        """As JSON."""
        return cls(version=pin.version, since=pin.since, until=pin.until)


class DecisionOut(Out):
    """What was decided of a model, or found of its files. Figures of prices in €/kWh."""

    number: int | None
    at: Instant
    event: str
    version: str | None
    reason: str
    figures: dict[str, float | str]

    @classmethod
    def of(cls, decision: ModelDecision) -> Self:
        """As JSON."""
        return cls(
            number=decision.number,
            at=decision.at,
            event=decision.event,
            version=decision.version,
            reason=decision.reason,
            figures=dict(decision.figures),
        )


class DecisionsOut(Out):
    """The newest first. The log keeps the last 2,000 of all models."""

    model: str
    decisions: list[DecisionOut]
    simulated: bool

    @classmethod
    def of(cls, told: ModelDecisions, *, simulated: bool) -> Self:
        """As JSON."""
        return cls(model=told.model, decisions=[DecisionOut.of(each) for each in told.decisions], simulated=simulated)


class ReleasedOut(Out):
    """The pin that was taken away."""

    model: str
    released: PinOut

    @classmethod
    def of(cls, told: ReleasedPin) -> Self:
        """As JSON."""
        return cls(model=told.model, released=PinOut.of(told.pin))


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

    @classmethod
    def of(cls, told: ModelDescription) -> Self:
        """As JSON."""
        return cls(
            loaded=told.is_loaded,
            version=told.version,
            total_versions=told.total_versions,
            state=told.state,
            trained_at=told.trained_at,
            metrics=METRICS.validate_python(told.metrics),
            serves=told.serves,
            since=told.since,
            why=told.why,
            pin=None if told.pin is None else PinOut.of(told.pin),
            decisions=[DecisionOut.of(each) for each in told.decisions],
        )


class ModelsOut(Out):
    """The short form."""

    status: Literal["trained", "baseline"]
    models: dict[str, ModelOut]
    models_directory: str

    @classmethod
    def overview(cls, told: ModelsOverview, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        return cls(
            status="trained" if told.is_trained else "baseline",
            models={name: ModelOut.of(model) for name, model in told.models.items()},
            models_directory=told.directory,
            **more,
        )


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

    @classmethod
    def of(cls, told: ModelsStatus, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        training = TrainingOut(
            running=told.training.running, progress=told.training.progress, last_outcome=told.training.last_outcome
        )
        return cls.overview(told.overview, market=told.market, training=training, troubles=list(told.troubles), **more)


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

    @classmethod
    def version_of(cls, entry: ModelVersion, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        own = {
            "name": entry.name,
            "version": entry.version,
            "state": entry.state,
            "trained_at": entry.trained_at,
            "sha256": entry.sha256,
            "decided_at": entry.decided_at,
            "why": entry.why,
        }
        return cls.model_validate(own | dict(entry.facts) | more)


class RolledBackOut(ModelVersionOut):
    """The version that serves again, and how long it is pinned."""

    pin: PinOut

    @classmethod
    def of(cls, told: RolledBack) -> Self:
        """As JSON."""
        return cls.version_of(told.version, pin=PinOut.of(told.pin))


class RegistryOut(Out):
    """Every version. `serving`: the version of each model that serves; null while a baseline does."""

    models_directory: str
    serving: dict[str, str | None]
    versions: list[ModelVersionOut]
    troubles: list[str]

    @classmethod
    def of(cls, told: ModelRegistry) -> Self:
        """As JSON."""
        return cls(
            models_directory=told.directory,
            serving=dict(told.serving),
            versions=[ModelVersionOut.version_of(entry) for entry in told.versions],
            troubles=list(told.troubles),
        )


class ModelMetricsOut(Out):
    """The live record of a model, and the figures of its training."""

    model: str
    version: str | None
    live: RecordOut | ShortRecordOut | ClassRecordOut | ShortClassRecordOut
    training: Metrics | None
    why: str | None
    simulated: bool

    @classmethod
    def of(cls, told: ModelMetrics, *, simulated: bool) -> Self:
        """As JSON."""
        return cls(
            model=told.model,
            version=told.version,
            live=live_of(told.live),
            training=METRICS.validate_python(told.training),
            why=told.why,
            simulated=simulated,
        )


class TrainStartedOut(Out):
    """A training began."""

    status: Literal["started"]
    href: str
