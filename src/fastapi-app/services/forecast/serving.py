"""What serves of each model: the one object that forecasts, status, page, registry and link read."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.errors import StoreError
from domain.trained_models import ModelDecision, ModelEvent, ModelTrouble, ModelVersion
from ports import Clock, LoadedModel, ModelStore
from services.prices.paid_price import PaidPrice

logger = logging.getLogger("ml_training")

MODEL = "energy_optimization"
CLASSIFIER = "production_classifier"
DAY_AHEAD = "day_ahead"
FOUND: Mapping[str, ModelEvent] = {"damaged": "damaged", "lost": "lost"}
"""Troubles that the log of decisions keeps: the others are of the service, not of the file."""


@dataclass(frozen=True, slots=True)
class Served:
    """A version with its state, or none: a baseline then. ``since``: when it was loaded. ``troubles``: what was passed over."""

    model: str
    since: datetime
    entry: ModelVersion | None = None
    state: Any = field(default=None, repr=False)
    troubles: tuple[ModelTrouble, ...] = ()

    @property
    def version(self) -> str | None:
        """None while a baseline serves."""
        return None if self.entry is None else self.entry.version


class ServingModels:
    """Loads what serves once, and anew when a model was swapped or a file changed."""

    def __init__(self, models: ModelStore, paid: PaidPrice, clock: Clock) -> None:
        self._models = models
        self._paid = paid
        self._clock = clock
        self._served: dict[str, Served] = {}
        self._fresh: set[str] = set()
        """Those that need not be loaded anew; of the others stands what was found last, until they are."""
        self._mark: object = None
        self._said: set[str] = set()
        self._turn = asyncio.Lock()
        self.generation = 0
        """Goes up with each reload."""
        self.changes = 0
        """Goes up when who serves, or what is wrong, may have become another."""

    def reload(self) -> None:
        """Load anew: a model was swapped."""
        self._fresh = set()
        self._said.clear()
        self.generation += 1
        self.changes += 1

    async def look(self) -> None:
        """Load anew if a file changed, by whose hand ever."""
        mark = await asyncio.to_thread(self._models.mark)
        if mark != self._mark:
            self._mark = mark
            self.reload()

    def retry(self) -> None:
        """Load anew what was passed over: what it did not fit may have changed."""
        self._fresh = {model for model in self._fresh if not self._served[model].troubles}

    async def of(self, model: str) -> Served:
        """What serves of a model."""
        async with self._turn:
            fresh = self._fresh  # the one of before, should a reload swap it meanwhile
            if model not in fresh:
                self._served[model] = await asyncio.to_thread(self._load, model)
                fresh.add(model)
                self.changes += 1
                self._log(self._served[model].troubles)
            return self._served[model]

    def unfit(self, served: Served, error: Exception) -> None:
        """A state does not fit this program or this history: from now until the next load a baseline serves."""
        trouble = ModelTrouble(served.version, "left", f"does not fit: {type(error).__name__}: {error}")
        self._log([trouble])
        if self._served.get(served.model) is served:  # else a reload has swapped it meanwhile
            self._served[served.model] = Served(served.model, self._clock(), troubles=(*served.troubles, trouble))
            self.changes += 1

    @property
    def troubles(self) -> list[str]:
        """Of everything that is loaded."""
        return list(dict.fromkeys(str(trouble) for served in self._served.values() for trouble in served.troubles))

    def _log(self, troubles: Sequence[ModelTrouble]) -> None:
        """A line for each that was not said since the last reload."""
        for trouble in troubles:
            if str(trouble) not in self._said:
                logger.error("model_refused %s", trouble)
                self._said.add(str(trouble))

    def _load(self, model: str) -> Served:
        found = self._checked(model, self._found(model))
        served = Served(model, self._clock(), found.entry, found.state, found.troubles)
        try:
            self._tell(served)
            self._models.point(model, served.version)
        except StoreError as error:
            logger.warning("model_not_told model=%s reason=%s", model, error)
            return replace(served, troubles=(*served.troubles, ModelTrouble(None, "unreadable", str(error))))
        return served

    def _found(self, model: str) -> LoadedModel:
        """What can be loaded; nothing when the registry itself cannot be read."""
        try:
            return self._models.load(model)
        except StoreError as error:
            return LoadedModel(troubles=(ModelTrouble(None, "unreadable", str(error)),))

    def _checked(self, model: str, found: LoadedModel) -> LoadedModel:
        """Without a version of the prices of another market, or of classes of what another plant pays."""
        if found.entry is None:
            return found
        market = found.entry.facts.get("market", self._paid.market)
        basis = found.entry.facts.get("basis", market if market == "pvpc" else None)
        if market == self._paid.market and (model != CLASSIFIER or basis == self._paid.basis):
            return found
        trouble = ModelTrouble(found.entry.version, "left", "was trained for another contract")
        return LoadedModel(troubles=(*found.troubles, trouble))

    def _tell(self, served: Served) -> None:
        """Keep in the log what was found of the files, and that a version is whole again."""
        for trouble in served.troubles:
            if trouble.kind in FOUND:
                event = FOUND[trouble.kind]
                self._models.note(ModelDecision(served.since, served.model, event, trouble.version, trouble.reason))
        if served.entry is not None and self._was_broken(served):
            self._models.note(ModelDecision(served.since, served.model, "whole", served.version, "its file is whole again"))

    def _was_broken(self, served: Served) -> bool:
        of_it = (each for each in self._models.decisions(served.model, 1_000) if each.version == served.version)
        last = next(of_it, None)
        return last is not None and last.event in FOUND.values()
