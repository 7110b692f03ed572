"""The models: training in a child process, the gate, promotion and rollback, and what `/models` says of them."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

from domain.errors import FactoryError, InvalidRequestError, NotFoundError
from domain.prices import Market
from forecasting.baselines import BASELINES, STRONGEST
from forecasting.class_training import train_classes
from forecasting.gate import fallen_behind
from forecasting.history import Task
from forecasting.training import train_week
from ports import Clock, ModelStore, ModelVersion
from services.forecast_service import CLASSIFIER, MODEL, ForecastService
from services.influx_service import InfluxService
from services.record_service import RecordService

logger = logging.getLogger("ml_training")

MODELS = (MODEL, CLASSIFIER)
TRAINING_DEADLINE_S = 600.0
"""Real seconds. A full training on all history takes under a minute on two cores."""
DEMOTION_DAYS = 28


class Child(Protocol):
    """Runs work outside this process."""

    status: Any

    async def run(self, work: Callable[..., Any], *arguments: Any, deadline_s: float) -> Any:
        """Its result."""
        ...


class MlService:
    """Trains, judges, swaps."""

    def __init__(
        self,
        influx: InfluxService,
        forecasts: ForecastService,
        record: RecordService,
        models: ModelStore,
        *,
        child: Child,
        clock: Clock,
        directory: str,
    ) -> None:
        self._influx = influx
        self._forecasts = forecasts
        self._record = record
        self._models = models
        self._child = child
        self._clock = clock
        self._directory = directory
        self._training = False
        self.last_outcome: str | None = None

    @property
    def market(self) -> Market:
        """What is forecast."""
        return self._forecasts.market

    async def train(self) -> str:
        """Train on all that is published and let the gate decide. One at a time; a failure leaves everything as it was."""
        if self._training:
            return "a training is running"
        self._training = True
        try:
            energy = await self._train()
            self.last_outcome = f"{energy}; {await self._train_classes()}"
        except FactoryError as error:
            self.last_outcome = f"failed: {error}"
            raise
        finally:
            self._training = False
        logger.info("training_done outcome=%s", self.last_outcome)
        return self.last_outcome

    async def _train(self) -> str:
        started = self._clock()
        history = await self._influx.history(self.market, started)
        logger.info("training_started market=%s hours=%d", self.market, len(history.starts))
        try:
            state = await self._child.run(train_week, history, self._task, deadline_s=TRAINING_DEADLINE_S)
        except FactoryError as error:
            if "NotEnoughHistoryError" in str(error):
                return f"nothing trained: {error}"
            raise
        entry = self._models.save(MODEL, state, trained_at=started, facts=_facts(state, self.market))
        return self._judge(entry, state)

    async def _train_classes(self) -> str:
        """Train the classifier; it serves only when it beat the price distribution in both scores on weeks that it never saw."""
        now = self._clock()
        history = await self._influx.history(self.market, now)
        try:
            state = await self._child.run(train_classes, history, self._task, deadline_s=TRAINING_DEADLINE_S)
        except FactoryError as error:
            if "NotEnoughHistoryError" in str(error):
                return f"no classifier trained: {error}"
            raise
        entry = self._models.save(CLASSIFIER, state, trained_at=now, facts=_class_facts(state, self.market))
        why = str(state["reason"])
        if state["serves"] != "classifier":
            self._models.refuse(entry, self._clock(), f"refused: {why}")
            return f"{entry.version} refused: {why}"
        self._models.promote(entry, self._clock(), why)
        self._forecasts.reload()
        return f"{entry.version} serves: {why}"

    @property
    def _task(self) -> Task:
        return "W" if self.market == "pvpc" else "WS"

    def _judge(self, entry: ModelVersion, state: Any) -> str:
        """The gate has replayed every decision on the held-back days; it serves when a model, not a baseline, came out of it."""
        now, serves = self._clock(), str(state["serves"])
        decisions = state["decisions"]
        why = str(decisions[-1][2]) if decisions else f"no model beat {STRONGEST} with support"
        if serves in BASELINES:
            self._models.refuse(entry, now, f"refused: {serves} serves; {why}")
            return f"{entry.version} refused: {why}"
        before = self._models.serving(MODEL)
        if before is not None and before.facts.get("serves") == serves:
            why = f"{serves} again, refitted on newer prices; it still leads: {why}"
        self._models.promote(entry, now, why)
        self._forecasts.reload()
        return f"{entry.version} serves: {why}"

    async def watch(self) -> str:
        """Demote a champion that fell behind the strongest baseline over the rolling days. Safe to run twice."""
        serving = self._models.serving(MODEL)
        if serving is None:
            return "the baseline serves"
        own, other = await self._record.daily_losses(DEMOTION_DAYS)
        if not fallen_behind(own, other, DEMOTION_DAYS):
            return f"{serving.version} holds over {len(own)} days"
        why = f"behind {STRONGEST} over {DEMOTION_DAYS} days: {1000 * own.mean():.2f} against {1000 * other.mean():.2f} €/MWh"
        self._models.demote(MODEL, self._clock(), why)
        self._forecasts.reload()
        logger.warning("model_demoted version=%s why=%s", serving.version, why)
        return f"{serving.version} demoted: {why}"

    async def rollback(self, name: str) -> dict[str, Any]:
        """Let the version before serve again."""
        self._check_name(name)
        entry = self._models.rollback(name, self._clock())
        self._forecasts.reload()
        logger.warning("model_rolled_back version=%s", entry.version)
        return _entry_json(entry)

    def _check_name(self, name: str) -> None:
        if name not in MODELS:
            raise NotFoundError(f"model {name!r}; there are {', '.join(MODELS)}")

    async def metrics(self, name: str, days: int) -> dict[str, Any]:
        """The live record of a model, and the figures of its training."""
        self._check_name(name)
        if not 1 <= days <= 365:
            raise InvalidRequestError(f"days={days}", name="days", value=days, valid="1 to 365")
        versions = self._models.versions(name)
        serving = self._models.serving(name)
        newest = serving or (versions[-1] if versions else None)
        return {
            "model": name,
            "version": serving.version if serving else None,
            "live": await self._record.record(days) if name == MODEL else await self._record.classes(days),
            "training": newest.facts.get("metrics") if newest else None,
            "why": newest.why if newest else None,
        }

    def registry(self) -> dict[str, Any]:
        """Every version with its history."""
        return {
            "models_directory": self._directory,
            "versions": [_entry_json(entry) for name in MODELS for entry in self._models.versions(name)],
        }

    async def status(self) -> dict[str, Any]:
        """What serves, what runs, what was passed over."""
        return self.status_direct() | {
            "market": self.market,
            "training": {
                "running": self._training,
                "progress": self._child.status.progress if self._training else None,
                "last_outcome": self.last_outcome,
            },
            "troubles": self._forecasts.troubles,
            "as_of": self._clock().isoformat(),
        }

    def status_direct(self) -> dict[str, Any]:
        """Loaded, version, versions kept, last trained, metrics."""
        models = {MODEL: self._described(MODEL, STRONGEST), CLASSIFIER: self._described(CLASSIFIER, "price_distribution")}
        status = "trained" if models[MODEL]["loaded"] else "baseline"
        return {"status": status, "models": models, "models_directory": self._directory}

    def _described(self, name: str, otherwise: str) -> dict[str, Any]:
        versions, serving = self._models.versions(name), self._models.serving(name)
        return {
            "loaded": serving is not None and not any(serving.version in trouble for trouble in self._forecasts.troubles),
            "version": serving.version if serving else None,
            "total_versions": len(versions),
            "trained_at": serving.trained_at.isoformat() if serving else None,
            "metrics": serving.facts.get("metrics") if serving else None,
            "serves": serving.facts.get("serves") if serving else otherwise,
            "why": versions[-1].why if versions else None,
        }


def _facts(state: Any, market: Market) -> dict[str, Any]:
    days = {name: date.fromordinal(int(state[name])).isoformat() for name in ("trained_from", "trained_through")}
    return {
        "market": market,
        "task": state["task"],
        "serves": str(state["serves"]),
        "data": days,
        "metrics": state["metrics"],
        "decisions": [[date.fromordinal(int(day)).isoformat(), str(name), str(why)] for day, name, why in state["decisions"]],
        "unit": "EUR/kWh",
    }


def _class_facts(state: Any, market: Market) -> dict[str, Any]:
    days = {name: date.fromordinal(int(state[name])).isoformat() for name in ("trained_from", "trained_through")}
    return {"market": market, "serves": str(state["serves"]), "data": days, "metrics": state["metrics"]}


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
