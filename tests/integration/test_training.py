"""Training in a real child process: promotion, too little history, one that is killed, one that takes too long, rollback."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from adapters.runtime.child import ChildProcess
from domain.bill.terms import PriceTerms
from domain.errors import ChildFailedError, ChildLateError, NotFoundError
from domain.series import Value
from services.forecast import training as training_service
from support.forecast_world import forecast_world

LONG = 280
"""Days that a first training needs, with some to spare; few, so that it takes seconds."""


async def test_a_training_ends_with_a_judged_version_and_the_service_serves_it_or_says_why_not(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=LONG) as world:
        outcome = await world.ml.training.train()
        (entry,) = world.models.versions("energy_optimization")
        status = await world.ml.status()
        assert status.training.last_outcome == outcome
        data, metrics = entry.facts["data"], entry.facts["metrics"]
        assert isinstance(data, dict) and data["trained_through"] == "2026-03-21"
        assert isinstance(metrics, dict) and set(metrics) >= {"ewma_day_type", "last_week"}
        current = await world.forecasts.current()
        if entry.state == "serving":
            assert (current.version, status.overview.is_trained) == (entry.version, True)
        else:
            assert entry.state == "refused" and "baseline" in current.version


async def test_too_little_history_is_said_in_days(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=50) as world:
        outcome = await world.ml.training.train()
        assert "needs" in outcome and "has 51" in outcome
        assert world.models.versions("energy_optimization") == []


async def test_a_library_that_cannot_be_loaded_ends_its_training_in_one_line_and_what_needs_none_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "libgomp.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").write_text(f"raise ImportError({broken!r})\n")
    monkeypatch.syspath_prepend(str(tmp_path))  # of the child too
    terms = PriceTerms("fixed", (0.20, 0.18, 0.16, 0.14, 0.12, 0.10))
    async with forecast_world(tmp_path, days=LONG, spot=True, terms=terms) as world:
        with pytest.raises(ChildFailedError, match=broken):
            await world.ml.training.train()
        assert (await world.ml.status()).training.last_outcome == f"failed: ImportError: {broken}"
        assert [len(world.models.versions(name)) for name in ("energy_optimization", "day_ahead")] == [1, 0]
        assert np.isfinite((await world.forecasts.current()).forecast.p50).all()


async def test_a_killed_training_leaves_everything_as_it_was(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=LONG) as world:
        training = asyncio.create_task(world.ml.training.train())
        child = world.ml.training._child
        assert isinstance(child, ChildProcess)
        while not child.last_report:
            assert not training.done()
            await asyncio.sleep(0.01)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        with pytest.raises(ChildFailedError):
            await training
        assert world.models.versions("energy_optimization") == []
        assert (await world.forecasts.current()).version == "baseline:ewma_day_type"
        assert "failed" in ((await world.ml.status()).training.last_outcome or "")


async def test_a_training_over_its_deadline_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_service, "TRAINING_DEADLINE_S", 0.2)
    async with forecast_world(tmp_path, days=LONG) as world:
        with pytest.raises(ChildLateError, match="not done within"):
            await world.ml.training.train()
        child = world.ml.training._child
        assert isinstance(child, ChildProcess) and child.pid is None


async def test_a_rollback_without_an_earlier_version_is_not_found(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=30) as world:
        with pytest.raises(NotFoundError):
            await world.ml.rollback("energy_optimization")
        with pytest.raises(NotFoundError, match="there are"):
            await world.ml.rollback("moon")


async def test_a_champion_that_falls_behind_is_demoted_and_the_baseline_serves(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=90, ahead=45) as world:
        entry = world.models.save("energy_optimization", {"stub": 1}, trained_at=world.clock(), facts={})
        world.models.promote(entry, world.clock(), "for the test")
        await _issue_badly(world, days=40)
        world.clock.now += timedelta(days=1)
        assert "demoted" in await world.ml.training.watch()
        assert world.models.serving("energy_optimization") is None
        assert (await world.forecasts.current()).version.startswith("baseline:")


async def _issue_badly(world: object, days: int) -> None:
    """Forty issues of which the served word is twice the baseline's."""
    from domain.series import Rows
    from ports import Issue
    from support.forecast_world import EVENING, ForecastWorld

    assert isinstance(world, ForecastWorld)
    start = world.clock.now
    for day in range(days):
        world.clock.now = start + timedelta(days=day)
        times = [int((EVENING + timedelta(days=day, hours=2 + hour, minutes=30)).timestamp()) for hour in range(24, 120)]
        said: dict[str, list[Value | None]] = {
            "p10": [0.2] * 96,
            "p50": [0.28] * 96,
            "p90": [0.3] * 96,
            "days_ahead": [2] * 96,
            "model": ["bad"] * 96,
        }
        rows = Rows(times, {**said, "ewma_day_type": [0.14] * 96, "last_week": [0.14] * 96})
        await world.issued.append(Issue("forecast/pvpc/daily", world.clock.now, rows))
