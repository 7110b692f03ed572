"""Values are typed inside: a dictionary of anything is for the edges, where JSON is read and made."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "src/fastapi-app"
TYPED_LAYERS = ("domain", "ports", "planning", "forecasting", "services")
FORBIDDEN = ("dict[str, Any]", "Mapping[str, Any]", "MutableMapping[str, Any]")
UNTYPED_YET: tuple[str, ...] = (
    "domain/alerts/plan_rules.py",
    "domain/alerts/recommendations.py",
    "domain/bill/tariff.py",
    "domain/messages.py",
    "domain/shop_floor/execution.py",
    "domain/toml_lines.py",
    "domain/weather/points.py",
    "ports/floor.py",
    "ports/plans.py",
    "services/advice/service.py",
    "services/page/dashboard.py",
    "services/plan/answers.py",
    "services/plan/board.py",
    "services/plan/document.py",
    "services/plan/document_parts.py",
    "services/plan/given.py",
    "services/plan/inputs.py",
    "services/plan/service.py",
    "services/plan/wish_form.py",
    "services/plan/wishes.py",
    "services/savings/ledger.py",
    "services/savings/score.py",
)
"""Modules that still have one. The list only shrinks: a module that needs it no more is taken off, or this test fails."""


def untyped(tree: ast.AST) -> Iterator[int]:
    """Lines on which `dict[str, Any]` or `Mapping[str, Any]` stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node) in (
            "dict[str, Any]",
            "Mapping[str, Any]",
            "MutableMapping[str, Any]",
        ):
            yield node.lineno


def modules_with_untyped() -> set[str]:
    return {
        str(path.relative_to(APP))
        for layer in TYPED_LAYERS
        for path in sorted((APP / layer).rglob("*.py"))
        if any(untyped(ast.parse(path.read_text(encoding="utf-8"))))
    }


def test_no_dictionary_of_anything_where_values_are_typed() -> None:
    assert modules_with_untyped() - set(UNTYPED_YET) == set()


def test_the_list_of_exceptions_is_exact() -> None:
    assert set(UNTYPED_YET) - modules_with_untyped() == set()
    assert list(UNTYPED_YET) == sorted(set(UNTYPED_YET))


@pytest.mark.parametrize("text", ["x: dict[str, Any]", "def f(a: list[Mapping[str, Any]]) -> None: ...", "Hour = dict[str, Any]"])
def test_each_form_is_seen(text: str) -> None:
    assert list(untyped(ast.parse(text))) == [1]
