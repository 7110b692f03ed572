"""The catalogues, held against the code that asks for them: every code has every language, and each fills the same places."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jinja2 import Environment, nodes

from domain.alerts.alert import Level
from domain.bill.certainty import figures_of_price
from domain.bill.tariff import load_tariffs
from domain.bill.terms import PriceBasis, PriceTerms
from domain.errors import SourceError, SourceRejectedError
from domain.messages import Unit
from domain.plan.plan import Status
from planning.milp.relaxation import LIMITS
from planning.search.changes import PARTS
from routers.page.page import catalogue_files
from support.sayings import CATALOGUES, WORDING
from wording.catalogue import PLACE, CatalogueError, catalogues_of

APP = CATALOGUES.parents[1]
SOURCES = {path: ast.parse(path.read_text("utf-8")) for path in APP.rglob("*.py") if "__pycache__" not in path.parts}
TEMPLATES = {path.name: Environment().parse(path.read_text("utf-8")) for path in (APP / "templates").glob("*.html")}
SCRIPT = "".join(path.read_text("utf-8") for path in (APP / "static" / "js").glob("*.js"))
TEXTS = WORDING.locale("es").catalogue.texts


def calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a function or method of a name in the application."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name:
                yield path, node


def places(text: str) -> set[str]:
    return set(PLACE.findall(text))


MESSAGES = [
    (path, node)
    for path, node in calls("message")
    if path.relative_to(APP).parts[0] != "wording" and path != APP / "domain" / "messages.py"
]


def test_every_message_is_made_of_a_code_that_stands_in_the_source() -> None:
    assert len(MESSAGES) > 60
    assert [f"{path.name}:{node.lineno}" for path, node in MESSAGES if not isinstance(node.args[0], ast.Constant)] == []


@pytest.mark.parametrize("lang", WORDING.langs)
def test_every_message_has_a_text_that_uses_each_of_its_figures(lang: str) -> None:
    texts = WORDING.locale(lang).catalogue.texts
    for path, node in MESSAGES:
        code = ast.literal_eval(node.args[0])
        assert code in texts, f"{path.name}:{node.lineno}: {code} has no text in {lang}"
        given = {str(keyword.arg) for keyword in node.keywords}
        for form in texts[code]:
            assert places(form) | {"count"} & given == given, f"{code} in {lang}: {form!r} does not fit {sorted(given)}"


def test_all_languages_fill_the_same_places_and_none_is_empty() -> None:
    for key, forms in TEXTS.items():
        for lang in WORDING.langs:
            others = WORDING.locale(lang).catalogue.texts[key]
            assert all(form.strip() for form in others), key
            assert set.union(*map(places, others)) == set.union(*map(places, forms)), f"{key} in {lang}"


TABLES = load_tariffs((APP.parent / "configs/tariffs.toml").read_text(encoding="utf-8"))
FIGURES_OF_A_PRICE = {figure.code for figure in figures_of_price(TABLES, "3.0TD", PriceTerms("indexed"))}
CLOSED_SETS: dict[str, Any] = {
    "fault": {kind.__name__ for parent in (SourceError, SourceRejectedError) for kind in parent.__subclasses__()},
    "limit": set(LIMITS) | {"started", "machines"},
    "part": {name for name, *_ in PARTS},
    "level": set(get_args(Level)),
    "figure": FIGURES_OF_A_PRICE,
    "basis": set(get_args(PriceBasis)),
    "unit_of": set(get_args(Unit)) - {"eur", "percent", "count"},
    "job": {node.args[0].value for _, node in calls("Job") if node.args and isinstance(node.args[0], ast.Constant)},
}


@pytest.mark.parametrize("group", CLOSED_SETS)
def test_every_code_of_a_closed_set_has_a_name(group: str) -> None:
    assert CLOSED_SETS[group]
    assert {f"{group}.{code}" for code in CLOSED_SETS[group]} - set(TEXTS) == set()


def test_every_status_of_a_plan_that_is_shown_has_a_name() -> None:
    assert {f"plan_status.{status}" for status in get_args(Status)} - set(TEXTS) == set()


def asked_by_templates() -> Iterator[tuple[str, str, bool]]:
    """(template, key, whether it is whole) for each `t(...)`: a key that is put together counts by how it begins."""
    for name, tree in TEMPLATES.items():
        for call in tree.find_all(nodes.Call):
            if getattr(call.node, "name", getattr(call.node, "attr", "")) == "t":
                yield from ((name, *found) for found in keys_of(call.args[0]))


def keys_of(node: nodes.Node) -> Iterator[tuple[str, bool]]:
    match node:
        case nodes.Const():
            yield node.value, True
        case nodes.CondExpr():
            yield from keys_of(node.expr1)
            yield from keys_of(node.expr2) if node.expr2 else ()
        case nodes.Concat():
            first = node.nodes[0]
            assert isinstance(first, nodes.Const), "a key that begins with a variable"
            yield first.value, False


def test_every_text_of_the_templates_is_in_the_catalogue() -> None:
    asked = list(asked_by_templates())
    assert len(asked) > 80
    missing = [
        (name, key) for name, key, whole in asked if not any(text == key if whole else text.startswith(key) for text in TEXTS)
    ]
    assert missing == []


def test_every_text_that_the_script_asks_for_is_handed_to_it_and_has_one_form() -> None:
    texts = WORDING.browser_texts("es")
    asked = set(re.findall(r'\bt\("([\w.]+)"', SCRIPT))
    assert len(asked) > 30
    assert asked - set(texts) == set()
    assert [key for key in texts if len(TEXTS.get(key, TEXTS.get(f"js.{key}", ("",)))) > 1] == []


def test_no_text_is_left_that_nothing_asks_for() -> None:
    """A key is asked for whole in a source, a template or the script, or its group is."""
    everything = SCRIPT + "".join(path.read_text("utf-8") for path in [*SOURCES, *(APP / "templates").glob("*.html")])
    groups = {"source", "list", "market", "kind", "measurement"} | set(CLOSED_SETS)
    groups |= set(re.findall(r'(?:word|in_sentence|Term|knows)\(\s*"(\w+)"', everything))
    groups |= set(re.findall(r'"([\w.]+)\."', everything))
    groups |= set(re.findall(r"[`\"]([\w.]+?)[._]?[$~{]", everything))
    left = [key for key in TEXTS if not is_asked(key.removeprefix("js."), everything, groups)]
    assert left == []


def is_asked(key: str, everything: str, groups: set[str]) -> bool:
    begun = [key[:place] for place, letter in enumerate(key) if letter in "._"]
    return f'"{key}"' in everything or f"'{key}'" in everything or any(start in groups for start in begun)


def test_no_template_holds_words_of_its_own() -> None:
    for path in (APP / "templates").glob("*.html"):
        markup = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<script.*?</script>|<svg.*?</svg>", " ", path.read_text("utf-8"), flags=re.DOTALL
        )
        words = set(re.findall(r"[^\W\d_]{3,}", re.sub(r"<[^>]*>", " ", markup)))
        assert words <= {"kWh"}, path.name


def written(folder: Path, name: str, change: tuple[str, str] = ("", "")) -> None:
    text = (CATALOGUES / "en.po").read_text("utf-8")
    assert change[0] in text
    (folder / name).write_text(text.replace(*change, 1) if change[0] else text, "utf-8")


def test_a_third_language_is_one_file(tmp_path: Path) -> None:
    for lang in WORDING.langs:
        (tmp_path / f"{lang}.po").write_bytes((CATALOGUES / f"{lang}.po").read_bytes())
    written(tmp_path, "de.po", ("Language: en_GB", "Language: de_DE"))
    found = catalogues_of(catalogue_files(tmp_path))
    assert list(found) == ["es", "de", "en"]
    assert found["de"].cldr.language == "de"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('msgid "plan.title"', 'msgid "plan.titel"'), r"do not have the same keys"),
        (('msgstr "Plan"', 'msgstr ""'), r"has no text"),
        (('msgid "plan.title"', '#, fuzzy\nmsgid "plan.title"'), r"fuzzy"),
    ],
)
def test_a_catalogue_that_lacks_something_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    (tmp_path / "es.po").write_bytes((CATALOGUES / "es.po").read_bytes())
    written(tmp_path, "en.po", change)
    with pytest.raises(CatalogueError, match=said):
        catalogues_of(catalogue_files(tmp_path))


def test_a_count_chooses_the_form() -> None:
    f = WORDING.locale("es")
    assert f.t("more.show", count=1) == "Ver 1 más"
    assert [f.t("weather.more", count=n) for n in (1, 2, 1000)] == ["y 1 rato más", "y 2 ratos más", "y 1.000 ratos más"]
    with pytest.raises(CatalogueError, match="needs a count"):
        f.t("weather.more")
