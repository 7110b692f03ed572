"""The log of what was decided of models: one line of JSON each, only ever added to, and cut at its beginning."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, get_args

from adapters.files.durable import sync, write_whole
from domain.errors import StoreUnavailableError
from domain.trained_models import ModelDecision, ModelEvent

KEPT = 2_000
"""Decisions kept, the newest; at some four a night for over a year."""
SLACK = 200
"""So many more before the oldest are cut, so that it is not done at each line."""
CHANGED_AT_ONCE = 50
"""How far back a decision is looked for that may be there already: a change makes a few."""


class DecisionFile:
    """A line that a kill tore is passed over, and what it would have said is written again by who holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = Lock()

    def read(self) -> list[ModelDecision]:
        """All that can be read, oldest first."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreUnavailableError(f"{self._path.name}: {error.strerror or error}") from error
        return [decision for line in lines if (decision := _read(line)) is not None]

    def append(self, decisions: Sequence[ModelDecision]) -> None:
        """Add those that are not there. StoreUnavailableError when they cannot be added."""
        with self._turn:
            self._append(decisions)

    def _append(self, decisions: Sequence[ModelDecision]) -> None:
        if not decisions:
            return
        known = self.read()
        last = max((each.number or 0 for each in known), default=0)
        added = [replace(each, number=number) for number, each in enumerate(missing(known, decisions), last + 1)]
        if len(known) + len(added) > KEPT + SLACK:
            write_whole(self._path, b"".join(_line(each) for each in [*known, *added][-KEPT:]))
        elif added:
            self._add(b"".join(_line(each) for each in added))

    def _add(self, content: bytes) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            born = not self._path.exists()
            with self._path.open("ab") as file:
                file.write(content if born or _ends(self._path) else b"\n" + content)
                file.flush()
                os.fsync(file.fileno())
            if born:
                sync(self._path.parent)
        except OSError as error:
            raise StoreUnavailableError(f"{self._path.name}: {error.strerror or error}") from error


def missing(known: Sequence[ModelDecision], decisions: Sequence[ModelDecision]) -> list[ModelDecision]:
    """Those that are not among the last ones known."""
    recent = [replace(each, number=None) for each in known[-CHANGED_AT_ONCE:]]
    return [each for each in decisions if replace(each, number=None) not in recent]


def decision_document(decision: ModelDecision) -> dict[str, Any]:
    """As JSON."""
    return {
        "number": decision.number,
        "at": decision.at.isoformat(),
        "model": decision.name,
        "event": decision.event,
        "version": decision.version,
        "reason": decision.reason,
        "figures": dict(decision.figures),
    }


def decision_of(document: Mapping[str, Any]) -> ModelDecision:
    """From JSON; ValueError, KeyError, TypeError when it is none."""
    if document["event"] not in get_args(ModelEvent):
        raise ValueError(f"{document['event']!r} is no event")
    return ModelDecision(
        datetime.fromisoformat(document["at"]),
        document["model"],
        document["event"],
        document["version"],
        document["reason"],
        dict(document["figures"]),
        document["number"],
    )


def _line(decision: ModelDecision) -> bytes:
    return json.dumps(decision_document(decision), ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _read(line: bytes) -> ModelDecision | None:
    try:
        return decision_of(json.loads(line))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _ends(path: Path) -> bool:
    """Whether the last line is whole."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
