"""Trained models on disk: dated files, `latest/` links swapped atomically, and a registry that says everything about each.

    models/energy_optimization_20261122_203000.pkl
    models/latest/energy_optimization.pkl -> ../energy_optimization_20261122_203000.pkl
    models/model_registry.json
    models/model_decisions.jsonl

The registry is the truth: it names the version that is let serve, and holds what its last change decided. A file is written and
synced before the registry names it, a change is one write of the registry, and the log of decisions follows; killed at any point,
the registry names files that are whole, and the log is made up by the next change. Reading falls back to the versions that were
promoted before.
"""

import logging
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from adapters.files.durable import write_whole
from adapters.files.model_decisions import DecisionFile, missing
from adapters.files.model_links import clear_leftovers, point
from adapters.files.model_registry import Registry, read_registry, write_registry
from adapters.files.safe_pickle import digest, dumped, loaded
from domain.errors import InvalidRequestError, NotFoundError, StoreError, StoreRefusedError, StoreUnavailableError
from domain.json_value import Json
from domain.trained_models import ModelDecision, ModelEvent, ModelState, ModelTrouble, ModelVersion, Pin, serving_of
from ports import LoadedModel

logger = logging.getLogger("ml_training")

FORM = 2
"""What a file holds and how it is read (2: arrays, numbers, strings). Goes up when a state of before would be read wrongly."""
LIBRARIES = ("numpy", "scikit-learn")
KEPT_VERSIONS = 12
"""Files kept of each model; those that served are kept before those that were refused."""
SERVED_BEFORE: tuple[ModelState, ...] = ("retired", "rolled_back", "demoted", "held")
"""What a person may let serve (again). A refused version was shown to be no better, and never serves."""
FIGURES = ("pinball", "mae", "log_loss", "brier")
"""Scores of a training that a decision keeps; prices in €/kWh."""
MOST_WAITING = 40
"""Decisions that the registry holds for a log that cannot be written."""
PRUNED_FIRST = {"refused": 0, "held": 1, "rolled_back": 1, "demoted": 1, "candidate": 2, "retired": 3, "serving": 4}


class ModelFiles:
    """ModelStore on a folder. One process writes; a damaged registry is set aside and said, never guessed."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self._kind = kind
        self._log = DecisionFile(folder / "model_decisions.jsonl")

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """Every version of a model, oldest first."""
        return list(self._registry().of(name))

    def serving(self, name: str) -> ModelVersion | None:
        """The version that is let serve; None while a baseline is."""
        return serving_of(self.versions(name))

    def pin(self, name: str, at: datetime) -> Pin | None:
        """The pin that holds."""
        pin = self._registry().pins.get(name)
        return pin if pin is not None and pin.holds(at) else None

    def decisions(self, name: str, count: int) -> Sequence[ModelDecision]:
        """The last ones, newest first; those that the log could not take yet among them."""
        try:
            waiting = list(self._registry().decided)
        except StoreError:
            waiting = []  # the log stands without the registry, and says more
        logged = self._log.read()
        return [each for each in reversed([*logged, *missing(logged, waiting)]) if each.name == name][:count]

    def save(self, name: str, state: Any, *, trained_at: datetime, facts: Mapping[str, Any]) -> ModelVersion:
        """Write a file and enter it as a candidate; the version that there is where it holds the same bytes, made whole again if
        its file was not. `facts`: data range, features, metrics, why."""
        content, registry = dumped(state), self._registry()
        about = dict(facts) | {"kind": self._kind, "form": FORM, "libraries": library_versions()}
        same = next((entry for entry in registry.of(name) if entry.sha256 == digest(content) and self._is_ours(entry)), None)
        label = f"{name}_{trained_at:%Y%m%d_%H%M%S}" if same is None else same.version
        if same is None and any(entry.version == label for entry in registry.of(name)):
            raise StoreRefusedError(f"{label} is there already")
        if same is not None and self._is_whole(same):
            return same
        write_whole(self._folder / f"{label}.pkl", content)
        if same is not None:
            return same
        entry = ModelVersion(name, label, trained_at, digest(content), "candidate", None, None, about)
        write_registry(self._path, replace(registry, versions=(*registry.versions, entry)))
        return entry

    def promote(self, entry: ModelVersion, at: datetime, why: str) -> None:
        """Let a version serve; the one before is kept as retired."""
        registry = _let_serve(self._registry(), entry, at, why, left="retired")
        self._serve(entry.name, entry.version, registry, at, [_decision(entry, at, "promoted", why)])

    def refuse(self, entry: ModelVersion, at: datetime, why: str, *, held: bool = False) -> None:
        """Keep a version as refused, or as held back by a pin."""
        state: ModelState = "held" if held else "refused"
        registry = _with(self._registry(), replace(entry, state=state, decided_at=at, why=why))
        self._commit(registry, entry.name, at, [_decision(entry, at, "held" if held else "refused", why)])

    def demote(self, name: str, at: datetime, why: str) -> None:
        """No version serves from now on, the demoted one least of all: the baseline does."""
        registry = self._registry()
        serving = serving_of(registry.of(name))
        if serving is None:
            return
        registry = _without_pin(_with(registry, _left(serving, "demoted", at, why)), name)
        self._serve(name, None, registry, at, [_decision(serving, at, "demoted", why)])

    def rollback(self, name: str, at: datetime, until: datetime, version: str | None = None) -> ModelVersion:
        """Let a version, or the one that served before, serve again, pinned until an instant. NotFoundError names them."""
        registry = self._registry()
        current = serving_of(registry.of(name))
        chosen = self._chosen(registry.of(name), name, version)
        left = current.version if current else "the baseline"
        by_hand = f"{chosen.version} serves by hand"
        registry = _let_serve(registry, chosen, at, f"rolled back from {left}", left="rolled_back", why_left=by_hand)
        registry = replace(registry, pins={**registry.pins, name: Pin(chosen.version, at, until)})
        decisions = [_decision(current, at, "rolled_back", by_hand)] if current else []
        pinned = _decision(chosen, at, "pinned", f"by hand, in place of {left}")
        self._serve(name, chosen.version, registry, at, [*decisions, replace(pinned, figures={"until": until.isoformat()})])
        return next(entry for entry in self.versions(name) if entry.version == chosen.version)

    def release(self, name: str, at: datetime, why: str) -> Pin | None:
        """Take a pin away; the one that there was."""
        registry = self._registry()
        pin = registry.pins.get(name)
        if pin is not None:
            self._commit(_without_pin(registry, name), name, at, [ModelDecision(at, name, "released", pin.version, why)])
        return pin

    def note(self, decision: ModelDecision) -> None:
        """Add to the log what changes nothing; what the last line of that version says already is not said again."""
        of_it = [each for each in self.decisions(decision.name, 1_000) if each.version == decision.version]
        last = of_it[0] if of_it else None
        if last is None or (last.event, last.reason) != (decision.event, decision.reason):
            self._log.append([decision])

    def load(self, name: str) -> LoadedModel:
        """The version that is let serve and its state, or, where its file is not whole, the newest one before it that is.

        None where no version is let serve, or none of them is whole: the baseline serves.
        """
        versions = self.versions(name)
        serving = serving_of(versions)
        if serving is None:
            return LoadedModel()
        troubles: list[ModelTrouble] = []
        for entry in (serving, *reversed([entry for entry in versions if entry.state == "retired"])):
            try:
                return LoadedModel(entry, self._read(entry), tuple(troubles))
            except FileNotFoundError:
                troubles.append(ModelTrouble(entry.version, "lost", "its file is gone"))
            except OSError as error:
                troubles.append(ModelTrouble(entry.version, "damaged", f"its file cannot be read: {error.strerror or error}"))
            except StoreRefusedError as error:
                troubles.append(ModelTrouble(entry.version, "damaged" if self._is_ours(entry) else "left", str(error)))
        return LoadedModel(troubles=tuple(troubles))

    def point(self, name: str, version: str | None) -> None:
        """Point the link of a model at what serves."""
        point(self._folder, name, version)

    def mark(self) -> object:
        """Differs when the registry, a file of a model or a link changed."""
        latest = self._folder / "latest"
        try:
            links = sorted((path.name, str(path.readlink())) for path in latest.glob("*.pkl") if path.is_symlink())
            found = [(path.name, path.stat()) for path in (self._path, *self._folder.glob("*.pkl")) if path.exists()]
        except OSError as error:
            return str(error)
        files = sorted((name, about.st_mtime_ns, about.st_size, about.st_ino) for name, about in found)
        return latest.exists(), latest.is_dir(), links, files

    @property
    def _path(self) -> Path:
        return self._folder / "model_registry.json"

    def _registry(self) -> Registry:
        return read_registry(self._path)

    def _is_ours(self, entry: ModelVersion) -> bool:
        return entry.facts.get("kind") == self._kind and entry.facts.get("form") == FORM

    def _is_whole(self, entry: ModelVersion) -> bool:
        try:
            self._read(entry)
        except (StoreRefusedError, OSError):
            return False
        return True

    def _read(self, entry: ModelVersion) -> Any:
        if entry.facts.get("kind") != self._kind:
            raise StoreRefusedError(f"was trained on {entry.facts.get('kind')} data, this service is {self._kind}")
        if entry.facts.get("form") != FORM:
            raise StoreRefusedError(
                f"is of form {entry.facts.get('form', 1)}, this program reads form {FORM}; the next training writes it"
            )
        return loaded((self._folder / f"{entry.version}.pkl").read_bytes(), entry.sha256)

    def _chosen(self, versions: Sequence[ModelVersion], name: str, version: str | None) -> ModelVersion:
        """The version that a person named, or the one that served before; only one that can be read."""
        whole = [entry for entry in versions if entry.state in SERVED_BEFORE and self._is_whole(entry)]
        valid = ", ".join(entry.version for entry in whole) or "none"
        if version is None:
            retired = [entry for entry in whole if entry.state == "retired"]
            if not retired:
                raise NotFoundError(f"a version of {name} that served before; by name there are: {valid}")
            return max(retired, key=lambda entry: entry.decided_at or entry.trained_at)
        if version not in [entry.version for entry in versions]:
            raise NotFoundError(f"version {version!r} of {name}; there are: {valid}")
        found = next((entry for entry in whole if entry.version == version), None)
        if found is None:
            raise InvalidRequestError(f"{version} cannot be rolled back to", name="version", value=version, valid=valid)
        return found

    def _serve(self, name: str, version: str | None, registry: Registry, at: datetime, decisions: Sequence[ModelDecision]) -> None:
        """Let a version serve, or none. The link goes first: where it cannot be made nothing has changed."""
        before = self.serving(name)
        point(self._folder, name, version)
        try:
            self._commit(registry, name, at, decisions)
        except StoreError:
            point(self._folder, name, before.version if before else None)
            raise

    def _commit(self, registry: Registry, name: str, at: datetime, decisions: Sequence[ModelDecision]) -> None:
        """One write of the registry, with what it decides, which then goes into the log, or at the next change."""
        waiting = () if self._logged(registry.decided) else registry.decided
        pin = registry.pins.get(name)
        if pin is not None and not pin.holds(at):
            registry = _without_pin(registry, name)
            decisions = [ModelDecision(pin.until, name, "released", pin.version, "the days of the pin are over"), *decisions]
        kept, dropped = _pruned(registry.of(name))
        versions = tuple(entry for entry in registry.versions if entry.version not in dropped)
        decided = (*waiting, *decisions)[-MOST_WAITING:]
        write_registry(self._path, replace(registry, versions=versions, decided=decided))
        self._logged(decided)
        self._sweep(name, kept)

    def _logged(self, decisions: Sequence[ModelDecision]) -> bool:
        try:
            self._log.append(decisions)
        except StoreUnavailableError as error:
            logger.error("decisions_not_logged %s; they stand in the registry until they are", error)  # noqa: TRY400 - one line
            return False
        return True

    def _sweep(self, name: str, kept: Sequence[ModelVersion]) -> None:
        """Drop the files that the registry does not name."""
        known = {f"{entry.version}.pkl" for entry in kept}
        for path in self._folder.glob(f"{name}_*.pkl"):
            if path.name not in known:
                path.unlink(missing_ok=True)
        clear_leftovers(self._folder)


def _with(registry: Registry, entry: ModelVersion) -> Registry:
    return replace(registry, versions=tuple(entry if each.version == entry.version else each for each in registry.versions))


def _without_pin(registry: Registry, name: str) -> Registry:
    return replace(registry, pins={each: pin for each, pin in registry.pins.items() if each != name})


def _let_serve(
    registry: Registry, entry: ModelVersion, at: datetime, why: str, *, left: ModelState, why_left: str = ""
) -> Registry:
    current = serving_of(registry.of(entry.name))
    if current is not None and current.version != entry.version:
        registry = _with(registry, _left(current, left, at, why_left))
    return _with(registry, replace(entry, state="serving", decided_at=at, why=why))


def _left(entry: ModelVersion, state: ModelState, at: datetime, why: str) -> ModelVersion:
    """A version that serves no more. It keeps why it was let serve; one that was sent away is told why as well."""
    if state == "retired":
        return replace(entry, state=state, decided_at=at)
    return replace(entry, state=state, decided_at=at, why=f"{why}; it had served because: {entry.why}")


def _pruned(versions: Sequence[ModelVersion]) -> tuple[list[ModelVersion], set[str]]:
    """What is kept, and the versions that are dropped: the oldest beyond the count, refused ones first; the serving one never."""
    order = sorted(versions, key=lambda entry: (PRUNED_FIRST[entry.state], entry.trained_at))
    dropped = {entry.version for entry in order[: max(0, len(order) - KEPT_VERSIONS)] if entry.state != "serving"}
    return [entry for entry in versions if entry.version not in dropped], dropped


def _decision(entry: ModelVersion, at: datetime, event: ModelEvent, why: str) -> ModelDecision:
    """With the figures of the training that gave the version."""
    return ModelDecision(at, entry.name, event, entry.version, why, dict(_figures(entry.facts.get("metrics"))))


def _figures(metrics: Json) -> Iterator[tuple[str, float | str]]:
    if not isinstance(metrics, Mapping):
        return
    for name, scores in metrics.items():
        if isinstance(scores, Mapping):
            known = ((score, scores.get(score)) for score in FIGURES)
            yield from ((f"{name}.{score}", value) for score, value in known if isinstance(value, float | int | str))


def library_versions() -> dict[str, str]:
    """Versions of what a training runs on, kept as a fact: no file holds an object of a library."""
    return {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()}
