"""The plant as its file describes it: shown, changed with what that brings, taken over while the service runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.errors import ChangedMeanwhileError, InvalidRequestError, NotFoundError
from domain.plan.plant import Plant
from domain.plan.plant_changes import PlantChanges, checked, difference
from domain.plan.plant_config import load_plant
from domain.plan.quality_week import QualityWeek
from planning.search.week import made_in_a_week
from ports import Clock
from ports.plant import PlantEditor, PlantFile, PlantText

logger = logging.getLogger("application")
Renew = Callable[[Plant, str], Awaitable[None]]
"""Lets a plant and its text be those in force from now on."""


@dataclass(frozen=True, slots=True)
class PlantShown:
    """The plant of the file, and whether it is the one in force. Of a file with a `fault` the one in force is shown."""

    plant: Plant
    file: PlantText
    in_force: bool
    fault: str | None
    week: Sequence[QualityWeek]


@dataclass(frozen=True, slots=True)
class PlantChanged:
    """What a change does to the text, and what could be made in a week. `kept` is where the old text is; None: not saved."""

    plant: Plant
    digest: str
    diff: str
    before: Sequence[QualityWeek]
    after: Sequence[QualityWeek]
    kept: str | None = None
    in_force: bool = False


@dataclass(frozen=True, slots=True)
class InForce:
    """The plant that runs, and the text that it was read from."""

    plant: Plant
    text: str


class PlantService:
    """Shows and changes the plant. Changes come one after another."""

    def __init__(self, file: PlantFile, editor: PlantEditor, now_in_force: InForce, clock: Clock, renew: Renew) -> None:
        self._file = file
        self._edit = editor
        self._in_force = now_in_force
        self._clock = clock
        self._renew = renew
        self._changing = asyncio.Lock()

    async def shown(self) -> PlantShown:
        """The plant as it is described."""
        file = await self._file.read()
        plant, fault = self._in_force.plant, None
        try:
            plant = load_plant(file.text)
        except ValueError as error:
            fault = str(error)
        return PlantShown(plant, file, self._runs(file.text), fault, await _week(plant))

    async def change(self, changes: PlantChanges, digest: str | None, *, keep: bool) -> PlantChanged:
        """The file with the changes; with `keep` it is put in its place and in force when this returns."""
        file = await self._file.read()
        return await self._put(file, self._edit(file.text, changes), digest, keep=keep)

    async def undo(self, digest: str | None, *, keep: bool) -> PlantChanged:
        """The text before the last change; undone twice it is as it was."""
        file = await self._file.read()
        if not file.kept:
            raise NotFoundError("an older plant: nothing was changed here yet")
        return await self._put(file, await self._file.old(file.kept[0]), digest, keep=keep)

    async def _put(self, file: PlantText, text: str, digest: str | None, *, keep: bool) -> PlantChanged:
        if digest is not None and digest != file.digest:
            raise ChangedMeanwhileError("the plant")
        plant = checked(text)
        before = await _week(_plant_of(file.text) or self._in_force.plant)
        told = PlantChanged(plant, file.digest, difference(file.text, text), before, await _week(plant))
        return await self._kept(file, text, told) if keep else told

    async def _kept(self, file: PlantText, text: str, told: PlantChanged) -> PlantChanged:
        if not told.diff:
            raise InvalidRequestError("nothing is changed", name="plant", value="", valid="a value that differs from the file's")
        async with self._changing:
            kept = await self._file.replace(text, file.digest, self._clock())
            logger.info("plant_changed kept=%s", kept)
            in_force = await self._taken_over(told.plant, text)
        digest = (await self._file.read()).digest
        return PlantChanged(told.plant, digest, told.diff, told.before, told.after, kept, in_force)

    async def _taken_over(self, plant: Plant, text: str) -> bool:
        """Whether the plant is in force: what is saved is saved, and a restart takes it over in any case."""
        try:
            await self._renew(plant, text)
        except Exception:
            logger.exception("plant_not_taken_over")
            return False
        self._in_force = InForce(plant, text)
        return True

    def _runs(self, text: str) -> bool:
        return text.splitlines() == self._in_force.text.splitlines()


def _plant_of(text: str) -> Plant | None:
    try:
        return load_plant(text)
    except ValueError:
        return None


async def _week(plant: Plant) -> Sequence[QualityWeek]:
    return await asyncio.to_thread(made_in_a_week, plant)
