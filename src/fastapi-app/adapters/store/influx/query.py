"""InfluxQL questions and their answers. Pure.

Every value travels as a bound parameter; every name is quoted. Answers are JSON: CSV cannot tell an empty text from a missing one.

A bucket may hold points of other programs. A condition on our tags finds theirs too where they carry a tag more, so every question
is grouped by all tags, and of its answer only the series that has exactly ours is taken.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from domain.errors import StoreMissingError, StoreRefusedError, StoreUnavailableError
from domain.series import FIELDS, FieldType, Rows, SeriesKey, Value

STAMP = "store_stamp"
"""Measurement of the one point that says what kind of store this is."""
EARLIEST_NS, LATEST_NS = -(2**63) + 2, 2**63 - 2
"""Bounds of time in InfluxDB [ns]."""
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_NS = 10**9
_TYPES: Mapping[FieldType, frozenset[type]] = {
    "float": frozenset({int, float, type(None)}),
    "int": frozenset({int, type(None)}),
    "str": frozenset({str, type(None)}),
}
"""What the JSON of a value of each kind is."""


@dataclass(frozen=True, slots=True)
class Question:
    """Statements, the values bound to their ``$names``, and the unit of the times of the answer."""

    text: str
    params: Mapping[str, str | int]
    times: Literal["s", "ns"] = "s"


def rows_question(key: SeriesKey, start: datetime, end: datetime) -> Question:
    """Points with ``start <= time < end``. Times are asked for in nanoseconds: a point between two seconds is none of ours."""
    where, params = _of_series(key)
    text = _select(_fields(key.measurement), key.measurement, f"WHERE {where} AND time >= $start AND time < $end GROUP BY *")
    return Question(text, {**params, "start": _nanoseconds(start), "end": _nanoseconds(end)}, "ns")


def keys_question(measurement: str) -> Question:
    """One point of each series. (`SHOW SERIES` is not among the statements of 2.7.)"""
    return Question(_select(_fields(measurement), measurement, "GROUP BY * LIMIT 1"), {})


def extent_question(key: SeriesKey) -> Question:
    """Three statements: the first point, the newest point, the number of values of each field."""
    where, params = _of_series(key)
    counts = ", ".join(f"count({quoted(name)})" for name in FIELDS[key.measurement])
    statements = [
        _select(_fields(key.measurement), key.measurement, f"WHERE {where} GROUP BY * ORDER BY time ASC LIMIT 1"),
        _select(_fields(key.measurement), key.measurement, f"WHERE {where} GROUP BY * ORDER BY time DESC LIMIT 1"),
        _select(counts, key.measurement, f"WHERE {where} GROUP BY *"),
    ]
    return Question("; ".join(statements), params)


def together_question(key: SeriesKey, lead: str, others: Sequence[str]) -> Question:
    """For each other field a statement: the number of points that have it and the lead too."""
    where, params = _of_series(key)
    kinds = FIELDS[key.measurement]
    present = (_has_text(name) if kinds[name] == "str" else _has_number(name) for name in others)
    counts = (_select(f"count({quoted(lead)})", key.measurement, f"WHERE {where} AND {has} GROUP BY *") for has in present)
    return Question("; ".join(counts), params)


def stamp_question() -> Question:
    """Kinds and schemas that the store is stamped with."""
    return Question(_select(quoted("schema"), STAMP, f"GROUP BY {quoted('kind')}"), {})


def quoted(name: str) -> str:
    """An identifier of InfluxQL."""
    text = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def rows_of(answer: bytes, key: SeriesKey) -> tuple[Rows, Mapping[str, int]]:
    """All fields of the measurement as columns, floats as floats; and what is left out: whose points, and how many.

    Points of somebody else are those of a series with other tags than ours, and those between two seconds. A row that holds a value
    of another type than its field has is left out by itself.
    """
    fields = FIELDS[key.measurement]
    width = len(fields) + 1
    left_out: Counter[str] = Counter()
    flat = _flat_values(answer, width, key)
    if flat is None:
        ours, left_out = _parted(_series(answer, 0), key)
        flat = [value for row in ours for value in row]
    times, *columns = (flat[place::width] for place in range(width))
    if any(time % _SECOND_NS for time in times) or any(
        not _TYPES[kind].issuperset(map(type, column)) for kind, column in zip(fields.values(), columns, strict=True)
    ):
        times, columns = _whole(times, columns, key, left_out)
    typed = (_floats(column) if kind == "float" else column for kind, column in zip(fields.values(), columns, strict=True))
    return Rows([time // _SECOND_NS for time in times], dict(zip(fields, typed, strict=True))), left_out


def _parted(series: Sequence[Mapping[str, Any]], key: SeriesKey) -> tuple[list[list[Any]], Counter[str]]:
    """The values of our series, and the number of those of each other one."""
    ours: list[list[Any]] = []
    others: Counter[str] = Counter()
    for entry in series:
        if _tags(entry) == dict(key.tags):
            ours += entry["values"]
        else:
            others[_named(key.measurement, _tags(entry))] += len(entry["values"])
    return ours, others


def _whole(times: list[Any], columns: list[list[Any]], key: SeriesKey, left_out: Counter[str]) -> tuple[list[Any], list[list[Any]]]:
    """The rows that are ours and whole; the others are counted."""
    name, kinds, kept = _named(key.measurement, dict(key.tags)), list(FIELDS[key.measurement].values()), []
    for place, time in enumerate(times):
        if time % _SECOND_NS:
            left_out[f"{name} between two seconds"] += 1
        elif any(type(column[place]) not in _TYPES[kind] for kind, column in zip(kinds, columns, strict=True)):
            left_out[f"{name} with a value of another type"] += 1
        else:
            kept.append(place)
    return [times[place] for place in kept], [[column[place] for place in kept] for column in columns]


def _flat_values(answer: bytes, width: int, key: SeriesKey) -> list[Any] | None:
    """The values of an answer with one series, which is ours, row after row; None when it is not that simple.

    A million small lists cost Python more than their numbers: without the inner brackets, an answer is read twice as fast. A text
    that holds ``],[`` is noticed by the count.
    """
    head, _, values = answer.partition(b'"values":[[')
    body, _, rest = values.rpartition(b"]]}]}]}")
    if not body or rest.strip():
        return None
    try:
        (entry,) = _series(head + b'"values":[]}]}]}', 0)
        flat: list[Any] = json.loads(b"[" + body.replace(b"],[", b",") + b"]")
    except (ValueError, StoreUnavailableError):
        return None
    return flat if _tags(entry) == dict(key.tags) and len(flat) == width * (body.count(b"],[") + 1) else None


def _tags(entry: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a series; one that it lacks is there with an empty value, when another series has it."""
    return {name: value for name, value in (entry.get("tags") or {}).items() if value}


def _named(measurement: str, tags: Mapping[str, str]) -> str:
    return " ".join([measurement, *(f"{name}={value}" for name, value in sorted(tags.items()))])


def _floats(column: Sequence[Value | None]) -> list[Value | None]:
    """JSON writes 2.0 as 2."""
    return [None if value is None else float(value) for value in column]


def keys_of(answer: bytes, measurement: str) -> list[SeriesKey]:
    """Keys in order. What somebody else writes beside us, with other tags, is left out."""
    found = (_our_key(measurement, _tags(entry)) for entry in _series(answer, 0))
    return sorted((key for key in found if key is not None), key=lambda key: key.tags)


def _our_key(measurement: str, tags: Mapping[str, str]) -> SeriesKey | None:
    try:
        return SeriesKey(measurement, tuple(sorted(tags.items())))
    except ValueError:
        return None


def ends_of(answer: bytes, key: SeriesKey) -> tuple[int, int] | None:
    """First and newest time [POSIX s] of an extent question; None without points."""
    first, newest = _ours(answer, 0, key), _ours(answer, 1, key)
    return (first[0], newest[0]) if first and newest else None


def counts_of(answer: bytes, key: SeriesKey) -> dict[str, int]:
    """Field -> number of values, of an extent question."""
    _, *counts = _ours(answer, 2, key) or [0] * (len(FIELDS[key.measurement]) + 1)
    return {name: count or 0 for name, count in zip(FIELDS[key.measurement], counts, strict=True)}


def together_of(answer: bytes, key: SeriesKey, others: Sequence[str]) -> list[int]:
    """The counts of a together question."""
    rows = [_ours(answer, statement, key) for statement in range(len(others))]
    return [row[1] if row else 0 for row in rows]


def _ours(answer: bytes, statement: int, key: SeriesKey) -> list[Any] | None:
    """The first row of our series; None where there is none."""
    ours, _ = _parted(_series(answer, statement), key)
    return ours[0] if ours else None


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
        return StoreMissingError(f"InfluxDB: {text} (INFLUXDB_BUCKET, INFLUXDB_ORG)")
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
