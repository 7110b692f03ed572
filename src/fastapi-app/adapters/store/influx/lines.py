"""Rows to InfluxDB line protocol. Pure.

What line protocol cannot carry is refused here (ValueError), so that no text can end a line early and begin another.
"""

from collections.abc import Mapping, Sequence

from domain.series import FIELDS, FieldType, Rows, SeriesKey, Value

INT64 = 2**63
"""Integers of InfluxDB lie in [-2^63, 2^63)."""

RESERVED = frozenset({"time", "_measurement", "_field"})
"""Names that InfluxDB gives a meaning of its own: it would drop a tag or a field called so."""


def lines_of(key: SeriesKey, rows: Rows) -> list[str]:
    """One line for each point that has at least one value; a None is left out, so the store keeps what it has."""
    fields = FIELDS[key.measurement]
    if not rows.columns:
        return []
    cells = [field_cells(name, fields[name], column) for name, column in rows.columns.items()]
    start = series_text(key.measurement, dict(key.tags))
    bodies = [",".join(filter(None, row)) for row in zip(*cells, strict=True)]
    return [f"{start} {body} {int(time)}" for body, time in zip(bodies, rows.times, strict=True) if body]


def series_text(measurement: str, tags: Mapping[str, str]) -> str:
    """``measurement,tag=value,...`` with the tags in order of name."""
    if measurement.startswith("#"):
        raise ValueError(f"measurement {measurement!r} would be a comment")
    parts = [_escaped(measurement, ", ")]
    parts.extend(f"{_name(name)}={_escaped(value, ',= ')}" for name, value in sorted(tags.items()))
    return ",".join(parts)


def field_cells(name: str, kind: FieldType, column: Sequence[Value | None]) -> list[str | None]:
    """``name=value`` for each value, None for each None."""
    start = f"{_name(name)}="
    if kind == "float":
        return [None if value is None else f"{start}{float(value)!r}" for value in column]
    if kind == "int":
        return [None if value is None else f"{start}{_integer(value)}i" for value in column]
    return [None if value is None else f"{start}{_quoted(str(value))}" for value in column]


def _name(text: str) -> str:
    """A tag or a field."""
    if text in RESERVED:
        raise ValueError(f"{text!r} is a name of InfluxDB's own")
    return _escaped(text, ",= ")


def _escaped(text: str, special: str) -> str:
    """A name or a tag value. Empty texts, line ends and a last backslash have no form in line protocol."""
    if not text or text.endswith("\\") or any(ord(char) < 32 for char in text):
        raise ValueError(f"{text!r} cannot be a name or a tag value in line protocol")
    for char in special:
        text = text.replace(char, f"\\{char}")
    return text


def _quoted(text: str) -> str:
    if not text.isascii():
        text.encode()  # half a surrogate pair is no text: UnicodeEncodeError, a ValueError
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _integer(value: Value) -> int:
    number = int(value)
    if not -INT64 <= number < INT64:
        raise ValueError(f"{number} does not fit 64 bits")
    return number
