"""The shape of an answer: every place in it with the kinds of values that stand there, and no value."""

import json
import re
from collections.abc import Iterator
from typing import Any

Shape = set[tuple[str, str]]


def json_shape(text: str) -> Shape:
    """`included[].values[].datetime` with `9-9-9T9:9:9.9+9:9`, and so on."""
    return set(_places(json.loads(text), ""))


def _places(value: Any, at: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _places(inner, f"{at}.{name}" if at else name)
        case list():
            for inner in value:
                yield from _places(inner, f"{at}[]")
        case str():
            yield at, _kind(value)
        case None:
            yield at, "null"
        case bool():
            yield at, "true or false"
        case _:
            yield at, "number"


def _kind(text: str) -> str:
    """Texts that are numbers or times keep their signs and separators; all others are words (or nothing)."""
    if not text:
        return "nothing"
    return re.sub(r"\d+", "9", text).removeprefix("-") if re.fullmatch(r"[\dTZ:+\-/., ]+", text) else "words"


def lines_shape(content: bytes) -> Shape:
    """The lines of a file of rows, ends of lines included: `9;9;9;9;9.9;9.9;` and CR LF."""
    return {("line", re.sub(rb"(?<![\d.])-?\d+(\.\d+)?", b"9", line).decode()) for line in content.splitlines(keepends=True)}
