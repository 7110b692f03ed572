"""The registry of trained models as a file: each version with its facts, the pins, and what the last change decided."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from adapters.files.durable import write_whole
from adapters.files.model_decisions import decision_document, decision_of
from domain.errors import StoreRefusedError, StoreUnavailableError
from domain.trained_models import ModelDecision, ModelState, ModelVersion, Pin

VERSION = re.compile(r"[a-z_]+_\d{8}_\d{6}")


@dataclass(frozen=True, slots=True)
class Registry:
    """``decided``: what the last change decided, until the next one; it stands here with the change, and then in the log."""

    versions: tuple[ModelVersion, ...] = ()
    pins: Mapping[str, Pin] = field(default_factory=dict)
    decided: tuple[ModelDecision, ...] = ()

    def of(self, name: str) -> tuple[ModelVersion, ...]:
        """The versions of a model, oldest first."""
        return tuple(entry for entry in self.versions if entry.name == name)


def read_registry(path: Path) -> Registry:
    """What is there. StoreRefusedError when it is damaged: that is said, and never guessed or written over."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Registry()
    except UnicodeDecodeError as error:
        raise StoreRefusedError(_damaged(path, error)) from error
    except OSError as error:
        raise StoreUnavailableError(f"{path.name}: {error.strerror or error}") from error
    try:
        return _registry(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreRefusedError(_damaged(path, error)) from error


def write_registry(path: Path, registry: Registry) -> None:
    """Whole, or as it was."""
    document = {
        "schema": 1,
        "versions": [_version_document(entry) for entry in registry.versions],
        "pins": {name: _pin_document(pin) for name, pin in registry.pins.items()},
        "decided": [decision_document(each) for each in registry.decided],
    }
    write_whole(path, json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True).encode())


def _damaged(path: Path, error: Exception) -> str:
    return f"{path.name} is damaged ({error}); restore it from a backup, or remove it to start anew"


def _registry(document: Mapping[str, Any]) -> Registry:
    return Registry(
        tuple(_version(each) for each in document["versions"]),
        {name: _pin(each) for name, each in document.get("pins", {}).items()},
        tuple(decision_of(each) for each in document.get("decided", ())),
    )


def _version_document(entry: ModelVersion) -> dict[str, Any]:
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


def _version(document: Mapping[str, Any]) -> ModelVersion:
    label, facts = document["version"], document["facts"]
    if not VERSION.fullmatch(label):
        raise ValueError(f"{label!r} is no version")
    if document["state"] not in get_args(ModelState):
        raise ValueError(f"{document['state']!r} is no state")
    if not isinstance(facts, dict) or not isinstance(document["sha256"], str):
        raise TypeError(f"{label} has no facts")
    decided = datetime.fromisoformat(document["decided_at"]) if document["decided_at"] else None
    trained = datetime.fromisoformat(document["trained_at"])
    return ModelVersion(document["name"], label, trained, document["sha256"], document["state"], decided, document["why"], facts)


def _pin_document(pin: Pin) -> dict[str, str]:
    return {"version": pin.version, "since": pin.since.isoformat(), "until": pin.until.isoformat()}


def _pin(document: Mapping[str, Any]) -> Pin:
    return Pin(document["version"], datetime.fromisoformat(document["since"]), datetime.fromisoformat(document["until"]))
