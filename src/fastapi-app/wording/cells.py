"""Numbers in tables that programs read."""

from collections.abc import Mapping
from typing import Any


def unsigned(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose zeros have no sign: -0.0 is a nought that was subtracted from the other side."""
    return {name: 0.0 if isinstance(value, float) and value == 0.0 else value for name, value in row.items()}
