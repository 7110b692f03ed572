"""A random walk through the life of a model beside a running service, all of whose doors are asked after every step.

MODEL_DOOR_STEPS sets how long the walk is, MODEL_WALKS how many there are.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.errors import InvalidRequestError, NotFoundError, StoreUnavailableError
from domain.timeline import epoch
from forecasting.gate.training import train_week
from forecasting.issue.week import forecast_week
from forecasting.models.baselines import STRONGEST
from services.forecast.serving import MODEL
from support.forecast_world import EVENING, forecast_world
from support.model_doors import seen
from support.model_walk import DAYS, STEPS_OF_A_WALK, State, Walk
from support.plan_cases import reference_config
from support.service import Service, running_service, settings_for

STEPS = int(os.environ.get("MODEL_DOOR_STEPS", "6"))
WALKS = int(os.environ.get("MODEL_WALKS", "1"))
AT_DOORS = tuple(name for name in STEPS_OF_A_WALK if name not in ("start", "shorten", "lengthen"))
"""What happens to the files, by another hand, or is asked of the service."""


class DoorWalk(Walk):
    """The same steps; a person's go to the service, and it is the service that is asked who serves."""

    service: Service

    @property
    def at(self) -> datetime:
        return self.world.clock.now

    @at.setter
    def at(self, instant: datetime) -> None:
        self.world.clock.now = instant

    async def roll_back(self) -> None:
        answer = _done(await self.service.post(f"/models/{MODEL}/rollback", {}))
        self.serving, self.pinned = str(answer["version"]), True

    async def roll_back_by_name(self) -> None:
        before = [one.version for one in self.models.versions(MODEL) if one.state in ("retired", "demoted", "held")]
        whole = [one.version for one in self.models.versions(MODEL) if one.version in before and self.whole(one)]
        if whole:
            named = self.dice.choice(whole)
            assert _done(await self.service.post(f"/models/{MODEL}/rollback", {"version": named}))["version"] == named
            self.serving, self.pinned = named, True

    async def release(self) -> None:
        _done(await self.service.post(f"/models/{MODEL}/release", {}))
        self.pinned = False

    def kill(self) -> None:
        """Another process of the same installation is, which had begun to write."""
        (self.folder / f".{MODEL}_20260101_000000.pkl.half.tmp").write_bytes(b"half")

    async def check(self) -> None:
        expected, history = self.expected(), " > ".join(self.said[-8:])
        found = await seen(self.service, self)
        assert found.server == (expected or f"baseline:{STRONGEST}"), history
        assert bool(found.troubles) >= (expected != self.serving), history
        past = await self.influx.history("pvpc", self.at)
        week = forecast_week(past, epoch(self.at), self.states[expected] if expected else None, cost=self.forecasts.paid.hours)
        assert found.values == tuple(float(value) for value in week.p50[week.p50 == week.p50][-len(found.values) :]), history


def _done(answer: httpx2.Response) -> Any:
    """The body of what was done; as an error, as those of the walk itself, of what was not."""
    told = answer.json()
    if answer.status_code == 404:
        raise NotFoundError(told["detail"])
    if answer.status_code == 503:
        raise StoreUnavailableError(told["detail"])
    if answer.status_code in (409, 422):
        raise InvalidRequestError(told["detail"], name="version", value="", valid="")
    assert answer.status_code == 200, answer.text
    return told


@asynccontextmanager
async def walk(folder: Path, state: State, seed: int) -> AsyncGenerator[DoorWalk]:
    async with forecast_world(folder / "data", days=DAYS) as world:
        yield DoorWalk(world, folder / "models", state, seed)


@asynccontextmanager
async def beside(walked: DoorWalk, folder: Path) -> AsyncGenerator[None]:
    """A service on the folders and the clock of a walk, which trains when the walk says so, not at half past ten."""
    begins = "2025-06-10"
    settings = settings_for(
        None,
        folder,
        SIM_NOW=f"{EVENING.isoformat()}@2026-01-01T00:00:00Z",
        HISTORY_START=begins,
        CONFIG_DIR=reference_config(folder),
    )
    async with running_service(settings, walked.world.clock) as walked.service:
        for job in ("models_train", "models_watch"):
            assert (await walked.service.post(f"/scheduler/jobs/{job}/pause")).status_code == 200
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> State:
    """One real training, on the shortest history that it takes."""

    async def train() -> State:
        async with forecast_world(tmp_path_factory.mktemp("trained"), days=DAYS) as world:
            return train_week(await world.influx.history("pvpc", EVENING), "W")

    return asyncio.run(train())


@pytest.mark.parametrize("seed", range(WALKS))
@pytest.mark.timeout(120 + 30 * (STEPS + 8))
async def test_whatever_happens_all_doors_name_the_server_and_its_numbers_are_its_own(
    tmp_path: Path, trained: State, seed: int
) -> None:
    async with walk(tmp_path, trained, seed) as walked:
        for half in range(2):
            async with beside(walked, tmp_path):
                await walked.step("better")
                for _ in range(STEPS // 2):
                    await walked.step(walked.dice.choice(AT_DOORS))
                if half:
                    for mended in ("make_writable", "mend_registry", "mend_link", "mend_files"):
                        await walked.step(mended)
                    assert walked.expected() == walked.serving, "the best that is let serve does again"
                    assert (await seen(walked.service, walked)).troubles == ()


async def test_a_training_that_ends_on_the_baseline_says_what_becomes_of_who_serves(tmp_path: Path, trained: State) -> None:
    async def described() -> dict[str, Any]:
        found: dict[str, Any] = (await walked.service.json("/models/status"))["models"][MODEL]
        return found

    async with walk(tmp_path, trained, 0) as walked, beside(walked, tmp_path):
        await walked.step("better")
        led = await described()
        await walked.step("worse")
        kept = await described()
        assert (kept["version"], kept["serves"], kept["why"]) == (led["version"], "lear", "it leads")
        assert kept["decisions"][0]["event"] == "kept" and "it stays" in kept["decisions"][0]["reason"]
        await walked.step("fell")
        gone = await described()
        assert (gone["version"], gone["serves"]) == (None, STRONGEST)
        assert (gone["decisions"][0]["event"], gone["decisions"][0]["version"]) == ("demoted", led["version"])
        assert "fell behind: demoted" in gone["decisions"][0]["reason"]
