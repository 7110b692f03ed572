"""The models as `/models` shows them: what serves, what was refused and why, how good it has been; rollback."""

import logging
from typing import Any

from domain.errors import InvalidRequestError, NotFoundError, StoreError
from forecasting.gate.day_training import BASELINE as DAY_BASELINE
from forecasting.models.baselines import STRONGEST
from ports import Clock, ModelStore, ModelVersion, serving_of
from services.forecast.record import RecordService
from services.forecast.service import CLASSIFIER, DAY_AHEAD, MODEL, ForecastService
from services.forecast.training import TrainingService

logger = logging.getLogger("ml_training")

OTHERWISE = {MODEL: STRONGEST, CLASSIFIER: "price_distribution", DAY_AHEAD: DAY_BASELINE}
"""Model -> who serves while none of its versions does."""


class MlService:
    """Reads the registry and the record."""

    def __init__(
        self,
        training: TrainingService,
        forecasts: ForecastService,
        record: RecordService,
        models: ModelStore,
        *,
        clock: Clock,
        directory: str,
    ) -> None:
        self.training = training
        self._forecasts = forecasts
        self._record = record
        self._models = models
        self._clock = clock
        self._directory = directory

    @property
    def names(self) -> tuple[str, ...]:
        """The models of the market that is forecast."""
        return (MODEL, CLASSIFIER, DAY_AHEAD) if self._forecasts.market == "spot" else (MODEL, CLASSIFIER)

    async def rollback(self, name: str) -> dict[str, Any]:
        """Let the version before serve again."""
        self._check_name(name)
        entry = self._models.rollback(name, self._clock())
        self._forecasts.reload()
        logger.warning("model_rolled_back version=%s", entry.version)
        return _entry_json(entry)

    async def metrics(self, name: str, days: int) -> dict[str, Any]:
        """The live record of a model, and the figures of its training."""
        self._check_name(name)
        if not 1 <= days <= 365:
            raise InvalidRequestError(f"days={days}", name="days", value=days, valid="1 to 365")
        versions = self._models.versions(name)
        serving = serving_of(versions)
        newest = serving or (versions[-1] if versions else None)
        return {
            "model": name,
            "version": serving.version if serving else None,
            "live": await self._record.classes(days) if name == CLASSIFIER else await self._record.record(days),
            "training": newest.facts.get("metrics") if newest else None,
            "why": newest.why if newest else None,
        }

    def registry(self) -> dict[str, Any]:
        """Every version with its history."""
        versions = [_entry_json(entry) for name in self.names for entry in self._models.versions(name)]
        return {"models_directory": self._directory, "versions": versions}

    async def status(self) -> dict[str, Any]:
        """What serves, what runs, what was passed over."""
        return self.status_direct() | {
            "market": self._forecasts.market,
            "training": {
                "running": self.training.running,
                "progress": self.training.progress,
                "last_outcome": self.training.last_outcome,
            },
            "troubles": self._forecasts.troubles,
        }

    def status_direct(self) -> dict[str, Any]:
        """Loaded, version, versions kept, last trained, metrics."""
        models = {name: self._described(name) for name in self.names}
        status = "trained" if models[MODEL]["loaded"] else "baseline"
        return {"status": status, "models": models, "models_directory": self._directory}

    def _described(self, name: str) -> dict[str, Any]:
        try:
            versions = self._models.versions(name)
        except StoreError as error:
            return _unreadable(name, str(error))
        registered = serving_of(versions)
        version = self._forecasts.in_use(name, registered.version if registered else None)
        serving = next((entry for entry in versions if entry.version == version), None)
        shown = serving or registered or (versions[-1] if versions else None)
        return {
            "loaded": serving is not None,
            "version": version if serving else None,
            "total_versions": len(versions),
            "state": shown.state if shown else "untrained",
            "trained_at": shown.trained_at.isoformat() if shown else None,
            "metrics": serving.facts.get("metrics") if serving else None,
            "serves": serving.facts.get("serves") if serving else self._instead(name),
            "why": shown.why if shown else None,
        }

    def _instead(self, name: str) -> str:
        """Who answers where no version of a model does: the baseline of the last forecast, or the one that would make it."""
        return (self._forecasts.baseline or OTHERWISE[name]) if name == MODEL else OTHERWISE[name]

    def _check_name(self, name: str) -> None:
        if name not in self.names:
            raise NotFoundError(f"model {name!r}; there are {', '.join(self.names)}")


def _unreadable(name: str, why: str) -> dict[str, Any]:
    """A model whose registry cannot be read: nothing is known of its versions, and none serves."""
    known = dict.fromkeys(("version", "total_versions", "trained_at", "metrics"))
    return {"loaded": False, **known, "state": "unreadable", "serves": OTHERWISE[name], "why": why}


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
