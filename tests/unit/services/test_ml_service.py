"""What is said of a model that serves, was refused, or was never trained."""

from pathlib import Path

import pytest

from support.forecast_world import forecast_world


async def test_a_model_is_untrained_then_refused_then_serving(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=30) as world:
        never = (await world.ml.overview()).models["production_classifier"]
        assert (never.state, never.trained_at, never.is_loaded) == ("untrained", None, False)

        entry = world.models.save("production_classifier", {"stub": 1}, trained_at=world.clock(), facts={})
        world.models.refuse(entry, world.clock(), "refused: no better")
        refused = (await world.ml.overview()).models["production_classifier"]
        assert (refused.state, refused.why, refused.is_loaded) == ("refused", "refused: no better", False)
        assert refused.trained_at == world.clock() and refused.version is None

        world.models.promote(entry, world.clock(), "better after all")
        serving = (await world.ml.overview()).models["production_classifier"]
        assert (serving.state, serving.version, serving.is_loaded) == ("serving", entry.version, True)


@pytest.mark.parametrize(("days", "baseline"), [(3, "yesterday"), (10, "last_week"), (120, "ewma_day_type")])
async def test_the_baseline_that_is_named_is_the_one_that_forecasts(tmp_path: Path, days: int, baseline: str) -> None:
    async with forecast_world(tmp_path, days=days) as world:
        assert (await world.forecasts.current()).version == f"baseline:{baseline}"
        described = (await world.ml.overview()).models["energy_optimization"]
        assert (described.serves, described.is_loaded) == (baseline, False)


async def test_a_version_that_cannot_be_read_is_not_named_as_the_one_in_use(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=30) as world:
        entry = world.models.save("energy_optimization", {"stub": 1}, trained_at=world.clock(), facts={"serves": "lear"})
        world.models.promote(entry, world.clock(), "better")
        (tmp_path / "models" / f"{entry.version}.pkl").unlink()
        version = (await world.forecasts.current()).version
        described = (await world.ml.overview()).models["energy_optimization"]
        assert version.startswith("baseline:")
        assert (described.is_loaded, described.version) == (False, None)
        assert described.serves == version.removeprefix("baseline:")
