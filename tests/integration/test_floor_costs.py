"""What a simulated week cost beside other ways: perfect knowledge is a bound, and all make the same."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bench.floor import PLANT, Life, Week
from bench.floor_costs import Ways, compared, finished
from simulator.shop_floor import Factory, Habits
from support.here import Here
from support.plan_world import MIDNIGHT, plan_world

ON_THE_GRID = Habits(spread=0.0, breaks=0.2, spoils=0.15, silent=0.0, late=0.0)
"""Stages take what the plant's file says: then what was carried out is one of the choices of perfect knowledge."""
DAYS = timedelta(days=0.6)


def factory(seed: int) -> Factory:
    return Factory(Random(seed), ON_THE_GRID)


async def lived(seed: int, folder: Path) -> tuple[Ways, Factory]:
    """Some hours, and what they cost."""
    life, end = Life(Week(seed), factory(seed), Random(seed)), MIDNIGHT + DAYS
    async with plan_world(folder, PLANT, MIDNIGHT, child=Here()) as world:
        while world.clock() < end:
            await life.step(world)
        assert life.week.violations == [] and life.first is not None
        frozen, at = factory(seed), MIDNIGHT
        while at < end:
            at += timedelta(minutes=15)
            frozen.step(life.first, at)
        return await compared(world, life.factory, frozen, end), life.factory


@pytest.mark.parametrize("seed", [3, 4])
async def test_perfect_knowledge_is_a_bound_and_all_ways_make_the_same(tmp_path: Path, seed: int) -> None:
    ways, lived_by = await lived(seed, tmp_path)
    assert len(finished(lived_by, PLANT, MIDNIGHT + DAYS)) >= 2
    assert {way.kg for way in (ways.carried, ways.at_lengths, ways.frozen, ways.perfect)} == {ways.carried.kg}
    assert ways.at_lengths.eur == pytest.approx(ways.carried.eur, abs=0.02)  # nothing was longer or shorter
    assert ways.perfect.eur - ways.perfect.gap_eur <= ways.at_lengths.eur
