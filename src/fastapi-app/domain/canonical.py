"""One text for equal values: dataclasses as sorted JSON, and its SHA-256."""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

LATER = {"later": True}
"""Metadata of a field that came later: at its default it is not part of the text, so that older digests hold."""


def plain(value: object) -> Any:
    """A value as JSON knows it: dataclasses and mappings as objects, instants and days in ISO 8601, sets sorted.

    A dataclass carries its name as `kind`, so that two types with equal fields differ.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        there = [item for item in fields(value) if not (item.metadata.get("later") and getattr(value, item.name) == _default(item))]
        return {"kind": type(value).__name__} | {item.name: plain(getattr(value, item.name)) for item in there}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, ZoneInfo):
        return value.key
    return _plain_collection(value)


def _default(item: "Field[Any]") -> object:
    return item.default if item.default_factory is MISSING else item.default_factory()


def _plain_collection(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(value: object) -> str:
    """Compact JSON with sorted keys; a NaN is an error."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: object) -> str:
    """SHA-256 of the canonical text, hexadecimal."""
    return sha256(canonical(value).encode()).hexdigest()
