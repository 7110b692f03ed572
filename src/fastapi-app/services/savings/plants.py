"""The plant of each day: an edit of its file never changes what has been."""

import logging
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from domain.plan.plant import Plant
from domain.plan.plant_config import ConfigError, load_plant
from ports import KeptPlant, PlantLog

logger = logging.getLogger("application")


@dataclass(frozen=True, slots=True)
class DayPlant:
    """A plant as it was in force on a day."""

    plant: Plant
    digest: str
    assumed: bool
    """Whether the day lies before anything was recorded, or this program cannot read the plant any more."""


class Plants:
    """Keeps the plant that runs, and gives each day its own."""

    def __init__(self, log: PlantLog, plant: Plant, text: str) -> None:
        self._log = log
        self._text = text
        self._digest = sha256(text.encode()).hexdigest()
        self._known = {self._digest: plant}

    async def keep(self, today: date) -> None:
        """The plant that runs is that of today, and of the days to come until another one does."""
        await self._log.keep(today, self._digest, self._text)

    async def on(self, day: date) -> DayPlant:
        """The plant that was in force when a day ended."""
        kept = await self._log.on(day)
        plant = None if kept is None else self._read(kept)
        if kept is None or plant is None:
            return DayPlant(self._known[self._digest], self._digest, assumed=True)
        return DayPlant(plant, kept.digest, kept.assumed)

    def _read(self, kept: KeptPlant) -> Plant | None:
        if kept.digest not in self._known:
            try:
                self._known[kept.digest] = load_plant(kept.text, recorded=True)
            except ConfigError as error:  # a program of another version took more than this one
                logger.warning("plant_of_the_past_not_read digest=%s error=%s", kept.digest, error)
                return None
        return self._known[kept.digest]
