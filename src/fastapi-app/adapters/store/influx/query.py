"""InfluxQL questions and their answers. Pure.

Every value travels as a bound parameter; every name is quoted. Answers are JSON with times in whole seconds: CSV cannot tell an
empty text from a missing one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.errors import StoreMissingError, StoreRefusedError, StoreUnavailableError
from domain.series import FIELDS, Rows, SeriesKey, Value

STAMP = "store_stamp"
"""Measurement of the one point that says what kind of store this is."""
EARLIEST_NS, LATEST_NS = -(2**63) + 2, 2**63 - 2
"""Bounds of time in InfluxDB [ns]."""
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """Statements, and the values bound to their ``$names``."""

    text: str
    params: Mapping[str, str | int]


def rows_question(key: SeriesKey, start: datetime, end: datetime) -> Question:
    """Points with ``start <= time < end``."""
    where, params = _of_series(key)
    text = _select(_fields(key.measurement), key.measurement, f"WHERE {where} AND time >= $start AND time < $end")
    return Question(text, {**params, "start": _nanoseconds(start), "end": _nanoseconds(end)})


def keys_question(measurement: str) -> Question:
    """One point of each series. (`SHOW SERIES` is not among the statements of 2.7.)"""
    return Question(_select(_fields(measurement), measurement, "GROUP BY * LIMIT 1"), {})


def extent_question(key: SeriesKey) -> Question:
    """Three statements: the first point, the newest point, the number of values of each field."""
    where, params = _of_series(key)
    counts = ", ".join(f"count({quoted(name)})" for name in FIELDS[key.measurement])
    statements = [
        _select(_fields(key.measurement), key.measurement, f"WHERE {where} ORDER BY time ASC LIMIT 1"),
        _select(_fields(key.measurement), key.measurement, f"WHERE {where} ORDER BY time DESC LIMIT 1"),
        _select(counts, key.measurement, f"WHERE {where}"),
    ]
    return Question("; ".join(statements), params)


def together_question(key: SeriesKey, lead: str, others: Sequence[str]) -> Question:
    """For each other field a statement: the number of points that have it and the lead too."""
    where, params = _of_series(key)
    kinds = FIELDS[key.measurement]
    present = (_has_text(name) if kinds[name] == "str" else _has_number(name) for name in others)
    counts = (_select(f"count({quoted(lead)})", key.measurement, f"WHERE {where} AND {has}") for has in present)
    return Question("; ".join(counts), params)


def stamp_question() -> Question:
    """Kinds and schemas that the store is stamped with."""
    return Question(_select(quoted("schema"), STAMP, f"GROUP BY {quoted('kind')}"), {})


def quoted(name: str) -> str:
    """An identifier of InfluxQL."""
    text = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def rows_of(answer: bytes, measurement: str) -> Rows:
    """All fields of the measurement as columns, floats as floats."""
    fields = FIELDS[measurement]
    width = len(fields) + 1
    flat = _flat_values(answer, width)
    if flat is None:
        series = _series(answer, 0)
        flat = [value for row in series[0]["values"] for value in row] if series else []
    times, *columns = (flat[place::width] for place in range(width))
    typed = (_floats(column) if kind == "float" else column for kind, column in zip(fields.values(), columns, strict=True))
    return Rows(times, dict(zip(fields, typed, strict=True)))


def _flat_values(answer: bytes, width: int) -> list[Any] | None:
    """The values of an answer with one series, row after row; None when it is not that simple.

    A million small lists cost Python more than their numbers: without the inner brackets, an answer is read twice as fast. A text
    that holds ``],[`` is noticed by the count.
    """
    _, _, values = answer.partition(b'"values":[[')
    body, _, rest = values.rpartition(b"]]}]}]}")
    if not body or rest.strip():
        return None
    try:
        flat: list[Any] = json.loads(b"[" + body.replace(b"],[", b",") + b"]")
    except ValueError:
        return None
    return flat if len(flat) == width * (body.count(b"],[") + 1) else None


def _floats(column: Sequence[Value | None]) -> list[Value | None]:
    """JSON writes 2.0 as 2."""
    return [None if value is None else float(value) for value in column]


def keys_of(answer: bytes, measurement: str) -> list[SeriesKey]:
    """Keys in order. What somebody else writes beside us, with other tags, is left out."""
    found = (_our_key(measurement, entry.get("tags") or {}) for entry in _series(answer, 0))
    return sorted((key for key in found if key is not None), key=lambda key: key.tags)


def _our_key(measurement: str, tags: Mapping[str, str]) -> SeriesKey | None:
    try:
        return SeriesKey(measurement, tuple(sorted((name, value) for name, value in tags.items() if value)))
    except ValueError:
        return None


def ends_of(answer: bytes) -> tuple[int, int] | None:
    """First and newest time [POSIX s] of an extent question; None without points."""
    first, newest = _series(answer, 0), _series(answer, 1)
    return (first[0]["values"][0][0], newest[0]["values"][0][0]) if first and newest else None


def counts_of(answer: bytes, measurement: str) -> dict[str, int]:
    """Field -> number of values, of an extent question."""
    series = _series(answer, 2)
    counts = series[0]["values"][0][1:] if series else [0] * len(FIELDS[measurement])
    return {name: count or 0 for name, count in zip(FIELDS[measurement], counts, strict=True)}


def together_of(answer: bytes, others: Sequence[str]) -> list[int]:
    """The counts of a together question."""
    entries = [_series(answer, statement) for statement in range(len(others))]
    return [series[0]["values"][0][1] if series else 0 for series in entries]


def stamps_of(answer: bytes) -> list[tuple[str, int]]:
    """(kind, schema) of each stamp."""
    return [((entry.get("tags") or {}).get("kind", ""), entry["values"][0][1]) for entry in _series(answer, 0)]


def _series(answer: bytes, statement: int) -> list[dict[str, Any]]:
    """The series of one statement's result. An error inside the answer is raised as what it is."""
    try:
        document = json.loads(answer)
        result = document if "error" in document else document["results"][statement]
    except (ValueError, TypeError, LookupError) as error:
        raise StoreUnavailableError(f"InfluxDB answered what is not a result: {answer[:200]!r}") from error
    if "error" in result:
        raise _error_of(str(result["error"]))
    if result.get("partial"):
        raise StoreRefusedError("InfluxDB cut the answer short: raise its max-row-limit")
    found: list[dict[str, Any]] = result.get("series") or []
    return found


def _error_of(text: str) -> Exception:
    if "not found" in text:
        return StoreMissingError(f"InfluxDB: {text}")
    if "timeout" in text or "exceeded" in text or "shutdown" in text or "closed" in text:
        return StoreUnavailableError(f"InfluxDB: {text}")
    return StoreRefusedError(f"InfluxDB: {text}")


def _of_series(key: SeriesKey) -> tuple[str, dict[str, str | int]]:
    """The condition that names one series, and the tag values bound in it."""
    params: dict[str, str | int] = {f"tag{index}": value for index, (_, value) in enumerate(key.tags)}
    where = " AND ".join(f"{quoted(name)} = $tag{index}" for index, (name, _) in enumerate(key.tags))
    return where, params


def _select(what: str, measurement: str, rest: str) -> str:
    return f"SELECT {what} FROM {quoted(measurement)} {rest}"  # noqa: S608 - names are quoted, values are bound


def _has_text(name: str) -> str:
    return f"{quoted(name)} =~ /.*/"


def _has_number(name: str) -> str:
    return f"({quoted(name)} >= 0 OR {quoted(name)} < 0)"


def _fields(measurement: str) -> str:
    return ", ".join(quoted(name) for name in FIELDS[measurement])


def _nanoseconds(instant: datetime) -> int:
    """Nanoseconds since 1970, held within what InfluxDB can keep."""
    exact = (instant - _ORIGIN) // timedelta(microseconds=1) * 1000
    return max(EARLIEST_NS, min(LATEST_NS, exact))
