"""The registry of trained models: promotion, refusal, rollback, and files that are torn, changed, foreign or of another library."""

import json
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.files.model_links import clear_leftovers
from adapters.files.models import KEPT_VERSIONS, ModelFiles
from adapters.files.safe_pickle import digest
from domain.errors import NotFoundError, StoreRefusedError, StoreUnavailableError
from domain.trained_models import ModelVersion
from ports import LoadedModel

NAME = "energy_optimization"
START = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)
LATER = START + timedelta(days=14)


class Planted:
    """A payload that writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))


def store(folder: Path, *, versions: int = 0) -> ModelFiles:
    files = ModelFiles(folder, "simulated")
    for day in range(versions):
        at = START + timedelta(days=day)
        files.promote(files.save(NAME, {"day": day, "weights": np.arange(3.0)}, trained_at=at, facts={}), at, f"day {day}")
    return files


def loaded(files: ModelFiles) -> tuple[ModelVersion, Any]:
    """What serves."""
    found = files.load(NAME)
    assert found.entry is not None, found.troubles
    return found.entry, found.state


def test_a_promoted_version_serves_and_latest_points_at_it(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    entry, state = loaded(files)
    assert (entry.version, state["day"], entry.state) == ("energy_optimization_20260321_203000", 1, "serving")
    assert (tmp_path / "latest" / f"{NAME}.pkl").resolve() == tmp_path / f"{entry.version}.pkl"
    assert [each.state for each in files.versions(NAME)] == ["retired", "serving"]


def test_a_candidate_and_a_refused_version_never_serve(tmp_path: Path) -> None:
    files = store(tmp_path)
    entry = files.save(NAME, {}, trained_at=START, facts={})
    assert files.load(NAME) == LoadedModel()
    files.refuse(entry, START, "worse than the baseline")
    assert files.load(NAME) == LoadedModel()
    assert files.versions(NAME)[0].why == "worse than the baseline"


def test_a_rollback_lets_the_version_before_serve_and_does_not_come_back(tmp_path: Path) -> None:
    files = store(tmp_path, versions=3)
    assert files.rollback(NAME, START, LATER).version.endswith("0321_203000")
    assert files.rollback(NAME, START, LATER).version.endswith("0320_203000")
    with pytest.raises(NotFoundError):
        files.rollback(NAME, START, LATER)


def test_after_a_demotion_the_baseline_serves(tmp_path: Path) -> None:
    files = store(tmp_path, versions=1)
    files.demote(NAME, START, "fell behind")
    assert files.serving(NAME) is None
    assert files.load(NAME) == LoadedModel()
    assert not (tmp_path / "latest" / f"{NAME}.pkl").exists()


def test_after_a_demotion_no_version_of_before_serves_either(tmp_path: Path) -> None:
    files = store(tmp_path, versions=3)
    files.demote(NAME, START, "fell behind")
    assert files.load(NAME) == LoadedModel()
    assert [entry.state for entry in files.versions(NAME)] == ["retired", "retired", "demoted"]
    assert files.versions(NAME)[2].why == "fell behind; it had served because: day 2"
    assert files.rollback(NAME, START, LATER).version.endswith("0321_203000"), "a person may let one serve again"


def test_a_version_that_leaves_keeps_why_it_was_let_serve(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    assert [entry.why for entry in files.versions(NAME)] == ["day 0", "day 1"]


def test_a_rollback_answers_with_the_entry_as_it_is_now(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    entry = files.rollback(NAME, START, LATER)
    assert entry == files.serving(NAME)
    assert (entry.state, entry.why) == ("serving", "rolled back from energy_optimization_20260321_203000")


def test_a_link_that_cannot_be_made_changes_nothing(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    before = files.versions(NAME)
    (tmp_path / "latest" / f"{NAME}.pkl").unlink()
    (tmp_path / "latest").rmdir()
    (tmp_path / "latest").touch()
    with pytest.raises(StoreUnavailableError):
        files.rollback(NAME, START, LATER)
    assert files.versions(NAME) == before


def test_a_registry_with_an_unknown_state_is_damaged(tmp_path: Path) -> None:
    files = store(tmp_path, versions=1)
    registry = tmp_path / "model_registry.json"
    registry.write_text(registry.read_text().replace('"serving"', '"servng"'))
    with pytest.raises(StoreRefusedError, match="servng"):
        files.load(NAME)


def tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [tear, change, Path.unlink])
def test_a_damaged_file_is_reported_and_the_version_before_serves(tmp_path: Path, damage: Any) -> None:
    files = store(tmp_path, versions=2)
    damage(tmp_path / "energy_optimization_20260321_203000.pkl")
    found = files.load(NAME)
    assert found.state["day"] == 0
    (trouble,) = found.troubles
    assert trouble.version == "energy_optimization_20260321_203000"
    assert trouble.kind == ("lost" if damage is Path.unlink else "damaged")


def test_a_planted_payload_is_never_run_even_when_the_registry_vouches_for_it(tmp_path: Path) -> None:
    files = store(tmp_path, versions=1)
    victim = tmp_path / "victim"
    content = pickle.dumps(Planted(str(victim)))
    path = tmp_path / "energy_optimization_20260320_203000.pkl"
    path.write_bytes(content)
    registry = tmp_path / "model_registry.json"
    document = json.loads(registry.read_text())
    document["versions"][0]["sha256"] = digest(content)
    registry.write_text(json.dumps(document))
    found = files.load(NAME)
    assert found.entry is None
    assert "not admitted" in found.troubles[0].reason
    assert not victim.exists()


def test_a_file_of_another_form_is_refused_and_one_trained_on_other_libraries_is_not(tmp_path: Path) -> None:
    files = store(tmp_path, versions=3)
    registry = tmp_path / "model_registry.json"
    document = json.loads(registry.read_text())
    del document["versions"][2]["facts"]["form"]
    document["versions"][1]["facts"]["libraries"] |= {"scikit-learn": "0.24.2", "python": "3.14.0"}
    registry.write_text(json.dumps(document))
    found = files.load(NAME)
    assert found.entry is not None and found.entry.version.endswith("0321_203000")
    (trouble,) = found.troubles
    assert trouble.kind == "left" and "is of form 1" in trouble.reason


def test_a_model_of_a_simulated_world_does_not_serve_the_real_one(tmp_path: Path) -> None:
    store(tmp_path, versions=1)
    real = ModelFiles(tmp_path, "real")
    (trouble,) = real.load(NAME).troubles
    assert real.load(NAME).entry is None and "simulated data" in trouble.reason


def test_a_damaged_registry_is_said_and_not_overwritten(tmp_path: Path) -> None:
    files = store(tmp_path, versions=1)
    (tmp_path / "model_registry.json").write_text("{")
    with pytest.raises(StoreRefusedError, match="damaged"):
        files.save(NAME, {}, trained_at=START + timedelta(days=9), facts={})
    assert (tmp_path / "model_registry.json").read_text() == "{"


def test_old_files_are_pruned_but_never_the_one_that_serves(tmp_path: Path) -> None:
    files = store(tmp_path, versions=1)
    for day in range(1, KEPT_VERSIONS + 6):
        at = START + timedelta(days=day)
        files.refuse(files.save(NAME, {"day": day}, trained_at=at, facts={}), at, "no better")
    assert len(files.versions(NAME)) == KEPT_VERSIONS == len(list(tmp_path.glob("*.pkl")))
    assert loaded(files)[1]["day"] == 0


def test_no_file_is_left_behind_by_a_write(tmp_path: Path) -> None:
    store(tmp_path, versions=3)
    assert [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")] == []


def test_what_a_kill_left_half_done_is_cleared_by_the_next_save(tmp_path: Path) -> None:
    files = store(tmp_path, versions=1)
    orphan, torn = tmp_path / f"{NAME}_20200101_000000.pkl", tmp_path / f".{NAME}_20200101_000001.pkl.77.tmp"
    orphan.write_bytes(b"x")
    torn.write_bytes(b"y")
    halves = [tmp_path / ".model_registry.json.77.tmp", tmp_path / "latest" / f".{NAME}.77.tmp"]
    for half in halves:
        half.write_bytes(b"z")
    entry = files.save(NAME, {}, trained_at=START + timedelta(days=5), facts={})
    files.refuse(entry, START, "no better")
    assert not any(path.exists() for path in (orphan, torn, *halves))
    assert len(list(tmp_path.glob("*.pkl"))) == 2


def test_what_a_killed_process_left_beside_the_models_goes_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    for name in (".price_1.pkl.77.tmp", "latest/.price.78.tmp", "price_1.pkl", "model_registry.json"):
        (tmp_path / name).write_bytes(b"1")
    assert clear_leftovers(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["model_registry.json", "price_1.pkl"]
