"""Training in a child process, and the gate: what is trained, what it must beat, what becomes of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.errors import FactoryError
from forecasting.data.history import History, NotEnoughHistoryError
from forecasting.gate.class_training import train_classes
from forecasting.gate.day_training import BASELINE as DAY_BASELINE
from forecasting.gate.day_training import train_day
from forecasting.gate.gate import fallen_behind
from forecasting.gate.training import train_week
from forecasting.models.baselines import BASELINES, STRONGEST
from ports import ChildRunner, ChildSide, Clock, ModelStore
from services.forecast.record import RecordService
from services.forecast.service import CLASSIFIER, DAY_AHEAD, MODEL, ForecastService
from services.influx_service import InfluxService
from services.prices.paid_price import PaidPrice

logger = logging.getLogger("ml_training")

TRAINING_DEADLINE_S = 600.0
"""Real seconds for one model. A full training on all history takes under a minute on two cores."""
DEMOTION_DAYS = 28

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is trained and judged. `verdict` gives whether it may serve, and why."""

    name: str
    work: Callable[..., State]
    arguments: tuple[Any, ...]
    verdict: Callable[[State], tuple[bool, str]]


def recipes(paid: PaidPrice) -> tuple[Recipe, ...]:
    """What is trained for a contract; the day-ahead model is of the spot, whose auction closes after REE's forecasts are out."""
    task = "W" if paid.market == "pvpc" else "WS"
    week = Recipe(MODEL, train_week, (task,), lambda state: _gated(state, STRONGEST))
    classes = Recipe(
        CLASSIFIER, train_classes, (task, paid.hours), lambda state: (state["serves"] == "classifier", str(state["reason"]))
    )
    day = Recipe(DAY_AHEAD, train_day, (), lambda state: _gated(state, DAY_BASELINE))
    return (week, classes, day) if paid.market == "spot" else (week, classes)


def _trained(work: Callable[..., State], history: History, arguments: tuple[Any, ...], child: ChildSide) -> State:
    """In the child: the state of a model."""
    return work(history, *arguments, progress=child.report)


def _gated(state: State, baseline: str) -> tuple[bool, str]:
    """The gate has replayed every decision on the held-back days; a model serves when it, not a baseline, came out of that."""
    decisions = state["decisions"]
    why = str(decisions[-1][2]) if decisions else f"no model beat {baseline} with support"
    return str(state["serves"]) not in BASELINES, why


class TrainingService:
    """Trains one model after the other; only one training at a time."""

    def __init__(
        self,
        influx: InfluxService,
        forecasts: ForecastService,
        record: RecordService,
        models: ModelStore,
        *,
        child: ChildRunner,
        clock: Clock,
    ) -> None:
        self._influx = influx
        self._forecasts = forecasts
        self._record = record
        self._models = models
        self._child = child
        self._clock = clock
        self.running: str | None = None
        self.last_outcome: str | None = None

    @property
    def progress(self) -> float | None:
        """Share of the model under way; None when nothing is trained."""
        return (self._child.last_report or 0.0) if self.running else None

    async def train(self) -> str:
        """Train on all that is published and let the gates decide. A failure leaves everything as it was."""
        if self.running:
            return f"{self.running} is being trained"
        try:
            outcomes = [await self._train(recipe) for recipe in recipes(self._forecasts.paid)]
            self.last_outcome = "; ".join(outcomes)
        except FactoryError as error:
            self.last_outcome = f"failed: {error}"
            raise
        finally:
            self.running = None
        logger.info("training_done outcome=%s", self.last_outcome)
        return self.last_outcome

    async def _train(self, recipe: Recipe) -> str:
        self.running, started = recipe.name, self._clock()
        history = await self._influx.history(self._forecasts.market, started)
        logger.info("training_started model=%s market=%s hours=%d", recipe.name, self._forecasts.market, len(history.starts))
        try:
            state = await self._child.run(_trained, recipe.work, history, recipe.arguments, deadline_s=TRAINING_DEADLINE_S)
        except NotEnoughHistoryError as error:
            return f"{recipe.name} not trained: {error}"
        return self._judge(recipe, state)

    def _judge(self, recipe: Recipe, state: State) -> str:
        now = self._clock()
        entry = self._models.save(recipe.name, state, trained_at=now, facts=_facts(state, self._forecasts))
        may_serve, why = recipe.verdict(state)
        if not may_serve:
            self._models.refuse(entry, now, f"refused: {why}")
            return f"{entry.version} refused: {why}"
        before = self._models.serving(recipe.name)
        if before is not None and before.facts.get("serves") == state["serves"]:
            why = f"{state['serves']} again, refitted on newer prices; it still leads: {why}"
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


def _facts(state: State, forecasts: ForecastService) -> dict[str, Any]:
    """What the registry says of a trained model; prices in €/kWh."""
    days = {name: date.fromordinal(int(state[name])).isoformat() for name in ("trained_from", "trained_through") if name in state}
    decisions = [[date.fromordinal(int(day)).isoformat(), str(name), str(why)] for day, name, why in state.get("decisions", ())]
    return {
        "market": forecasts.market,
        "basis": forecasts.paid.basis,
        "serves": str(state["serves"]),
        "data": days,
        "metrics": state.get("metrics"),
        "decisions": decisions,
        "features": sorted(name for name in state if name not in ("record", "decisions", "metrics")),
        "unit": "EUR/kWh",
    }
