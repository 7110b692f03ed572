"""The models as `/models` shows them: what serves, what was refused and why, how good it has been; rollback, pin and release."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from domain.errors import InvalidRequestError, NotFoundError, NotKnownError, StoreError, StoreRefusedError
from forecasting.gate.day_training import BASELINE as DAY_BASELINE
from forecasting.models.baselines import STRONGEST
from ports import Clock, ModelDecision, ModelStore, ModelVersion, Pin, serving_of
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

    async def rollback(self, name: str, version: str | None = None) -> dict[str, Any]:
        """Let a version, or the one before, serve again; it is pinned until it is released or the days of a pin are over."""
        self._check_name(name)
        now = self._clock()
        entry = _readable(lambda: self._models.rollback(name, now, now + self._pinned_for, version))
        self._forecasts.reload()
        logger.warning("model_rolled_back version=%s", entry.version)
        return _entry_json(entry) | {"pin": _pin_json(_readable(lambda: self._models.pin(name, now)))}

    async def release(self, name: str) -> dict[str, Any]:
        """Take the pin of a model away: trainings may put another version in its place again. NotFoundError when there is none."""
        self._check_name(name)
        pin = _readable(lambda: self._models.release(name, self._clock(), "by hand"))
        if pin is None:
            raise NotFoundError(f"a pin of {name}")
        logger.warning("model_released version=%s", pin.version)
        return {"model": name, "released": _pin_json(pin)}

    async def decisions(self, name: str, count: int) -> dict[str, Any]:
        """What was decided of a model, the newest first."""
        self._check_name(name)
        found = await asyncio.to_thread(self._models.decisions, name, count)
        return {"model": name, "decisions": [_decision_json(each) for each in found]}

    async def metrics(self, name: str, days: int) -> dict[str, Any]:
        """The live record of a model, and the figures of its training."""
        self._check_name(name)
        if not 1 <= days <= 365:
            raise InvalidRequestError(f"days={days}", name="days", value=days, valid="1 to 365")
        served = await self._served(name)
        versions = await asyncio.to_thread(self._versions, name)
        newest = served.entry or serving_of(versions) or (versions[-1] if versions else None)
        return {
            "model": name,
            "version": served.version,
            "live": await self._record.classes(days) if name == CLASSIFIER else await self._record.record(days),
            "training": newest.facts.get("metrics") if newest else None,
            "why": newest.why if newest else None,
        }

    async def registry(self) -> dict[str, Any]:
        """Every version with its history, and which of them serves."""
        served = {name: (await self._served(name)).version for name in self.names}
        versions = [_entry_json(entry) for name in self.names for entry in await asyncio.to_thread(self._versions, name)]
        return {
            "models_directory": self._directory,
            "serving": served,
            "versions": versions,
            "troubles": self._forecasts.serving.troubles,
        }

    async def status(self) -> dict[str, Any]:
        """What serves, what runs, what was passed over."""
        return await self.status_direct() | {
            "market": self._forecasts.market,
            "training": {
                "running": self.training.running,
                "progress": self.training.progress,
                "last_outcome": self.training.last_outcome,
            },
            "troubles": self._forecasts.serving.troubles,
        }

    async def status_direct(self) -> dict[str, Any]:
        """Loaded, version, versions kept, last trained, metrics."""
        models = {name: await asyncio.to_thread(self._described, await self._served(name)) for name in self.names}
        status = "trained" if models[MODEL]["loaded"] else "baseline"
        return {"status": status, "models": models, "models_directory": self._directory}

    async def _served(self, name: str) -> Served:
        await self._forecasts.serving.look()
        return await self._forecasts.serving.of(name)

    def _described(self, served: Served) -> dict[str, Any]:
        now, name, entry = self._clock(), served.model, served.entry
        try:
            versions, pin = self._models.versions(name), self._models.pin(name, now)
        except StoreError as error:
            return _unreadable(str(error)) | {"serves": self._instead(name), "decisions": self._last_decisions(name)}
        shown = entry or serving_of(versions) or (versions[-1] if versions else None)
        decisions = self._last_decisions(name)
        return {
            "loaded": entry is not None,
            "version": served.version,
            "total_versions": len(versions),
            "state": shown.state if shown else "untrained",
            "trained_at": shown.trained_at.isoformat() if shown else None,
            "metrics": entry.facts.get("metrics") if entry else None,
            "serves": entry.facts.get("serves") if entry else self._instead(name),
            "since": _since(served, decisions),
            "why": _why(served, shown),
            "pin": _pin_json(pin),
            "decisions": decisions,
        }

    def _versions(self, name: str) -> Sequence[ModelVersion]:
        """None of them where the registry cannot be read: `troubles` says so."""
        try:
            return self._models.versions(name)
        except StoreError:
            return []

    def _last_decisions(self, name: str) -> list[dict[str, Any]]:
        try:
            return [_decision_json(each) for each in self._models.decisions(name, SHOWN)]
        except StoreError as error:
            logger.warning("decisions_not_read reason=%s", error)
            return []

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


def _since(served: Served, decisions: list[dict[str, Any]]) -> str | None:
    """When what serves was let serve; a baseline since the last decision that let it, or since one had to be."""
    if served.entry is not None:
        return served.entry.decided_at.isoformat() if served.entry.decided_at else None
    if served.troubles:
        return served.since.isoformat()
    return next((str(each["at"]) for each in decisions if each["event"] == "demoted"), None)


def _unreadable(why: str) -> dict[str, Any]:
    """A model whose registry cannot be read: nothing is known of its versions, and none serves."""
    known = dict.fromkeys(("version", "total_versions", "trained_at", "metrics", "since", "pin"))
    return {"loaded": False, **known, "state": "unreadable", "why": why}


def _pin_json(pin: Pin | None) -> dict[str, Any] | None:
    return None if pin is None else {"version": pin.version, "since": pin.since.isoformat(), "until": pin.until.isoformat()}


def _decision_json(decision: ModelDecision) -> dict[str, Any]:
    return {
        "number": decision.number,
        "at": decision.at.isoformat(),
        "event": decision.event,
        "version": decision.version,
        "reason": decision.reason,
        "figures": dict(decision.figures),
    }


def _entry_json(entry: ModelVersion) -> dict[str, Any]:
    return {
        "name": entry.name,
        "version": entry.version,
        "state": entry.state,
        "trained_at": entry.trained_at.isoformat(),
        "sha256": entry.sha256,
        "decided_at": entry.decided_at.isoformat() if entry.decided_at else None,
        "why": entry.why,
        **entry.facts,
    }
