"""Numbers in tables that programs read."""

from collections.abc import Mapping
from typing import Any


def unsigned(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose zeros have no sign."""
    return {name: cell(value) for name, value in row.items()}


def cell(value: Any) -> Any:
    """A value; nought has no sign: -0.0 is one that was subtracted from the other side."""
    return 0.0 if isinstance(value, float) and value == 0.0 else value
