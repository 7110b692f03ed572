"""Joins the style sheets and the ES modules of the page into one text each, once, at start.

The inliner knows a small part of ES modules and refuses the rest: `import { a, b } from "./file.js";` at the start of a line, and
`export` before a named function, class or const. Each module becomes a function that returns its exports, so names do not clash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from routers.page.installed import SIZES

IMPORT = re.compile(r'^import (?P<names>\{\s*[\w$]+(?:,\s*[\w$]+)*,?\s*\}) from "\./(?P<file>[\w-]+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?P<rest>(?:async )?(?:function\*?|const|class) (?P<name>[\w$]+))", re.MULTILINE)
COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
"""A line of comment: for whoever reads the module, not for each reader of the page."""
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
"""For whoever reads the module; no text of the script goes over the end of a line (a test holds that)."""
MODULE_WORD = re.compile(r"^\s*(?:import|export)\b.*", re.MULTILINE)
STYLE_ORDER = ("tokens.css", "base.css", "layout.css", "views.css", "charts.css", "print.css")


class AssetError(Exception):
    """The page's own files do not fit together: a mistake of the programmer, found at start."""


@dataclass(frozen=True, slots=True)
class Assets:
    """The joined style sheet and script of the page, the style of the shift sheet, the worker, and the icons by size in pixels."""

    css: str
    js: str
    sheet_css: str
    worker: str
    icons: Mapping[str, bytes]


def load_assets(static_dir: Path) -> Assets:
    """Read and join `css/` and `js/` (entry: main.js)."""
    css = "".join((static_dir / "css" / name).read_text("utf-8") for name in STYLE_ORDER)
    sources = {path.stem: path.read_text("utf-8") for path in sorted((static_dir / "js").glob("*.js"))}
    js = inline_modules(sources, "main")
    sheet_css = (static_dir / "css" / "sheet.css").read_text("utf-8")
    for text, closing in ((css, "</style"), (sheet_css, "</style"), (js, "</script")):
        if closing in text.lower():
            raise AssetError(f"{closing} would end the element early")
    app = static_dir / "app"
    icons = {size: (app / f"icon-{size}.png").read_bytes() for size in SIZES}
    return Assets(css, js, sheet_css, (app / "worker.js").read_text("utf-8"), icons)


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
    plain = INDENT.sub("", COMMENT.sub("", EXPORT.sub(lambda match: match["rest"], imported)))
    left = MODULE_WORD.search(plain)
    if left:
        raise AssetError(f"{name}.js: not understood: {left[0].strip()}")
    return f"const {_variable(name)} = (() => {{\n{plain}return {{ {', '.join(exports)} }};\n}})();\n"


def _variable(name: str) -> str:
    return "$" + name.replace("-", "_")
