"""Where a key stands in a TOML text, so that a fault can be shown by its line; and tables that are read key by key."""

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from domain.bounds import nearest

Path = tuple[str | int, ...]
"""Keys from the document down; the index of a table among its equals is a number, 0 is the first."""

T = TypeVar("T")
LONGEST_SHOWN = 120
MOST_TABLES = 400
"""Tables of one name: a plant has fewer, and the points of a country."""
_HEADER = re.compile(r"^\s*(\[\[|\[)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_DECIMAL_COMMA = re.compile(r"=\s*(-?\d+),(\d+)\s*(?:#.*)?$")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*\.?""")


class ConfigError(ValueError):
    """A fault in a configuration: its line (1 is the first), the key, and what would be valid."""

    def __init__(self, line: int, key: str, detail: str) -> None:
        super().__init__(f"line {line}: {key}: {detail}" if key else f"line {line}: {detail}")
        self.line = line
        self.key = key
        self.detail = detail


def parse(text: str) -> dict[str, Any]:
    """The document; a fault of syntax names its line."""
    plain = text.removeprefix("\ufeff")  # the mark that some editors put before the first letter
    try:
        return tomllib.loads(plain)
    except RecursionError as error:
        raise ConfigError(_deepest(plain), "", "nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        lines = plain.splitlines() or [""]
        line = int(found.group(1)) if found else len(lines)  # "at end of document" names none
        comma = _DECIMAL_COMMA.search(lines[min(line, len(lines)) - 1])
        hint = f"; a decimal comma? write {comma.group(1)}.{comma.group(2)}" if comma else ""
        hint = "; midnight? write 00:00:00" if re.search(r"=\s*24:00", lines[min(line, len(lines)) - 1]) else hint
        raise ConfigError(line, "", f"not TOML: {error}{hint}") from error
    except ValueError as error:  # a number of thousands of digits
        raise ConfigError(1, "", f"not TOML: {error}") from error


def _deepest(text: str) -> int:
    """The line with the most brackets."""
    lines = text.splitlines()
    return 1 + max(range(len(lines)), key=lambda place: lines[place].count("[") + lines[place].count("{"), default=0)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(next(group for group in match.groups() if group is not None) for match in _PART.finditer(dotted))


def line_of(text: str, path: Path) -> int:
    """The line of a key; of the nearest table or key above it where it has no line of its own."""
    lines = dict(_lines(text))
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _lines(text: str) -> list[tuple[Path, int]]:
    """Paths of headers and keys with their lines, in order."""
    found: list[tuple[Path, int]] = []
    counts: dict[tuple[str, ...], int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            names = _parts(header.group(2))
            if header.group(1) == "[[":
                counts[names] = counts.get(names, -1) + 1
                table = (*names, counts[names])
            else:
                table = names
            found.append((table, number))
        elif key := _KEY.match(line):
            found.append(((*table, *_parts(key.group(1))), number))
    return found


class Table:
    """A table that is read key by key; `close` refuses keys that nobody asked for."""

    def __init__(self, text: str, path: Path, values: Mapping[str, Any]) -> None:
        self.text, self.path, self.values = text, path, values
        self.asked: set[str] = set()

    def fault(self, key: str, detail: str) -> ConfigError:
        """A fault at a key of this table."""
        path = (*self.path, key) if key else self.path
        name = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        return ConfigError(line_of(self.text, path), name, detail)

    def get(self, key: str, read: Callable[[object], T], default: T) -> T:
        """A value as `read` makes it (ValueError says what would be valid); the default where the key is missing."""
        self.asked.add(key)
        return self._read(key, read) if key in self.values else default

    def need(self, key: str, read: Callable[[object], T]) -> T:
        """A value that must be there."""
        self.asked.add(key)
        if key not in self.values:
            raise self.fault(key, "is missing")
        return self._read(key, read)

    def _read(self, key: str, read: Callable[[object], T]) -> T:
        try:
            return read(self.values[key])
        except ValueError as error:
            raise self.fault(key, f"{error}, got {shown(self.values[key])}") from error

    def table(self, key: str) -> "Table":
        """A table inside; empty where it is missing."""
        self.asked.add(key)
        values = self.values.get(key, {})
        if not isinstance(values, Mapping):
            raise self.fault(key, "must be a table")
        return Table(self.text, (*self.path, key), values)

    def tables(self, key: str) -> list["Table"]:
        """Tables inside, in order."""
        self.asked.add(key)
        entries = self.values.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            raise self.fault(key, f"must be written as [[{key}]]")
        if len(entries) > MOST_TABLES:
            raise self.fault(key, f"must be there at most {MOST_TABLES} times, got {len(entries)}")
        return [Table(self.text, (*self.path, key, index), entry) for index, entry in enumerate(entries)]

    def close(self) -> None:
        """No key is left over: a slip of the pen would otherwise be a silent default."""
        for key in self.values:
            if key not in self.asked:
                meant = nearest(key, self.asked)
                known = f"there are {', '.join(sorted(self.asked))}"
                raise self.fault(key, f"is not a setting here; {known}" + (f"; {meant}?" if meant else ""))


def shown(value: object) -> str:
    """A value of a file, on one line of ordinary length; a number of thousands of digits has no text at all."""
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."
