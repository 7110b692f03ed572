"""What was compared, and where two doors disagree."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wording.cells import cell

HALF_DIGIT = 0.5 + 1e-6
"""A figure that is shown with n decimals stands for what lies within half a unit of the last."""


@dataclass(frozen=True, slots=True)
class At:
    """A value, and the door and place at which it stands."""

    door: str
    place: str
    value: Any

    def __getitem__(self, name: str | int) -> "At":
        """What stands further in; None where there is nothing."""
        inner = self.value
        if isinstance(inner, Mapping):
            found = inner.get(str(name))
        else:
            found = inner[int(name)] if isinstance(inner, Sequence) and int(name) < len(inner) else None
        return At(self.door, f"{self.place}.{name}" if self.place else str(name), found)

    def __str__(self) -> str:
        """Door, place and value."""
        where = f" {self.place}" if self.place else ""
        return f"{self.door}{where} = {self.value}"


@dataclass(slots=True)
class Book:
    """Counts comparisons and keeps the differences."""

    compared: int = 0
    differences: list[str] = field(default_factory=list)

    def same(self, one: At, other: At, within: float = 0.0) -> None:
        """Two values that must be equal; numbers within a tolerance, instants as instants."""
        self.compared += 1
        if not _equal(one.value, other.value, within):
            self.differences.append(f"{one} | {other}")

    def holds(self, one: At, other: At, *, true: bool) -> None:
        """Two values that must stand in a relation."""
        self.compared += 1
        if not true:
            self.differences.append(f"{one} | {other}")

    def alike(self, one: At, other: At, without: frozenset[str] = frozenset(), within: float = 0.0) -> None:
        """Everything that both hold, and that neither holds more, but for names that are left out."""
        a, b = one.value, other.value
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            for name in sorted({*a, *b} - without, key=str):
                self.alike(one[name], other[name], without, within)
        elif isinstance(a, list) and isinstance(b, list):
            self.same(At(one.door, f"{one.place} length", len(a)), At(other.door, f"{other.place} length", len(b)))
            for i in range(min(len(a), len(b))):
                self.alike(one[i], other[i], without, within)
        else:
            self.same(one, other, within)

    def rows(self, one: At, other: At, names: Sequence[str]) -> None:
        """Rows of a table as text, and the records that they stand for."""
        self.same(At(one.door, "rows", len(one.value)), At(other.door, f"{other.place} rows", len(other.value)))
        for i in range(min(len(one.value), len(other.value))):
            for name in names:
                self.same(one[i][name], At(other.door, f"{other.place}.{i}.{name}", as_cell(other.value[i].get(name))))


def as_cell(value: Any) -> str:
    """A value as a table writes it; nought has no sign there."""
    return "" if value is None else str(cell(value))


def _equal(one: Any, other: Any, within: float) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=within + 1e-12)
    if isinstance(one, str) and isinstance(other, str) and one != other:
        try:
            return datetime.fromisoformat(one) == datetime.fromisoformat(other)
        except (ValueError, TypeError):
            return False
    return bool(one == other)


def shown(number: float, decimals: int) -> float:
    """How far what is written with so many decimals may lie from a number."""
    return HALF_DIGIT * 10.0**-decimals + 1e-9 * abs(number)
