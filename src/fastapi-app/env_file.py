"""`.env`, read by the rules of Docker Compose, so that one file means the same to the service and to the containers (ADR 16).

What Compose reads in a way that nobody would expect is refused here with its line: text that is not UTF-8, a reference to what is
not set (Compose puts nothing in its place), a name without a value that is set nowhere. Nothing is ever executed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NAME: Final = re.compile(r"[^\W\d][\w.\-]*")
EXPORT: Final = re.compile(r"export[^\S\n]+")
BLANK: Final = " \t\v\f\r\x85\xa0"
"""What Compose takes for a blank within a line."""
ESCAPE: Final = re.compile(r'\\([abcfnrtv$"\\]|0[0-7]{0,3})')
ESCAPED: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "$": "$$", '"': '"', "\\": "\\"}
REFERENCE: Final = re.compile(r"\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])((?:[^{}]|\$\{[^{}]*\})*))?\}|(\{))", re.ASCII)


class EnvFileError(ValueError):
    """A line that cannot be used; the text names the line, and the name where there is one, never a value."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and the line that it begins on."""

    value: str
    line: int


def parse(raw: bytes, environment: Mapping[str, str]) -> dict[str, Entry]:
    """Name -> entry; of a name that comes twice the last one counts. References see the lines before, then the environment."""
    return _Reader(_decoded(raw), environment).read()


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise EnvFileError(f"line {line}: not UTF-8: save the file as UTF-8") from None
    for sign, name in (("\0", "a zero byte"), ("\r", "a carriage return that ends no line")):
        if sign in text:
            line = text.count("\n", 0, text.index(sign)) + 1
            raise EnvFileError(f"line {line}: {name}")
    return text


class _Reader:
    """Goes through a text once."""

    def __init__(self, text: str, environment: Mapping[str, str]) -> None:
        self._text = text
        self._at = 0
        self._environment = environment
        self._found: dict[str, Entry] = {}

    @property
    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def read(self) -> dict[str, Entry]:
        while self._to_next_name():
            line = self._line
            name, has_value = self._name()
            if has_value:
                self._found[name] = Entry(self._value(name), line)
            elif name not in self._environment:
                raise EnvFileError(f"line {line}: {name} has no `=` and no value")
        return self._found

    def _to_next_name(self) -> bool:
        while True:
            self._skip(BLANK + "\n")
            if self._at >= len(self._text):
                return False
            if self._text[self._at] != "#":
                return True
            self._at = self._end_of_line()

    def _name(self) -> tuple[str, bool]:
        """The name, and whether a value follows: after `=`, or after `:` as in YAML."""
        line = self._line
        if found := EXPORT.match(self._text, self._at):
            self._at = found.end()
        name = NAME.match(self._text, self._at)
        if name is None:
            raise EnvFileError(f"line {line}: this begins with no name; lines are NAME=value, or begin with #")
        self._at = name.end()
        self._skip(BLANK)
        sign = self._text[self._at : self._at + 1]
        if sign not in ("=", ":", "\n", ""):
            raise EnvFileError(f"line {line}: between {name[0]} and `=` is something that belongs to no name")
        self._at += 1
        return name[0], sign in ("=", ":")

    def _value(self, name: str) -> str:
        self._skip(BLANK)
        quote = self._text[self._at : self._at + 1]
        if quote in ("'", '"'):
            return self._quoted(name, quote)
        end = self._end_of_line()
        value = self._text[self._at : end].partition(" #")[0].rstrip()
        expanded = self._expanded(name, value)
        self._at = end
        return expanded

    def _quoted(self, name: str, quote: str) -> str:
        line, start = self._line, self._at
        end = re.compile(rf"(?:[^\\{quote}]|\\.)*{quote}", re.DOTALL).match(self._text, start + 1)
        if end is None:
            raise EnvFileError(f"line {line}: {name}: the quote {quote} is not closed")
        inside = self._text[start + 1 : end.end() - 1].replace(f"\\{quote}", quote)
        value = inside if quote == "'" else self._expanded(name, ESCAPE.sub(_unescaped, inside))
        self._at = end.end()
        return value

    def _expanded(self, name: str, value: str) -> str:
        """References replaced by what they refer to."""
        return self._substitute(value, f"line {self._line}: {name}")

    def _referred(self, found: re.Match[str], where: str) -> str:
        escaped, plain, braced, operator, other, broken = found.groups()
        if escaped:
            return "$"
        if broken:
            raise EnvFileError(f"{where}: `${{` begins no reference such as ${{NAME}}; a dollar sign is $$")
        there = self._known(plain or braced)
        if operator is None and there is None:
            raise EnvFileError(f"{where}: ${plain or braced} is set nowhere; a dollar sign is $$, or stands in 'quotes'")
        counts = bool(there) if operator and operator.startswith(":") else there is not None
        if operator and operator.endswith("+"):
            return self._substitute(other, where) if counts else ""
        if counts:
            return there or ""
        if operator.endswith("?"):
            raise EnvFileError(f"{where}: {braced} is not set: {other}")
        return self._substitute(other, where)

    def _substitute(self, text: str, where: str) -> str:
        return REFERENCE.sub(lambda found: self._referred(found, where), text)

    def _known(self, name: str) -> str | None:
        entry = self._found.get(name)
        return self._environment.get(name) if entry is None else entry.value

    def _skip(self, signs: str) -> None:
        while self._at < len(self._text) and self._text[self._at] in signs:
            self._at += 1

    def _end_of_line(self) -> int:
        end = self._text.find("\n", self._at)
        return len(self._text) if end < 0 else end


def _unescaped(found: re.Match[str]) -> str:
    sign = found[1]
    if sign.startswith("0"):
        return chr(int(sign[1:] or "0", 8))
    return ESCAPED.get(sign, found[0])
