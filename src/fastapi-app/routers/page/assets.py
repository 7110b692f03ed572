"""Joins the style sheets and the ES modules of the page into one text each, once, at start.

The inliner knows a small part of ES modules and refuses the rest: `import { a, b } from "./file.js";` at the start of a line, and
`export` before a named function, class or const. Each module becomes a function that returns its exports, so names do not clash.
"""

import re
from dataclasses import dataclass
from pathlib import Path

IMPORT = re.compile(r'^import (?P<names>\{\s*[\w$]+(?:,\s*[\w$]+)*,?\s*\}) from "\./(?P<file>[\w-]+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?P<rest>(?:async )?(?:function\*?|const|class) (?P<name>[\w$]+))", re.MULTILINE)
MODULE_WORD = re.compile(r"^\s*(?:import|export)\b.*", re.MULTILINE)
STRING = re.compile(r'("(?:[^"\\]|\\.)*"|`[^`]*`)')
NESTED = re.compile(r"\$\{[^}]*`")
NOT_TIGHT = re.compile(r"[`']|/[^*\s]|//")
LOOSE = re.compile(r" ?([<>=!?:,;{}()|&*]+) ?")
STYLE_ORDER = ("tokens.css", "base.css", "layout.css", "charts.css", "print.css")


class AssetError(Exception):
    """The page's own files do not fit together: a mistake of the programmer, found at start."""


@dataclass(frozen=True, slots=True)
class Assets:
    """The joined style sheet and script."""

    css: str
    js: str


def load_assets(static_dir: Path) -> Assets:
    """Read and join `css/` and `js/` (entry: main.js)."""
    css = "".join((static_dir / "css" / name).read_text("utf-8") for name in STYLE_ORDER)
    sources = {path.stem: path.read_text("utf-8") for path in sorted((static_dir / "js").glob("*.js"))}
    js = inline_modules(sources, "main")
    for text, closing in ((css, "</style"), (js, "</script")):
        if closing in text.lower():
            raise AssetError(f"{closing} would end the element early")
    return Assets(css, js)


def inline_modules(sources: dict[str, str], entry: str) -> str:
    """One script of the modules (by name) that `entry` needs, each after those that it imports."""
    body = "".join(_as_function(name, sources[name]) for name in dependency_order(sources, entry))
    return f'(() => {{\n"use strict";\n{body}}})();\n'


def dependency_order(sources: dict[str, str], entry: str) -> list[str]:
    """Names of modules, dependencies first. Raises AssetError on a missing module or a cycle."""
    order: list[str] = []
    being_read: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in being_read:
            raise AssetError(f"import cycle: {' -> '.join([*being_read, name])}")
        if name not in sources:
            raise AssetError(f"{being_read[-1] if being_read else 'the page'} imports {name}.js, which does not exist")
        being_read.append(name)
        for match in IMPORT.finditer(sources[name]):
            visit(match["file"])
        order.append(being_read.pop())

    visit(entry)
    return order


def _as_function(name: str, source: str) -> str:
    exports = [match["name"] for match in EXPORT.finditer(source)]
    imported = IMPORT.sub(lambda match: f"const {match['names']} = {_variable(match['file'])};", source)
    plain = EXPORT.sub(lambda match: match["rest"], imported)
    left = MODULE_WORD.search(plain)
    if left:
        raise AssetError(f"{name}.js: not understood: {left[0].strip()}")
    return f"const {_variable(name)} = (() => {{\n{_lean(name, plain)}return {{ {', '.join(exports)} }};\n}})();\n"


def _lean(name: str, source: str) -> str:
    """Without indentation, lines of comment and needless spaces; a text of several lines is refused."""
    lines = [line.strip() for line in source.splitlines()]
    if any(line.count("`") % 2 for line in lines):
        raise AssetError(f"{name}.js: not understood: a template text over several lines")
    return "".join(_tight(line) + "\n" for line in lines if line and not line.startswith("//"))


def _tight(line: str) -> str:
    """Without spaces beside punctuation, outside of strings. A line with a text in a text, a pattern or a comment stays as is."""
    if NESTED.search(line) or NOT_TIGHT.search(STRING.sub("", line)):
        return line
    return "".join(part if STRING.fullmatch(part) else LOOSE.sub(r"\1", part) for part in STRING.split(line))


def _variable(name: str) -> str:
    return "$" + name.replace("-", "_")
