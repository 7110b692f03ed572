"""Joins the style sheets and the ES modules of the page into one text each, once, at start.

The inliner knows a small part of ES modules, and refuses the rest: `import { a, b } from "./file.js";` at the start of a line, and
`export` before a function, class or const. Names at the top of a module must be unique over all modules, since they share a scope.
"""

import re
from dataclasses import dataclass
from pathlib import Path

IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"\./(?P<file>[\w-]+\.js)";[ \t]*\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?function|const|class)", re.MULTILINE)
TOP_NAME = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|var|class) (?P<name>[\w$]+)", re.MULTILINE)
MODULE_WORD = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
RENAMED = re.compile(r"^import\s*\{[^}]*\bas\b", re.MULTILINE)
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
    sources = {path.name: path.read_text("utf-8") for path in sorted((static_dir / "js").glob("*.js"))}
    js = inline_modules(sources, "main.js")
    for text, closing in ((css, "</style"), (js, "</script")):
        if closing in text.lower():
            raise AssetError(f"{closing} would end the element early")
    return Assets(css, js)


def inline_modules(sources: dict[str, str], entry: str) -> str:
    """The modules that `entry` needs, each after those it imports, in one function scope."""
    order = dependency_order(sources, entry)
    _refuse_shared_names({name: sources[name] for name in order})
    body = "\n".join(_without_module_words(name, sources[name]) for name in order)
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def dependency_order(sources: dict[str, str], entry: str) -> list[str]:
    """File names, dependencies first. Raises AssetError on a missing file or a cycle."""
    order: list[str] = []
    open_files: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in open_files:
            raise AssetError(f"import cycle: {' -> '.join([*open_files, name])}")
        if name not in sources:
            raise AssetError(f"{open_files[-1] if open_files else 'the page'} imports {name}, which does not exist")
        open_files.append(name)
        for match in IMPORT.finditer(sources[name]):
            visit(match["file"])
        order.append(open_files.pop())

    visit(entry)
    return order


def _without_module_words(name: str, source: str) -> str:
    if RENAMED.search(source):
        raise AssetError(f"{name}: renaming imports are not understood")
    plain = EXPORT.sub("", IMPORT.sub("", source))
    left = MODULE_WORD.search(plain)
    if left:
        raise AssetError(f"{name}: not understood: {left[0]}")
    return plain


def _refuse_shared_names(sources: dict[str, str]) -> None:
    owner: dict[str, str] = {}
    for name, source in sources.items():
        for match in TOP_NAME.finditer(source):
            if match["name"] in owner:
                raise AssetError(f"{match['name']} is defined in {owner[match['name']]} and in {name}")
            owner[match["name"]] = name
