"""What is said of a model that serves, was refused, or was never trained."""

from pathlib import Path

from support.forecast_world import forecast_world


async def test_a_model_is_untrained_then_refused_then_serving(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=30) as world:
        never = world.ml.status_direct()["models"]["production_classifier"]
        assert (never["state"], never["trained_at"], never["loaded"]) == ("untrained", None, False)

        entry = world.models.save("production_classifier", {"stub": 1}, trained_at=world.clock(), facts={})
        world.models.refuse(entry, world.clock(), "refused: no better")
        refused = world.ml.status_direct()["models"]["production_classifier"]
        assert (refused["state"], refused["why"], refused["loaded"]) == ("refused", "refused: no better", False)
        assert refused["trained_at"] == world.clock().isoformat() and refused["version"] is None

        world.models.promote(entry, world.clock(), "better after all")
        serving = world.ml.status_direct()["models"]["production_classifier"]
        assert (serving["state"], serving["version"], serving["loaded"]) == ("serving", entry.version, True)
