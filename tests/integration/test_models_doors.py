"""The life of a model at the doors of a running service: whatever happens to its files, every door names who serves."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.files.models import ModelFiles
from forecasting.gate.training import train_week
from routers.endpoints.models import TRAINING_JOB
from services.forecast.serving import MODEL
from support.forecast_world import EVENING, forecast_world
from support.model_doors import LOOK_AGAIN, seen
from support.plan_cases import reference_config
from support.service import Service, running_service, settings_for

DAYS, BEGINS = 290, "2025-06-10"
ROLLBACK = f"/models/{MODEL}/rollback"


@dataclass
class Now:
    """A clock that stands until it is moved."""

    at = EVENING

    def __call__(self) -> Any:
        return self.at


@dataclass
class Installation:
    """A data folder with a history, two trained versions of which the later one serves, and a clock."""

    folder: Path
    versions: tuple[str, str]
    clock: Now

    @property
    def models(self) -> Path:
        return self.folder / "models"

    def file(self, version: str) -> Path:
        return self.models / f"{version}.pkl"

    @asynccontextmanager
    async def service(self) -> AsyncGenerator[Service]:
        settings = settings_for(
            None,
            self.folder,
            SIM_NOW=f"{EVENING.isoformat()}@2026-01-01T00:00:00Z",
            HISTORY_START=BEGINS,
            CONFIG_DIR=reference_config(self.folder),
        )
        async with running_service(settings, self.clock) as service:
            yield service


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, str]]:
    """Folders with a history and two versions of one real training."""
    folder = tmp_path_factory.mktemp("template")

    async def train() -> Any:
        async with forecast_world(folder / "data", days=DAYS) as world:
            return train_week(await world.influx.history("pvpc", world.clock.now), "W")

    state = asyncio.run(train())
    files, versions = ModelFiles(folder / "models", "simulated"), []
    for days, factor in ((2, 1.04), (1, 0.97)):
        changed = state | {"lear": factor * state["lear"], "serves": "lear", "demotes": False}
        entry = files.save(MODEL, changed, trained_at=EVENING - timedelta(days=days), facts={"serves": "lear"})
        files.promote(entry, EVENING - timedelta(days=days), "it leads")
        versions.append(entry.version)
    return folder, (versions[0], versions[1])


@pytest.fixture
def installed(template: tuple[Path, tuple[str, str]], tmp_path: Path) -> Installation:
    folder, versions = template
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True, symlinks=True)
    return Installation(tmp_path, versions, Now())


async def test_a_rollback_names_a_version_pins_it_and_says_how_it_is_now(installed: Installation) -> None:
    first, second = installed.versions
    async with installed.service() as service:
        before = await seen(service, installed.clock)
        assert (before.server, before.troubles) == (second, ())
        for unknown in ("energy_optimization_19990101_000000", "../../etc/passwd"):
            refused = await service.post(ROLLBACK, {"version": unknown})
            assert refused.status_code == 404 and first in refused.text
        answer = (await service.post(ROLLBACK, {"version": first})).json()
        assert (answer["version"], answer["state"]) == (first, "serving")
        after = await seen(service, installed.clock)
        assert after.server == first and after.values != before.values
        assert (await service.json("/models/status"))["models"][MODEL]["pin"] is not None
        reasons = {one["version"]: one["why"] for one in (await service.json("/models/registry"))["versions"]}
        assert reasons[second] != reasons[first]
        assert (await service.post(f"/models/{MODEL}/release", {})).status_code == 200
        assert (await seen(service, installed.clock)).server == first
    async with installed.service() as service:
        assert await seen(service, installed.clock) == after


def gone(place: Installation) -> None:
    place.file(place.versions[1]).unlink()


def cut(place: Installation) -> None:
    place.file(place.versions[1]).write_bytes(place.file(place.versions[1]).read_bytes()[:100_000])


def exchanged(place: Installation) -> None:
    one, other = map(place.file, place.versions)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second), other.write_bytes(first)


def registry_cut(place: Installation) -> None:
    registry = place.models / "model_registry.json"
    registry.write_bytes(registry.read_bytes()[:900])


def registry_without_facts(place: Installation) -> None:
    registry = place.models / "model_registry.json"
    registry.write_text(registry.read_text().replace('"facts"', '"fact"'))


def unknown_state(place: Installation) -> None:
    registry = place.models / "model_registry.json"
    registry.write_text(registry.read_text().replace('"serving"', '"servng"'))


DAMAGE: Mapping[Callable[[Installation], None], int | None] = {
    gone: 0,
    cut: 0,
    exchanged: None,
    registry_cut: None,
    registry_without_facts: None,
    unknown_state: None,
}
"""What is done, and which of the versions serves then; None: the baseline."""


@pytest.mark.parametrize("damage", list(DAMAGE))
async def test_damaged_files_are_told_at_every_door_and_mended_ones_serve_again(
    installed: Installation, damage: Callable[[Installation], None]
) -> None:
    place = DAMAGE[damage]
    whole = {path: path.read_bytes() for path in installed.models.iterdir() if path.is_file()}
    async with installed.service() as service:
        best = await seen(service, installed.clock)
    damage(installed)
    async with installed.service() as service:
        found = await seen(service, installed.clock)
        assert found.troubles
        assert found.server.startswith("baseline:") if place is None else found.server == installed.versions[place]
        for path, content in whole.items():
            path.write_bytes(content)
        mended = await seen(service, installed.clock)
    assert (mended.server, mended.troubles) == (best.server, ())


async def test_a_demoted_model_serves_nowhere(installed: Installation) -> None:
    ModelFiles(installed.models, "simulated").demote(MODEL, EVENING, "behind the baseline")
    async with installed.service() as service:
        assert (await seen(service, installed.clock)).server.startswith("baseline:")


async def test_a_link_that_cannot_be_written_changes_nothing_by_half(installed: Installation) -> None:
    latest = installed.models / "latest"
    for path in latest.iterdir():
        path.unlink()
    latest.rmdir()
    latest.touch()
    async with installed.service() as service:
        await service.post(ROLLBACK, {"version": installed.versions[0]})
        found = await seen(service, installed.clock)
        assert found.server in installed.versions and found.troubles
        latest.unlink()
        await service.until("/models/status", lambda told: told["troubles"] == [])
        assert (await seen(service, installed.clock)).server == found.server


@pytest.mark.parametrize("days", [12, 120, 250])
async def test_models_kept_beside_a_shorter_history_never_spoil_a_door(installed: Installation, days: int) -> None:
    shutil.rmtree(installed.folder / "data")
    async with forecast_world(installed.folder / "data", days=days):
        pass
    async with installed.service() as service:
        await seen(service, installed.clock)
        hours = (await service.json("/predict/prices/hourly?hours=168"))["hours"]
    forecast = [hour for hour in hours if hour["origin"] == "forecast"]
    assert len(forecast) > 100
    assert all(hour["p10"] <= hour["p50"] <= hour["p90"] for hour in forecast)
    assert all(0 < share < 1 for hour in forecast for share in hour["probabilities"].values())


def is_trained(schedule: Any) -> bool:
    """The job that was begun is over; the state of the models may be that of before it for a moment."""
    return not next(job for job in schedule["jobs"] if job["id"] == TRAINING_JOB)["running"]


async def trained(service: Service, clock: Now) -> str:
    """What a training that a person asked for ended with."""
    clock.at += LOOK_AGAIN
    answer = await service.post("/models/train")
    assert answer.status_code == 202, answer.text
    await service.until(
        "/scheduler/status", lambda told: not any(job["running"] for job in told["jobs"] if job["id"] == TRAINING_JOB)
    )
    return str((await service.json("/models/status"))["training"]["last_outcome"])


@pytest.mark.timeout(400)
async def test_a_training_undoes_no_rollback_and_leaves_every_version_its_own_reason(installed: Installation) -> None:
    first, second = installed.versions
    halves = (f".{MODEL}_20260101_000000.pkl.1.tmp", ".model_registry.json.1.tmp", "latest/.x.1.tmp")
    for half in halves:
        (installed.models / half).write_bytes(b"half")
    async with installed.service() as service:
        assert [half for half in halves if (installed.models / half).exists()] == [], "what a kill left is cleared at the start"
        await service.post(ROLLBACK, {"version": first})
        before = await seen(service, installed.clock)
        assert f"held: pinned: {first} serves until" in await trained(service, installed.clock)
        after = await seen(service, installed.clock)
        assert (after.server, after.values) == (first, before.values)
        told = {one["version"]: (one["state"], one["why"]) for one in (await service.json("/models/registry"))["versions"]}
        (held,) = told.keys() - {first, second}
        assert told[first] == ("serving", f"rolled back from {second}")
        assert told[second] == ("rolled_back", f"{first} serves by hand; it had served because: it leads")
        assert told[held][0] == "held" and f"pinned: {first} serves until" in told[held][1]
        assert f"{held} held" in await trained(service, installed.clock), "equal bytes are no new version"
        assert (await service.post(f"/models/{MODEL}/release", {})).status_code == 200
        assert f"{held} serves: equal to the byte" in await trained(service, installed.clock)
        assert (await seen(service, installed.clock)).server == held
        entries = (await service.json(f"/models/{MODEL}/decisions"))["decisions"]
        events = [(entry["event"], entry["version"]) for entry in reversed(entries)]
        assert events == [
            ("promoted", first),
            ("promoted", second),
            ("rolled_back", second),
            ("pinned", first),
            ("held", held),
            ("unchanged", held),
            ("released", first),
            ("promoted", held),
        ]
