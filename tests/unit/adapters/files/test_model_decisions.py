"""The log of decisions: only added to, made up after a kill, cut at its beginning; the pins; rolling back to a version by name."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.files import model_decisions
from adapters.files.model_decisions import DecisionFile
from adapters.files.model_registry import read_registry, write_registry
from adapters.files.models import ModelFiles
from domain.errors import InvalidRequestError, NotFoundError
from domain.trained_models import ModelDecision

NAME = "energy_optimization"
START = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)
LATER = START + timedelta(days=14)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def store(folder: Path, *, versions: int) -> ModelFiles:
    files = ModelFiles(folder, "simulated")
    for day in range(versions):
        facts = {"metrics": {"lear": {"pinball": 0.006, "issues": 182}}}
        files.promote(files.save(NAME, {"day": day, "w": np.arange(3.0)}, trained_at=at(day), facts=facts), at(day), f"day {day}")
    return files


def events(files: ModelFiles) -> list[tuple[str, str | None]]:
    return [(each.event, each.version and each.version[-15:-7]) for each in reversed(files.decisions(NAME, 100))]


def test_each_decision_has_its_reason_its_number_and_the_figures_of_its_training(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    newest, first = files.decisions(NAME, 10)
    assert (newest.event, newest.reason, newest.number, newest.at) == ("promoted", "day 1", 2, at(1))
    assert (first.reason, first.number, first.figures) == ("day 0", 1, {"lear.pinball": 0.006})


def test_a_version_keeps_its_reason_in_the_log_whatever_becomes_of_it(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    before = files.decisions(NAME, 10)
    files.rollback(NAME, at(3), at(17))
    files.release(NAME, at(4), "by hand")
    files.demote(NAME, at(5), "fell behind")
    assert list(files.decisions(NAME, 10))[-2:] == list(before)
    assert events(files)[2:] == [
        ("rolled_back", "20260321"),
        ("pinned", "20260320"),
        ("released", "20260320"),
        ("demoted", "20260320"),
    ]


def test_a_rollback_to_a_named_version_pins_it_and_a_pin_ends_by_itself(tmp_path: Path) -> None:
    files = store(tmp_path, versions=4)
    wanted = files.versions(NAME)[0].version
    entry = files.rollback(NAME, at(5), at(7), wanted)
    assert (entry.version, entry.state) == (wanted, "serving")
    pin = files.pin(NAME, at(6))
    assert pin is not None and (pin.version, pin.since, pin.until) == (wanted, at(5), at(7))
    assert files.pin(NAME, at(7)) is None
    late = files.save(NAME, {"day": 9}, trained_at=at(9), facts={})
    files.promote(late, at(9), "better")
    assert [event for event, _ in events(files)][-2:] == ["released", "promoted"]
    assert files.decisions(NAME, 2)[1].at == at(7)


def test_an_unknown_version_is_answered_by_those_that_there_are(tmp_path: Path) -> None:
    files = store(tmp_path, versions=3)
    with pytest.raises(NotFoundError, match="there are: energy_optimization_20260320_203000, energy_optimization_20260321_203000"):
        files.rollback(NAME, START, LATER, "energy_optimization_19990101_000000")
    refused = files.save(NAME, {"day": 9}, trained_at=at(9), facts={})
    files.refuse(refused, at(9), "no better")
    for label in (refused.version, files.versions(NAME)[2].version):
        with pytest.raises(InvalidRequestError) as found:
            files.rollback(NAME, START, LATER, label)
        assert found.value.valid == "energy_optimization_20260320_203000, energy_optimization_20260321_203000"
    (tmp_path / "energy_optimization_20260321_203000.pkl").write_bytes(b"torn")
    with pytest.raises(InvalidRequestError):
        files.rollback(NAME, START, LATER, "energy_optimization_20260321_203000")
    assert files.rollback(NAME, START, LATER).version == "energy_optimization_20260320_203000", "the whole one before it"


def test_equal_bytes_are_no_new_version_and_make_a_lost_file_whole(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    before = files.versions(NAME)
    state = {"day": 1, "w": np.arange(3.0)}
    assert files.save(NAME, state, trained_at=at(8), facts={}) == before[1]
    (tmp_path / f"{before[1].version}.pkl").unlink()
    assert files.load(NAME).entry == before[0]
    assert files.save(NAME, state, trained_at=at(9), facts={}) == before[1]
    assert files.load(NAME).entry == before[1]
    assert files.versions(NAME) == before and len(list(tmp_path.glob("*.pkl"))) == 2


def test_what_a_kill_kept_from_the_log_is_made_up_by_the_next_change(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    log = tmp_path / "model_decisions.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + lines[1][:40])
    assert events(files) == [("promoted", "20260320"), ("promoted", "20260321")], "told from the registry before it is in the log"
    files.demote(NAME, at(3), "fell behind")
    assert events(files) == [("promoted", "20260320"), ("promoted", "20260321"), ("demoted", "20260321")]
    assert [each.number for each in DecisionFile(log).read()] == [1, 2, 3]


def test_a_log_that_cannot_be_written_stops_no_change_and_loses_no_decision(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    log = tmp_path / "model_decisions.jsonl"
    content = log.read_bytes()
    log.unlink()
    log.mkdir()
    files.demote(NAME, at(3), "fell behind")
    assert files.serving(NAME) is None
    log.rmdir()
    log.write_bytes(content)
    files.rollback(NAME, at(4), at(18))
    assert [event for event, _ in events(files)] == ["promoted", "promoted", "demoted", "pinned"]


def test_the_log_is_only_added_to_until_it_is_cut_at_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_decisions, "KEPT", 20)
    monkeypatch.setattr(model_decisions, "SLACK", 5)
    log = DecisionFile(tmp_path / "log.jsonl")
    before = b""
    for day in range(40):
        log.append([ModelDecision(at(day), NAME, "refused", None, f"day {day}")])
        content = (tmp_path / "log.jsonl").read_bytes()
        assert content.startswith(before) or len(content.splitlines()) == 20
        before = content
    assert [each.number for each in log.read()][-1] == 40
    assert 20 <= len(log.read()) <= 25


def test_what_is_said_of_a_file_is_said_once_until_it_changes(tmp_path: Path) -> None:
    files = store(tmp_path, versions=1)
    version = files.versions(NAME)[0].version
    for day in (2, 3):
        files.note(ModelDecision(at(day), NAME, "lost", version, "its file is gone"))
    files.note(ModelDecision(at(4), NAME, "whole", version, "its file is whole again"))
    files.note(ModelDecision(at(5), NAME, "lost", version, "its file is gone"))
    assert [event for event, _ in events(files)] == ["promoted", "lost", "whole", "lost"]


def test_a_registry_of_before_has_no_pins_and_no_decisions_and_is_read(tmp_path: Path) -> None:
    files = store(tmp_path, versions=1)
    path = tmp_path / "model_registry.json"
    document = json.loads(path.read_text())
    del document["pins"], document["decided"]
    path.write_text(json.dumps(document))
    assert files.load(NAME).entry is not None and files.pin(NAME, START) is None


@pytest.mark.parametrize(
    "damage", [[], {}, {"versions": 1}, {"versions": [{}]}, {"versions": [], "pins": []}, {"versions": [], "decided": [{}]}, None]
)
def test_any_other_document_is_damage_and_no_other_error(tmp_path: Path, damage: Any) -> None:
    from domain.errors import StoreRefusedError

    path = tmp_path / "model_registry.json"
    path.write_text(json.dumps(damage))
    with pytest.raises(StoreRefusedError, match=r"^model_registry.json is damaged"):
        read_registry(path)


def test_a_registry_is_read_as_it_was_written(tmp_path: Path) -> None:
    files = store(tmp_path, versions=2)
    files.rollback(NAME, at(3), at(17))
    path = tmp_path / "model_registry.json"
    registry = read_registry(path)
    write_registry(tmp_path / "again.json", registry)
    assert read_registry(tmp_path / "again.json") == registry
