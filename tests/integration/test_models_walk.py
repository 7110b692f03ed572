"""Random walks through the life of a model: trained, judged, rolled back, files lost, damaged, swapped, mended, a store cut short.

After each step every door names the same server, its numbers are those of that version or of the baseline to the bit, what is wrong
is told, and when the trouble is gone the best that is let serve does again. MODEL_WALKS sets the number of walks of 60 steps.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from forecasting.gate.training import train_week
from support.forecast_world import forecast_world
from support.model_walk import DAYS, STEPS, STEPS_OF_A_WALK, State, Walk

WALKS = int(os.environ.get("MODEL_WALKS", "1"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> State:
    """One real training, on the shortest history that it takes."""

    async def train() -> State:
        async with forecast_world(tmp_path_factory.mktemp("trained"), days=DAYS) as world:
            history = await world.influx.history("pvpc", world.clock.now)
            return train_week(history, "W")

    return asyncio.run(train())


@asynccontextmanager
async def walk(folder: Path, state: State, seed: int) -> AsyncGenerator[Walk]:
    async with forecast_world(folder, days=DAYS) as world:
        yield Walk(world, folder / "models", state, seed)


@pytest.mark.parametrize("seed", range(WALKS))
async def test_whatever_happens_all_doors_name_the_server_and_its_numbers_are_its_own(
    tmp_path: Path, trained: State, seed: int
) -> None:
    async with walk(tmp_path, trained, seed) as walked:
        await walked.step("better")
        for _ in range(STEPS):
            await walked.step(walked.dice.choice(STEPS_OF_A_WALK))
        for mended in ("make_writable", "mend_registry", "mend_link", "mend_files", "lengthen"):
            await walked.step(mended)
        assert walked.expected() == walked.serving, "the best that is let serve does again"
        assert walked.forecasts.serving.troubles == []
