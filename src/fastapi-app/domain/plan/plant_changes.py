"""What of a plant may be changed by a request: values of its file by their place, and its shifts as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from difflib import unified_diff

from domain.errors import InvalidRequestError
from domain.plan.plant import Plant
from domain.plan.plant_config import ConfigError, load_plant
from domain.toml_lines import parse

Place = tuple[str, ...]
"""Keys from the document down; a stage is called by its name: ("stage", "conching", "power_kw")."""
Value = float | int | str | bool


@dataclass(frozen=True, slots=True)
class ShiftText:
    """A shift as the file has it."""

    days: tuple[str, ...]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class PlantChanges:
    """Values that are to stand at their places; `shifts` replace all that there are, None leaves them."""

    values: Mapping[Place, Value]
    shifts: Sequence[ShiftText] | None = None


def checked(text: str) -> Plant:
    """The plant of an edited text, by the reader of the start; InvalidRequestError names the field as a request calls it."""
    try:
        return load_plant(text)
    except ConfigError as error:
        valid, _, given = error.detail.rpartition(", got ")
        name = asked_as(error.key, text)
        value, valid = (given, valid) if valid else ("", error.detail)
        raise InvalidRequestError(f"{name}: {error.detail}", name=name, value=value, valid=valid) from error


def asked_as(key: str, text: str) -> str:
    """The name of a field in a request for the key of a fault: `stage.3.power_kw` is `stages.conching.power_kw`."""
    first, *rest = key.split(".")
    if first == "stage" and rest:
        return ".".join(["stages", _stage_name(text, int(rest[0])), *rest[1:]])
    if first == "shift":
        return ".".join(["shifts", *rest])
    if [first, *rest[:1]] == ["demand", "weekday"]:
        return ".".join(["demand", *rest[1:]])
    return key or "plant"


def _stage_name(text: str, number: int) -> str:
    return str(parse(text)["stage"][number - 1].get("name", number))


def difference(old: str, new: str) -> str:
    """Unified diff of two texts of the file; empty where they are the same."""
    return "".join(unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), "factory.toml", "factory.toml", n=2))
