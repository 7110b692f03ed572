"""Training in a child process, and the gate: what is trained, what it must beat, what becomes of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.errors import FactoryError
from domain.json_value import Json, JsonObject
from domain.trained_models import ModelDecision, ModelEvent, ModelVersion, Pin
from forecasting.data.history import History, NotEnoughHistoryError
from forecasting.gate.class_training import train_classes
from forecasting.gate.day_training import BASELINE as DAY_BASELINE
from forecasting.gate.day_training import train_day
from forecasting.gate.gate import DEMOTION_DAYS, standing
from forecasting.gate.training import train_week
from forecasting.models.baselines import BASELINES, STRONGEST
from forecasting.models.states import Trained, TrainedClasses
from ports import ChildRunner, ChildSide, Clock, ModelStore
from services.forecast.record import RecordService
from services.forecast.service import ForecastService
from services.forecast.serving import CLASSIFIER, DAY_AHEAD, MODEL
from services.influx_service import InfluxService
from services.prices.paid_price import PaidPrice

logger = logging.getLogger("ml_training")

TRAINING_DEADLINE_S = 600.0
"""Real seconds for one model. A full training on all history takes under a minute on two cores."""
SAME = "equal to the byte to what a training gave before, no new version"
DECISIONS_READ = 1_000
"""More than a pin or a demotion lies back in 28 days of issues."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is trained and judged. `verdict` gives whether it may serve, and why."""

    name: str
    work: Callable[..., Trained]
    arguments: tuple[Any, ...]
    verdict: Callable[[Any], tuple[bool, str]]


def recipes(paid: PaidPrice) -> tuple[Recipe, ...]:
    """What is trained for a contract; the day-ahead model is of the spot, whose auction closes after REE's forecasts are out."""
    task = "W" if paid.market == "pvpc" else "WS"
    week = Recipe(MODEL, train_week, (task,), lambda state: _gated(state, STRONGEST))
    classes = Recipe(CLASSIFIER, train_classes, (task, paid.hours), _proven)
    day = Recipe(DAY_AHEAD, train_day, (), lambda state: _gated(state, DAY_BASELINE))
    return (week, classes, day) if paid.market == "spot" else (week, classes)


def _trained(
    work: Callable[..., Trained], history: History, arguments: tuple[Any, ...], champion: str | None, child: ChildSide
) -> Trained:
    """In the child: the state of a model."""
    return work(history, *arguments, champion=champion, progress=child.report)


def _proven(state: TrainedClasses) -> tuple[bool, str]:
    """A classifier serves when it has beaten what the prices imply."""
    return state["serves"] == "classifier", state["reason"]


def _gated(state: Trained, baseline: str) -> tuple[bool, str]:
    """The gate has replayed every decision on the held-back days; a model serves when it, not a baseline, came out of that."""
    serves, decisions = str(state["serves"]), [decision for decision in state["decisions"] if decision[2]]
    if decisions and decisions[-1][1] == serves:
        return serves not in BASELINES, str(decisions[-1][2])
    if serves in BASELINES:
        return False, f"no model beat {baseline} with support"
    return True, f"it serves already; no other is better, and it is not behind {baseline}"


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
            state = await self._child.run(
                _trained, recipe.work, history, recipe.arguments, await self._champion(recipe.name), deadline_s=TRAINING_DEADLINE_S
            )
        except NotEnoughHistoryError as error:
            return f"{recipe.name} not trained: {error}"
        outcome = self._judge(recipe, state)
        self._forecasts.reload()
        return outcome

    async def _champion(self, name: str) -> str | None:
        """Which of its models the version that serves is."""
        entry = (await self._forecasts.serving.of(name)).entry
        return None if entry is None else str(entry.facts.get("serves"))

    def _judge(self, recipe: Recipe, state: Trained) -> str:
        now, name = self._clock(), recipe.name
        may_serve, why = recipe.verdict(state)
        pin, champion = self._models.pin(name, now), self._models.serving(name)
        entry = self._models.save(name, state, trained_at=now, facts=_facts(state, self._forecasts))
        said = "" if entry.state == "candidate" else f"{SAME}: "
        if may_serve and entry.state != "serving" and (pin is None or pin.version == entry.version):
            self._models.promote(entry, now, said + _again(state, champion, why))
            return f"{entry.version} serves: {said}{why}"
        if may_serve and entry.state == "serving":
            self._note(entry, "unchanged", f"{SAME}; it serves on")
            return f"{entry.version} serves on: {SAME}"
        if pin is not None and (may_serve or state.get("demotes")):
            why = f"pinned: {pin.version} serves until {pin.until:%Y-%m-%d %H:%M} UTC; without the pin: {why}"
        if entry.state == "candidate":
            self._models.refuse(entry, now, why if may_serve else f"refused: {why}", held=may_serve)
        elif entry.state != "serving":
            self._note(entry, "unchanged", said + why)
        return (
            f"{entry.version} {'held' if may_serve else 'refused'}: {why}{self._champion_stays_or_goes(state, champion, why, pin)}"
        )

    def _champion_stays_or_goes(self, state: Trained, champion: ModelVersion | None, why: str, pin: Pin | None) -> str:
        """What a training that ended on a baseline means for the version that serves: it goes by the rule of demotion, or stays."""
        if champion is None or pin is not None or str(state["serves"]) == champion.facts.get("serves"):
            return ""
        if state.get("demotes"):
            self._demote(champion, why)
            return f"; {champion.version} demoted"
        self._note(champion, "kept", f"{champion.facts.get('serves')} was not among the models of the training: it stays")
        return f"; {champion.version} stays"

    def _demote(self, champion: ModelVersion, why: str) -> None:
        self._models.demote(champion.name, self._clock(), why)
        self._forecasts.reload()
        logger.warning("model_demoted version=%s why=%s", champion.version, why)

    def _note(self, entry: ModelVersion, event: ModelEvent, why: str) -> None:
        self._models.note(ModelDecision(self._clock(), entry.name, event, entry.version, why))

    async def watch(self) -> str:
        """Demote a champion that fell behind the strongest baseline over the last days that have come. Safe to run twice."""
        serving = self._models.serving(MODEL)
        if serving is None:
            return "the baseline serves"
        found = standing(*await self._record.daily_losses(DEMOTION_DAYS, self._chosen_at()))
        if not found.behind:
            return f"{serving.version} holds over {found.days} days"
        why = f"behind {STRONGEST} over {found.days} days: {1000 * found.own:.2f} against {1000 * found.other:.2f} €/MWh"
        why += f" (p = {found.p_value:.4f})"
        pin = self._models.pin(MODEL, self._clock())
        if pin is not None:
            self._note(
                serving,
                "kept",
                f"pinned until {pin.until:%Y-%m-%d %H:%M} UTC; without the pin it would be demoted: behind {STRONGEST}",
            )
            return f"{serving.version} is pinned: {why}"
        self._demote(serving, why)
        return f"{serving.version} demoted: {why}"

    def _chosen_at(self) -> datetime | None:
        """When a person or this rule last put another in the place of who served: what was issued before is not its own."""
        made = self._models.decisions(MODEL, DECISIONS_READ)
        return next((each.at for each in made if each.event in ("pinned", "demoted")), None)


def _again(state: Trained, champion: ModelVersion | None, why: str) -> str:
    """Why a version serves: the same model by newer coefficients did not win anything."""
    if champion is None or champion.facts.get("serves") != state["serves"]:
        return why
    through = date.fromordinal(int(state["trained_through"])).isoformat()
    return f"{state['serves']} again, fitted on prices through {through}: {why}"


def _facts(state: Trained, forecasts: ForecastService) -> JsonObject:
    """What the registry says of a trained model; prices in €/kWh."""
    days: dict[str, Json] = {"trained_through": date.fromordinal(state["trained_through"]).isoformat()}
    if "trained_from" in state:
        days["trained_from"] = date.fromordinal(state["trained_from"]).isoformat()
    decisions = [[date.fromordinal(int(day)).isoformat(), str(name), str(why)] for day, name, why in state.get("decisions", ())]
    return {
        "market": forecasts.market,
        "basis": forecasts.paid.basis,
        "serves": str(state["serves"]),
        "data": days,
        "metrics": state.get("metrics"),
        "decisions": decisions,
        "features": sorted(name for name in state if name not in ("record", "decisions", "metrics", "demotes")),
        "unit": "EUR/kWh",
    }
