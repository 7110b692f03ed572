"""Trained models on disk: dated files, `latest/` links swapped atomically, and a registry that says everything about each.

    models/energy_optimization_20261122_203000.pkl
    models/latest/energy_optimization.pkl -> ../energy_optimization_20261122_203000.pkl
    models/model_registry.json

The registry is the truth: it names the version that serves. A file is written and synced before the registry names it, and the link
follows; killed at any point, the registry names files that are whole. Reading falls back to the versions promoted before.
"""

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

from adapters.files.durable import sync
from adapters.files.safe_pickle import digest, dumped, loaded
from domain.errors import NotFoundError, StoreError, StoreRefusedError, StoreUnavailableError
from ports import ModelState, ModelVersion, serving_of

FORM = 2
"""What a file holds and how it is read (2: arrays, numbers, strings). Goes up when a state of before would be read wrongly."""
LIBRARIES = ("numpy", "scikit-learn")
VERSION = re.compile(r"[a-z_]+_\d{8}_\d{6}")
KEPT_VERSIONS = 12
"""Files kept of each model; those that served are kept before those that were refused."""


class ModelFiles:
    """ModelStore on a folder. One process writes; a damaged registry is set aside and said, never guessed."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self._kind = kind
        self.troubles: list[str] = []

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """Every version of a model, oldest first."""
        return [entry for entry in self._registry() if entry.name == name]

    def serving(self, name: str) -> ModelVersion | None:
        """The version that serves; None while a baseline does."""
        return serving_of(self.versions(name))

    def save(self, name: str, state: Any, *, trained_at: datetime, facts: Mapping[str, Any]) -> ModelVersion:
        """Write a file and enter it as a candidate. `facts`: data range, features, metrics, why."""
        content = dumped(state)
        label = f"{name}_{trained_at:%Y%m%d_%H%M%S}"
        if any(entry.version == label for entry in self.versions(name)):
            raise StoreRefusedError(f"{label} is there already")
        self._write(self._folder / f"{label}.pkl", content)
        about = dict(facts) | {"kind": self._kind, "form": FORM, "libraries": library_versions()}
        entry = ModelVersion(name, label, trained_at, digest(content), "candidate", None, None, about)
        self._replace([*self._registry(), entry])
        return entry

    def promote(self, entry: ModelVersion, at: datetime, why: str) -> None:
        """Let a version serve; the one before is kept as retired."""
        self._serve(entry.name, entry.version, at, why)

    def refuse(self, entry: ModelVersion, at: datetime, why: str) -> None:
        """Keep a version as refused."""
        changed = [
            replace(each, state="refused", decided_at=at, why=why) if each.version == entry.version else each
            for each in self._registry()
        ]
        self._replace(changed)
        self._prune(entry.name)

    def demote(self, name: str, at: datetime, why: str) -> None:
        """No version serves from now on, the demoted one least of all: the baseline does."""
        self._set_states(name, None, at, why, left="demoted")
        (self._folder / "latest" / f"{name}.pkl").unlink(missing_ok=True)

    def rollback(self, name: str, at: datetime) -> ModelVersion:
        """Let the version that served before serve again. NotFoundError when there is none."""
        versions = self.versions(name)
        current, earlier = serving_of(versions), [entry for entry in versions if entry.state == "retired"]
        if not earlier:
            raise NotFoundError(f"a version of {name} that served before")
        newest = max(earlier, key=lambda entry: entry.decided_at or entry.trained_at)
        why = f"rolled back from {current.version if current else 'the baseline'}"
        self._serve(name, newest.version, at, why, left="rolled_back")
        return next(entry for entry in self.versions(name) if entry.version == newest.version)

    def load(self, name: str) -> tuple[ModelVersion, Any] | None:
        """The serving version and its state, or, where its file is not whole, the newest one before it that is. Says why.

        None where no version is let serve, or none of them is whole: the baseline serves.
        """
        self.troubles = []
        versions = self.versions(name)
        serving = serving_of(versions)
        if serving is None:
            return None
        for entry in (serving, *reversed([entry for entry in versions if entry.state == "retired"])):
            try:
                return entry, self._read(entry)
            except (StoreRefusedError, OSError) as error:
                self.troubles.append(f"{entry.version}: {error}")
        return None

    def _read(self, entry: ModelVersion) -> Any:
        if entry.facts.get("kind") != self._kind:
            raise StoreRefusedError(f"was trained on {entry.facts.get('kind')} data, this service is {self._kind}")
        if entry.facts.get("form") != FORM:
            raise StoreRefusedError(
                f"is of form {entry.facts.get('form', 1)}, this program reads form {FORM}; the next training writes it"
            )
        return loaded((self._folder / f"{entry.version}.pkl").read_bytes(), entry.sha256)

    def _serve(self, name: str, version: str, at: datetime, why: str, left: ModelState = "retired") -> None:
        """Let a version serve. The link goes first: where it cannot be made nothing has changed."""
        before = self.serving(name)
        self._link(name, version)
        try:
            self._set_states(name, version, at, why, left=left)
        except StoreError:
            if before is not None:
                self._link(name, before.version)
            raise

    def _set_states(self, name: str, serving: str | None, at: datetime, why: str, left: ModelState = "retired") -> None:
        changed = []
        for entry in self._registry():
            if entry.name == name and entry.version == serving:
                changed.append(replace(entry, state="serving", decided_at=at, why=why))
            elif entry.name == name and entry.state == "serving":
                changed.append(_left(entry, left, at, why))
            else:
                changed.append(entry)
        self._replace(changed)
        self._prune(name)

    def _prune(self, name: str) -> None:
        """Drop the oldest files beyond the count, refused ones first; the serving one never."""
        entries = [entry for entry in self._registry() if entry.name == name]
        order = {"refused": 0, "rolled_back": 1, "demoted": 1, "candidate": 2, "retired": 3, "serving": 4}
        excess = sorted(entries, key=lambda entry: (order[entry.state], entry.trained_at))[: max(0, len(entries) - KEPT_VERSIONS)]
        dropped = {entry.version for entry in excess if entry.state != "serving"}
        if dropped:
            self._replace([entry for entry in self._registry() if entry.version not in dropped])
        known = {f"{entry.version}.pkl" for entry in entries if entry.version not in dropped}
        for path in self._folder.glob(f"{name}_*.pkl"):
            if path.name not in known:
                path.unlink(missing_ok=True)
        clear_leftovers(self._folder)

    def _registry(self) -> list[ModelVersion]:
        path = self._folder / "model_registry.json"
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreUnavailableError(f"{path}: {error}") from error
        try:
            return [_entry(each) for each in json.loads(text)["versions"]]
        except (ValueError, KeyError, TypeError) as error:
            raise StoreRefusedError(f"{path} is damaged ({error}); restore it from a backup, or remove it to start anew") from error

    def _replace(self, entries: Sequence[ModelVersion]) -> None:
        document = {"schema": 1, "versions": [_document(entry) for entry in entries]}
        text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True)
        self._write(self._folder / "model_registry.json", text.encode())

    def _write(self, path: Path, content: bytes) -> None:
        """Whole and durable under its name, or not there."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            sync(path.parent)
        except OSError as error:
            raise StoreUnavailableError(f"{path}: {error}") from error

    def _link(self, name: str, label: str) -> None:
        """Point latest/NAME.pkl at a version, in one step."""
        latest = self._folder / "latest"
        temporary = latest / f".{name}.{os.getpid()}.tmp"
        try:
            latest.mkdir(exist_ok=True)
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(Path("..") / f"{label}.pkl")
            temporary.replace(latest / f"{name}.pkl")
        except OSError as error:
            raise StoreUnavailableError(f"{latest}: {error}") from error


def clear_leftovers(folder: Path) -> int:
    """Remove what a process that was killed had begun to write beside models; how many files."""
    leftovers = [path for path in (*folder.glob(".*.tmp"), *folder.glob("latest/.*.tmp")) if path.is_file() or path.is_symlink()]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


def _left(entry: ModelVersion, state: ModelState, at: datetime, why: str) -> ModelVersion:
    """A version that serves no more. It keeps why it was let serve; one that was sent away is told why as well."""
    if state == "retired":
        return replace(entry, state=state, decided_at=at)
    return replace(entry, state=state, decided_at=at, why=f"{why}; it had served because: {entry.why}")


def library_versions() -> dict[str, str]:
    """Versions of what a training runs on, kept as a fact: no file holds an object of a library."""
    return {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()}


def _document(entry: ModelVersion) -> dict[str, Any]:
    return {
        "name": entry.name,
        "version": entry.version,
        "file": f"{entry.version}.pkl",
        "trained_at": entry.trained_at.isoformat(),
        "sha256": entry.sha256,
        "state": entry.state,
        "decided_at": entry.decided_at.isoformat() if entry.decided_at else None,
        "why": entry.why,
        "facts": entry.facts,
    }


def _entry(document: Mapping[str, Any]) -> ModelVersion:
    label = document["version"]
    if not VERSION.fullmatch(label):
        raise ValueError(f"{label!r} is no version")
    if document["state"] not in get_args(ModelState):
        raise ValueError(f"{document['state']!r} is no state")
    decided = datetime.fromisoformat(document["decided_at"]) if document["decided_at"] else None
    trained = datetime.fromisoformat(document["trained_at"])
    return ModelVersion(
        document["name"], label, trained, document["sha256"], document["state"], decided, document["why"], document["facts"]
    )
