"""Writes changes into `factory.toml`: what is not changed stays as somebody wrote it, comments and spaces too."""

from collections.abc import Sequence
from datetime import time
from typing import Any

import tomlkit
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, InlineTable, Table

from domain.errors import InvalidRequestError
from domain.plan.plant_changes import Place, PlantChanges, ShiftText, Value

Inner = tomlkit.TOMLDocument | Table | InlineTable | OutOfOrderTableProxy


def edited(text: str, changes: PlantChanges) -> str:
    """The text with the changes; InvalidRequestError for a stage that it does not have, or a text that is no TOML."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise InvalidRequestError(f"factory.toml: {error}", name="plant", value="", valid="a file that can be read") from error
    for place, value in changes.values.items():
        _put(document, place, value)
    if changes.shifts is not None:
        _put_shifts(document, changes.shifts)
    return tomlkit.dumps(document)


def _put(document: tomlkit.TOMLDocument, place: Place, value: Value) -> None:
    """One value to its place; one that already stands there is not written anew, so that 48.0 stays 48.0."""
    *way, key = place
    table: Any = document
    if way[0] == "stage":
        table, way = _stage(document, way[1]), way[2:]
    for name in way:
        if name not in table:
            if not value and way[0] == "demand":
                return
            table[name] = tomlkit.inline_table() if name == way[-1] and len(way) > 1 else tomlkit.table()
        table = table[name]
        if not isinstance(table, Inner):
            raise InvalidRequestError(f"{name} is no table", name=".".join(place), value=value, valid="a table in factory.toml")
    if key in table and _is_same(table[key], value):
        return
    if key not in table and way[0:1] == ["demand"] and not value:
        return
    table[key] = _alike(table.get(key), value)


def _is_same(old: object, new: Value) -> bool:
    return isinstance(old, bool) == isinstance(new, bool) and old == new


def _alike(old: object, value: Value) -> Value:
    """Whole numbers stay whole where the file has them so; where it has a point, they get one."""
    if isinstance(value, bool | str):
        return value
    if isinstance(old, float) and not isinstance(old, bool):
        return float(value)
    return int(value) if isinstance(value, float) and value.is_integer() and isinstance(old, int | None) else value


def _stage(document: tomlkit.TOMLDocument, name: str) -> Table:
    stages = document.get("stage", [])
    for stage in stages:
        if stage.get("name") == name:
            found: Table = stage
            return found
    names = ", ".join(str(stage.get("name")) for stage in stages)
    raise InvalidRequestError(f"there is no stage {name!r}", name=f"stages.{name}", value=name, valid=f"one of {names}")


def _put_shifts(document: tomlkit.TOMLDocument, shifts: Sequence[ShiftText]) -> None:
    """The shifts in order: what is alike stays, what is more is added behind the last, what is less goes from the end."""
    old = document.get("shift")
    if old is None:
        document["shift"] = old = tomlkit.aot()
    if not isinstance(old, AoT):
        raise InvalidRequestError("shifts must be written as [[shift]]", name="shifts", value="", valid="[[shift]] in factory.toml")
    for index, shift in enumerate(shifts):
        if index == len(old):
            old.append(_new_shift(shift))
        else:
            _change_shift(old[index], shift)
    while len(old) > len(shifts):
        del old[len(old) - 1]


def _new_shift(shift: ShiftText) -> Table:
    table = tomlkit.table()
    for key, value in _keys(shift):
        table.add(key, value)
    table.add(tomlkit.nl())
    return table


def _change_shift(table: Table, shift: ShiftText) -> None:
    for key, value in _keys(shift):
        if key not in table or table[key] != value:
            table[key] = value


def _keys(shift: ShiftText) -> tuple[tuple[str, list[str] | time], ...]:
    return (("days", list(shift.days)), ("start", shift.start), ("end", shift.end))
