"""Documents of a running service, made comparable: the same on every machine, readable in a diff, one file each."""

import difflib
import json
import os
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "fixtures" / "golden"
WRITE = os.environ.get("GOLDEN") == "write"
DIGITS = 6
"""Significant digits that are held: sums of floats differ in the last of seventeen between builds of NumPy and of libm."""
NOTHING = 1e-9
"""What is nearer to zero is what was left of a sum, with either sign."""
NUMBER = re.compile(r"(?<![\w.:-])-?\d+\.\d+(?:e-?\d+)?(?![\w.:])")
WIDTH = 160
"""Characters up to which a JSON value stays on one line: a slot, an hour, a stage."""
LONGEST_LINE = 400
"""Characters of a line that a diff shows."""
DIGEST = re.compile(r"\b(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{12,64}\b")
LEFT_OUT = ("script", "style")
ALONE = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


class Names:
    """Hashes by number, in the order in which they are met: who names the same thing still shows, its bytes do not."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, text: str) -> str:
        """The text with each hash replaced by its number."""
        return DIGEST.sub(self._name, text)

    def _name(self, found: re.Match[str]) -> str:
        key = found[0][:12]
        return self._known.setdefault(key, f"<hash {len(self._known) + 1}>")


def as_json(document: Any, masked: Mapping[str, object], names: Names) -> str:
    """A JSON document: keys sorted, numbers to DIGITS, a short value on one line; `masked` gives what stands for a key's value."""
    return names.of(_shown(_plain(document, masked), 0)) + "\n"


def _plain(value: Any, masked: Mapping[str, object]) -> Any:
    if isinstance(value, dict):
        return {key: masked[key] if key in masked and inner is not None else _plain(inner, masked) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, masked) for inner in value]
    if isinstance(value, float):
        return _rounded(value)
    return value


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}") if abs(value) > NOTHING else 0.0


def _shown(value: Any, depth: int) -> str:
    short = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(short) + 2 * depth <= WIDTH or not isinstance(value, dict | list):
        return short
    pad, end = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        rows = [f"{pad}{json.dumps(key, ensure_ascii=False)}: {_shown(value[key], depth + 1)}" for key in sorted(value)]
        return "{\n" + ",\n".join(rows) + f"\n{end}}}"
    return "[\n" + ",\n".join(pad + _shown(inner, depth + 1) for inner in value) + f"\n{end}]"


def as_text(text: str, names: Names) -> str:
    """CSV and calendars: line by line as they are, decimals to DIGITS."""
    rounded = NUMBER.sub(lambda found: str(_rounded(float(found[0]))), text)
    return names.of("\n".join(rounded.splitlines())) + "\n"


class _Outline(HTMLParser):
    """A page as an outline: an element or a text to a line, indented; scripts and styles by name only."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = "".join(f" {name}" if value is None else f' {name}="{value}"' for name, value in sorted(attrs) if name != "nonce")
        self._say(f"<{tag}{said}>")
        if tag not in ALONE:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not (self._open and self._open[-1] in LEFT_OUT):
            self._say(text)

    def _say(self, text: str) -> None:
        self.lines.append("  " * len(self._open) + text)


OF_THIS_DISK = re.compile(r'(<p class="small" id="system-disk">).*?(</p>)', re.DOTALL)
"""What the page says of the machine's disk."""


def as_outline(html: str, names: Names) -> str:
    """A page: its elements with their attributes, and its visible text."""
    outline = _Outline()
    outline.feed(OF_THIS_DISK.sub(r"\1<masked>\2", html))
    outline.close()
    return names.of("\n".join(outline.lines)) + "\n"


def without_nonce(header: str) -> str:
    """A policy without what was drawn for one answer."""
    return re.sub(r"'nonce-[^']*'", "'nonce-<drawn>'", header)


def keep(documents: Mapping[str, str]) -> None:
    """Write documents in place of those that are kept."""
    for old in FOLDER.iterdir():
        if old.is_file():
            old.unlink()
    for name, text in documents.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def difference(name: str, now: str) -> str:
    """What is different in a document from the kept one, as a diff; empty where nothing is."""
    kept = (FOLDER / name).read_text(encoding="utf-8") if (FOLDER / name).is_file() else ""
    lines = difflib.unified_diff(kept.splitlines(), now.splitlines(), f"kept/{name}", f"now/{name}", n=2, lineterm="")
    return "\n".join(line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + " ..." for line in lines)
