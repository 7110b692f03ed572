"""A sentence is made once, whole, by wording/: nowhere is text cut, replaced or matched to make another one of it."""

import ast
import re
from pathlib import Path

import pytest

from support.sayings import CATALOGUES

APP = CATALOGUES.parents[1]
MENDING = {"replace", "split", "rsplit", "partition", "rpartition", "capitalize", "title", "upper", "swapcase", "sub", "subn"}
ALLOWED = {
    "wording/localise.py": {"replace"},  # the fold of an instant
    "wording/numbers.py": {"replace"},  # the mark of the currency in CLDR's own pattern
    "routers/page/page.py": {"replace", "split", "partition"},  # escapes of JSON in HTML; the header Accept-Language
    "routers/page/assets.py": {"sub", "replace"},  # modules of the script joined
    "routers/page/plan_formats.py": {"replace"},  # escapes of iCalendar
}
"""Where a text that is no sentence is taken apart, and why."""
SAID_BY_SCRIPT = re.compile(r"\.(?:replace|replaceAll|toLowerCase|toUpperCase|split)\(|\.lastIndexOf\(")
ALLOWED_JS = {
    "days.js": 2,  # a label in two lines
    "format.js": 1,  # the places of a text are filled
    "hour.js": 1,  # the code of a class
    "model.js": 1,  # the code of a class
    "refresh.js": 1,  # the style of a fetched page is left out
    "time.js": 1,  # a date of ISO 8601
    "week.js": 2,  # the code of a class
    "wishes.js": 1,  # the id of a machine, from the form
}
"""How often a module takes text apart, and why."""


def mended(path: Path) -> set[str]:
    """Methods that take a text apart, as they are called in a module."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    return {func.attr for func in calls if isinstance(func, ast.Attribute)} & MENDING | (
        {func.id for func in calls if isinstance(func, ast.Name)} & {"sub", "subn"}
    )


WRITERS = [*(APP / "wording").rglob("*.py"), *(APP / "routers" / "page").rglob("*.py"), APP / "routers" / "dashboard.py"]


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: str(path.relative_to(APP)))
def test_no_sentence_is_put_together_by_cutting_or_replacing(path: Path) -> None:
    assert mended(path) == ALLOWED.get(str(path.relative_to(APP)), set())


def test_the_script_takes_no_sentence_apart() -> None:
    scripts = {path.name: path.read_text("utf-8") for path in (APP / "static" / "js").glob("*.js")}
    found = {name: len(SAID_BY_SCRIPT.findall(text)) for name, text in scripts.items()}
    assert {name: count for name, count in found.items() if count} == ALLOWED_JS


def test_no_template_changes_the_letters_of_a_text() -> None:
    filters = re.compile(r"\|\s*(?:capitalize|title|upper|replace|truncate)\b")
    found = {path.name: filters.findall(path.read_text("utf-8")) for path in (APP / "templates").glob("*.html")}
    assert {name: used for name, used in found.items() if used} == {"_system.html": ["|replace"]}  # the id of a part


SILENT = ("domain", "planning", "forecasting", "ports", "services", "adapters", "routers", "bootstrap")
"""Layers that give codes and figures: no sentences for people stand in them."""


def texts_of(path: Path) -> list[str]:
    """Constants of a module that read as Spanish: the language that no error and no docstring is written in."""
    tree = ast.parse(path.read_text("utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if re.search(r"\b(?:el|la|los|las|una|del|que|para|por)\b \w+", text)]


@pytest.mark.parametrize("layer", SILENT)
def test_the_inner_layers_hold_no_sentences_of_people(layer: str) -> None:
    found = {str(path.relative_to(APP)): texts_of(path) for path in (APP / layer).rglob("*.py")}
    assert {name: texts for name, texts in found.items() if texts} == {}
