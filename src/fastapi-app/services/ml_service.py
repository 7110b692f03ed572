"""The models as `/models` shows them: what serves, what was refused and why, how good it has been; rollback, pin and release."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from domain.errors import InvalidRequestError, NotFoundError, NotKnownError, StoreError, StoreRefusedError
from domain.trained_models import ModelDecision, ModelVersion, serving_of
from forecasting.gate.day_training import BASELINE as DAY_BASELINE
from forecasting.models.baselines import STRONGEST
from ports import Clock, ModelStore
from services.forecast.models_state import (
    ModelDecisions,
    ModelDescription,
    ModelMetrics,
    ModelRegistry,
    ModelsOverview,
    ModelsStatus,
    ReleasedPin,
    RolledBack,
    TrainingState,
)
from services.forecast.record import RecordService
from services.forecast.service import ForecastService
from services.forecast.serving import CLASSIFIER, DAY_AHEAD, MODEL, Served
from services.forecast.training import TrainingService

logger = logging.getLogger("ml_training")

Found = TypeVar("Found")

OTHERWISE = {MODEL: STRONGEST, CLASSIFIER: "price_distribution", DAY_AHEAD: DAY_BASELINE}
"""Model -> who serves while none of its versions does."""
SHOWN = 3
"""Decisions of each model that the status and the page show."""


class MlService:
    """Reads the registry, the record, and what serves."""

    def __init__(
        self,
        training: TrainingService,
        forecasts: ForecastService,
        record: RecordService,
        models: ModelStore,
        *,
        clock: Clock,
        directory: str,
        pinned_for: timedelta,
    ) -> None:
        self.training = training
        self._forecasts = forecasts
        self._record = record
        self._models = models
        self._clock = clock
        self._directory = directory
        self._pinned_for = pinned_for

    @property
    def names(self) -> tuple[str, ...]:
        """The models of the market that is forecast."""
        return (MODEL, CLASSIFIER, DAY_AHEAD) if self._forecasts.market == "spot" else (MODEL, CLASSIFIER)

    async def rollback(self, name: str, version: str | None = None) -> RolledBack:
        """Let a version, or the one before, serve again; it is pinned until it is released or the days of a pin are over."""
        self._check_name(name)
        now = self._clock()
        entry = _readable(lambda: self._models.rollback(name, now, now + self._pinned_for, version))
        self._forecasts.reload()
        logger.warning("model_rolled_back version=%s", entry.version)
        pin = _readable(lambda: self._models.pin(name, now))
        if pin is None:
            raise NotFoundError(f"a pin of {name}")
        return RolledBack(entry, pin)

    async def release(self, name: str) -> ReleasedPin:
        """Take the pin of a model away: trainings may put another version in its place again. NotFoundError when there is none."""
        self._check_name(name)
        pin = _readable(lambda: self._models.release(name, self._clock(), "by hand"))
        if pin is None:
            raise NotFoundError(f"a pin of {name}")
        logger.warning("model_released version=%s", pin.version)
        return ReleasedPin(name, pin)

    async def decisions(self, name: str, count: int) -> ModelDecisions:
        """What was decided of a model, the newest first."""
        self._check_name(name)
        return ModelDecisions(name, tuple(await asyncio.to_thread(self._models.decisions, name, count)))

    async def metrics(self, name: str, days: int) -> ModelMetrics:
        """The live record of a model, and the figures of its training."""
        self._check_name(name)
        if not 1 <= days <= 365:
            raise InvalidRequestError(f"days={days}", name="days", value=days, valid="1 to 365")
        served = await self._served(name)
        versions = await asyncio.to_thread(self._versions, name)
        newest = served.entry or serving_of(versions) or (versions[-1] if versions else None)
        return ModelMetrics(
            name,
            served.version,
            await self._record.classes(days) if name == CLASSIFIER else await self._record.record(days),
            newest.facts.get("metrics") if newest else None,
            newest.why if newest else None,
        )

    async def registry(self) -> ModelRegistry:
        """Every version with its history, and which of them serves."""
        serving = {name: (await self._served(name)).version for name in self.names}
        versions = [entry for name in self.names for entry in await asyncio.to_thread(self._versions, name)]
        return ModelRegistry(self._directory, serving, tuple(versions), tuple(self._forecasts.serving.troubles))

    async def status(self) -> ModelsStatus:
        """What serves, what runs, what was passed over."""
        overview, training = await self.overview(), self.training
        state = TrainingState(training.running, training.progress, training.last_outcome)
        return ModelsStatus(overview, self._forecasts.market, state, tuple(self._forecasts.serving.troubles))

    async def overview(self) -> ModelsOverview:
        """Loaded, version, versions kept, last trained, metrics."""
        models = {name: await asyncio.to_thread(self._described, await self._served(name)) for name in self.names}
        return ModelsOverview(models, models[MODEL].is_loaded, self._directory)

    async def _served(self, name: str) -> Served:
        await self._forecasts.serving.look()
        return await self._forecasts.serving.of(name)

    def _described(self, served: Served) -> ModelDescription:
        name, entry, decisions = served.model, served.entry, self._last_decisions(served.model)
        try:
            versions, pin = self._models.versions(name), self._models.pin(name, self._clock())
        except StoreError as error:
            return _unreadable(str(error), self._instead(name), decisions)
        shown = entry or serving_of(versions) or (versions[-1] if versions else None)
        return ModelDescription(
            is_loaded=entry is not None,
            version=served.version,
            total_versions=len(versions),
            state=shown.state if shown else "untrained",
            trained_at=shown.trained_at if shown else None,
            metrics=entry.facts.get("metrics") if entry else None,
            serves=self._serves(served),
            since=_since(served, decisions),
            why=_why(served, shown),
            pin=pin,
            decisions=decisions,
        )

    def _serves(self, served: Served) -> str | None:
        """What answers, as the training of the version named it."""
        if served.entry is None:
            return self._instead(served.model)
        named = served.entry.facts.get("serves")
        return named if isinstance(named, str) else None

    def _versions(self, name: str) -> Sequence[ModelVersion]:
        """None of them where the registry cannot be read: `troubles` says so."""
        try:
            return self._models.versions(name)
        except StoreError:
            return []

    def _last_decisions(self, name: str) -> tuple[ModelDecision, ...]:
        try:
            return tuple(self._models.decisions(name, SHOWN))
        except StoreError as error:
            logger.warning("decisions_not_read reason=%s", error)
            return ()

    def _instead(self, name: str) -> str:
        """Who answers where no version of a model does: the baseline of the last forecast, or the one that would make it."""
        return (self._forecasts.baseline or OTHERWISE[name]) if name == MODEL else OTHERWISE[name]

    def _check_name(self, name: str) -> None:
        if name not in self.names:
            raise NotFoundError(f"model {name!r}; there are {', '.join(self.names)}")


def _readable(found: Callable[[], Found]) -> Found:
    """NotKnownError where the registry is damaged: nothing can be said or changed before a person has looked."""
    try:
        return found()
    except StoreRefusedError as error:
        raise NotKnownError(f"nothing was changed: {error}") from error


def _why(served: Served, shown: ModelVersion | None) -> str | None:
    """Of the version that serves; where others were passed over, why."""
    passed_over = "; ".join(map(str, served.troubles))
    own = shown.why if shown else None
    if not passed_over:
        return own
    return f"{passed_over}; {served.version} serves in its place: {own}" if served.entry else passed_over


def _since(served: Served, decisions: Sequence[ModelDecision]) -> datetime | None:
    """When what serves was let serve; a baseline since the last decision that let it, or since one had to be."""
    if served.entry is not None:
        return served.entry.decided_at
    if served.troubles:
        return served.since
    return next((each.at for each in decisions if each.event == "demoted"), None)


def _unreadable(why: str, serves: str, decisions: tuple[ModelDecision, ...]) -> ModelDescription:
    """A model whose registry cannot be read: nothing is known of its versions, and none serves."""
    return ModelDescription(
        is_loaded=False,
        version=None,
        total_versions=None,
        state="unreadable",
        trained_at=None,
        metrics=None,
        serves=serves,
        since=None,
        why=why,
        pin=None,
        decisions=decisions,
    )
